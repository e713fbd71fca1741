// With runs: what a worker takes is its own for a while, and what it did is kept.
import { connect, measure } from '../peer/measure.mjs'

const db = await connect()
await db.run('empty', 'TRUNCATE batch_job, batch_job_run')
await measure({
  enqueue: (payload) =>
    db.run('enqueue', `INSERT INTO batch_job (type, context, pre_processed_at, confirmed_at)
                       VALUES ('import', $1, now(), now()) RETURNING id`, payload),
  async finishAll(count) {
    for (let n = 0; n < count; n++) {
      const { rows: [job] } = await db.run('take', `SELECT * FROM batch_job.claim('{import}', worker => 'worker')`)
      await db.run('finish', 'SELECT id FROM batch_job.complete($1, run => $2)', job.id, job.run)
    }
  },
  enqueueMany: (payloads) =>
    db.run('enqueue_many', `INSERT INTO batch_job (type, context, pre_processed_at, confirmed_at)
                            SELECT 'import', context, now(), now() FROM unnest($1::jsonb[]) context`, payloads),
})
await db.end()
