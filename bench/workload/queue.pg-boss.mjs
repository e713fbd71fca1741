// Without its own upkeep, which would run beside what is measured.
import { PgBoss } from 'pg-boss'
import { measure } from '../peer/measure.mjs'

const boss = new PgBoss({ supervise: false, schedule: false, max: 1 })
boss.on('error', (error) => { throw error })
await boss.start()
await boss.createQueue('imports')
await boss.deleteAllJobs('imports')
await measure({
  enqueue: (payload) => boss.send('imports', payload),
  async finishAll(count) {
    for (let n = 0; n < count; n++) {
      const [job] = await boss.fetch('imports')
      await boss.complete('imports', job.id)
    }
  },
  enqueueMany: (payloads) => boss.insert('imports', payloads.map((data) => ({ data }))),
})
await boss.stop({ graceful: false })
