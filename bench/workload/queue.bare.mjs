// The least that a queue can be: the bare table, with UPDATEs by hand.
import { connect, measure } from '../peer/measure.mjs'

const db = await connect()
await db.run('empty', 'TRUNCATE batch_job')
await measure({
  enqueue: (payload) =>
    db.run('enqueue', `INSERT INTO batch_job (type, context, pre_processed_at, confirmed_at, status)
                       VALUES ('import', $1, now(), now(), 'confirmed') RETURNING id`, payload),
  async finishAll(count) {
    for (let n = 0; n < count; n++) {
      const { rows: [job] } = await db.run('take', `
        UPDATE batch_job SET processing_at = clock_timestamp(), updated_at = clock_timestamp(), status = 'processing'
         WHERE id = (SELECT id FROM batch_job WHERE status = 'confirmed' AND deleted_at IS NULL ORDER BY id LIMIT 1
                        FOR UPDATE SKIP LOCKED) RETURNING *`)
      await db.run('finish', `
        UPDATE batch_job SET completed_at = clock_timestamp(), updated_at = clock_timestamp(), status = 'completed'
         WHERE id = $1 AND status = 'processing' AND deleted_at IS NULL RETURNING id`, job.id)
    }
  },
  enqueueMany: (payloads) =>
    db.run('enqueue_many', `INSERT INTO batch_job (type, context, pre_processed_at, confirmed_at, status)
                            SELECT 'import', context, now(), now(), 'confirmed'
                              FROM unnest($1::jsonb[]) context`, payloads),
})
await db.end()
