// 40,000 rows: the page's updates go on coming until it is done, not too seldom, as far as the machine lets it, and not too often.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areProducts, button, csv, hasStatus, plan, products, signIn, upload } from './support.ts';

test('40,000 rows: updates at most 2.5 s apart but for one in twenty, and about four a second at most', async () => {
  const rows = products('large', 40_000);
  const page = await signIn('Ann');
  const id = await upload(page, 'large.csv', csv(rows));
  assert.deepEqual(await plan(page), { new: 40_000, changed: 0, unchanged: 0, wrong: 0 });
  // When the bar moved, by the page's clock.
  await page.evaluate(() => {
    const moved: [number, number][] = [];
    Object.assign(globalThis, { moved });
    const look = () => {
      const at = Number(document.querySelector('[role=progressbar]')?.getAttribute('aria-valuenow') ?? NaN);
      if (Number.isFinite(at) && at !== moved.at(-1)?.[1]) moved.push([performance.now(), at]);
    };
    new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true });
  });
  await button(page, 'Confirm').click();
  await page.getByRole('status').filter({ hasText: /completed|done/i }).waitFor({ timeout: 120_000 });
  await hasStatus(id, 'completed');
  const moved: [number, number][] = await page.evaluate(() => (globalThis as any).moved);
  const gaps = moved.slice(1).map(([at], n) => at - moved[n][0]);
  assert.ok(moved.length >= 15, JSON.stringify(moved));
  assert.ok(gaps.filter((gap) => gap > 2500).length <= gaps.length / 20, JSON.stringify(moved));
  assert.ok(Math.max(...gaps) <= 10_000, JSON.stringify(moved));
  assert.ok(moved.length <= 5 + (moved.at(-1)![0] - moved[0][0]) / 250, JSON.stringify(moved));
  assert.ok(moved.every(([, at], n) => n === 0 || at > moved[n - 1][1]), JSON.stringify(moved));
  await areProducts('large', rows);
});
