// Input that means harm: in what is uploaded, in what it is called, in whom and what requests name.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { address, button, call, csv, hasStatus, header, jobStatus, plan, post, products, signIn, users, value } from './support.ts';

const named = async (id: string) => (await call('GET', `/api/jobs/${id}`)).json;
const listed = async (query = '') => (await call('GET', `/api/jobs${query}`)).json as { id: string }[];

test('names of files are labels: no path, no control characters, not endless', async () => {
  const target = `/tmp/hostile-${process.pid}.csv`;
  const names: Record<string, string> = {
    [`../../../../../..${target}`]: `hostile-${process.pid}.csv`,
    [target]: `hostile-${process.pid}.csv`,
    'C:\\windows\\system32\\config.csv': 'config.csv',
    '..': '',
    'a\u0000b\r\nSet-Cookie: user=x\u001b[2J.csv': 'abSet-Cookie: user=x[2J.csv',
    'spring\u202Evsc.exe': 'springvsc.exe',
    [`${'long'.repeat(1000)}.csv`]: `${'long'.repeat(1000)}.csv`.slice(0, 200),
  };
  for (const [name, label] of Object.entries(names)) {
    const id = await post(name, csv(products('label', 1)));
    const page = await signIn('Ann', `/#/jobs/${id}`);
    await button(page, 'Confirm').waitFor();
    const heading = await page.getByRole('heading', { level: 1 }).textContent();
    if (label) assert.equal(heading, label);
    else assert.doesNotMatch(heading!, /\.\.|^\s*$/);
    await page.context().close();
    const { status, headers } = await call('GET', `/api/jobs/${id}/errors.csv`);
    assert.equal(status, 200);
    assert.equal(headers.get('set-cookie'), null);
  }
  assert.equal(existsSync(target), false);
  for (const query of ['', '?name=', '?name=a&name=b', '?name[x]=1', '?dry_run=maybe&name=x.csv']) {
    const { status } = await call('POST', `/api/jobs${query}`, { body: csv(products('label', 1)) });
    assert.ok(status === 201 || status === 400, `${query}: ${status}`);
  }
});

test('HTML and script in products and names of files are text', async () => {
  const attacks = ['<script>window.pwned = 1</script>', '<img src=x onerror="window.pwned = 1">', '"><svg onload=alert(1)>',
    "' onmouseover='alert(1)", '</li></ul><iframe src="javascript:alert(1)">', '{{constructor.constructor("alert(1)")()}}'];
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const lines = attacks.map((attack) => `${cell(attack)},${cell(attack)},${cell(attack)},1`);
  const id = await post(`<img src=x onerror=alert(1)>.csv`, header + lines.join('\n'));
  const page = await signIn('Ann', `/#/jobs/${id}`);
  assert.equal((await plan(page)).wrong, attacks.length);
  const problems = await page.getByRole('list', { name: 'Problems' }).innerText();
  assert.ok(problems.includes('<script>window.pwned = 1</script>'), problems);
  const elements = 'main script, main img, main iframe, svg[onload], [onerror], [onmouseover]';
  assert.equal(await page.locator(elements).count(), 0);
  await page.goto('/#/');
  await page.getByRole('link', { name: '<img src=x onerror=alert(1)>.csv' }).waitFor();
  assert.equal(await page.locator(elements).count(), 0);
  assert.equal(await page.evaluate(() => (window as any).pwned), undefined);
  // a second wall, should the first one fall
  const policy = (await call('GET', '/')).headers.get('content-security-policy') ?? '';
  assert.match(policy, /default-src 'self'|script-src 'self'/);
  assert.doesNotMatch(policy, /unsafe-(inline|eval)/);
});

