// Its worker, which runs until nothing is left, with one job at a time and a task that does nothing.
import { Logger, makeWorkerUtils, runOnce } from 'graphile-worker'
import { measure } from '../peer/measure.mjs'

const options = { logger: new Logger(() => () => {}) }
const utils = await makeWorkerUtils(options)
await utils.migrate()
await utils.withPgClient((client) => client.query('TRUNCATE graphile_worker._private_jobs'))
await measure({
  enqueue: (payload) => utils.addJob('import', payload),
  finishAll: () => runOnce({ ...options, concurrency: 1, noHandleSignals: true, taskList: { import: () => {} } }),
  enqueueMany: (payloads) => utils.addJobs(payloads.map((payload) => ({ identifier: 'import', payload }))),
})
await utils.release()
