// examples/pg-boss: jobs in batch_job, messages by pg-boss. Messages may be lost, doubled, late, or of jobs that are over; each
// job is done once nevertheless, and is not forgotten.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { look, plain } from '../plain.mjs';
import { lose, until, value } from '../runs.mjs';

// How long a step takes is in the table pace.
await plain.query(`
  CREATE EXTENSION batch_job;
  SELECT batch_job.create_table(runs => true, events => true);
  CREATE TABLE imported (job_id text, n integer, PRIMARY KEY (job_id, n));
  CREATE TABLE consumer (name text PRIMARY KEY, position bigint NOT NULL DEFAULT 0);
  CREATE TABLE pace AS SELECT 0::float AS seconds;
  CREATE FUNCTION keep_pace() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(seconds) FROM pace; RETURN NULL; END';
  CREATE TRIGGER pace AFTER INSERT ON imported FOR EACH STATEMENT EXECUTE FUNCTION keep_pace();
  INSERT INTO batch_job_type (type, max_attempts, backoff) VALUES ('import', 2, '0')`);

const { ask, confirm } = await import('/mnt/examples/pg-boss/application.mjs');
const { queue, startBoss, transaction } = await import('/mnt/examples/pg-boss/queue.mjs');
const boss = await startBoss();

const programs = [];

function start(program) {
  const running = spawn('node', [`/mnt/examples/pg-boss/${program}`],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, POLL: '0.5' } });
  running.said = '';
  running.stdout.on('data', (text) => { running.said += text; });
  running.stderr.on('data', (text) => { running.said += text; });
  running.ended = once(running, 'close');
  programs.push(running);
  return running;
}

async function end(running, signal = 'SIGTERM') {
  running.kill(signal);
  const [status] = await running.ended;
  if (signal === 'SIGTERM') assert.equal(status, 0, running.said);
}

// Of this job, in any state; those that look once a minute name none.
const messages = (id) => value(`count(*)::int FROM pgboss.job WHERE name = 'import' AND data ->> 'job' = $1`, id);

// Each row once: the key of the table sees to "not twice".
async function isDone(id, rows, outcomes) {
  await look('UPDATE pace SET seconds = 0');
  await until(`status = 'completed' FROM batch_job WHERE id = $1`, id);
  assert.equal(await value('count(*)::int FROM imported WHERE job_id = $1', id), rows);
  assert.deepEqual(await look('SELECT outcome FROM batch_job_run WHERE job_id = $1 ORDER BY run', id),
    outcomes.map((outcome) => ({ outcome })));
}

async function underWay() {
  await look('UPDATE pace SET seconds = 0.2');
  const id = await ask(boss, { rows: 3000 });
  await until('items_done >= 200 FROM batch_job_run WHERE job_id = $1', id);
  return id;
}

