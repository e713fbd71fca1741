// What an application does: job and message are written in one transaction, or neither is.
import { one, queue, transaction } from './queue.mjs';

// Asks for a job that needs no preview. It is confirmed at once.
export function ask(boss, context) {
  return transaction(async (client, db) => {
    const { id } = await one(client, `SELECT id FROM batch_job.create('import', $1)`, context);
    await one(client, 'SELECT FROM batch_job.mark_pre_processed($1)', id);
    await boss.send(queue, { job: id }, { db });
    return id;
  });
}

// Confirms the plan that somebody has reviewed.
export function confirm(boss, id, digest) {
  return transaction(async (client, db) => {
    await one(client, 'SELECT FROM batch_job.confirm($1, $2)', id, digest);
    await boss.send(queue, { job: id }, { db });
  });
}
