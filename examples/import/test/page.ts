// What people do with the page.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import {
  areProducts, button, call, csv, database, datum, eventually, file, hasStatus, jobStatus, outcomes, plan, post, products, signIn,
  upload, value,
} from './support.ts';

const history = (page: Page) => page.getByRole('list', { name: 'History' }).getByRole('listitem').allInnerTexts();
const row = (page: Page, file: string) => page.getByRole('row').filter({ hasText: file });

const says = (page: Page, text: RegExp, role: 'status' | 'alert' = 'status') =>
  page.getByRole(role).filter({ hasText: text }).waitFor();

test('from the file to the result: plan, confirmation, progress, history, list', async () => {
  const old = products('flow', 7000);
  const rows = [...old.slice(0, 6000), ...products('flow', 22_000).slice(7000)].map((each, n) => n < 250 ? { ...each, price: '12.50' } : each);
  const first = await post('before.csv', csv(old), 'Ann', false);
  await hasStatus(first, 'completed');
  await areProducts('flow', old);

  const page = await signIn('Ann');
  const id = await upload(page, 'spring.csv', csv(rows) + 'flow-bad,Bad,much,1\n');
  await page.getByRole('heading', { level: 1, name: 'spring.csv' }).waitFor();
  assert.deepEqual(await plan(page), { new: 15_000, changed: 250, unchanged: 5750, wrong: 1 });
  assert.match((await page.getByRole('list', { name: 'Problems' }).getByRole('listitem').allInnerTexts()).join(), /\b21002\b.*price/s);
  await areProducts('flow', old);

  await button(page, 'Confirm').click();
  const bar = page.getByRole('progressbar', { name: 'Progress' });
  await eventually(async () => {
    const now = Number(await bar.getAttribute('aria-valuenow'));
    assert.ok(now > 0 && now < 100, `${now}`);
    assert.match(await datum(page, 'rate').innerText(), /\d/);
    assert.match(await datum(page, 'eta').innerText(), /\d/);
    assert.match(await datum(page, 'attempt').innerText(), /1/);
    assert.match(await datum(page, 'worker').innerText(), /:\d+/);
  });
  await says(page, /completed|done/i);
  assert.match(await page.getByRole('region', { name: 'Result' }).innerText(), /15,?000.*250.*5,?750.*1 /);
  assert.equal(await jobStatus(id), 'completed');
  await areProducts('flow', [...rows, ...old.slice(6000)]);

  const events = (await history(page)).join('\n');
  assert.match(events, /created.*pre.processed.*confirmed.*processing.*completed/s);
  assert.match(events, /confirmed.*Ann/);

  await page.goto('/#/');
  assert.match(await row(page, 'spring.csv').innerText(), /spring\.csv.*completed.*Ann/is);
});

test('the list: filters by status and type, deletion and restoration', async () => {
  const [waits, done] = [await post('waits.csv', csv(products('list', 3))), await post('done.csv', csv(products('list', 3)), 'Ann', false)];
  await hasStatus(waits, 'pre_processed');
  await hasStatus(done, 'completed');
  const page = await signIn('Ann', '/#/');
  await row(page, 'waits.csv').waitFor();
  await row(page, 'done.csv').waitFor();

  await page.getByRole('combobox', { name: 'Status' }).selectOption('completed');
  await row(page, 'waits.csv').waitFor({ state: 'detached' });
  await row(page, 'done.csv').waitFor();
  await page.getByRole('combobox', { name: 'Status' }).selectOption({ index: 0 });
  await row(page, 'waits.csv').waitFor();
  const types = await page.getByRole('combobox', { name: 'Type' }).locator('option').evaluateAll((all) => all.map((each) => (each as HTMLOptionElement).value));
  for (const type of types.slice(1)) {
    await page.getByRole('combobox', { name: 'Type' }).selectOption(type);
    await eventually(async () => assert.equal(await row(page, 'waits.csv').count(), type === await value('SELECT type FROM batch_job WHERE id = $1', waits) ? 1 : 0));
  }
  await page.getByRole('combobox', { name: 'Type' }).selectOption({ index: 0 });

  await row(page, 'waits.csv').getByRole('button', { name: 'Delete' }).click();
  await row(page, 'waits.csv').waitFor({ state: 'detached' });
  assert.ok(await value('SELECT deleted_at FROM batch_job WHERE id = $1', waits));
  await page.getByLabel('Deleted only').check();
  await row(page, 'done.csv').waitFor({ state: 'detached' });
  await row(page, 'waits.csv').getByRole('button', { name: 'Restore' }).click();
  await row(page, 'waits.csv').waitFor({ state: 'detached' });
  await page.getByLabel('Deleted only').uncheck();
  await row(page, 'waits.csv').waitFor();
  assert.equal(await value('SELECT deleted_at FROM batch_job WHERE id = $1', waits), null);
  await page.getByRole('link', { name: 'waits.csv' }).first().click();
  await eventually(async () => assert.match((await history(page)).join('\n'), /deleted.*Ann.*restored.*Ann/s));
});

test('prices alone: the rest of a product stays as it is', async () => {
  const old = products('prices', 3);
  await hasStatus(await post('prices.csv', csv(old), 'Ann', false), 'completed');
  const page = await signIn('Ann');
  await page.getByRole('combobox', { name: 'It changes' }).selectOption('price-import');
  const id = await upload(page, 'sale.csv', 'sku,price\nprices-1,1.00\nprices-2,1.00\nprices-3,9.90\nprices-4,2.00\n');
  assert.deepEqual(await plan(page), { new: 0, changed: 2, unchanged: 1, wrong: 1 });
  await button(page, 'Confirm').click();
  await hasStatus(id, 'completed');
  await areProducts('prices', [{ ...old[0], price: '1.00' }, { ...old[1], price: '1.00' }, old[2]]);
});