// A server that kept all of it in memory would need a multiple of the bound.
test('200 MB are refused with 413, and the memory of the server stays as it is', async () => {
  const pid = process.env.SERVER_PID!;
  const peak = async () => Number((await readFile(`/proc/${pid}/status`, 'utf8')).match(/VmHWM:\s+(\d+)/)![1]) / 1024;
  await writeFile(`/proc/${pid}/clear_refs`, '5'); // from now on
  const before = await peak();
  const jobs = (await listed()).length;
  const chunk = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(1 << 20, 'a'), Buffer.from('\r\n')]);
  // Sends the header and so many chunks of 1 MB, if it gets so far. Returns the status, '' where the server hung up.
  const send = (header: string, chunks: number) => new Promise<string>((resolve) => {
    const { hostname, port } = new URL(address);
    let answer = '';
    const socket = connect(Number(port), hostname, () => {
      socket.write(`POST /api/jobs?name=large.csv HTTP/1.1\r\nHost: x\r\nCookie: user=${users.Ann}\r\nContent-Type: text/csv\r\n${header}\r\n\r\n`);
      const more = () => { while (chunks > 0 && socket.writable) if (chunks--, !socket.write(chunk)) return; };
      socket.on('drain', more);
      more();
    });
    const done = () => { socket.destroy(); resolve(answer.slice(9, 12)); };
    socket.on('data', (data) => { answer += data; if (answer.length > 12) done(); }).on('close', done).on('error', done);
  });
  assert.equal(await send(`Content-Length: ${200 << 20}`, 0), '413');
  for (const status of await Promise.all([1, 2, 3].map(() => send('Transfer-Encoding: chunked', 200)))) assert.match(status, /^(413)?$/);
  assert.equal((await listed()).length, jobs);
  const used = await peak() - before;
  assert.ok(used < 300, `${used} MB more`);

  const page = await signIn('Ann', '/#/');
  const path = `${tmpdir()}/large.csv`;
  await writeFile(path, Buffer.alloc((50 << 20) + 1, 'a'));
  await page.getByLabel('Products (CSV)').setInputFiles(path);
  await button(page, 'Upload').click();
  await page.getByRole('alert').filter({ hasText: 'larger than 50 MB' }).waitFor();
  await rm(path);
});

test('what is downloaded has no cell that a spreadsheet would run', async () => {
  const formulas = ['=1+1', '=HYPERLINK("http://example.com","x")', '+1', '-1', '@SUM(1)', '\t=1', '\r=1', '"=1"'];
  const cell = (text: string) => `"${text.replaceAll('"', '""')}"`;
  const id = await post('=cmd|calc!A1".csv', header + formulas.map((each) => `${cell(each)},${cell(each)},${cell(each)},1`).join('\n'));
  await hasStatus(id, 'pre_processed');
  const { status, headers, text } = await call('GET', `/api/jobs/${id}/errors.csv`);
  assert.equal(status, 200);
  assert.match(headers.get('content-type')!, /^text\/csv\b/);
  assert.match(headers.get('content-disposition')!, /^attachment\b/);
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  const cells: string[] = parse(text).flat();
  assert.ok(cells.length > formulas.length, text);
  assert.deepEqual(cells.filter((each) => /^[=+\-@\t\r]/.test(each)), []);
  assert.ok(cells.some((each) => each.startsWith("'=1+1")), text);
});

test("another user's job is not canceled, deleted or replaced", async () => {
  const content = csv(products('other', 3));
  const id = await post('mine.csv', content);
  await hasStatus(id, 'pre_processed');
  const before = await named(id);
  for (const [method, path, body] of [['POST', '/cancel'], ['DELETE', ''], ['PUT', '/file?name=yours.csv', csv(products('other', 1))]]) {
    const { status, json } = await call(method, `/api/jobs/${id}${path}`, { user: 'Bob', body });
    assert.equal(status, 403, `${method} ${path}`);
    assert.match(json.error, /^[A-Z].*\.$/);
  }
  assert.deepEqual(await named(id), before);
  assert.equal((await call('DELETE', `/api/jobs/${id}`)).status < 300, true);
  assert.equal((await call('POST', `/api/jobs/${id}/restore`, { user: 'Bob' })).status, 403);
  assert.ok(await value('SELECT deleted_at FROM batch_job WHERE id = $1', id));
});

// Every address that has an id in it.
const requests: [string, string, any?][] = [['GET', ''], ['POST', '/confirm', { digest: 'x' }], ['POST', '/pause'], ['POST', '/resume'],
  ['POST', '/cancel'], ['DELETE', ''], ['POST', '/restore'], ['PUT', '/file?name=x.csv', csv(products('none', 1))],
  ['GET', '/errors.csv'], ['GET', '/stream']];

test('ids that are none', async () => {
  const ids = ['batch_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'x', '1', "x' OR '1'='1", "'; DROP TABLE products; --", '%', '\u0000', '\uFFFD', '__proto__', '..',
    'x'.repeat(3000), '{"id":1}'];
  const jobs = await value('SELECT count(*)::int FROM batch_job');
  for (const id of ids) {
    for (const [method, path, body] of requests) {
      const { status, json } = await call(method, `/api/jobs/${encodeURIComponent(id)}${path}`, { body });
      if (id === '..') assert.ok(status >= 400 && status < 500); // which the client takes for a path
      else assert.equal(status, 404, `${method} ${id.slice(0, 40)}${path}`);
      if (id.length < 100 && id !== '..') assert.match(json.error, /./);
    }
  }
  assert.equal((await call('GET', '/api/jobs/%E0%A4%A')).status, 400);
  assert.equal(await value('SELECT count(*)::int FROM batch_job'), jobs);
});

