// The contract with Drizzle.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import { pushSchema } from 'drizzle-kit/api';
import { and, asc, count, eq, gt, lt, sql } from 'drizzle-orm';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { contract, Skip } from '../contract.mjs';
import { deleted, look, plain, stored, wakes } from '../plain.mjs';
import manifest from '../package.json' with { type: 'json' };
import config from './drizzle.config.ts';
import { call, connect, consume, type JobEvent, jobs, retype, sqlstate, start } from './live.ts';
import * as schema from './schema.ts';
import { allJobs, consumers, users } from './schema.ts';

const db = connect();

const migrationsFolder = 'generated';
const migrateUp = () => migrate(db, { migrationsFolder });
const generate = () =>
  execFileSync('/node_modules/.bin/drizzle-kit', ['generate', '--name=jobs'], { encoding: 'utf8' });
// What drizzle-kit writes is completed by hand, as its user would.
function writeMigration() {
  fs.rmSync(migrationsFolder, { recursive: true, force: true });
  generate();
  const file = `${migrationsFolder}/0000_jobs.sql`;
  const tables = fs.readFileSync(file, 'utf8');
  fs.writeFileSync(file, fs.readFileSync('migration.sql', 'utf8').replace(/^-- \.\.\..*$/m, () => tables));
}

type Table = typeof jobs | typeof allJobs;
const insert = async (values: Partial<typeof jobs.$inferInsert> = {}, into: Table = jobs) =>
  (await db.insert(into).values({ type: 'import', ...values }).returning())[0];
const find = (id: string) => db.query.jobs.findFirst({ where: eq(jobs.id, id) });
const planDigest = async (id: string) =>
  (await db.execute<{ digest: string }>(sql`SELECT batch_job.plan_digest(${id}) AS digest`)).rows[0].digest;

writeMigration();
await migrateUp();
await db.insert(users).values({ id: 'usr_1', email: 'ann@example.com' });

