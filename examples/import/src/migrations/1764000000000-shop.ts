import type { MigrationInterface, QueryRunner } from 'typeorm';

export class Shop1764000000000 implements MigrationInterface {
  async up(runner: QueryRunner) {
    // What a shop has already.
    await runner.query('CREATE TABLE users (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL)');
    await runner.query(`INSERT INTO users (name) VALUES ('Ann'), ('Bob')`);
    await runner.query(`CREATE TABLE products (sku text PRIMARY KEY, name text NOT NULL, price numeric(10, 2) NOT NULL,
      stock integer NOT NULL, imports integer NOT NULL DEFAULT 0)`);

    // What the imports add.
    await runner.query('CREATE EXTENSION IF NOT EXISTS batch_job');
    await runner.query(`SELECT batch_job.create_table(events => true, runs => true, created_by => 'users')`);
    await runner.query(`CREATE TABLE uploads (job_id text PRIMARY KEY REFERENCES batch_job (id) ON DELETE CASCADE,
      content bytea NOT NULL)`);
    // So short a lease shows soon that a killed worker is replaced; see docs/workers.md for a better one.
    await runner.query(`INSERT INTO batch_job_type (type, lease, backoff, max_attempts)
      VALUES ('product-import', '3 seconds', '1 second', 5), ('price-import', '3 seconds', '1 second', 5)`);
  }

  async down(runner: QueryRunner) {
    await runner.query('DROP TABLE uploads');
    await runner.query('DROP TABLE batch_job, batch_job_event, batch_job_run, batch_job_type CASCADE');
    await runner.query('DROP EXTENSION batch_job');
    await runner.query('DROP TABLE products, users');
  }
}
