import type { MigrationInterface, QueryRunner } from 'typeorm';

// The table as Medusa's migrations leave it.
export class Medusa1649775522087 implements MigrationInterface {
  name = 'Medusa1649775522087';

  async up(queryRunner: QueryRunner) {
    await queryRunner.query(`CREATE TABLE "user" (
      "id" character varying NOT NULL, "email" character varying NOT NULL,
      CONSTRAINT "PK_cace4a159ff9f2512dd42373760" PRIMARY KEY ("id"))`);
    await queryRunner.query(`CREATE TABLE "batch_job" (
      "id" character varying NOT NULL, "type" text NOT NULL, "created_by" character varying, "context" jsonb,
      "result" jsonb, "dry_run" boolean NOT NULL DEFAULT false,
      "created_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(), "pre_processed_at" TIMESTAMP WITH TIME ZONE,
      "confirmed_at" TIMESTAMP WITH TIME ZONE, "processing_at" TIMESTAMP WITH TIME ZONE,
      "completed_at" TIMESTAMP WITH TIME ZONE, "failed_at" TIMESTAMP WITH TIME ZONE,
      "canceled_at" TIMESTAMP WITH TIME ZONE, "updated_at" TIMESTAMP WITH TIME ZONE NOT NULL DEFAULT now(),
      "deleted_at" TIMESTAMP WITH TIME ZONE,
      CONSTRAINT "PK_e57f84d485145d5be96bc6d871e" PRIMARY KEY ("id"),
      CONSTRAINT "FK_cdf30493ba1c9ef207e1e80c10a" FOREIGN KEY ("created_by") REFERENCES "user" ("id"))`);
  }

  async down(queryRunner: QueryRunner) {
    await queryRunner.query('DROP TABLE "batch_job", "user"');
  }
}

// recipe: migration
export class AttachBatchJobs1764000000000 implements MigrationInterface {
  name = 'AttachBatchJobs1764000000000';

  async up(queryRunner: QueryRunner) {
    await queryRunner.query('CREATE EXTENSION IF NOT EXISTS batch_job');
    await queryRunner.query(`SELECT batch_job.attach('batch_job', events => true, notify => true)`);
  }

  async down(queryRunner: QueryRunner) {
    await queryRunner.query(`SELECT batch_job.detach('batch_job', drop_status => true)`);
    await queryRunner.query('DROP TABLE batch_job_event');
    await queryRunner.query('DROP EXTENSION batch_job');
  }
}
// end recipe
