// The contract with Kysely.
import assert from 'node:assert/strict';
import fs from 'node:fs/promises';
import path from 'node:path';
import { type Insertable, sql } from 'kysely';
import { jsonObjectFrom } from 'kysely/helpers/postgres';
import { FileMigrationProvider, Migrator, NO_MIGRATIONS } from 'kysely/migration';
import { contract, Skip } from '../contract.mjs';
import { deleted, look, plain, stored, wakes } from '../plain.mjs';
import manifest from '../package.json' with { type: 'json' };
import { connect, consume, type Job, type JobEvent, type JobTable, retype, start, version } from './model.ts';

const db = connect();

const migrator = new Migrator({
  db,
  provider: new FileMigrationProvider({ fs, path, migrationFolder: path.join(import.meta.dirname, 'migrations') }),
});
// Kysely's migrator never throws: it returns the error.
async function migrate(to?: typeof NO_MIGRATIONS) {
  const { error, results } = await (to ? migrator.migrateTo(to) : migrator.migrateToLatest());
  if (error) throw error;
  return results!.map(({ direction, status }) => `${direction} ${status}`);
}

const insert = (values: Partial<Insertable<JobTable>> = {}, into: 'batch_job' | 'batch_job_live' = 'batch_job_live') =>
  db.insertInto(into).values({ type: 'import', ...values }).returningAll().executeTakeFirstOrThrow();
const find = (id: string, from: 'batch_job' | 'batch_job_live' = 'batch_job_live') =>
  db.selectFrom(from).selectAll().where('id', '=', id).executeTakeFirst();
const call = async (name: string, ...args: unknown[]) =>
  (await sql<any>`SELECT * FROM ${sql.id('batch_job', name)}(${sql.join(args)})`.execute(db)).rows[0];

const migrated = await migrate();
await db.insertInto('user').values({ id: 'usr_1', email: 'ann@example.com' }).execute();

