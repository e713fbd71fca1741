// Jobs that are confirmed when they come. A worker takes the oldest that no other one is taking.
import { connect, measure } from '../peer/measure.mjs'

const db = await connect()
await db.run('empty', 'TRUNCATE batch_job')
await measure({
  enqueue: (payload) =>
    db.run('enqueue', `INSERT INTO batch_job (type, context, pre_processed_at, confirmed_at)
                       VALUES ('import', $1, now(), now()) RETURNING id`, payload),
  async finishAll(count) {
    for (let n = 0; n < count; n++) {
      const { rows: [job] } = await db.run('take', `
        SELECT job.* FROM (SELECT id FROM batch_job_live WHERE status = 'confirmed' ORDER BY id LIMIT 1
                              FOR UPDATE SKIP LOCKED) next, batch_job.start(next.id) job`)
      await db.run('finish', 'SELECT id FROM batch_job.complete($1)', job.id)
    }
  },
  enqueueMany: (payloads) =>
    db.run('enqueue_many', `INSERT INTO batch_job (type, context, pre_processed_at, confirmed_at)
                            SELECT 'import', context, now(), now() FROM unnest($1::jsonb[]) context`, payloads),
})
await db.end()
