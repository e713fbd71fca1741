// What the application, the worker and the relay share: one queue of pg-boss, and transactions that send to it.
import pg from 'pg';
import { PgBoss } from 'pg-boss';

export const queue = 'import'; // of the jobs of this type
export const pool = new pg.Pool();
pool.on('error', (error) => console.error(error.message)); // a connection that nobody uses has broken

export async function startBoss() {
  const boss = new PgBoss({ max: 2 });
  boss.on('error', (error) => console.error(error.message));
  await boss.start();
  await boss.createQueue(queue, {
    expireInSeconds: 24 * 60 * 60, // a handler goes on while there is something to do
    heartbeatSeconds: 60, // pg-boss takes the message of a dead worker back
    deleteAfterSeconds: 60 * 60,
  });
  return boss;
}

// Runs the work in a transaction. Calls of pg-boss that are given `db` are part of it.
export async function transaction(work) {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await work(client, { executeSql: (text, values) => client.query(text, values) });
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {}); // the connection may be gone
    throw error;
  } finally {
    client.release();
  }
}

// The first row of what a statement returns.
export const one = async (client, text, ...values) => (await client.query(text, values)).rows[0];
