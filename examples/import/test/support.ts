// What the tests share: people in a browser, CSV files, requests that no page sends, and a look into the database.
import assert from 'node:assert/strict';
import { after, afterEach } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { chromium, type BrowserContextOptions, type Page } from 'playwright-core';

export const address = process.env.ADDRESS!;
export const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
export const database = new pg.Client();
await database.connect();
export const users: Record<string, string> = Object.fromEntries((await database.query('SELECT name, id FROM users')).rows.map(({ name, id }) => [name, id]));

after(async () => {
  await browser.close();
  await database.end();
});

// Of all pages of a test, what must never happen there.
let faults: string[] = [];

afterEach(async () => {
  for (const context of browser.contexts()) await context.close();
  const seen = faults;
  faults = [];
  assert.deepEqual(seen, []);
});

// The page as one person sees it, in a browser of their own.
export async function signIn(name: string, path = '/', options: BrowserContextOptions = {}): Promise<Page> {
  const context = await browser.newContext({ baseURL: address, viewport: { width: 1200, height: 800 }, ...options });
  await context.addInitScript('globalThis.__name = (named) => named'); // which esbuild puts into functions that the page is to run
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('dialog', (dialog) => { faults.push(`dialog: ${dialog.message()}`); dialog.dismiss(); });
  page.on('request', (request) => { if (!/^(data|blob):/.test(request.url()) && !request.url().startsWith(address)) faults.push(request.url()); });
  page.on('response', (response) => { if (response.status() >= 500) faults.push(`${response.status()} ${response.url()}`); });
  await page.goto(path);
  await page.getByLabel('Signed in as').selectOption({ label: name });
  return page;
}

export interface Product { sku: string; name: string; price: string; stock: number }

export const products = (prefix: string, count: number, price = '9.90'): Product[] =>
  Array.from({ length: count }, (_, n) => ({ sku: `${prefix}-${n + 1}`, name: `Product ${n + 1}, "${prefix}"`, price, stock: n % 7 }));

const quoted = (cell: string) => /[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;

export const header = 'sku,name,price,stock\n';
export const csv = (rows: Product[]) =>
  header + rows.map((row) => [row.sku, row.name, row.price, `${row.stock}`].map(quoted).join(',') + '\n').join('');

export const file = (name: string, content: string | Buffer) => ({ name, mimeType: 'text/csv', buffer: Buffer.from(content) });

// By the form of the page. Returns the job's id.
export async function upload(page: Page, name: string, content: string | Buffer): Promise<string> {
  await page.getByLabel('Products (CSV)').setInputFiles(file(name, content));
  await page.getByRole('button', { name: 'Upload' }).click();
  return jobOf(page);
}

export async function jobOf(page: Page): Promise<string> {
  await page.waitForURL(/#\/jobs\/./);
  return decodeURIComponent(page.url().split('#/jobs/')[1]);
}

export const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
export const datum = (page: Page, key: string) => page.locator(`[data-key="${key}"]`);

// What the page says of the plan.
export async function plan(page: Page) {
  await button(page, 'Confirm').waitFor();
  const region = page.getByRole('region', { name: 'Plan' });
  const number = async (key: string) => Number((await region.locator(`[data-key="${key}"]`).innerText()).replace(/\D/g, ''));
  return { new: await number('new'), changed: await number('changed'), unchanged: await number('unchanged'), wrong: await number('wrong') };
}

// Tries until it asserts nothing wrong any more.
export async function eventually<T>(check: () => Promise<T>, seconds = 30): Promise<T> {
  for (const end = Date.now() + 1000 * seconds; ; await sleep(50)) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

// The first column of the first row.
export async function value(text: string, ...values: unknown[]) {
  return Object.values((await database.query(text, values)).rows[0] ?? {})[0] as any;
}

export const jobStatus = (id: string) => value('SELECT status FROM batch_job WHERE id = $1', id);

export const hasStatus = (id: string, status: string, seconds = 60) =>
  eventually(async () => assert.equal(await jobStatus(id), status), seconds);

export const outcomes = async (id: string) =>
  (await database.query('SELECT outcome FROM batch_job_run WHERE job_id = $1 ORDER BY run', [id])).rows.map(({ outcome }) => outcome);

// The products whose SKU begins so, row by row as the file says.
export async function areProducts(prefix: string, rows: Product[]) {
  const { rows: stored } = await database.query(
    `SELECT sku, name, price::text, stock FROM products WHERE starts_with(sku, $1) ORDER BY sku COLLATE "C"`, [`${prefix}-`]);
  assert.deepEqual(stored, rows.toSorted((a, b) => a.sku < b.sku ? -1 : 1));
}

interface Call { user?: string | null; cookie?: string; body?: any; headers?: Record<string, string>; duplex?: 'half' }

// A request as anybody can send one, with the page or without it.
export async function call(method: string, path: string, { user = 'Ann', cookie, headers = {}, ...rest }: Call = {}) {
  const type = typeof rest.body === 'object' && !(rest.body instanceof ReadableStream) && !Buffer.isBuffer(rest.body);
  const response = await fetch(address + path, {
    method, ...rest, ...(type ? { body: JSON.stringify(rest.body) } : {}),
    headers: {
      ...(rest.body === undefined ? {} : { 'content-type': type ? 'application/json' : 'text/csv' }),
      ...(user === null && !cookie ? {} : { cookie: cookie ?? `user=${users[user!]}` }), ...headers,
    },
  } as RequestInit);
  const text = await response.text();
  const json = /^application\/json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : undefined;
  return { status: response.status, headers: response.headers, text, json };
}

export async function post(name: string, content: string | Buffer, user = 'Ann', dryRun = true): Promise<string> {
  const { status, json, text } = await call('POST', `/api/jobs?name=${encodeURIComponent(name)}&dry_run=${dryRun}`, { user, body: content });
  assert.equal(status, 201, text);
  return json.id;
}
