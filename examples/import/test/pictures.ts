// The pictures of the documentation: plan, progress, history. PICTURES is the directory where they go.
import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { button, csv, eventually, hasStatus, plan, post, products, signIn, upload } from './support.ts';

const names = ['Enamel mug', 'Linen apron', 'Oak chopping board', 'Tea towel', 'Bread knife', 'Copper kettle', 'Pepper mill', 'Salt cellar'];
const catalogue = (count: number, price: number) => products('SHOP', count)
  .map((each, n) => ({ ...each, name: `${names[n % names.length]}, no. ${n + 1}`, price: (price + (n % 40) / 4).toFixed(2) }));

// The picture is of what a reader sees: not of where the mouse is.
async function picture(page: Page, name: string) {
  const path = `${process.env.PICTURES || tmpdir()}/example-${name}.png`;
  await page.mouse.move(0, 0);
  const image = await page.screenshot({ path, fullPage: true, animations: 'disabled', caret: 'hide' });
  assert.equal(image.readUInt32BE(16), 1200);
  assert.ok(image.length < 200_000, `${name}: ${image.length} bytes`);
}

test('pictures of plan, progress and history', async () => {
  const before = await post('winter.csv', csv(catalogue(4000, 5)), 'Bob', false);
  await hasStatus(before, 'completed');
  const page = await signIn('Ann');
  const changed = catalogue(20_000, 5).map((each, n) => n < 1200 ? { ...each, price: '4.50' } : each);
  const id = await upload(page, 'spring.csv', csv(changed) + 'SHOP-20001,Sugar bowl,free,5\nSHOP-20002,,7.00,5\n');
  assert.deepEqual(await plan(page), { new: 16_000, changed: 1200, unchanged: 2800, wrong: 2 });
  await picture(page, 'plan');
  await button(page, 'Confirm').click();
  await eventually(async () => assert.ok(Number(await page.getByRole('progressbar').getAttribute('aria-valuenow')) >= 45));
  await picture(page, 'progress');
  await button(page, 'Kill a worker').click();
  await hasStatus(id, 'completed');
  await page.getByRole('region', { name: 'Result' }).waitFor();
  await picture(page, 'history');
});
