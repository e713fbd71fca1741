import assert from 'node:assert/strict';
import type { DatabaseError } from 'pg';
import { Entity, In, LessThan, QueryFailedError, type QueryRunner } from 'typeorm';
import { contract } from '../contract.mjs';
import { commonChecks, plain, row, sql, sqlState, version } from './common.ts';
import { BatchJobs1764000000000 } from './migration.ts';
import {
  BatchJob, connect, consume, Consumer, Job, step, statuses, type Status, StoredJob, updateUnchanged, User,
} from './model.ts';

const source = await connect({ migrations: [BatchJobs1764000000000] });
await source.runMigrations({ transaction: 'each' });
const jobs = source.getRepository(BatchJob);
const stored = source.getRepository(StoredJob);
const users = source.getRepository(User);

const save = (fields: Partial<BatchJob> = {}) => jobs.save(jobs.create({ type: 'test', ...fields }));
const load = (id: string) => jobs.findOneByOrFail({ id });

// The stamps that a job with this status has, the life cycle having gone its way.
const stampsOf = (status: Status) =>
  (['canceled', 'failed'].includes(status) ? [status] : statuses.slice(1, statuses.indexOf(status) + 1))
    .map((each) => `${each}_at`);

// It is in the table, and hidden from the view.
const isDeleted = async (id: string) => (await row(id)).deleted_at !== null && !await jobs.existsBy({ id });

const installed = async () => (await sql(`
  SELECT EXISTS (SELECT FROM pg_extension WHERE extname = 'batch_job') AS extension,
         to_regclass('batch_job')::text AS job_table, to_regclass('"user"')::text AS users`))[0];

@Entity('batch_job')
class SynchronizedJob extends Job {}

