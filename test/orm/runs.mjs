// What tests of worker programs wait for and bring about.
import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { look, plain } from './plain.mjs';

// Of an expression, which may go on with FROM; undefined where there is no row.
export const value = async (expression, ...values) =>
  Object.values((await look(`SELECT ${expression}`, ...values))[0] ?? {})[0];

export async function until(condition, ...values) {
  for (const end = Date.now() + 60_000; Date.now() < end; await sleep(50)) {
    if (await value(condition, ...values)) return;
  }
  throw new Error(`not within a minute: ${condition} ${values}`);
}

// As if two leases had passed. In one transaction, or a heartbeat may come in between.
export async function lose(id) {
  await plain.query('BEGIN');
  await look(`UPDATE batch_job_run SET heartbeat_at = now() - interval '3 hours', lease_until = now() - interval '2 hours',
    suspect_at = now() - interval '90 minutes' WHERE job_id = $1 AND state = 'running'`, id);
  assert.equal(await value('count(*)::int FROM batch_job.rescue() WHERE id = $1', id), 1);
  await plain.query('COMMIT');
}
