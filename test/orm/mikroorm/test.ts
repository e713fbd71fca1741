import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { DriverException, MikroORM, OptimisticLockError, sql } from '@mikro-orm/postgresql';
import type { EntityManager, FilterQuery, Options } from '@mikro-orm/postgresql';
import { contract } from '../contract.mjs';
import { plain, wakes } from '../plain.mjs';
import { config, confirm, Consumer, Job, poll, statuses, step, StoredJob, User } from './model.ts';
import type { Event } from './model.ts';

const { version } = createRequire(import.meta.url)('@mikro-orm/core/package.json');
const { PGHOST: host, PGPORT: port, PGUSER: user, PGDATABASE: dbName } = process.env;
const connect = (options?: Options) => MikroORM.init({ ...config, host, port: Number(port), user, dbName, ...options });
const orm = await connect();
const fork = () => orm.em.fork(); // an identity map of its own, as for each request

const value = async (text: string, ...values: unknown[]) =>
  (await plain.query({ text, values, rowMode: 'array' })).rows[0]?.[0];
const column = (name: string, id: string) => value(`SELECT ${name} FROM batch_job WHERE id = $1`, id);
const isGenerated = (id: string) => assert.match(id, /^batch_[0-9A-Z]{26}$/);
const code = (sqlstate: string) => (error: Error) => error instanceof DriverException && error.code === sqlstate;
const find = (id: string) => fork().findOneOrFail(Job, id);

const create = async (data: object = {}, em = fork()): Promise<Job> => {
  const job = em.create(Job, { type: 'import', ...data });
  await em.flush();
  return job;
};

// Jobs of one flush, which is one INSERT.
const createAll = async (rows: object[], em = fork()) => {
  const jobs = rows.map((row) => em.create(Job, { type: 'import', ...row }));
  await em.flush();
  return jobs;
};

await orm.migrator.up();
await fork().insert(User, { id: 'usr_1', email: 'ann@example.com' });

