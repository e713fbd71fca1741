#!/usr/bin/env node
// Sends the messages where applications do not: one for each event after which a worker has something to do. docs/pg-boss.md
// explains it.
import { setTimeout as sleep } from 'node:timers/promises';
import { one, pool, queue, startBoss, transaction } from './queue.mjs';

const telling = new Set(['batch.created', 'batch.confirmed', 'batch.reopened', 'batch.restored']);

let ending = false; // after SIGTERM
process.on('SIGTERM', () => { ending = true; });
const boss = await startBoss();
await pool.query(`INSERT INTO consumer (name) VALUES ('pg-boss') ON CONFLICT DO NOTHING`);

// The messages and the position are written in one transaction: each event is relayed once.
const relay = () => transaction(async (client, db) => {
  const { position } = await one(client, `SELECT position FROM consumer WHERE name = 'pg-boss' FOR UPDATE`);
  const { rows: events } = await client.query('SELECT seq, job_id, event FROM batch_job.read_events($1)', [position]);
  for (const { job_id: job, event } of events) {
    if (telling.has(event)) await boss.send(queue, { job }, { db });
  }
  if (events.length > 0) {
    await client.query(`UPDATE consumer SET position = $1 WHERE name = 'pg-boss'`, [events.at(-1).seq]);
  }
});

while (!ending) {
  await relay();
  await sleep(500);
}
await boss.stop();
await pool.end();
