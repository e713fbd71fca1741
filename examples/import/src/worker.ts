// A worker: docs/workers.md explains what one must do. Start as many as you like, on as many machines.
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { source } from './data-source.ts';
import { Upload, type BatchJob } from './entities.ts';
import { batches, jobTypes, makePlan, noCounts, UnreadableFile, writeProducts, type Counts, type JobType } from './products.ts';

const name = `${hostname()}:${process.pid}`;
const poll = 500; // milliseconds until the next look for a job
const delay = Number(process.env.BATCH_DELAY_MS || 300); // after each batch, so that there is something to see

type Claimed = Pick<BatchJob, 'id' | 'status' | 'result'> &
  { type: JobType; run: string; attempt: number; beat: number; checkpoint: { rows: number; counts: Counts } | null };

let ending = false; // after SIGTERM
process.on('SIGTERM', () => { ending = true; }).on('SIGINT', () => { ending = true; });
source.setOptions({ extra: { options: `-c batch_job.actor=${name}` } }); // who did it, in the events
await source.initialize();

// The first row of what a statement returns.
const query = async (text: string, values: unknown[], manager = source.manager) => (await manager.query(text, values))[0];

const claim = (): Promise<Claimed | undefined> => query(`
  SELECT id, run, type, status, result, attempt, checkpoint,
         extract(epoch FROM lease_until - clock_timestamp())::float * 1000 / 3 AS beat
    FROM batch_job.claim($1, worker => $2)`, [jobTypes, name]);

// Keeps the lease on a connection of its own while the work goes on, and says when the job is to be left.
function keepLease({ id, run, beat }: Claimed) {
  const leave = new AbortController();
  const timer = setInterval(() => {
    query('SELECT batch_job.heartbeat($1, $2) AS directive', [id, run])
      .then(({ directive }) => { if (directive !== 'continue') leave.abort(); }, () => leave.abort());
  }, beat);
  return { signal: leave.signal, stop: () => clearInterval(timer) };
}

const contentOf = async ({ id }: Claimed) => (await source.manager.findOneByOrFail(Upload, { jobId: id })).content;

// Says whether to go on: a dry run waits for a person who confirms it.
async function prepare(job: Claimed) {
  const plan = await makePlan(source.manager, job.type, await contentOf(job));
  const { status } = await query('SELECT status FROM batch_job.mark_pre_processed($1, $2, run => $3)', [job.id, plan, job.run]);
  if (status === 'confirmed') await query('SELECT FROM batch_job.start($1, run => $2)', [job.id, job.run]);
  job.result = plan;
  return status === 'confirmed';
}

// Each batch is a transaction that writes the products and how far that is, or neither.
async function work({ id, run, type, result, checkpoint }: Claimed, leave: AbortSignal, content: Buffer) {
  const { rows: done, counts } = checkpoint ?? { rows: 0, counts: noCounts() };
  let rows = 0;
  for await (const batch of batches(type, content)) {
    rows += batch.length;
    if (rows <= done) continue; // a run before this one has done them
    const { directive } = await source.transaction(async (manager) => {
      await writeProducts(manager, batch, counts);
      return query(
        `SELECT batch_job.heartbeat($1, $2, items_done => $3, items_total => $4, message => $5, checkpoint => $6) AS directive`,
        [id, run, rows, result?.count, `Line ${batch.at(-1)!.line}`, { rows, counts }], manager);
    });
    if (directive === 'continue') await sleep(delay, undefined, { signal: leave }).catch(() => {});
    if (directive !== 'continue' || leave.aborted || ending) return query('SELECT batch_job.release($1, $2)', [id, run]);
  }
  return query('SELECT FROM batch_job.complete($1, $2, $3)', [id, { imported: counts }, run]);
}

async function perform(job: Claimed) {
  console.log(`${name}: ${job.id}, attempt ${job.attempt}: ${job.status === 'created' ? 'prepares' : 'imports'}`);
  const lease = keepLease(job);
  try {
    if (job.status !== 'created' || await prepare(job)) await work(job, lease.signal, await contentOf(job));
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof UnreadableFile) {
      await query('SELECT FROM batch_job.fail($1, $2::jsonb, $3)', [job.id, { code: 'unreadable_file', message }, job.run]);
    } else {
      await query('SELECT batch_job.retry($1, $2, $3::text)', [job.id, job.run, message]);
    }
  } finally {
    lease.stop();
  }
}

while (!ending) {
  const job = await claim();
  if (!job) {
    await sleep(poll);
    continue;
  }
  try {
    await perform(job);
  } catch (error) {
    if ((error as { code?: string }).code !== 'BJ002') throw error; // the job is another worker's by now
    console.log(`${name}: ${(error as Error).message}`);
  }
}
await source.destroy();
