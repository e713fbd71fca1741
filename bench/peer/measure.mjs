// What each queue is measured by: jobs come one by one, then are taken and finished one by one; then many come at once. With
// `before`, that many have been taken and finished before, and with `holder` another session has held a snapshot all the time.
// Prints a metric and milliseconds to a line. Each queue is talked to by its own client library, or where it has none by
// prepared statements of node-postgres, over one connection and one statement at a time.
import process from 'node:process'
import pg from 'pg'

const calls = Number(process.env.calls)
const batch = Number(process.env.batch)
const before = Number(process.env.before)

export const payload = (n) => ({ file: `products-${n}.csv`, shop: n % 100 })

export async function connect() {
  const client = new pg.Client()
  await client.connect()
  return {
    // A statement of that name is prepared the first time.
    run: (name, text, ...values) => client.query({ name, text, values }),
    end: () => client.end(),
  }
}

async function time(metric, count, work) {
  const began = process.hrtime.bigint()
  await work()
  console.log(metric, Number(process.hrtime.bigint() - began) / 1e6 / count)
}

async function holdSnapshot() {
  const client = new pg.Client()
  await client.connect()
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
  await client.query('SELECT')
  return client
}

async function finishAfterMany({ enqueue, finishAll }) {
  const holder = process.env.holder === 'yes' ? await holdSnapshot() : null
  for (let n = 0; n < before; n++) await enqueue(payload(n))
  await finishAll(before)
  for (let n = 0; n < calls; n++) await enqueue(payload(n))
  await time('finish_one', calls, () => finishAll(calls))
  await holder?.end()
}

// finishAll: takes and finishes so many jobs, which is all there are.
export async function measure(queue) {
  const { enqueue, finishAll, enqueueMany } = queue
  if (before > 0) return finishAfterMany(queue)
  const warmUp = Math.ceil(calls / 10)
  for (let n = 0; n < warmUp; n++) await enqueue(payload(n))
  await finishAll(warmUp)
  await time('enqueue_one', calls, async () => {
    for (let n = 0; n < calls; n++) await enqueue(payload(n))
  })
  await time('finish_one', calls, () => finishAll(calls))
  if (enqueueMany) {
    const payloads = Array.from({ length: batch }, (_, n) => payload(n))
    await time('enqueue_many', 1, () => enqueueMany(payloads))
  }
}