await contract('Drizzle', manifest.dependencies['drizzle-orm'], {
  'create.id': async () => {
    for (const into of [jobs, allJobs]) {
      const job = await insert({}, into);
      assert.match(job.id, /^batch_[0-9A-Z]{26}$/);
      assert.equal(await stored(job.id, 'type'), 'import');
    }
    return 'with returning()';
  },

  'create.status': async () => {
    assert.equal((await insert()).status, 'created');
    return 'with returning()';
  },

  'create.given': async () => {
    assert.equal((await insert({ id: 'job_1' })).id, 'job_1');
    assert.equal((await find('job_1'))?.id, 'job_1');
  },

  'create.bulk': async () => {
    const created = await db.insert(jobs).values(['a', 'b', 'c'].map((type) => ({ type })))
      .returning({ id: jobs.id, type: jobs.type });
    const ids = created.map(({ id }) => id);
    assert.deepEqual(await look('SELECT id, type FROM batch_job WHERE id = ANY ($1) ORDER BY type', ids), created);
    assert.equal(ids.length, 3);
  },

  'status.read': async () => {
    const { id } = await insert();
    await look('UPDATE batch_job SET pre_processed_at = now(), confirmed_at = now() WHERE id = $1', id);
    assert.equal((await find(id))?.status, 'confirmed');
  },

  'status.query': async () => {
    const type = 'query';
    for (const stamp of ['failedAt', 'confirmedAt', 'completedAt', 'dryRun']) {
      await insert({ type, [stamp]: stamp === 'dryRun' || new Date() });
    }
    const sorted = await db.select().from(jobs).where(eq(jobs.type, type)).orderBy(asc(jobs.status));
    assert.deepEqual(sorted.map(({ status }) => status), ['created', 'confirmed', 'completed', 'failed']);
    const open = and(eq(jobs.type, type), lt(jobs.status, 'completed'));
    assert.equal(await db.$count(jobs, open), 2);
    const counted = await db.select({ status: jobs.status, jobs: count() }).from(jobs).where(open)
      .groupBy(jobs.status).orderBy(jobs.status);
    assert.deepEqual(counted, [{ status: 'created', jobs: 1 }, { status: 'confirmed', jobs: 1 }]);
  },

  'status.write': async () => {
    for (const table of [jobs, allJobs]) {
      const { id, status } = await insert({ status: 'failed' }, table);
      assert.equal(status, 'created');
      const lie = db.update(table).set({ status: 'failed', confirmedAt: new Date() }).where(eq(table.id, id));
      assert.equal((await lie.returning())[0].status, 'confirmed');
      assert.equal(await stored(id, 'status'), 'confirmed');
    }
  },

  'lifecycle.call': async () => {
    const { id } = await insert({ dryRun: true });
    const prepared = await call(db, sql`batch_job.mark_pre_processed(${id}, ${{ count: 2 }})`);
    assert.equal(prepared.status, 'pre_processed');
    assert.equal((await call(db, sql`batch_job.confirm(${id}, ${await planDigest(id)})`)).status, 'confirmed');
    assert.equal((await start(db, id))?.status, 'processing');
    assert.equal(await start(db, id), undefined);
    await call(db, sql`batch_job.complete(${id}, result => ${{ advancement_count: 2 }})`);
    const job = await find(id);
    assert.equal(job?.status, 'completed');
    assert.deepEqual(job.result, { count: 2, advancement_count: 2 });
    assert.ok(job.completedAt! >= job.createdAt);
    return '$with(columns).as(sql): a Job with Dates';
  },

  'lifecycle.error': async () => {
    const { id } = await insert({ dryRun: true });
    await assert.rejects(call(db, sql`batch_job.start(${id})`), (error) => sqlstate(error) === '55000');
    await call(db, sql`batch_job.mark_pre_processed(${id})`);
    const reviewed = await planDigest(id);
    await call(db, sql`batch_job.update(${id}, result => ${{ count: 40000 }})`);
    await assert.rejects(call(db, sql`batch_job.confirm(${id}, ${reviewed})`), (error) => sqlstate(error) === 'BJ001');
    // Without the cast an object would be taken for the text of a message.
    const lost = { code: 'io', message: 'lost' };
    const job = await call(db, sql`batch_job.fail(${id}, ${lost}::jsonb)`);
    assert.deepEqual([job.status, job.result?.errors], ['failed', [lost]]);
    return 'error.cause.code: the DrizzleQueryError wraps that of pg';
  },

  'json.values': async () => {
    const value = { rows: [{ name: 'Ærø 猫 🐈', tags: [1, [2, {}], true, ''] }], 'a "key"\n': { deep: { deeper: [] } } };
    const { id } = await insert({ context: value, result: value });
    const job = await find(id);
    assert.deepEqual([job?.context, job?.result], [value, value]);
    assert.equal(await stored(id, "context #>> '{rows,0,tags,1,0}'"), '2');
  },

  'json.numbers': async () => {
    const exact = { long: 9007199254740991, fraction: 0.1 };
    const { id } = await insert({ context: { ...exact, longer: (JSON as any).rawJSON('1234567890123456789') } });
    assert.deepEqual((await find(id))?.context, { ...exact, longer: Number('1234567890123456789') });
    const [text] = await db.select({ longer: sql`${jobs.context} ->> 'longer'` }).from(jobs).where(eq(jobs.id, id));
    assert.equal(text.longer, '1234567890123456789');
    return '19 digits: JSON.parse rounds them; ->> reads them as text';
  },

  'json.null': async () => {
    const { id } = await insert({ context: { file: null }, result: null });
    const job = await find(id);
    assert.deepEqual([job?.context, job?.result], [{ file: null }, null]);
    assert.equal(await stored(id, "jsonb_typeof(context -> 'file')"), 'null');
    assert.equal(await stored(id, 'result IS NULL'), true);
  },

  'time.zone': async () => {
    const at = new Date('2026-03-29T01:30:00.123Z');
    const abroad = connect({ options: '-c TimeZone=Asia/Kathmandu' });
    const [{ id, confirmedAt }] = await abroad.insert(jobs).values({ type: 'import', confirmedAt: at }).returning();
    await abroad.$client.end();
    assert.deepEqual([confirmedAt, (await find(id))?.confirmedAt], [at, at]);
    assert.equal(await stored(id, 'confirmed_at = $2', at.toISOString()), true);
    return "mode 'string' keeps the microseconds of updated_at";
  },

  'delete.view': async () => {
    const { id } = await insert();
    assert.equal((await db.delete(jobs).where(eq(jobs.id, id))).rowCount, 1);
    assert.equal(await find(id), undefined);
    assert.equal(await deleted(id), true);
    return 'rowCount is 1';
  },

  'delete.restore': async () => {
    const { id } = await insert();
    await db.delete(jobs).where(eq(jobs.id, id));
    assert.equal((await call(db, sql`batch_job.restore(${id})`)).deletedAt, null);
    assert.equal((await find(id))?.id, id);
    assert.equal(await deleted(id), false);
  },

  'delete.own': async () => {
    throw new Skip('Drizzle has none: the live view');
  },

  'delete.table': async () => {
    const { id } = await insert();
    assert.equal((await db.delete(allJobs).where(eq(allJobs.id, id))).rowCount, 0);
    assert.equal(await deleted(id), true);
    return 'rowCount is 0, no error; soft-deleted';
  },

  'relation.eager': async () => {
    const { id } = await insert({ createdBy: 'usr_1' });
    const job = await db.query.jobs.findFirst({ where: eq(jobs.id, id), with: { user: true } });
    assert.deepEqual(job?.user, { id: 'usr_1', email: 'ann@example.com' });
    return 'with: { user: true }';
  },

  'relation.lazy': async () => {
    throw new Skip('Drizzle has none: a query more');
  },

  upsert: async () => {
    for (const table of [jobs, allJobs]) {
      const id = table === jobs ? 'upsert_live' : 'upsert_all';
      const upsert = (context: schema.Json) => db.insert(table).values({ id, type: 'import', context })
        .onConflictDoUpdate({ target: table.id, set: { context } }).returning();
      assert.deepEqual((await upsert({ n: 1 }))[0].context, { n: 1 });
      const [{ context, status }] = await upsert({ n: 2 });
      assert.deepEqual([context, status], [{ n: 2 }, 'created']);
      assert.deepEqual(await stored(id, 'context'), { n: 2 });
    }
    return 'onConflictDoUpdate(), also on the view';
  },

  page: async () => {
    const type = 'page';
    await db.insert(jobs).values(Array.from({ length: 25 }, () => ({ type })));
    const seen: string[] = [];
    for (let size; size !== 0;) {
      const page = await db.select().from(jobs).where(and(eq(jobs.type, type), gt(jobs.id, seen.at(-1) ?? '')))
        .orderBy(jobs.id).limit(10);
      seen.push(...page.map(({ id }) => id));
      size = page.length;
    }
    const all = await look('SELECT id FROM batch_job WHERE type = $1 ORDER BY id', type);
    assert.deepEqual(seen, all.map(({ id }) => id));
    assert.equal(seen.length, 25);
    return 'by key, gt(id, the last)';
  },

  lock: async () => {
    const job = await insert();
    await retype(db, job, 'first');
    await assert.rejects(retype(db, job, 'second'), /has changed meanwhile/);
    assert.equal(await stored(job.id, 'type'), 'first');
    return "by updated_at, in mode 'string'";
  },

  'migrate.up': async () => {
    assert.deepEqual(await look('SELECT live_view::text FROM batch_job.attached()'), [{ live_view: 'batch_job_live' }]);
    // Who made them: the transaction that also wrote down that the migration has run.
    const [{ transactions }] = await look(`
      SELECT count(DISTINCT xmin::text)::int AS transactions FROM (
        SELECT xmin FROM drizzle.__drizzle_migrations
        UNION ALL SELECT xmin FROM pg_extension WHERE extname = 'batch_job'
        UNION ALL SELECT xmin FROM pg_class WHERE oid = 'batch_job_live'::regclass) made`);
    assert.equal(transactions, 1);
    return 'generated; extension and attach put in by hand';
  },

  'migrate.down': async () => {
    await db.transaction((tx) => tx.execute(sql.raw(fs.readFileSync('down.sql', 'utf8'))));
    const left = "SELECT to_regclass('batch_job') AS job, to_regnamespace('batch_job') AS extension";
    assert.deepEqual(await look(left), [{ job: null, extension: null }]);
    await migrateUp();
    assert.equal((await insert()).status, 'created');
    return 'Drizzle has no way down: an SQL file of your own';
  },

  'migrate.drift': async () => {
    assert.match(generate(), /No schema changes, nothing to migrate/);
    const filter = config.tablesFilter as string[];
    const push = await quietly(() => pushSchema(schema, db as any, ['public'], filter));
    assert.deepEqual(push.statementsToExecute, ['DROP SEQUENCE "public"."batch_job_event_seq_seq";']);
    await assert.rejects(look(push.statementsToExecute[0]), { code: '2BP01' });
    return 'generate: none; push: the sequence of the event table';
  },

  'events.listen': async () => {
    await wakes(() => insert());
    return 'a pg.Client of its own';
  },

  'events.poll': async () => {
    await db.insert(consumers).values({ name: 'mailer' });
    while (await consume(db, 'mailer', () => {}));
    const { id } = await insert();
    await call(db, sql`batch_job.mark_pre_processed(${id})`);
    await db.delete(jobs).where(eq(jobs.id, id));
    const events: JobEvent[] = [];
    // A consumer that dies in its work has done nothing.
    await assert.rejects(consume(db, 'mailer', () => assert.fail('died')), /died/);
    while (await consume(db, 'mailer', (event) => events.push(event), 2));
    assert.deepEqual(events.map(({ event }) => event),
      ['batch.created', 'batch.pre_processed', 'batch.confirmed', 'batch.deleted']);
    assert.ok(events.every(({ job_id }) => job_id === id));
    const left = await look('SELECT FROM batch_job_event WHERE seq > (SELECT position FROM consumer)');
    assert.equal(left.length, 0);
    return 'rows of execute() are as pg gives them: seq is a string';
  },
});

fs.rmSync(migrationsFolder, { recursive: true });
await plain.end();
await db.$client.end();

// drizzle-kit draws its progress on standard output, where TAP is.
async function quietly<T>(work: () => Promise<T>) {
  const write = process.stdout.write;
  process.stdout.write = () => true;
  try {
    return await work();
  } finally {
    process.stdout.write = write;
  }
}
