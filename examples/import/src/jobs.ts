// What the server asks of the database about jobs.
import { IsNull, Not, type EntityManager } from 'typeorm';
import { source } from './data-source.ts';
import { BatchJob, StoredJob, type Status, type User } from './entities.ts';

// eta: seconds.
interface Progress {
  state: string | null; worker: string | null; attempt: number | null; max_attempts: number | null;
  items_done: number | null; items_total: number | null; percent: number | null; rate: number | null; eta: number | null;
  message: string | null; error: string | null;
}

// The view of the progress has the open jobs; of the others, the last run says how far it came.
async function progressOf(ids: string[]): Promise<Map<string, Progress>> {
  const rows: (Progress & { id: string })[] = await source.query(`
    SELECT id, state, worker, attempt, max_attempts, items_done::float, items_total::float, percent, rate,
           extract(epoch FROM eta)::float AS eta, message,
           CASE WHEN NOT last_error ? 'line' THEN coalesce(last_error ->> 'message', last_error #>> '{}') END AS error -- those of rows are part of the plan
      FROM batch_job_progress WHERE id = ANY($1)
     UNION ALL
    SELECT job_id, NULL, worker, attempt, NULL, items_done, items_total, batch_job.percent(items_done, items_total), NULL,
           NULL, message, coalesce(error ->> 'message', error #>> '{}')
      FROM (SELECT DISTINCT ON (job_id) run.* FROM batch_job_run run JOIN batch_job_live job ON job.id = job_id
             WHERE job_id = ANY($1) AND status >= 'completed' ORDER BY job_id, claimed_at DESC) last_run`, [ids]);
  return new Map(rows.map(({ id, ...progress }) => [id, progress]));
}

const summary = ({ id, type, status, context, dryRun, createdAt, creator, ...job }: BatchJob | StoredJob) => ({
  id, type, status, file: context.file, bytes: context.bytes, dry_run: dryRun, created_at: createdAt, created_by: creator,
  deleted: 'deletedAt' in job && job.deletedAt !== null,
});

export async function listJobs({ status, type, deleted }: { status?: Status; type?: string; deleted?: boolean }) {
  const where = { ...(status && { status }), ...(type && { type }) };
  const options = { relations: { creator: true }, order: { id: 'DESC' }, take: 100 } as const;
  const jobs = deleted
    ? await source.manager.find(StoredJob, { ...options, where: { ...where, deletedAt: Not(IsNull()) }, withDeleted: true })
    : await source.manager.find(BatchJob, { ...options, where });
  const progress = await progressOf(jobs.map(({ id }) => id));
  return jobs.map((job) => ({ ...summary(job), progress: progress.get(job.id) ?? null }));
}

export async function jobState(id: string) {
  const job = await source.manager.findOne(BatchJob, { where: { id }, relations: { creator: true } });
  if (!job) return null;
  const [progress, events] = await Promise.all([progressOf([id]), source.query(`
    SELECT event, coalesce(name, actor) AS actor, at, detail
      FROM batch_job_event LEFT JOIN users ON users.id::text = actor WHERE job_id = $1 ORDER BY seq`, [id])]);
  return { job: { ...summary(job), result: job.result }, plan_digest: job.planDigest, progress: progress.get(id) ?? null, events };
}

// A transaction of which the events say who did it.
export const as = <T>(user: User, work: (manager: EntityManager) => Promise<T>) =>
  source.transaction(async (manager) => {
    await manager.query(`SELECT set_config('batch_job.actor', $1, true)`, [user.id]);
    return work(manager);
  });
