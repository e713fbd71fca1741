// What anybody else does and sees, for tests in JavaScript and TypeScript: a connection of the driver's own.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import pg from 'pg';

export const plain = new pg.Client();
await plain.connect();

export const look = async (text, ...values) => (await plain.query(text, values)).rows;

// What the table has of a job, by an expression; undefined where there is no row.
export const stored = async (id, expression, ...values) =>
  (await look(`SELECT ${expression} AS value FROM batch_job WHERE id = $1`, id, ...values))[0]?.value;
export const deleted = (id) => stored(id, 'deleted_at IS NOT NULL');

// A client that listens is woken by what creates a job.
export async function wakes(create) {
  const listener = new pg.Client();
  await listener.connect();
  try {
    await listener.query('LISTEN batch_job');
    const woken = once(listener, 'notification', { signal: AbortSignal.timeout(10_000) });
    await create();
    const [{ payload }] = await woken;
    assert.deepEqual(JSON.parse(payload), { table: 'public.batch_job', events: ['batch.created'] });
  } finally {
    await listener.end();
  }
}