await contract('TypeORM', version, {
  ...commonChecks(jobs),

  'create.id': async () => {
    const job = await save();
    assert.match(job.id, /^batch_[0-9A-HJKMNP-TV-Z]{26}$/);
    assert.equal((await row(job.id)).type, 'test');
    return 'from RETURNING, as the column has a default';
  },

  'create.status': async () => {
    const job = await save({ preProcessedAt: new Date() });
    assert.equal(job.status, 'pre_processed');
    assert.equal((await save()).status, 'created');
  },

  'create.given': async () => {
    assert.equal((await save({ id: 'job_1' })).id, 'job_1');
    assert.equal((await row('job_1')).status, 'created');
    await assert.rejects(jobs.insert({ id: 'job_1', type: 'again' }), sqlState('23505'));
  },

  'create.bulk': async () => {
    const saved = await jobs.save(['a', 'b', 'c'].map((type) => jobs.create({ type })));
    for (const job of saved) assert.equal((await row(job.id)).type, job.type);
    assert.equal(new Set(saved.map(({ id }) => id)).size, 3);
    const { identifiers } = await jobs.insert([{ type: 'd' }, { type: 'e' }]);
    for (const [i, { id }] of identifiers.entries()) assert.equal((await row(id)).type, 'de'[i]);
  },

  'status.read': async () => {
    for (const status of statuses.slice(1)) {
      const { id } = await save();
      for (const stamp of stampsOf(status)) await sql(`UPDATE batch_job SET ${stamp} = now() WHERE id = $1`, id);
      assert.equal((await load(id)).status, status);
    }
  },

  'status.query': async () => {
    const type = 'status.query';
    for (const status of [...statuses, 'failed'].reverse() as Status[]) {
      const columns = ['type', ...stampsOf(status)];
      await sql(`INSERT INTO batch_job (${columns}) VALUES (${columns.map((_, i) => (i ? 'now()' : '$1'))})`, type);
    }
    const found = async (status: any) =>
      (await jobs.find({ where: { type, status }, order: { status: 'ASC' } })).map((job) => job.status);
    assert.deepEqual(await found('processing'), ['processing']);
    assert.deepEqual(await found(In(['failed', 'created'])), ['created', 'failed', 'failed']);
    assert.deepEqual(await found(LessThan('completed')), statuses.slice(0, 4));
    const counts = await jobs.createQueryBuilder('job')
      .select('job.status', 'status').addSelect('count(*)::int', 'count')
      .where({ type }).groupBy('job.status').orderBy('job.status').getRawMany();
    assert.deepEqual(counts, statuses.map((status) => ({ status, count: status === 'failed' ? 2 : 1 })));
    return 'counts by the query builder';
  },

  'status.write': async () => {
    const job = await save({ status: 'failed' });
    assert.equal(job.status, 'created');
    await jobs.save({ ...job, status: 'completed' });
    await jobs.update({ id: job.id }, { status: 'canceled' });
    assert.equal((await row(job.id)).status, 'created');
    assert.equal((await load(job.id)).status, 'created');
    return 'after an UPDATE the object has it when read again';
  },

  'lifecycle.call': async () => {
    const { id } = await save({ dryRun: true });
    const steps: [string, Status, ...unknown[]][] = [
      ['mark_pre_processed', 'pre_processed', { count: 2 }],
      ['confirm', 'confirmed'],
      ['start', 'processing'],
      ['complete', 'completed', { advancement_count: 2 }],
    ];
    for (const [name, status, ...args] of steps) {
      const job = await step(source.manager, name, id, ...args);
      assert.equal(job.status, status);
      assert.equal((await row(id)).status, status);
    }
    assert.deepEqual((await load(id)).result, { count: 2, advancement_count: 2 });
    return 'manager.query(), then read again';
  },

  'lifecycle.error': async () => {
    const { id } = await save({ dryRun: true });
    // recipe: error
    try {
      await step(source.manager, 'start', id);
      assert.fail('it started');
    } catch (error) {
      if (!(error instanceof QueryFailedError)) throw error;
      const { code, message, detail } = error.driverError as DatabaseError;
      assert.equal(code, '55000');
      assert.equal(message, `cannot start job "${id}": its status is created`);
      assert.match(detail, /must be confirmed/);
    }
    // end recipe
    await step(source.manager, 'mark_pre_processed', id, { count: 2 });
    const [{ digest }] = await source.query('SELECT batch_job.plan_digest($1) AS digest', [id]);
    await step(source.manager, 'update', id, null, { count: 40000 });
    await assert.rejects(step(source.manager, 'confirm', id, digest), sqlState('BJ001'));
    assert.equal((await row(id)).status, 'pre_processed');
    return 'QueryFailedError, driverError.code';
  },

  'time.zone': async () => {
    const time = new Date('2026-01-02T03:04:05.678Z');
    for (const zone of ['Asia/Kathmandu', 'America/St_Johns', 'UTC']) {
      const elsewhere = await connect({ extra: { options: `-c TimeZone=${zone}` } });
      try {
        const { id } = await elsewhere.manager.save(BatchJob, { type: zone, failedAt: time });
        assert.deepEqual((await row(id)).failed_at, time);
        assert.deepEqual((await load(id)).failedAt, time);
        assert.deepEqual((await elsewhere.manager.findOneByOrFail(BatchJob, { id, failedAt: time })).failedAt, time);
      } finally {
        await elsewhere.destroy();
      }
    }
    return 'a Date, which has milliseconds only';
  },

  'delete.view': async () => {
    const [job, ...others] = await jobs.save(Array.from({ length: 4 }, () => jobs.create({ type: 'delete.view' })));
    const { id } = job;
    assert.equal((await jobs.remove(job)).id, undefined);
    assert.ok(await isDeleted(id));
    assert.equal((await jobs.delete({ type: 'delete.view' })).affected, 3);
    for (const other of others) assert.ok(await isDeleted(other.id));
    assert.equal((await jobs.delete({ id })).affected, 0);
    return 'affected: 1; remove() takes the id off the object';
  },

  'delete.restore': async () => {
    const { id } = await save();
    await jobs.delete({ id });
    assert.ok(await isDeleted(id));
    await source.query('SELECT FROM batch_job.restore($1)', [id]);
    assert.equal((await load(id)).id, id);
  },

  'delete.own': async () => {
    const { id } = await save();
    const inTable = () => stored.findOneOrFail({ where: { id }, withDeleted: true });
    const pairs: [() => Promise<unknown>, () => Promise<unknown>][] = [
      [() => stored.softDelete({ id }), () => stored.restore({ id })],
      [async () => stored.softRemove(await inTable()), async () => stored.recover(await inTable())],
    ];
    for (const [remove, recover] of pairs) {
      await remove();
      assert.ok(await isDeleted(id));
      assert.equal(await stored.existsBy({ id }), false);
      assert.ok((await inTable()).deletedAt);
      await recover();
      assert.equal((await row(id)).deleted_at, null);
      assert.ok(await stored.existsBy({ id }) && await jobs.existsBy({ id }));
    }
    return 'softDelete/restore and softRemove/recover';
  },

  'delete.table': async () => {
    const [one, two] = await stored.save(['one', 'two'].map((type) => stored.create({ type })));
    assert.equal((await stored.delete({ id: one.id })).affected, 0);
    const { id } = two;
    assert.equal((await stored.remove(two)).id, undefined);
    for (const each of [one.id, id]) assert.ok(await isDeleted(each));
    return 'delete() gives affected: 0; remove() says nothing';
  },

  'relation.eager': async () => {
    await users.save({ id: 'usr_1', email: 'ann@example.com' });
    const { id } = await save({ creator: { id: 'usr_1', email: 'ann@example.com' } });
    assert.equal((await row(id)).created_by, 'usr_1');
    const job = await jobs.findOneOrFail({
      where: { id, creator: { email: 'ann@example.com' } }, relations: { creator: true },
    });
    assert.deepEqual([{ ...job.creator }, job.createdBy], [{ id: 'usr_1', email: 'ann@example.com' }, 'usr_1']);
    return 'relations: { creator: true }';
  },

  'relation.lazy': async () => {
    const { id } = await save({ createdBy: 'usr_1' });
    assert.equal((await (await stored.findOneByOrFail({ id })).creator).email, 'ann@example.com');
    const user = await source.createQueryBuilder().relation(BatchJob, 'creator').of(await load(id)).loadOne();
    assert.equal(user.email, 'ann@example.com');
    await assert.rejects(save({ createdBy: 'nobody' }), sqlState('23503'));
    return 'a Promise with lazy: true, or RelationQueryBuilder';
  },

  upsert: async () => {
    for (const [type, dryRun] of [['new', false], ['changed', true]] as const) {
      const { generatedMaps: [returned] } = await jobs.upsert({ id: 'job_upsert', type, dryRun }, ['id']);
      assert.equal(returned.status, 'created');
      const { type: typeNow, dry_run: dryRunNow, updated_at: updatedAt } = await row('job_upsert');
      assert.deepEqual([typeNow, dryRunNow, updatedAt], [type, dryRun, returned.updatedAt]);
    }
    assert.equal(await jobs.countBy({ id: 'job_upsert' }), 1);
  },

  lock: async () => {
    const { id } = await save();
    const [first, second] = [await load(id), await load(id)];
    const stale = { name: 'OptimisticLockVersionMismatchError' };
    const changed = await updateUnchanged(source.manager, first, { type: 'first' });
    await assert.rejects(updateUnchanged(source.manager, second, { type: 'second' }), stale);
    assert.equal((await row(id)).type, 'first');
    await step(source.manager, 'fail', id, 'no such file');
    await assert.rejects(updateUnchanged(source.manager, changed, { type: 'third' }), stale);
    // save() compares with what it reads itself, and here would take back the stamp: that is the guard's to refuse.
    await assert.rejects(jobs.save(Object.assign(changed, { type: 'fourth' })), sqlState('55000'));
    assert.deepEqual([(await row(id)).type, (await row(id)).status], ['first', 'failed']);
    return 'update() where updated_at is the same; save() does not ask';
  },

  'migrate.up': async () => {
    await source.undoLastMigration({ transaction: 'each' });
    class Broken extends BatchJobs1764000000000 {
      async up(queryRunner: QueryRunner) {
        await super.up(queryRunner);
        await queryRunner.query('SELECT 1 / 0');
      }
    }
    const broken = await connect({ migrations: [Broken], logger: 'debug' });
    await assert.rejects(broken.runMigrations({ transaction: 'each' }), sqlState('22012'))
      .finally(() => broken.destroy());
    assert.deepEqual(await installed(), { extension: false, job_table: null, users: null });
    assert.equal((await source.runMigrations({ transaction: 'each' })).length, 1);
    assert.deepEqual(await installed(), { extension: true, job_table: 'batch_job', users: '"user"' });
    assert.deepEqual(await sql('SELECT event_table::text, notify FROM batch_job.attached()'),
      [{ event_table: 'batch_job_event', notify: true }]);
    return 'a failing one leaves nothing';
  },

  'migrate.down': async () => {
    await save();
    await source.undoLastMigration({ transaction: 'each' });
    assert.deepEqual(await installed(), { extension: false, job_table: null, users: null });
    await source.runMigrations({ transaction: 'each' });
    assert.equal(await jobs.count(), 0);
    assert.equal((await row((await save()).id)).status, 'created');
  },

  'migrate.drift': async () => {
    const drift = async (from: typeof source) =>
      (await from.driver.createSchemaBuilder().log()).upQueries.map(({ query }) => query).join('\n');
    assert.equal(await source.showMigrations(), false);
    assert.equal(await drift(source), '');
    // What synchronize: false is for.
    const synchronized = await connect({ entities: [SynchronizedJob] });
    const changes = await drift(synchronized).finally(() => synchronized.destroy());
    assert.match(changes, /DROP COLUMN "status"/);
    assert.match(changes, /DROP CONSTRAINT "batch_job_status_derived"/);
    return 'none, with synchronize: false; else it drops status';
  },

  'events.poll': async () => {
    await source.manager.insert(Consumer, { name: 'mailer' });
    while (await consume(source, 'mailer', () => {}));
    const { id } = await save();
    await step(source.manager, 'mark_pre_processed', id);
    await jobs.delete({ id });
    const expected = ['created', 'pre_processed', 'confirmed', 'deleted'].map((event) => [id, `batch.${event}`]);
    const seen: [string, string][] = [];
    const read = (event: { job_id: string; event: string }) => seen.push([event.job_id, event.event]);
    // Work that fails takes the position back with it.
    await assert.rejects(consume(source, 'mailer', () => { throw new Error('no mail today'); }), /no mail today/);
    assert.equal(await consume(source, 'mailer', read), 4);
    assert.equal(await consume(source, 'mailer', read), 0);
    assert.deepEqual(seen, expected);
    return 'seq is a string, as every bigint';
  },
});

await plain.end();
await source.destroy();
