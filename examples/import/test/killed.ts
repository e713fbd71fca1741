// Workers that are killed in the middle of a transaction, wherever that is, and attempts that fail: each row is written once,
// and as the file says.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { areProducts, button, csv, database, datum, eventually, hasStatus, outcomes, plan, products, signIn, upload, value } from './support.ts';

// Who fires the trigger waits for the lock that we hold.
const hold = `CREATE OR REPLACE FUNCTION hold() RETURNS trigger LANGUAGE plpgsql AS
  'BEGIN PERFORM pg_advisory_xact_lock_shared(1); RETURN NULL; END'`;

async function kill(prefix: string, table: string, when: string) {
  const rows = products(prefix, 4000);
  const page = await signIn('Ann');
  const id = await upload(page, `${prefix}.csv`, csv(rows));
  await plan(page);
  await database.query(hold);
  await database.query(`CREATE TRIGGER hold AFTER INSERT OR UPDATE ON ${table} FOR EACH ROW WHEN (${when}) EXECUTE FUNCTION hold()`);
  await database.query('SELECT pg_advisory_lock(1)');
  await button(page, 'Confirm').click();
  await eventually(async () => assert.ok(await value(`SELECT true FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`)));

  const name = await value(`SELECT worker FROM batch_job_run WHERE job_id = $1 AND state = 'running'`, id);
  const pid = Number(name.split(':').at(-1));
  assert.match(await readFile(`/proc/${pid}/cmdline`, 'utf8'), /worker/);
  process.kill(pid, 'SIGKILL');
  await database.query('SELECT pg_advisory_unlock(1)');
  await database.query(`DROP TRIGGER hold ON ${table}`);

  await eventually(async () => assert.match(await datum(page, 'attempt').innerText(), /2/));
  await hasStatus(id, 'completed');
  assert.deepEqual(await outcomes(id), ['pre_processed', 'lost', 'completed']);
  await areProducts(prefix, rows);
  assert.equal(await value('SELECT count(*)::int FROM products WHERE starts_with(sku, $1) AND imports = 1', `${prefix}-`), rows.length);
}

test('SIGKILL while a batch of products is being written', () => kill('killrows', 'products', `NEW.sku = 'killrows-1200'`));

test('SIGKILL while the checkpoint is being written', () => kill('killcheckpoint', 'batch_job_run', 'NEW.items_done >= 1500'));

test('the button "Kill a worker": the job goes on, and the page shows the attempt', async () => {
  const rows = products('killbutton', 20_000);
  const page = await signIn('Ann');
  const id = await upload(page, 'button.csv', csv(rows));
  await button(page, 'Confirm').click();
  await eventually(async () => assert.ok(await value('SELECT max(items_done) FROM batch_job_run WHERE job_id = $1', id) >= 1000));
  await button(page, 'Kill a worker').click();
  await eventually(async () => assert.match(await datum(page, 'attempt').innerText(), /2/));
  await hasStatus(id, 'completed');
  assert.deepEqual(await outcomes(id), ['pre_processed', 'lost', 'completed']);
  await areProducts('killbutton', rows);
});

test('an error in the middle: another attempt goes on from there; when none is left, the page says why', async () => {
  const rows = products('error', 2000);
  const page = await signIn('Ann');
  const id = await upload(page, 'error.csv', csv(rows));
  await plan(page);
  await database.query(`CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'the shelf is full'; END$$`);
  await database.query(`CREATE TRIGGER refuse BEFORE INSERT ON products FOR EACH ROW WHEN (NEW.sku = 'error-1200') EXECUTE FUNCTION refuse()`);
  await button(page, 'Confirm').click();
  await page.getByText('The attempt before: the shelf is full').waitFor();
  await database.query('ALTER TABLE products DISABLE TRIGGER refuse');
  await hasStatus(id, 'completed');
  await areProducts('error', rows);
  assert.equal(await value(`SELECT count(*)::int FROM products WHERE sku LIKE 'error-%' AND imports = 1`), rows.length);

  await database.query(`ALTER TABLE products ENABLE TRIGGER refuse; UPDATE batch_job_type SET max_attempts = 1`);
  await page.goto('/#/');
  const other = await upload(page, 'error.csv', csv(rows.slice(1000)));
  await button(page, 'Confirm').click();
  await hasStatus(other, 'failed');
  await page.getByRole('region', { name: 'Result' }).filter({ hasText: 'the shelf is full' }).waitFor();
  await database.query(`DROP TRIGGER refuse ON products; UPDATE batch_job_type SET max_attempts = 5`);
});
