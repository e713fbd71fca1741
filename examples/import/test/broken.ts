// Files that are not what they should be. None is tried again and again, none takes a worker with it, and the page says why.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { areProducts, button, eventually, header, jobStatus, plan, post, signIn, upload, value } from './support.ts';

const good = 'broken-1,Good,1.00,1\n';

// File, and what the page has to say of it.
const refused: Record<string, [string | Buffer, RegExp]> = {
  'quotes that are never closed': [`${header}${good}broken-2,"Open,2.00,1\nbroken-3,Next,3.00,1\n`, /quot/i],
  'other columns': ['code,title\n1,One\n', /column/i],
  'names that every object has as columns': ['__proto__,constructor,toString\n1,2,3\n', /column/i],
  'nothing at all': ['', /empty|column|no /i],
  'a header and no products': [header, /empty|no /i],
  'a picture': [Buffer.from('89504e470d0a1a0a0000000d494844520000000100000001080600000000ff00fe', 'hex'), /UTF-8|text|binary|column/i],
  'zero bytes': [Buffer.concat([Buffer.from(header), Buffer.alloc(3000)]), /zero|NUL|UTF-8|text|binary|column/i],
};

for (const [what, [content, why]] of Object.entries(refused)) {
  test(`a broken file: ${what}`, async () => {
    const page = await signIn('Ann');
    const before = await value('SELECT count(*)::int FROM products');
    await page.getByLabel('Products (CSV)').setInputFiles({ name: 'broken.csv', mimeType: 'text/csv', buffer: Buffer.from(content) });
    await button(page, 'Upload').click();
    const said = page.getByRole('alert').or(page.getByRole('list', { name: 'Problems' })).or(page.getByRole('region', { name: 'Result' }));
    await eventually(async () => assert.match((await said.allInnerTexts()).join('\n'), why));
    assert.equal(await button(page, 'Confirm').isVisible(), false);
    assert.equal(await value('SELECT count(*)::int FROM products'), before);
    await eventually(async () => assert.equal(await value(`SELECT count(*)::int FROM batch_job_progress WHERE status <> 'pre_processed'`), 0));
  });
}

test('bad values: their lines are named, and left out; the others are imported', async () => {
  const lines = ['bad-1,Good,1.00,1', 'bad-2,Negative,-1,1', 'bad-3,Words,cheap,1', 'bad-4,Infinite,Infinity,1', 'bad-5,Nothing,,1',
    'bad-6,Not a number,NaN,1', 'bad-7,Too many,1e400,1', 'bad-8,Hexadecimal,0x10,1', ',No SKU,1.00,1', 'bad-10,,1.00,1',
    'bad-11,Twice,1.00,1', 'bad-11,Twice,2.00,1', 'bad-13,Half,1.00,0.5', 'bad-14,Too many,1.00,99999999999', 'bad-15,Good,13.50,15', 'bad-16,Short'];
  const page = await signIn('Ann');
  const id = await upload(page, 'bad.csv', header + lines.join('\n'));
  const counts = await plan(page);
  assert.deepEqual(counts, { new: 3, changed: 0, unchanged: 0, wrong: 13 });
  const problems = await page.getByRole('list', { name: 'Problems' }).getByRole('listitem').allInnerTexts();
  assert.deepEqual(problems.map((problem) => Number(problem.match(/\d+/)![0])), [3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 17]);
  await button(page, 'Confirm').click();
  await eventually(async () => assert.equal(await jobStatus(id), 'completed'));
  await areProducts('bad', [
    { sku: 'bad-1', name: 'Good', price: '1.00', stock: 1 }, { sku: 'bad-11', name: 'Twice', price: '1.00', stock: 1 },
    { sku: 'bad-15', name: 'Good', price: '13.50', stock: 15 }]);
});

test('of many problems the first are shown, and all are counted', async () => {
  const page = await signIn('Ann');
  await upload(page, 'worse.csv', header + Array.from({ length: 5000 }, (_, n) => `worse-${n},Bad,much,1\n`).join(''));
  assert.equal((await plan(page)).wrong, 5000);
  assert.equal(await page.getByRole('list', { name: 'Problems' }).getByRole('listitem').count(), 100);
});

test('a file as spreadsheets write it: byte order mark, CRLF, quotes, other letters', async () => {
  const name = 'Ärmelschoner "Größe 5", zwei Paar 🧤';
  const id = await post('excel.csv', `\uFEFFsku,name,price,stock\r\n"excel-1","${name.replaceAll('"', '""')}","9.90","3"\r\n`, 'Ann', false);
  await eventually(async () => assert.equal(await jobStatus(id), 'completed'));
  await areProducts('excel', [{ sku: 'excel-1', name, price: '9.90', stock: 3 }]);
});
