// The tables, as drizzle-kit and the application see them.
import { sql } from 'drizzle-orm';
import { bigint, boolean, check, jsonb, pgSchema, pgTable, text, timestamp } from 'drizzle-orm/pg-core';

// recipe: job
// Not exported: the type belongs to the extension, and drizzle-kit leaves it alone.
const status = pgSchema('batch_job').enum('status',
  ['created', 'pre_processed', 'confirmed', 'processing', 'completed', 'canceled', 'failed']);
const time = (name: string) => timestamp(name, { withTimezone: true });
export type Json = Record<string, unknown>;

export const jobColumns = () => ({
  id: text('id').primaryKey().default(sql`batch_job.generate_id('batch'::text)`),
  type: text('type').notNull(),
  createdBy: text('created_by').references(() => users.id),
  context: jsonb('context').$type<Json>(),
  result: jsonb('result').$type<Json>(),
  dryRun: boolean('dry_run').notNull().default(false),
  createdAt: time('created_at').notNull().defaultNow(),
  preProcessedAt: time('pre_processed_at'),
  confirmedAt: time('confirmed_at'),
  processingAt: time('processing_at'),
  completedAt: time('completed_at'),
  canceledAt: time('canceled_at'),
  failedAt: time('failed_at'),
  // A string, because a Date has no microseconds: for the lock.
  updatedAt: timestamp('updated_at', { withTimezone: true, mode: 'string' }).notNull().defaultNow(),
  deletedAt: time('deleted_at'),
  status: status('status').notNull().default('created'), // the database derives it
});

export const users = pgTable('user', { id: text('id').primaryKey(), email: text('email').notNull() });
export const allJobs = pgTable('batch_job', jobColumns(), () => [ // the deleted ones too
  // As attach makes it, so that drizzle-kit push leaves it alone.
  check('batch_job_status_derived', sql.raw('(status = batch_job.derive_status(pre_processed_at, confirmed_at, '
    + 'processing_at, completed_at, canceled_at, failed_at))')),
]);
// end recipe

export const consumers = pgTable('consumer', {
  name: text('name').primaryKey(),
  position: bigint('position', { mode: 'number' }).notNull().default(0),
});
