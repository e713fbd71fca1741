// What an import does with a file: reads it row by row, says what would come of it, and writes it. Nothing here knows of jobs.
import { isUtf8 } from 'node:buffer';
import { Readable } from 'node:stream';
import { parse, type Info } from 'csv-parse';
import { In, type EntityManager } from 'typeorm';
import { Product, type Plan } from './entities.ts';

// What a file of each type has, and what its cells must look like.
const columnsOf = { 'product-import': ['sku', 'name', 'price', 'stock'], 'price-import': ['sku', 'price'] } as const;
const rules = {
  sku: [/^[\w.-]{1,40}$/, 'The SKU must be up to 40 letters, digits, dots or dashes.'],
  name: [/^\P{Cc}{1,200}$/u, 'The name must be there, in up to 200 characters.'],
  price: [/^\d{1,8}(\.\d{1,2})?$/, 'The price must be a number such as 12.50.'],
  stock: [/^\d{1,9}$/, 'The stock must be a whole number.'],
} as const;
type Column = keyof typeof rules;
export type JobType = keyof typeof columnsOf;
export const jobTypes = Object.keys(columnsOf) as JobType[];

interface Row { line: number; cells: Pick<Record<Column, string>, 'sku' | 'price'> & Partial<Record<Column, string>>; wrong?: string }

// Without control characters, and cut between characters.
export const plain = (text: string, length: number) => [...text.replace(/\p{C}/gu, '').trim()].slice(0, length).join('');

export const batchSize = 500;
const errorsKept = 100;

// The file as a whole cannot be read: another attempt would not help.
export class UnreadableFile extends Error {}

export async function* batches(type: JobType, content: Buffer): AsyncGenerator<Row[]> {
  let batch: Row[] = [];
  for await (const row of rows(columnsOf[type], content)) {
    batch.push(row);
    if (batch.length === batchSize) {
      yield batch;
      batch = [];
    }
  }
  if (batch.length) yield batch;
}

async function* rows(columns: readonly Column[], content: Buffer): AsyncGenerator<Row> {
  if (!isUtf8(content) || content.includes(0)) throw new UnreadableFile('The file is no text in UTF-8.');
  const lineOf = new Map<string, number>(); // in which each SKU was first seen
  let places: Map<Column, number> | undefined;
  for await (const { record, line } of records(content)) {
    if (!places) {
      const names = record.map((name) => name.trim().toLowerCase());
      const missing = columns.filter((column) => !names.includes(column));
      if (missing.length) throw new UnreadableFile(`The first line does not name the columns ${missing.join(', ')}.`);
      places = new Map(columns.map((column) => [column, names.indexOf(column)]));
      continue;
    }
    const cells = Object.fromEntries([...places].map(([column, place]) => [column, record[place]?.trim() ?? ''])) as Row['cells'];
    const broken = columns.find((column) => !rules[column][0].test(cells[column] ?? ''));
    const before = lineOf.get(cells.sku);
    if (broken) yield { line, cells, wrong: rules[broken][1] };
    else if (before) yield { line, cells, wrong: `The SKU is in line ${before} already.` };
    else {
      lineOf.set(cells.sku, line);
      yield { line, cells };
    }
  }
  if (!places) throw new UnreadableFile('The file is empty.');
}

// In pieces, so that a large file leaves time for heartbeats and other requests.
async function* records(content: Buffer) {
  const pieces = function* () {
    for (let at = 0; at < content.length; at += 65536) yield content.subarray(at, at + 65536);
  };
  const parser = parse({ bom: true, info: true, relax_column_count: true, relax_quotes: true, skip_empty_lines: true,
    max_record_size: 65536 });
  Readable.from(pieces()).pipe(parser);
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: string[]; info: Info }>) {
      yield { record, line: info.lines - (record.join('').match(/\n/g)?.length ?? 0) }; // where it begins
    }
  } catch (error) {
    if ((error as { code?: string }).code?.startsWith('CSV_')) throw new UnreadableFile(`The file is no CSV: ${(error as Error).message}.`);
    throw error;
  }
}

const kinds = ['new', 'changed', 'unchanged', 'wrong'] as const;
export type Counts = Record<(typeof kinds)[number], number>;
export const noCounts = (): Counts => ({ new: 0, changed: 0, unchanged: 0, wrong: 0 });

// What these rows are to the products that are there now: counts them, and returns the products as they are to be.
async function compare(manager: EntityManager, batch: Row[], counts: Counts) {
  const skus = batch.filter(({ wrong }) => !wrong).map(({ cells: { sku } }) => sku);
  const old = new Map((await manager.findBy(Product, { sku: In(skus) })).map((product) => [product.sku, product]));
  const products: Omit<Product, 'imports'>[] = [];
  for (const row of batch) {
    const before = old.get(row.cells.sku);
    const { sku, name = before?.name, price, stock = before?.stock } = row.cells;
    if (name === undefined) row.wrong ??= 'There is no product with this SKU.';
    if (row.wrong) {
      counts.wrong++;
      continue;
    }
    const product = { sku, name: name!, price: Number(price).toFixed(2), stock: Number(stock) };
    const same = product.name === before?.name && product.price === before.price && product.stock === before.stock;
    counts[!before ? 'new' : same ? 'unchanged' : 'changed']++;
    products.push(product);
  }
  return products;
}

export async function makePlan(manager: EntityManager, type: JobType, content: Buffer): Promise<Plan> {
  const counts = noCounts();
  const errors: Plan['errors'] = [];
  for await (const batch of batches(type, content)) {
    await compare(manager, batch, counts);
    for (const { line, wrong, cells: { sku } } of batch) {
      if (!wrong || errors.length === errorsKept) continue;
      errors.push({ code: 'wrong_row', message: wrong, line, sku: plain(sku, 100) });
    }
  }
  const count = Object.values(counts).reduce((sum, each) => sum + each);
  if (!count) throw new UnreadableFile('The file has no products.');
  return {
    count,
    stat_descriptors: kinds.map((key) => ({ key, name: key[0].toUpperCase() + key.slice(1), message: String(counts[key]) })),
    errors,
  };
}

// In the order of their keys, so that two imports of the same products do not wait for each other crosswise.
export async function writeProducts(manager: EntityManager, batch: Row[], counts: Counts) {
  const products = (await compare(manager, batch, counts)).sort((a, b) => (a.sku < b.sku ? -1 : 1));
  if (!products.length) return;
  await manager.upsert(Product, products, ['sku']);
  await manager.increment(Product, { sku: In(products.map(({ sku }) => sku)) }, 'imports', 1);
}
