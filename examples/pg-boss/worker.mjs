#!/usr/bin/env node
// A worker that pg-boss calls, and that gets its jobs from batch_job: docs/pg-boss.md explains it. libpq's variables (PGHOST,
// PGDATABASE ...) say where both are.
import { hostname } from 'node:os';
import { one, pool, queue, startBoss, transaction } from './queue.mjs';

const name = `${hostname()}:${process.pid}`;
const pollingIntervalSeconds = Number(process.env.POLL ?? 2);
const step = 100; // rows in a transaction: a second of work or so

let ending = false; // after SIGTERM
const boss = await startBoss();

const claim = () => one(pool, `
  SELECT id, run, status, context, checkpoint, extract(epoch FROM lease_until - clock_timestamp())::float * 1000 / 3 AS beat
    FROM batch_job.claim('{import}', worker => $1)`, name);

// Counts what there is to do. Says whether to go on: a dry run waits for a person who confirms it.
async function prepare({ id, run, context }) {
  const { status } = await one(pool, 'SELECT status FROM batch_job.mark_pre_processed($1, $2, run => $3)',
    id, { count: context.rows }, run);
  if (status === 'confirmed') await one(pool, 'SELECT FROM batch_job.start($1, run => $2)', id, run);
  return status === 'confirmed';
}

// Each step is a transaction that writes what it has done and how far that is, or neither.
async function work({ id, run, context, checkpoint }) {
  const total = context.rows;
  let n = checkpoint?.n ?? 0;
  let directive = 'continue';
  while (n < total && directive === 'continue' && !ending) {
    const first = n + 1;
    n = Math.min(n + step, total);
    ({ directive } = await transaction(async (client) => {
      await client.query('INSERT INTO imported (job_id, n) SELECT $1, generate_series($2::int, $3)', [id, first, n]);
      return one(client,
        'SELECT batch_job.heartbeat($1, $2, items_done => $3, items_total => $4, checkpoint => $5) AS directive',
        id, run, n, total, { n });
    }));
  }
  if (n < total) await release(id, run);
  else await one(pool, 'SELECT FROM batch_job.complete($1, run => $2)', id, run);
}

// Gives the job back, with a message for the next worker; but one that is paused waits for whoever resumes it.
function release(id, run) {
  return transaction(async (client, db) => {
    const { state } = await one(client, 'SELECT batch_job.release($1, $2) AS state', id, run);
    if (state === 'waiting') await boss.send(queue, { job: id }, { db });
  });
}

// The message of the next attempt comes when the job is due, not before: JavaScript cuts off the microseconds.
function retry({ id, run }, error) {
  return transaction(async (client, db) => {
    const { due } = await one(client, `SELECT batch_job.retry($1, $2, $3::text) + interval '1 ms' AS due`, id, run, error.message);
    if (due) await boss.send(queue, { job: id }, { startAfter: due, db });
  });
}

async function perform(job) {
  const heart = setInterval(() => {
    one(pool, 'SELECT batch_job.heartbeat($1, $2)', job.id, job.run).catch(() => {}); // the next step tells what is wrong
  }, job.beat);
  try {
    if (job.status !== 'created' || await prepare(job)) await work(job);
  } catch (error) {
    await retry(job, error); // refused, with BJ002, if the job is no longer this worker's
  } finally {
    clearInterval(heart);
  }
}

// A message says that there is something to do. What that is, the database says.
async function look([message]) {
  while (!ending && !message.signal.aborted) {
    const job = await claim();
    if (!job) return;
    try {
      await perform(job);
    } catch (error) {
      if (error.code !== 'BJ002') throw error;
      console.log(`${job.id}: ${error.message}`);
    }
  }
}

process.on('SIGTERM', async () => {
  ending = true;
  await boss.stop(); // waits for the handler
  await pool.end();
});
await boss.schedule(queue, '* * * * *'); // looks once a minute, whatever messages were lost
await boss.work(queue, { pollingIntervalSeconds }, look);
