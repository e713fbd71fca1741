// The live jobs, and what is done with them.
import { DrizzleQueryError, type SQL, and, eq, getTableColumns, relations, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/node-postgres';
import { pgTable } from 'drizzle-orm/pg-core';
import pg from 'pg';
import * as schema from './schema.ts';

// recipe: live
// A table to Drizzle, since it does not write to views; in a file that drizzle-kit does not read.
export const jobs = pgTable('batch_job_live', schema.jobColumns());
export const jobRelations = relations(jobs, ({ one }) => ({
  user: one(schema.users, { fields: [jobs.createdBy], references: [schema.users.id] }),
}));
export type Job = typeof jobs.$inferSelect;
// end recipe

export const connect = (config: pg.PoolConfig = {}) =>
  drizzle({ client: new pg.Pool(config), schema: { ...schema, jobs, jobRelations } });
export type Database = ReturnType<typeof connect>;

// recipe: lifecycle
// What a function returns, as a Job: its columns are those of the model.
export async function call(db: Database, step: SQL): Promise<Job> {
  const job = db.$with('job', getTableColumns(jobs)).as(sql`SELECT * FROM ${step}`);
  return (await db.with(job).select().from(job))[0];
}

// Takes up a job. Of two workers that try, one gets it; the other has undefined.
export async function start(db: Database, id: string): Promise<Job | undefined> {
  try {
    return await call(db, sql`batch_job.start(${id})`);
  } catch (error) {
    if (sqlstate(error) === '55000') return undefined;
    throw error;
  }
}

export const sqlstate = (error: unknown) =>
  error instanceof DrizzleQueryError && error.cause instanceof pg.DatabaseError ? error.cause.code : undefined;
// end recipe

// recipe: lock
// Writes only if nobody has since the job was read.
export async function retype(db: Database, { id, updatedAt }: Job, type: string) {
  const { rowCount } = await db.update(jobs).set({ type }).where(and(eq(jobs.id, id), eq(jobs.updatedAt, updatedAt)));
  if (rowCount === 0) throw new Error(`job ${id} has changed meanwhile`);
}
// end recipe

export type JobEvent = { seq: string; job_id: string; event: string; to_status: Job['status'] | null };

// Does the work for the events behind the position, and moves it, in one transaction.
export const consume = (db: Database, name: string, work: (event: JobEvent) => void, max = 1000) =>
  db.transaction(async (tx) => {
    const mine = eq(schema.consumers.name, name);
    const [{ position }] = await tx.select().from(schema.consumers).where(mine).for('update');
    const { rows } = await tx.execute<JobEvent>(sql`SELECT * FROM batch_job.read_events(${position}, ${max})`);
    rows.forEach(work);
    const last = rows.at(-1);
    if (last) await tx.update(schema.consumers).set({ position: Number(last.seq) }).where(mine);
    return rows.length;
  });
