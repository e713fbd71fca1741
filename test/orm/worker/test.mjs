// examples/worker/worker.mjs, which needs Node and pg: what test/t/150_workers.pl tests of the workers in other languages.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { look, plain } from '../plain.mjs';
import { lose, until, value } from '../runs.mjs';

// How long a step takes is in the table pace.
await plain.query(`
  CREATE EXTENSION batch_job;
  SELECT batch_job.create_table(runs => true, events => true, notify => true);
  CREATE TABLE imported (job_id text, n integer, PRIMARY KEY (job_id, n));
  CREATE TABLE pace AS SELECT 0::float AS seconds;
  CREATE FUNCTION keep_pace() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(seconds) FROM pace; RETURN NULL; END';
  CREATE TRIGGER pace AFTER INSERT ON imported FOR EACH STATEMENT EXECUTE FUNCTION keep_pace();
  INSERT INTO batch_job_type (type, max_attempts, backoff) VALUES ('import', 2, '0')`);

function startWorker() {
  const worker = spawn('node', ['/mnt/examples/worker/worker.mjs'], { stdio: ['ignore', 'pipe', 'pipe'] });
  worker.said = '';
  worker.stdout.on('data', (text) => { worker.said += text; });
  worker.stderr.on('data', (text) => { worker.said += text; });
  worker.ended = once(worker, 'close');
  return worker;
}

async function end(worker, signal = 'SIGTERM') {
  worker.kill(signal);
  const [status] = await worker.ended;
  if (signal === 'SIGTERM') assert.equal(status, 0, worker.said);
}

// A job of so many rows at that pace.
async function ask(id, rows, { seconds = 0, dryRun = false } = {}) {
  await look('UPDATE pace SET seconds = $1', seconds);
  await look(`INSERT INTO batch_job (id, type, context, dry_run) VALUES ($1, 'import', $2, $3)`, id, { rows }, dryRun);
}

// ... of which a worker has done some.
async function jobUnderWay(id) {
  await ask(id, 3000, { seconds: 0.2 });
  await until('items_done >= 200 FROM batch_job_run WHERE job_id = $1', id);
}

// Each row once: the key of the table sees to "not twice".
async function isDone(id, rows, attempt, outcomes) {
  await look('UPDATE pace SET seconds = 0');
  await until(`status = 'completed' FROM batch_job WHERE id = $1`, id);
  assert.equal(await value('count(*)::int FROM imported WHERE job_id = $1', id), rows);
  assert.deepEqual(await look('SELECT outcome FROM batch_job_run WHERE job_id = $1 ORDER BY run', id),
    outcomes.map((outcome) => ({ outcome })));
  assert.equal(await value('max(attempt) FROM batch_job_run WHERE job_id = $1', id), attempt);
}

async function rowsAreAsManyAsDone(id) {
  assert.ok(await value(`(SELECT count(*) FROM imported WHERE job_id = $1) = items_done
    FROM batch_job_run WHERE job_id = $1 ORDER BY run DESC LIMIT 1`, id));
}

const checks = {
  'jobs are done, dry runs prepared, mistakes told': async () => {
    await ask('one', 250);
    await ask('none', 0);
    await ask('bad', 'many');
    await ask('dry', 250, { dryRun: true });
    const worker = startWorker();
    await isDone('one', 250, 1, ['completed']);
    await isDone('none', 0, 1, ['completed']);
    await until(`status = 'failed' AND jsonb_array_length(result -> 'errors') = 2 FROM batch_job WHERE id = 'bad'`);
    await until(`status = 'pre_processed' AND result = '{"count": 250}' FROM batch_job WHERE id = 'dry'`);
    await look(`SELECT batch_job.confirm('dry')`);
    await isDone('dry', 250, 1, ['pre_processed', 'completed']);
    await end(worker);
  },
  'SIGTERM gives the job back': async () => {
    const worker = startWorker();
    await jobUnderWay('term');
    await end(worker);
    assert.equal(await value(`state || ' ' || outcome FROM batch_job_run WHERE job_id = 'term'`), 'waiting released');
    await rowsAreAsManyAsDone('term');
    const other = startWorker();
    await isDone('term', 3000, 1, ['released', 'completed']);
    await end(other);
  },
  'after SIGKILL another goes on from the checkpoint': async () => {
    const worker = startWorker();
    await jobUnderWay('kill');
    await end(worker, 'SIGKILL');
    // what it had sent is still carried out
    await until('count(*) = 1 FROM pg_stat_activity WHERE datname = current_database()');
    await rowsAreAsManyAsDone('kill');
    await lose('kill');
    const other = startWorker();
    await isDone('kill', 3000, 2, ['lost', 'completed']);
    await end(other);
  },
  'it pauses, and goes on': async () => {
    const worker = startWorker();
    await jobUnderWay('pause');
    await look(`SELECT batch_job.pause('pause')`);
    await until(`state = 'paused' FROM batch_job_run WHERE job_id = 'pause'`);
    await rowsAreAsManyAsDone('pause');
    await look(`SELECT batch_job.resume('pause')`);
    await isDone('pause', 3000, 1, ['released', 'completed']);
    await end(worker);
  },
  'it leaves a canceled job': async () => {
    const worker = startWorker();
    await jobUnderWay('cancel');
    await look(`SELECT batch_job.cancel('cancel')`);
    await until(`outcome = 'canceled' FROM batch_job_run WHERE job_id = 'cancel'`);
    await rowsAreAsManyAsDone('cancel');
    await end(worker);
  },
  'it writes nothing for a job that it has lost': async () => {
    const worker = startWorker();
    await jobUnderWay('lost');
    await lose('lost');
    await isDone('lost', 3000, 2, ['lost', 'completed']);
    await end(worker);
    assert.match(worker.said, /run "run_\w+" of job "lost"/);
  },
  'a step that is longer than two leases keeps the job': async () => {
    await look(`UPDATE batch_job_type SET lease = '3 seconds'`);
    const workers = [startWorker(), startWorker()];
    await ask('long', 100, { seconds: 7 });
    await until(`EXISTS (SELECT FROM batch_job_run WHERE job_id = 'long')`);
    await until(`status = 'completed' FROM batch_job WHERE id = 'long'`);
    await isDone('long', 100, 1, ['completed']);
    for (const worker of workers) await end(worker);
  },
};

for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok - worker.mjs: ${name}`);
  } catch (error) {
    console.log(`not ok - worker.mjs: ${name}`);
    console.log(String(error.stack ?? error).replace(/^/gm, '# '));
    process.exitCode = 1;
  }
}
// A worker that a failed check has left must not hold up the end.
process.exit();
