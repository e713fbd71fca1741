import { Migration } from '@mikro-orm/migrations';

// recipe: migration
export class Migration1 extends Migration {
  up() {
    this.addSql(`create table "user" ("id" text not null, "email" text null, primary key ("id"))`);
    this.addSql(`create table "consumer" ("name" text not null, "position" bigint not null, primary key ("name"))`);
    this.addSql(`create table "batch_job" ("id" text not null, "type" text not null,
      "created_by" text null references "user" ("id"), "context" jsonb null, "result" jsonb null,
      "dry_run" boolean not null default false, "created_at" timestamptz not null default now(),
      "updated_at" timestamptz not null default now(), "pre_processed_at" timestamptz null,
      "confirmed_at" timestamptz null, "processing_at" timestamptz null, "completed_at" timestamptz null,
      "canceled_at" timestamptz null, "failed_at" timestamptz null, "deleted_at" timestamptz null,
      "version" int not null default 1, primary key ("id"))`);
    this.addSql(`create index on "batch_job" ("created_by")`);
    this.addSql(`create extension if not exists batch_job`);
    this.addSql(`select batch_job.attach('batch_job', events => true, notify => true)`);
  }

  down() {
    this.addSql(`select batch_job.detach('batch_job', drop_status => true)`);
    this.addSql(`drop extension batch_job`);
    this.addSql(`drop table "batch_job_event", "batch_job", "consumer", "user"`);
  }
}
// end recipe
