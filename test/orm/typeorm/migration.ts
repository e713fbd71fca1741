import type { MigrationInterface, QueryRunner } from 'typeorm';

// recipe: migration
export class BatchJobs1764000000000 implements MigrationInterface {
  name = 'BatchJobs1764000000000';

  async up(queryRunner: QueryRunner) {
    await queryRunner.query('CREATE TABLE "user" (id text PRIMARY KEY, email text NOT NULL)');
    await queryRunner.query('CREATE TABLE consumer (name text PRIMARY KEY, position bigint NOT NULL DEFAULT 0)');
    await queryRunner.query('CREATE EXTENSION IF NOT EXISTS batch_job');
    await queryRunner.query(`SELECT batch_job.create_table('batch_job', events => true, notify => true)`);
    await queryRunner.query('ALTER TABLE batch_job ADD FOREIGN KEY (created_by) REFERENCES "user" (id)');
  }

  async down(queryRunner: QueryRunner) {
    await queryRunner.query('DROP TABLE batch_job, batch_job_event CASCADE');
    await queryRunner.query('DROP EXTENSION batch_job');
    await queryRunner.query('DROP TABLE consumer, "user"');
  }
}
// end recipe
