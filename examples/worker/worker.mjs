#!/usr/bin/env node
// A worker: docs/workers.md explains it. libpq's variables (PGHOST, PGDATABASE ...) say where the jobs are.
import { once } from 'node:events';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker, isMainThread, parentPort, workerData } from 'node:worker_threads';
import pg from 'pg';

const name = `${hostname()}:${process.pid}`;
const poll = 1000 * (process.env.POLL ?? 2); // milliseconds until the next look for a job, unless a notification comes first
const step = 100; // rows in a transaction: a second of work or so

let ending = false; // after SIGTERM
const client = new pg.Client();
await client.connect();
// The first row of what a statement returns.
const query = async (text, ...values) => (await client.query(text, values)).rows[0];

const claim = () => query(`
  SELECT id, run, status, context, checkpoint, extract(epoch FROM lease_until - clock_timestamp())::float * 1000 / 3 AS beat
    FROM batch_job.claim('{import}', worker => $1)`, name);

// What a thread of its own runs, so that it is not held up by what the worker computes: it keeps the lease, and says when
// the job is to be left. If it is lost, the thread ends by that error.
async function keepLease({ id, run, beat }) {
  for (;;) {
    await sleep(beat);
    const { directive } = await query('SELECT batch_job.heartbeat($1, $2) AS directive', id, run);
    if (directive !== 'continue') parentPort.postMessage(directive);
  }
}

// Counts what there is to do. Says whether to go on: a dry run waits for a person who confirms it.
async function prepare({ id, run, context }) {
  const { status } = await query('SELECT status FROM batch_job.mark_pre_processed($1, $2, run => $3)',
    id, { count: context.rows }, run);
  if (status === 'confirmed') await query('SELECT FROM batch_job.start($1, run => $2)', id, run);
  return status === 'confirmed';
}

// Each step is a transaction that writes what it has done and how far that is, or neither.
async function work({ id, run, context, checkpoint }, leave) {
  const total = context.rows;
  let n = checkpoint?.n ?? 0;
  let directive = 'continue';
  while (n < total && directive === 'continue' && !leave.aborted && !ending) {
    const first = n + 1;
    n = Math.min(n + step, total);
    await query('BEGIN');
    await query('INSERT INTO imported (job_id, n) SELECT $1, generate_series($2::int, $3)', id, first, n);
    ({ directive } = await query(
      'SELECT batch_job.heartbeat($1, $2, items_done => $3, items_total => $4, checkpoint => $5) AS directive',
      id, run, n, total, { n }));
    await query('COMMIT');
  }
  if (n < total) await query('SELECT batch_job.release($1, $2)', id, run);
  else await query('SELECT FROM batch_job.complete($1, run => $2)', id, run);
}

async function perform(job) {
  const leave = new AbortController();
  const heart = new Worker(new URL(import.meta.url), { workerData: job });
  heart.on('message', () => leave.abort()).on('error', () => leave.abort());
  try {
    if (job.status !== 'created' || await prepare(job)) await work(job, leave.signal);
  } catch (error) {
    await query('ROLLBACK');
    // Not for a job that is another worker's by now, or over: then this is refused, or does nothing.
    await query('SELECT batch_job.retry($1, $2, $3::text)', job.id, job.run, error.message);
  } finally {
    await heart.terminate();
  }
}

async function main() {
  process.on('SIGTERM', () => { ending = true; });
  await query('LISTEN batch_job');
  while (!ending) {
    const woken = once(client, 'notification', { signal: AbortSignal.timeout(poll) }).catch(() => {});
    const job = await claim();
    if (!job) {
      await woken;
      continue;
    }
    try {
      await perform(job);
    } catch (error) {
      if (error.code !== 'BJ002') throw error;
      console.log(`${job.id}: ${error.message}`);
    }
  }
  await client.end();
}

await (isMainThread ? main() : keepLease(workerData));
