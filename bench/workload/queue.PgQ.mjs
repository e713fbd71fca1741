// PgQ hands out and finishes whole batches, never a job: what it takes for all is divided by their number.
import { connect, measure } from '../peer/measure.mjs'

const db = await connect()
await measure({
  enqueue: (payload) => db.run('enqueue', `SELECT pgq.insert_event('imports', 'import', $1)`, payload),
  async finishAll() {
    // what its daemon does from time to time
    await db.run('force', `SELECT pgq.force_tick('imports')`)
    await db.run('tick', `SELECT pgq.ticker('imports')`)
    for (;;) {
      const { rows: [{ batch }] } = await db.run('take', `SELECT pgq.next_batch('imports', 'worker') AS batch`)
      if (batch === null) break
      await db.run('read', 'SELECT * FROM pgq.get_batch_events($1)', batch)
      await db.run('finish', 'SELECT pgq.finish_batch($1)', batch)
    }
  },
  enqueueMany: (payloads) =>
    db.run('enqueue_many', `SELECT count(pgq.insert_event('imports', 'import', data))
                              FROM unnest($1::text[]) data`, payloads),
})
await db.end()
