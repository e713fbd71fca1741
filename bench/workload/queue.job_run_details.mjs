// pg_cron is no queue: these are the statements by which it records a run that comes, starts and ends.
import { connect, measure } from '../peer/measure.mjs'

const db = await connect()
await db.run('empty', 'TRUNCATE cron.job_run_details')
const runs = []
await measure({
  async enqueue(payload) {
    const { rows: [{ runid }] } = await db.run('enqueue', `
      INSERT INTO cron.job_run_details (jobid, database, username, command, status)
      VALUES (1, current_database(), current_user, $1, 'starting') RETURNING runid`, payload)
    runs.push(runid)
  },
  async finishAll() {
    for (const runid of runs.splice(0)) {
      await db.run('take', `UPDATE cron.job_run_details SET job_pid = pg_backend_pid(), status = 'running',
                                   start_time = clock_timestamp() WHERE runid = $1`, runid)
      await db.run('finish', `UPDATE cron.job_run_details SET status = 'succeeded', return_message = '1 row',
                                     end_time = clock_timestamp() WHERE runid = $1`, runid)
    }
  },
})
await db.end()