test('SQL in filters finds nothing and breaks nothing', async () => {
  assert.ok((await listed()).length > 0);
  for (const filter of ["completed' OR '1'='1", "'; DROP TABLE products; --", 'nonsense', '\u0000', '{"$ne":1}', 'x'.repeat(3000)]) {
    for (const key of ['status', 'type', 'deleted']) {
      const { status, json } = await call('GET', `/api/jobs?${key}=${encodeURIComponent(filter)}`);
      assert.ok(status === 400 || (status === 200 && (key === 'deleted' || json.length === 0)), `${key}=${filter}: ${status}`);
    }
  }
  for (const query of ['?status=a&status=b', '?status[]=completed', '?type[x]=1']) assert.ok((await call('GET', `/api/jobs${query}`)).status < 500, query);
  assert.ok(await value('SELECT count(*)::int FROM products'));
});

test('a cookie of nobody: nothing is done, and nothing breaks', async () => {
  const id = await post('nobody.csv', csv(products('nobody', 1)));
  await hasStatus(id, 'pre_processed');
  for (const cookie of ['', 'user=', 'user=00000000-0000-0000-0000-000000000000', 'user=Ann', "user='; DROP TABLE users; --", 'user=%E0%A4%A',
    'user=__proto__', 'other=1; user', `user=${'-'.repeat(36)}`]) {
    for (const [method, path, body] of [['POST', '/api/jobs?name=x.csv', csv(products('nobody', 1))],
      ...requests.filter(([method]) => method !== 'GET').map(([method, path, body]) => [method, `/api/jobs/${id}${path}`, body])]) {
      const { status, json } = await call(method as string, path as string, { user: null, cookie, body });
      assert.equal(status, 401, `${cookie}: ${method} ${path}`);
      assert.match(json.error, /./);
    }
  }
  assert.equal(await jobStatus(id), 'pre_processed');
  assert.equal(await value('SELECT deleted_at FROM batch_job WHERE id = $1', id), null);
});

test('bodies that are not what they should be', async () => {
  const id = await post('bodies.csv', csv(products('bodies', 1)));
  await hasStatus(id, 'pre_processed');
  const type = { 'content-type': 'application/json' };
  for (const body of ['', '{', 'null', '[]', '1', '{"digest":1}', '{"digest":{"a":1}}', '{"digest":["x"]}', '{"__proto__":{"digest":"x"}}',
    '{"digest":null}', '{"digest":"\\u0000"}', `{"digest":"${'x'.repeat(100_000)}"}`]) {
    const { status } = await call('POST', `/api/jobs/${id}/confirm`, { body, headers: type });
    assert.ok([400, 409, 415].includes(status), `${body.slice(0, 40)}: ${status}`);
  }
  assert.equal(await jobStatus(id), 'pre_processed');
  for (const other of ['application/json', 'multipart/form-data', 'text/html', 'application/octet-stream']) {
    const { status } = await call('POST', '/api/jobs?name=x.csv', { body: Buffer.from('sku'), headers: { 'content-type': other } });
    assert.ok([400, 415].includes(status), `${other}: ${status}`);
  }
});

test('only files of the page are served, and only to this machine', async () => {
  const raw = (path: string) => new Promise<string>((resolve) => {
    const { hostname, port } = new URL(address);
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.end(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`));
    socket.on('data', (data) => { answer += data; }).on('close', () => resolve(answer));
  });
  for (const path of ['/../package.json', '/%2e%2e/package.json', '/..%2fpackage.json', '/../../../../etc/passwd', '//etc/passwd', '/app.js/../../package.json',
    '/..\\package.json', '/src/server.ts', '/package.json', '/app.js%00.html', '/.env']) {
    assert.match(await raw(path), /^HTTP\/1.1 (400|404) /, path);
  }
  const { port } = new URL(address);
  for (const { address: other, internal } of Object.values(networkInterfaces()).flat().filter((each) => each!.family === 'IPv4') as any) {
    if (!internal) await assert.rejects(fetch(`http://${other}:${port}/`), other);
  }
});
