// The job, its user and a consumer of its events, as Kysely sees them.
import {
  type ColumnType, type Generated, type GeneratedAlways, Kysely, PostgresDialect, type Selectable, sql,
} from 'kysely';
import pg from 'pg';

// recipe: job
export type Status = 'created' | 'pre_processed' | 'confirmed' | 'processing' | 'completed' | 'canceled' | 'failed';
export type Json = Record<string, unknown>;
type Time = ColumnType<Date, Date | string, Date | string>;

export interface JobTable {
  id: Generated<string>;
  type: string;
  created_by: string | null;
  context: Json | null;
  result: Json | null;
  dry_run: Generated<boolean>;
  created_at: Generated<Date>;
  pre_processed_at: Time | null;
  confirmed_at: Time | null;
  processing_at: Time | null;
  completed_at: Time | null;
  canceled_at: Time | null;
  failed_at: Time | null;
  updated_at: GeneratedAlways<Date>;
  deleted_at: Time | null;
  status: GeneratedAlways<Status>; // the database derives it: nobody writes it
}

export interface Database {
  batch_job_live: JobTable; // what the application reads, writes and deletes from
  batch_job: JobTable; // the deleted ones too
  user: { id: string; email: string };
  consumer: { name: string; position: Generated<string> };
}

export type Job = Selectable<JobTable>;
// end recipe

export interface JobEvent {
  seq: string;
  job_id: string;
  event: string;
  from_status: Status | null;
  to_status: Status | null;
  actor: string;
  at: Date;
  detail: Json | null;
}

export const connect = (config: pg.PoolConfig = {}) =>
  new Kysely<Database>({ dialect: new PostgresDialect({ pool: new pg.Pool(config) }) });

// recipe: lifecycle
// Takes up a job. Of two workers that try, one gets it; the other has undefined.
export async function start(db: Kysely<Database>, id: string): Promise<Job | undefined> {
  try {
    const { rows } = await sql<Job>`SELECT * FROM batch_job.start(${id})`.execute(db);
    return rows[0];
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code === '55000') return undefined;
    throw error;
  }
}
// end recipe

// recipe: lock
// Writes only if nobody has since the version was read. As text, because a Date has no microseconds.
export const version = sql<string>`updated_at::text`.as('version');

export async function retype(db: Kysely<Database>, id: string, type: string, version: string) {
  const { numUpdatedRows } = await db.updateTable('batch_job_live').set({ type })
    .where('id', '=', id).where('updated_at', '=', sql<Date>`${version}`).executeTakeFirst();
  if (numUpdatedRows === 0n) throw new Error(`job ${id} has changed meanwhile`);
}
// end recipe

// Does the work for the events behind the position, and moves it, in one transaction.
export const consume = (db: Kysely<Database>, name: string, work: (event: JobEvent) => void, max = 1000) =>
  db.transaction().execute(async (trx) => {
    const { position } = await trx.selectFrom('consumer').select('position').where('name', '=', name)
      .forUpdate().executeTakeFirstOrThrow();
    const { rows } = await sql<JobEvent>`SELECT * FROM batch_job.read_events(${position}, ${max})`.execute(trx);
    rows.forEach(work);
    const last = rows.at(-1)?.seq;
    if (last) await trx.updateTable('consumer').set({ position: last }).where('name', '=', name).execute();
    return rows.length;
  });