const checks = {
  'job and message are of one transaction': async () => {
    const id = await ask(boss, { rows: 250 });
    assert.equal(await value(`count(*)::int FROM pgboss.job AS message JOIN batch_job ON batch_job.id = message.data ->> 'job'
      WHERE batch_job.id = $1 AND batch_job.xmin = message.xmin`, id), 1);
    await assert.rejects(transaction(async (client, db) => {
      await client.query(`SELECT batch_job.create('import', '{"rows": 1}', id => 'never')`);
      await boss.send(queue, { job: 'never' }, { db });
      throw new Error('changed my mind');
    }), /changed my mind/);
    assert.equal(await messages('never'), 0);
    const worker = start('worker.mjs');
    await isDone(id, 250, ['completed']);
    assert.equal(await value(`count(*)::int FROM batch_job WHERE id = 'never'`), 0);
    await end(worker);
  },
  'messages that come twice, or late, do nothing': async () => {
    const id = await ask(boss, { rows: 500 });
    for (let n = 0; n < 5; n++) await boss.send(queue, { job: id });
    const workers = [start('worker.mjs'), start('worker.mjs')];
    await isDone(id, 500, ['completed']);
    await boss.send(queue, { job: id });
    await boss.send(queue, { job: 'of nobody' });
    await until(`count(*) = 0 FROM pgboss.job WHERE name = 'import' AND state <> 'completed'`);
    await isDone(id, 500, ['completed']);
    for (const worker of workers) await end(worker);
  },
  'a job whose message is lost is found by the next look': async () => {
    const id = await value(`id FROM batch_job.create('import', '{"rows": 250}')`);
    await look('SELECT batch_job.mark_pre_processed($1)', id);
    const worker = start('worker.mjs');
    await until(`cron = '* * * * *' FROM pgboss.schedule WHERE name = 'import'`);
    await boss.send(queue); // what the schedule sends
    await isDone(id, 250, ['completed']);
    await end(worker);
  },
  'a dry run is prepared, and done once it is confirmed': async () => {
    const id = await value(`id FROM batch_job.create('import', '{"rows": 250}', dry_run => true)`);
    await boss.send(queue, { job: id });
    const worker = start('worker.mjs');
    await until(`status = 'pre_processed' AND result = '{"count": 250}' FROM batch_job WHERE id = $1`, id);
    await assert.rejects(confirm(boss, id, 'another plan'), { code: 'BJ001' });
    assert.equal(await messages(id), 1);
    await confirm(boss, id, await value('batch_job.plan_digest($1)', id));
    await isDone(id, 250, ['pre_processed', 'completed']);
    await end(worker);
  },
  'an attempt that fails gets a message for the next one, and the last one none': async () => {
    const worker = start('worker.mjs');
    const id = await value(`id FROM batch_job.create('import', '{"rows": "many"}')`);
    await boss.send(queue, { job: id });
    await until(`status = 'failed' AND jsonb_array_length(result -> 'errors') = 2 FROM batch_job WHERE id = $1`, id);
    assert.equal(await messages(id), 2);
    await end(worker);
  },
  'SIGTERM gives the job to the next worker': async () => {
    const worker = start('worker.mjs');
    const id = await underWay();
    await end(worker);
    assert.equal(await messages(id), 2);
    const other = start('worker.mjs');
    await isDone(id, 3000, ['released', 'completed']);
    await end(other);
  },
  'after SIGKILL another goes on from the checkpoint': async () => {
    const worker = start('worker.mjs');
    const id = await underWay();
    await end(worker, 'SIGKILL');
    await lose(id);
    const other = start('worker.mjs');
    await boss.send(queue); // what the schedule sends
    await isDone(id, 3000, ['lost', 'completed']);
    assert.ok(await value('count(DISTINCT checkpoint) = 2 FROM batch_job_run WHERE job_id = $1', id));
    await end(other);
  },
  'a worker that has lost its job writes nothing for it': async () => {
    const worker = start('worker.mjs');
    const id = await underWay();
    await lose(id);
    await isDone(id, 3000, ['lost', 'completed']);
    await end(worker);
    assert.match(worker.said, /run "run_\w+" of job "batch_\w+"/);
  },
  'the relay sends a message for each job, whoever made it, once': async () => {
    const relay = start('relay.mjs');
    await until(`position = (SELECT max(seq) FROM batch_job_event) FROM consumer WHERE name = 'pg-boss'`);
    await look(`INSERT INTO batch_job (id, type, context) VALUES ('by SQL', 'import', '{"rows": 250}')`);
    await until(`count(*) = 1 FROM pgboss.job WHERE data ->> 'job' = 'by SQL'`);
    await end(relay, 'SIGKILL');
    const again = start('relay.mjs');
    const worker = start('worker.mjs');
    await isDone('by SQL', 250, ['completed']);
    await until(`position = (SELECT max(seq) FROM batch_job_event) FROM consumer WHERE name = 'pg-boss'`);
    await end(again);
    // created; and confirmed by the worker that prepared it
    assert.equal(await messages('by SQL'), 2);
    await end(worker);
  },
};

for (const [name, check] of Object.entries(checks)) {
  try {
    await check();
    console.log(`ok - pg-boss: ${name}`);
  } catch (error) {
    console.log(`not ok - pg-boss: ${name}`);
    console.log(String(error.stack ?? error).replace(/^/gm, '# '));
    process.exitCode = 1;
    // what a failed check has left must not disturb the next one
    for (const program of programs) program.kill('SIGKILL');
    await plain.query('ROLLBACK');
  }
}
process.exit();
