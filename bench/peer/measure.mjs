// What each queue is measured by: jobs come one by one, then are taken and finished one by one; then many come at once.
// Prints a metric and milliseconds to a line. Each queue is talked to by its own client library, or where it has none by
// prepared statements of node-postgres, over one connection and one statement at a time.
import process from 'node:process'
import pg from 'pg'

const calls = Number(process.env.calls)
const batch = Number(process.env.batch)

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

// finishAll: takes and finishes so many jobs, which is all there are.
export async function measure({ enqueue, finishAll, enqueueMany }) {
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