await contract('Kysely', manifest.dependencies.kysely, {
  'create.id': async () => {
    for (const into of ['batch_job_live', 'batch_job'] as const) {
      const job = await insert({}, into);
      assert.match(job.id, /^batch_[0-9A-Z]{26}$/);
      assert.equal(await stored(job.id, 'type'), 'import');
    }
    return 'with returningAll()';
  },

  'create.status': async () => {
    assert.equal((await insert()).status, 'created');
    return 'with returningAll()';
  },

  'create.given': async () => {
    assert.equal((await insert({ id: 'job_1' })).id, 'job_1');
    assert.equal((await find('job_1'))?.id, 'job_1');
  },

  'create.bulk': async () => {
    const jobs = await db.insertInto('batch_job_live').values(['a', 'b', 'c'].map((type) => ({ type })))
      .returning(['id', 'type']).execute();
    const ids = jobs.map(({ id }) => id);
    assert.deepEqual(await look('SELECT id, type FROM batch_job WHERE id = ANY ($1) ORDER BY type', ids), jobs);
    assert.equal(ids.length, 3);
  },

  'status.read': async () => {
    const { id } = await insert();
    await look('UPDATE batch_job SET pre_processed_at = now(), confirmed_at = now() WHERE id = $1', id);
    assert.equal((await find(id))?.status, 'confirmed');
  },

  'status.query': async () => {
    const stamps = { failed: 'failed_at', confirmed: 'confirmed_at', completed: 'completed_at' } as const;
    for (const column of Object.values(stamps)) await insert({ type: 'query', [column]: new Date() });
    await insert({ type: 'query' });
    const jobs = db.selectFrom('batch_job_live').where('type', '=', 'query');
    const sorted = await jobs.select('status').orderBy('status').execute();
    assert.deepEqual(sorted.map(({ status }) => status), ['created', 'confirmed', 'completed', 'failed']);
    const counted = await jobs.select(['status', (eb) => eb.fn.countAll<string>().as('jobs')])
      .where('status', '<', 'completed').groupBy('status').orderBy('status').execute();
    assert.deepEqual(counted, [{ status: 'created', jobs: '1' }, { status: 'confirmed', jobs: '1' }]);
    return 'counts are strings';
  },

  'status.write': async () => {
    const lie = { status: 'failed' } as {}; // the model's type forbids it
    for (const table of ['batch_job_live', 'batch_job'] as const) {
      const job = await insert(lie, table);
      assert.equal(job.status, 'created');
      const update = db.updateTable(table).set({ ...lie, confirmed_at: new Date() }).where('id', '=', job.id);
      assert.equal((await update.returning('status').executeTakeFirst())?.status, 'confirmed');
      assert.equal(await stored(job.id, 'status'), 'confirmed');
    }
    return 'GeneratedAlways: the type forbids it';
  },

  'lifecycle.call': async () => {
    const { id } = await insert({ dry_run: true });
    assert.equal((await call('mark_pre_processed', id, { count: 2 })).status, 'pre_processed');
    assert.equal((await call('confirm', id, (await call('plan_digest', id)).plan_digest)).status, 'confirmed');
    assert.equal((await start(db, id))?.status, 'processing');
    assert.equal(await start(db, id), undefined);
    assert.equal((await call('complete', id, { advancement_count: 2 })).status, 'completed');
    const job = await find(id);
    assert.equal(job?.status, 'completed');
    assert.deepEqual(job.result, { count: 2, advancement_count: 2 });
    assert.ok(job.completed_at! >= job.created_at);
    return 'the sql template; its row is a Job';
  },

  'lifecycle.error': async () => {
    const { id } = await insert({ dry_run: true });
    await assert.rejects(call('start', id), { code: '55000', message: /cannot start job/ });
    await call('mark_pre_processed', id, { count: 2 });
    const { plan_digest: reviewed } = await call('plan_digest', id);
    await sql`SELECT batch_job.update(${id}, result => ${{ count: 40000 }})`.execute(db);
    await assert.rejects(call('confirm', id, reviewed), { code: 'BJ001', message: /its plan has changed/ });
    // Without the cast an object would be taken for the text of a message.
    const lost = { code: 'io', message: 'lost' };
    const { rows: [job] } = await sql<Job>`SELECT * FROM batch_job.fail(${id}, ${lost}::jsonb)`.execute(db);
    assert.deepEqual([job.status, job.result?.errors], ['failed', [lost]]);
    return 'error.code of pg';
  },

  'json.values': async () => {
    const value = { rows: [{ name: 'Ærø 猫 🐈', tags: [1, [2, {}], true, ''] }], 'a "key"\n': { deep: { deeper: [] } } };
    const { id } = await insert({ context: value, result: value });
    const job = await find(id);
    assert.deepEqual([job?.context, job?.result], [value, value]);
    assert.equal(await stored(id, "context #>> '{rows,0,tags,1,0}'"), '2');
    return 'objects, not JSON.stringify()';
  },

  'json.numbers': async () => {
    const exact = { long: 9007199254740991, fraction: 0.1 };
    const { id } = await insert({ context: { ...exact, longer: (JSON as any).rawJSON('1234567890123456789') } });
    const { context } = (await find(id))!;
    assert.deepEqual(context, { ...exact, longer: Number('1234567890123456789') });
    const text = db.selectFrom('batch_job_live').where('id', '=', id).select(sql`context ->> 'longer'`.as('longer'));
    assert.equal((await text.executeTakeFirst())?.longer, '1234567890123456789');
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
    const { id, confirmed_at } = await abroad.insertInto('batch_job_live').values({ type: 'import', confirmed_at: at })
      .returningAll().executeTakeFirstOrThrow();
    await abroad.destroy();
    assert.deepEqual([confirmed_at, (await find(id))?.confirmed_at], [at, at]);
    assert.equal(await stored(id, 'confirmed_at = $2', at.toISOString()), true);
    return 'a Date: microseconds of updated_at are cut off';
  },

  'delete.view': async () => {
    const { id } = await insert();
    const { numDeletedRows } = await db.deleteFrom('batch_job_live').where('id', '=', id).executeTakeFirst();
    assert.equal(numDeletedRows, 1n);
    assert.equal(await find(id), undefined);
    assert.equal(await deleted(id), true);
    return 'numDeletedRows is 1n';
  },

  'delete.restore': async () => {
    const { id } = await insert();
    await db.deleteFrom('batch_job_live').where('id', '=', id).execute();
    assert.equal((await call('restore', id)).deleted_at, null);
    assert.equal((await find(id))?.id, id);
    assert.equal(await deleted(id), false);
  },

  'delete.own': async () => {
    throw new Skip('Kysely has none: the live view');
  },

  'delete.table': async () => {
    const { id } = await insert();
    const { numDeletedRows } = await db.deleteFrom('batch_job').where('id', '=', id).executeTakeFirst();
    assert.equal(numDeletedRows, 0n);
    assert.equal(await deleted(id), true);
    return '0n, no error; soft-deleted';
  },

  'relation.eager': async () => {
    const { id } = await insert({ created_by: 'usr_1' });
    const job = await db.selectFrom('batch_job_live as job').where('job.id', '=', id).selectAll('job')
      .select((eb) => jsonObjectFrom(
        eb.selectFrom('user').selectAll().whereRef('user.id', '=', 'job.created_by'),
      ).as('user'))
      .executeTakeFirstOrThrow();
    assert.deepEqual(job.user, { id: 'usr_1', email: 'ann@example.com' });
    return 'jsonObjectFrom() or a join';
  },

  'relation.lazy': async () => {
    throw new Skip('Kysely has none: a query more');
  },

  upsert: async () => {
    for (const table of ['batch_job_live', 'batch_job'] as const) {
      const id = `upsert_${table}`;
      const upsert = (context: object) => db.insertInto(table).values({ id, type: 'import', context: { ...context } })
        .onConflict((oc) => oc.column('id').doUpdateSet((eb) => ({ context: eb.ref('excluded.context') })))
        .returningAll().executeTakeFirstOrThrow();
      assert.deepEqual((await upsert({ n: 1 })).context, { n: 1 });
      const { context, status } = await upsert({ n: 2 });
      assert.deepEqual([context, status], [{ n: 2 }, 'created']);
      assert.deepEqual(await stored(id, 'context'), { n: 2 });
    }
    return 'onConflict(), also on the view';
  },

  page: async () => {
    const type = 'page';
    await db.insertInto('batch_job_live').values(Array.from({ length: 25 }, () => ({ type }))).execute();
    const seen: string[] = [];
    for (let size; size !== 0;) {
      const page = await db.selectFrom('batch_job_live').select('id').where('type', '=', type)
        .where('id', '>', seen.at(-1) ?? '').orderBy('id').limit(10).execute();
      seen.push(...page.map(({ id }) => id));
      size = page.length;
    }
    const all = await look('SELECT id FROM batch_job WHERE type = $1 ORDER BY id', type);
    assert.deepEqual(seen, all.map(({ id }) => id));
    assert.equal(seen.length, 25);
    return 'by key, where id > the last';
  },

  lock: async () => {
    const { id } = await insert();
    const read = await db.selectFrom('batch_job_live').where('id', '=', id).select(version).executeTakeFirstOrThrow();
    await retype(db, id, 'first', read.version);
    await assert.rejects(retype(db, id, 'second', read.version), /has changed meanwhile/);
    assert.equal(await stored(id, 'type'), 'first');
    return 'by updated_at::text: a Date has no microseconds';
  },

  'migrate.up': async () => {
    assert.deepEqual(migrated, ['Up Success']);
    // Who made them: the transaction that also wrote down the name of the migration.
    const [{ views, transactions }] = await look(`
      SELECT (SELECT array_agg(live_view::text) FROM batch_job.attached()) AS views,
             (SELECT count(DISTINCT xmin::text)::int FROM (
                SELECT xmin FROM pg_extension WHERE extname = 'batch_job'
                UNION ALL SELECT xmin FROM pg_class WHERE oid = 'batch_job_live'::regclass
                UNION ALL SELECT xmin FROM pg_class WHERE oid = 'consumer'::regclass) made) AS transactions`);
    assert.deepEqual([views, transactions], [['batch_job_live'], 1]);
  },

  'migrate.down': async () => {
    assert.deepEqual(await migrate(NO_MIGRATIONS), ['Down Success']);
    const left = "SELECT to_regclass('batch_job') AS job, to_regnamespace('batch_job') AS extension";
    assert.deepEqual(await look(left), [{ job: null, extension: null }]);
    assert.deepEqual(await migrate(), ['Up Success']);
    assert.equal((await insert()).status, 'created');
  },

  'migrate.drift': async () => {
    assert.deepEqual(await migrate(), []);
    const tables = await db.introspection.getTables();
    assert.deepEqual(tables.map(({ name, isView }) => name + (isView ? ' (view)' : '')).sort(),
      ['batch_job', 'batch_job_event', 'batch_job_live (view)', 'consumer', 'user']);
    return 'nothing to run; Kysely does not compare models';
  },

  'events.listen': async () => {
    await wakes(() => insert());
    return 'a pg.Client of its own';
  },

  'events.poll': async () => {
    await db.insertInto('consumer').values({ name: 'mailer' }).execute();
    while (await consume(db, 'mailer', () => {}));
    const { id } = await insert();
    await call('mark_pre_processed', id);
    await db.deleteFrom('batch_job_live').where('id', '=', id).execute();
    const events: JobEvent[] = [];
    // A consumer that dies in its work has done nothing.
    await assert.rejects(consume(db, 'mailer', () => assert.fail('died')), /died/);
    while (await consume(db, 'mailer', (event) => events.push(event), 2));
    assert.deepEqual(events.map(({ event }) => event),
      ['batch.created', 'batch.pre_processed', 'batch.confirmed', 'batch.deleted']);
    assert.ok(events.every(({ job_id }) => job_id === id));
    const left = await look('SELECT FROM batch_job_event WHERE seq > (SELECT position FROM consumer)');
    assert.equal(left.length, 0);
    return 'seq is a string';
  },
});

await plain.end();
await db.destroy();
