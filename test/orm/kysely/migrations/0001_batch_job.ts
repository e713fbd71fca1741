import { type Kysely, sql } from 'kysely';

// recipe: migration
export async function up(db: Kysely<any>) {
  await db.schema.createTable('user')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('email', 'text', (column) => column.notNull())
    .execute();

  await db.schema.createTable('batch_job')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('created_by', 'text', (column) => column.references('user.id'))
    .addColumn('context', 'jsonb')
    .addColumn('result', 'jsonb')
    .addColumn('dry_run', 'boolean', (column) => column.notNull().defaultTo(false))
    .addColumn('created_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn('pre_processed_at', 'timestamptz')
    .addColumn('confirmed_at', 'timestamptz')
    .addColumn('processing_at', 'timestamptz')
    .addColumn('completed_at', 'timestamptz')
    .addColumn('canceled_at', 'timestamptz')
    .addColumn('failed_at', 'timestamptz')
    .addColumn('updated_at', 'timestamptz', (column) => column.notNull().defaultTo(sql`now()`))
    .addColumn('deleted_at', 'timestamptz')
    .execute();

  // The status, the id's default and the view batch_job_live.
  await sql`CREATE EXTENSION IF NOT EXISTS batch_job`.execute(db);
  await sql`SELECT batch_job.attach('batch_job', events => true, notify => true)`.execute(db);

  await db.schema.createTable('consumer')
    .addColumn('name', 'text', (column) => column.primaryKey())
    .addColumn('position', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute();
}

export async function down(db: Kysely<any>) {
  await db.schema.dropTable('consumer').execute();
  await sql`SELECT batch_job.detach('batch_job', drop_status => true)`.execute(db);
  await sql`DROP EXTENSION batch_job`.execute(db);
  for (const table of ['batch_job_event', 'batch_job', 'user']) await db.schema.dropTable(table).execute();
}
// end recipe