test('two people: who confirms a plan that has changed meanwhile is told, and sees the new one', async () => {
  const ann = await signIn('Ann');
  const id = await upload(ann, 'autumn.csv', csv(products('two', 3)));
  assert.equal((await plan(ann)).new, 3);
  const bob = await signIn('Bob', `/#/jobs/${id}`);
  assert.equal((await plan(bob)).new, 3);

  const newer = products('two', 5, '1.00');
  await ann.getByLabel('Replace the file').setInputFiles(file('autumn.csv', csv(newer)));
  await eventually(async () => assert.equal((await plan(ann)).new, 5));
  await says(bob, /another file/i, 'alert');
  assert.equal((await plan(bob)).new, 3, 'no plan changes under the eyes of who reads it');
  const answer = bob.waitForResponse('**/confirm');
  await button(bob, 'Confirm').click();
  assert.equal((await answer).status(), 409);
  await says(bob, /plan has changed/i, 'alert');
  assert.equal((await plan(bob)).new, 5);
  assert.equal(await jobStatus(id), 'pre_processed');

  await button(bob, 'Confirm').click();
  await hasStatus(id, 'completed');
  await areProducts('two', newer);
  await eventually(async () => assert.match((await history(ann)).join('\n'), /confirmed.*Bob/));
});

test('two people: who asks for the plan that has come meanwhile may confirm that', async () => {
  const id = await post('winter.csv', csv(products('told', 3)));
  const bob = await signIn('Bob', `/#/jobs/${id}`);
  assert.equal((await plan(bob)).new, 3);
  const { status } = await call('PUT', `/api/jobs/${id}/file?name=winter.csv`, { body: csv(products('told', 4)) });
  assert.equal(status, 200);
  await button(bob, 'Show the new plan').click();
  assert.equal((await plan(bob)).new, 4);
  await button(bob, 'Confirm').click();
  await hasStatus(id, 'completed');
  await areProducts('told', products('told', 4));
});

test('another file while a worker still prepares: the plan is of the file that is there', async () => {
  const id = await post('early.csv', csv(products('early', 20_000)));
  await eventually(async () => assert.ok(await value('SELECT true FROM batch_job_run WHERE job_id = $1', id)));
  const { status } = await call('PUT', `/api/jobs/${id}/file?name=early.csv`, { body: csv(products('early', 2)) });
  await hasStatus(id, 'pre_processed');
  assert.ok(status === 200 || status === 409);
  assert.equal(await value(`SELECT (result ->> 'count')::int FROM batch_job WHERE id = $1`, id), status === 200 ? 2 : 20_000);
  assert.equal(await value('SELECT length(content) > 1000 FROM uploads WHERE job_id = $1', id), status === 409);
});

test('who may not confirm their own job sees why; another may', async () => {
  await database.query(`SELECT batch_job.attach('batch_job', confirm_by_other => true)`);
  try {
    const ann = await signIn('Ann');
    const id = await upload(ann, 'own.csv', csv(products('own', 2)));
    await button(ann, 'Confirm').click();
    await says(ann, /may not confirm your own/i, 'alert');
    assert.equal(await jobStatus(id), 'pre_processed');
    const bob = await signIn('Bob', `/#/jobs/${id}`);
    await button(bob, 'Confirm').click();
    await hasStatus(id, 'completed');
  } finally {
    await database.query(`SELECT batch_job.attach('batch_job', confirm_by_other => false)`);
  }
});

test('pause and resume: nothing is done in between, and everything at last', async () => {
  const rows = products('pause', 20_000);
  const page = await signIn('Ann');
  const id = await upload(page, 'pause.csv', csv(rows));
  await button(page, 'Confirm').click();
  await eventually(async () => assert.ok(Number(await page.getByRole('progressbar').getAttribute('aria-valuenow')) > 0));
  await button(page, 'Pause').click();
  await says(page, /paused/i);
  const done = await value(`SELECT count(*)::int FROM products WHERE sku LIKE 'pause-%'`);
  assert.ok(done > 0 && done < 20_000, `${done}`);
  await sleep(2000);
  assert.equal(await value(`SELECT count(*)::int FROM products WHERE sku LIKE 'pause-%'`), done);
  await button(page, 'Resume').click();
  await says(page, /completed|done/i);
  await areProducts('pause', rows);
  assert.deepEqual(await outcomes(id), ['pre_processed', 'released', 'completed']);
});

test('cancel: what is done stays, and no more is done', async () => {
  const rows = products('cancel', 40_000);
  const page = await signIn('Ann');
  const id = await upload(page, 'cancel.csv', csv(rows));
  await button(page, 'Confirm').click();
  await eventually(async () => assert.ok(Number(await page.getByRole('progressbar').getAttribute('aria-valuenow')) > 0));
  await button(page, 'Cancel').click();
  await says(page, /canceled/i);
  await eventually(async () => assert.deepEqual(await outcomes(id), ['pre_processed', 'canceled']));
  const done = await value('SELECT items_done::int FROM batch_job_run WHERE job_id = $1 ORDER BY run DESC LIMIT 1', id);
  assert.ok(done > 0 && done < 40_000, `${done}`);
  await sleep(1000);
  await areProducts('cancel', rows.slice(0, done));
  assert.match((await history(page)).join('\n'), /canceled.*Ann/);
  assert.equal(await button(page, 'Confirm').isVisible(), false);
});