await contract('MikroORM', version, {
  'create.id': async () => {
    const job = await create();
    isGenerated(job.id);
    assert.equal(await column('type', job.id), 'import');
  },

  'create.status': async () => {
    const job = await create();
    assert.equal(job.status, 'created');
    assert.equal(await column('status', job.id), 'created');
    return 'mapped as a generated column';
  },

  'create.given': async () => {
    const job = await create({ id: 'job_1' });
    assert.equal(job.id, 'job_1');
    assert.equal(await column('type', 'job_1'), 'import');
  },

  'create.bulk': async () => {
    const type = 'bulk';
    const jobs = await createAll([{ type }, { type }, { type }]);
    jobs.forEach((job) => isGenerated(job.id));
    assert.deepEqual(jobs.map((job) => job.status), ['created', 'created', 'created']);
    const ids = jobs.map((job) => job.id).sort();
    assert.deepEqual(await value('SELECT array_agg(id ORDER BY id) FROM batch_job WHERE type = $1', type), ids);
    const [first, ...others] = await fork().insertMany(Job, [{ type }, { type }]);
    isGenerated(first);
    assert.deepEqual(others, []);
    assert.equal(await fork().count(Job, { type }), 5);
    return 'by flush(); insertMany() returns the first id only';
  },

  'status.read': async () => {
    const em = fork();
    const job = await create({}, em);
    await plain.query('UPDATE batch_job SET confirmed_at = now(), failed_at = now() WHERE id = $1', [job.id]);
    assert.equal((await em.refresh(job))?.status, 'failed');
    assert.equal((await find(job.id)).status, 'failed');
    return 'em.refresh(), or a fork of em: it keeps what it knows';
  },

  'status.query': async () => {
    const type = 'query';
    const stamps = ['failedAt', 'canceledAt', 'completedAt', 'processingAt', 'confirmedAt', 'preProcessedAt'];
    await createAll([...stamps.map((name) => ({ type, [name]: new Date() })), { type }]);
    const sorted = await fork().find(Job, { type }, { orderBy: { status: 'asc' } });
    assert.deepEqual(sorted.map((job) => job.status), statuses);
    assert.equal(await fork().count(Job, { type, status: { $lt: 'completed' } }), 4);
    assert.deepEqual((await fork().find(Job, { type, status: 'failed' })).map((job) => job.id), [sorted.at(-1)?.id]);
    const counts = await fork().createQueryBuilder(Job).where({ type }).groupBy('status')
      .select(['status', sql`count(*)::int`.as('count')]).execute<{ status: string; count: number }[]>();
    assert.deepEqual(Object.fromEntries(counts.map((row) => [row.status, row.count])),
      Object.fromEntries(statuses.map((status) => [status, 1])));
  },

  'status.write': async () => {
    const em = fork();
    const job = await create({ status: 'failed' }, em);
    assert.equal(job.status, 'created');
    Object.assign(job, { status: 'completed', confirmedAt: new Date() });
    await em.flush();
    assert.equal(job.status, 'confirmed');
    // These two write what they are given.
    const id = await fork().insert(Job, { type: 'import', status: 'failed' });
    assert.equal(await column('status', id), 'created');
    assert.equal(await fork().nativeUpdate(Job, { id: job.id }, { status: 'failed' }), 1);
    assert.equal(await column('status', job.id), 'confirmed');
    return 'the unit of work does not write it; insert() may';
  },

  'lifecycle.call': async () => {
    const em = fork();
    const job = await create({ dryRun: true }, em);
    const seen: unknown[] = [];
    const take = async (name: string, ...args: unknown[]) => {
      assert.equal(await step(em, job, name, ...args), job);
      seen.push(job.status);
    };
    await take('mark_pre_processed', { count: 2 });
    await take('confirm', await value('SELECT batch_job.plan_digest($1)', job.id));
    await take('start');
    await take('complete', { progress: 1 });
    assert.deepEqual(seen, ['pre_processed', 'confirmed', 'processing', 'completed']);
    assert.deepEqual(job.result, { count: 2, progress: 1 });
    assert.equal(await column('status', job.id), 'completed');
    job.context = { seen: true }; // what a step brought is no change to write back, and the version still fits
    await em.flush();
    assert.deepEqual(await column('ARRAY[context, result]::text[]', job.id),
      ['{"seen": true}', '{"count": 2, "progress": 1}']);
    return 'em.map(Job, row) brings the row into the object';
  },

  'lifecycle.error': async () => {
    const em = fork();
    const job = await create({ dryRun: true }, em);
    await assert.rejects(confirm(em, job, 'none'), code('55000'));
    await step(em, job, 'mark_pre_processed', { count: 2 });
    await assert.rejects(step(em, job, 'confirm', 'stale'), code('BJ001'));
    assert.equal(await confirm(em, job, 'stale'), false);
    assert.equal((await find(job.id)).status, 'pre_processed');
    return 'DriverException, the code in error.code';
  },

  'json.values': async () => {
    const values = {
      deep: { list: [1, [2, { three: true }], 'x'] }, text: 'Grüße, 東京 🚀 \u0001 "\\ ?', empty: {}, none: [],
    };
    const { id } = await create({ context: values, result: values });
    const em = fork();
    const job = await em.findOneOrFail(Job, id);
    assert.deepEqual([job.context, job.result], [values, values]);
    assert.deepEqual(await column('context', id), values);
    job.context!.more = 1; // seen by the unit of work, although it is inside
    await em.flush();
    assert.deepEqual(await column('context', id), { ...values, more: 1 });
  },

  'json.numbers': async () => {
    const { id } = await create({ context: { whole: 9007199254740991, part: 0.1 } });
    assert.deepEqual((await find(id)).context, { whole: 9007199254740991, part: 0.1 });
    await plain.query(`SELECT batch_job.update($1, '{"big": 1234567890123456789}')`, [id]);
    assert.equal(String((await find(id)).context?.big), '1234567890123456800');
    assert.equal(await column("context ->> 'big'", id), '1234567890123456789');
    return '19 digits are rounded in JavaScript: use a string';
  },

  'json.null': async () => {
    const em = fork();
    const job = await create({ context: null, result: { errors: null } }, em);
    assert.equal(await column("context IS NULL AND result -> 'errors' = 'null'", job.id), true);
    const { context, result } = await find(job.id);
    assert.deepEqual([context, result], [null, { errors: null }]);
    job.result = null;
    await em.flush();
    assert.equal(await column('result IS NULL', job.id), true);
  },

  'time.zone': async () => {
    const time = new Date('2026-03-29T01:30:00.123Z');
    const { id } = await create({ confirmedAt: time });
    assert.equal(await column("confirmed_at = '2026-03-29 01:30:00.123+00'", id), true);
    await fork().transactional(async (em) => {
      await em.execute("set local timezone = 'Asia/Kolkata'");
      const job = await em.findOneOrFail(Job, id);
      assert.deepEqual(job.confirmedAt, time);
      job.processingAt = job.confirmedAt;
    });
    assert.equal(await column('processing_at = confirmed_at', id), true);
    await plain.query("UPDATE batch_job SET confirmed_at = '2026-03-29 01:30:00.123456+00' WHERE id = $1", [id]);
    assert.deepEqual((await find(id)).confirmedAt, time);
    return 'Date has milliseconds only: microseconds are cut off';
  },

  'delete.view': async () => {
    const em = fork();
    const type = 'delete';
    const [one, other] = await createAll([{ type }, { type }], em);
    em.remove(one);
    await em.flush();
    assert.equal(await fork().nativeDelete(Job, { id: other.id }), 1);
    assert.equal(await fork().nativeDelete(Job, { id: other.id }), 0);
    assert.equal(await fork().count(Job, { type }), 0);
    assert.equal(await value('SELECT count(deleted_at)::int FROM batch_job WHERE type = $1', type), 2);
    return 'em.remove(), nativeDelete()';
  },

  'delete.restore': async () => {
    const em = fork();
    const job = await create({}, em);
    em.remove(job);
    await em.flush();
    assert.equal(await fork().findOne(Job, job.id), null);
    await step(fork(), job, 'restore');
    assert.equal((await find(job.id)).status, 'created');
    assert.equal(await column('deleted_at', job.id), null);
  },

  'delete.own': async () => {
    const { id } = await create();
    const change = async (deletedAt: Date | null, filters: false | undefined) => {
      const em = fork();
      const job = await em.findOneOrFail(StoredJob, id, { filters });
      job.deletedAt = deletedAt;
      await em.flush();
    };
    await change(new Date(), undefined);
    assert.equal(await fork().findOne(StoredJob, id), null);
    assert.equal(await fork().findOne(Job, id), null);
    assert.equal(await column('deleted_at IS NOT NULL', id), true);
    await change(null, false);
    assert.equal((await fork().findOne(StoredJob, id))?.status, 'created');
    assert.equal(await column('deleted_at', id), null);
    return 'a filter; one sets deletedAt oneself';
  },

  'delete.table': async () => {
    const em = fork();
    const type = 'table';
    const [one, other] = [em.create(StoredJob, { type }), em.create(StoredJob, { type })];
    await em.flush();
    em.remove(one);
    await em.flush();
    assert.equal(await fork().nativeDelete(StoredJob, { id: other.id }), 0);
    assert.equal(await value('SELECT count(deleted_at)::int FROM batch_job WHERE type = $1', type), 2);
    return 'em.remove(): no error; nativeDelete(): 0 rows';
  },

  'relation.eager': async () => {
    const { id } = await create({ createdBy: 'usr_1' });
    const job = await fork().findOneOrFail(Job, id, { populate: ['createdBy'] });
    assert.equal(job.createdBy?.$.email, 'ann@example.com');
    assert.equal(await column('created_by', id), 'usr_1');
  },

  'relation.lazy': async () => {
    const { id } = await create({ createdBy: 'usr_1' });
    const job = await find(id);
    assert.equal(job.createdBy?.isInitialized(), false);
    assert.equal((await job.createdBy?.load())?.email, 'ann@example.com');
  },

  'upsert': async () => {
    const id = 'upsert_1';
    const inserted = await fork().upsert(Job, { id, type: 'import', context: { count: 1 } });
    assert.equal(inserted.id, id);
    const em = fork();
    const updated = await em.upsert(Job, { id, type: 'export', context: { count: 2 }, confirmedAt: new Date() });
    assert.deepEqual([updated.type, updated.status], ['export', undefined]);
    assert.equal((await em.refresh(updated))?.status, 'confirmed');
    assert.deepEqual(await column('context', id), { count: 2 });
    // Of a deleted job: refused, or by older servers not, but never brought back.
    await fork().nativeDelete(Job, { id });
    await fork().upsert(Job, { id, type: 'import' }).catch((error) => assert.ok(code('55000')(error), error));
    assert.equal(await fork().findOne(Job, id), null);
    return 'status after em.refresh()';
  },

  'page': async () => {
    const all = await createAll(Array.from({ length: 25 }, () => ({ type: 'page' })));
    const seen: string[] = [];
    for (let page, more = true; more; more = page.hasNextPage) {
      const where: FilterQuery<Job> = { type: 'page' };
      page = await fork().findByCursor(Job, { where, orderBy: { id: 'asc' }, first: 10, after: page });
      seen.push(...page.items.map((job) => job.id));
    }
    assert.deepEqual(seen, all.map((job) => job.id));
    return 'findByCursor()';
  },

  'lock': async () => {
    const { id } = await create();
    const write = async (em: EntityManager, by: string) => {
      (await em.findOneOrFail(Job, id)).context = { by };
    };
    const [first, second] = [fork(), fork()];
    await write(first, 'first');
    await write(second, 'second');
    await first.flush();
    await assert.rejects(second.flush(), OptimisticLockError);
    assert.deepEqual(await column('context', id), { by: 'first' });
    const job = await first.findOneOrFail(Job, id);
    await step(first, job, 'mark_pre_processed');
    await fork().upsert(Job, { id, type: 'export' });
    assert.equal((await find(id)).version, job.version);
    return 'OptimisticLockError, by a version column of its own';
  },

  'migrate.up': async () => {
    // All are of one transaction, and the options are those that were asked for.
    const made = await plain.query(`SELECT e.xmin = t.xmin AND e.xmin = a.xmin AS together, event_table, notify
      FROM pg_extension e, pg_trigger t, pg_attribute a, batch_job.attached()
      WHERE extname = 'batch_job' AND (tgrelid, tgname) = (job_table, 'zz_batch_job')
        AND (attrelid, attname) = (job_table, 'type')`);
    assert.deepEqual(made.rows, [{ together: true, event_table: 'batch_job_event', notify: true }]);
    assert.deepEqual((await orm.migrator.getExecuted()).map((migration) => migration.name), ['Migration1']);
    return '@mikro-orm/migrations';
  },

  'migrate.down': async () => {
    const left = `SELECT (SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace
      AND relname NOT LIKE 'mikro_orm_migrations%') + (SELECT count(*) FROM pg_extension WHERE extname = 'batch_job')`;
    const before = await value(left);
    await orm.migrator.down();
    assert.equal(await value(left), '0');
    await orm.migrator.up();
    assert.equal(await value(left), before);
    assert.equal((await create()).status, 'created');
  },

  'migrate.drift': async () => {
    assert.equal(await orm.migrator.checkSchema(), false);
    assert.equal(await orm.schema.getUpdateSchemaSQL(), '');
    // Without skipTables and skipViews it would take away what the extension has made.
    const careless = await connect({ schemaGenerator: {} });
    const diff = await careless.schema.getUpdateSchemaSQL();
    await careless.close();
    assert.match(diff, /drop view if exists "batch_job_live"/);
    assert.match(diff, /drop table if exists "batch_job_event"/);
    assert.match(diff, /drop trigger if exists "zz_batch_job" on "batch_job"/);
    return 'none with skipTables, skipViews; else it drops the view';
  },

  'events.listen': async () => {
    await wakes(() => create());
    return 'with the driver, pg';
  },

  'events.poll': async () => {
    const position = await value('SELECT coalesce(max(seq), 0) FROM batch_job_event');
    await fork().insert(Consumer, { name: 'mailer', position });
    const em = fork();
    const job = await create({}, em);
    for (const name of ['mark_pre_processed', 'start', 'complete']) await step(em, job, name);
    em.remove(job);
    await em.flush();

    const seen: Event[] = []; // an error of the worker leaves the position where it was
    await assert.rejects(poll(fork(), 'mailer', 2, () => { throw new Error('dies'); }), /dies/);
    while (await poll(fork(), 'mailer', 2, (event) => seen.push(event)));
    assert.deepEqual(seen.map(({ event }) => event), ['batch.created', 'batch.pre_processed', 'batch.confirmed',
      'batch.processing', 'batch.completed', 'batch.deleted']);
    assert.equal(seen.every((event) => event.job_id === job.id), true);
    assert.equal(await value("SELECT position FROM consumer WHERE name = 'mailer'"), seen.at(-1)?.seq);
    return 'with an entity of its own; seq is a string, as bigint is';
  },
});

await plain.end();
await orm.close();
