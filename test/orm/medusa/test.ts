import assert from 'node:assert/strict';
import { setTimeout } from 'node:timers/promises';
import { AbstractLogger, type LogMessage, type QueryRunner } from 'typeorm';
import { contract } from '../contract.mjs';
import { commonChecks, plain, row, sql, sqlState, version } from '../typeorm/common.ts';
import { AttachBatchJobs1764000000000, Medusa1649775522087 } from './migration.ts';
import { BatchJob, BatchJobService, connect, stamps, User, type Stamp } from './model.ts';

// The statements that TypeORM sends.
const sent: string[] = [];
class Recorder extends AbstractLogger {
  protected writeLog(_level: string, messages: LogMessage | LogMessage[]) {
    sent.push(...[messages].flat().map(({ message }) => String(message)));
  }
}
const statement = (verb: string) => sent.findLast((query) => query.startsWith(verb));

const migrations = [Medusa1649775522087, AttachBatchJobs1764000000000];
const source = await connect({ migrations, logger: new Recorder(['query']) });
const { manager } = source;
const jobs = source.getRepository(BatchJob);
const service = new BatchJobService(manager);

const save = (fields: Partial<BatchJob> = {}) => jobs.save(jobs.create({ type: 'test', ...fields }));
const load = (id: string) => jobs.findOneByOrFail({ id });

// Until a session of this database waits for a lock.
const somebodyWaits = async () => {
  const waiting = `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`;
  for (let i = 0; i < 500; i++, await setTimeout(20)) if ((await sql(waiting)).length) return;
  assert.fail('nobody waits');
};

// The job's status, on which Medusa and the database agree.
const statusOf = async (id: string) => {
  const [job, { status }] = [await jobs.findOneOrFail({ where: { id }, withDeleted: true }), await row(id)];
  assert.equal(job.status, status);
  return job.status;
};

// Columns, constraints and triggers of the table, to see that they are as before.
const shape = () => sql(`
  SELECT attname AS name, format_type(atttypid, atttypmod) AS type, attnotnull, pg_get_expr(adbin, adrelid) AS more
    FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
   WHERE attrelid = 'batch_job'::regclass AND attnum > 0 AND NOT attisdropped
   UNION ALL
  SELECT conname, contype::text, convalidated, pg_get_constraintdef(oid)
    FROM pg_constraint WHERE conrelid = 'batch_job'::regclass
   UNION ALL
  SELECT tgname, 'trigger', true, NULL
    FROM pg_trigger WHERE tgrelid = 'batch_job'::regclass AND NOT tgisinternal
   ORDER BY 1`);

const drift = async () => (await source.driver.createSchemaBuilder().log()).upQueries.map(({ query }) => query);

// A table of Medusa's with jobs in it, which is then attached.
const before = await connect({ migrations: migrations.slice(0, 1) });
await before.runMigrations();
await before.destroy();
await sql(`INSERT INTO batch_job (id, type, confirmed_at) VALUES ('old_1', 'old', now())`);
await sql(`INSERT INTO batch_job (id, type, failed_at, canceled_at) VALUES ('old_2', 'old', now(), now())`);
const original = await shape();
await source.runMigrations({ transaction: 'each' });

await contract('Medusa v1 on TypeORM', version, {
  ...commonChecks(jobs),

  'create.id': async () => {
    const { id } = await save();
    assert.match(id, /^batch_[0-9A-Z]{26}$/);
    assert.equal((await row(id)).type, 'test');
    assert.match(statement('INSERT'), /VALUES \(\$1, (DEFAULT|\$)/);
    // Without the entity's hook the id is DEFAULT, which the table did not have before.
    await jobs.insert({ type: 'create.id' });
    assert.match(statement('INSERT'), /VALUES \(DEFAULT, /);
    const [{ valid }] = await sql(`SELECT batch_job.is_id(id) AS valid FROM batch_job WHERE type = 'create.id'`);
    assert.equal(valid, true);
    return "Medusa's is kept; insert() does not see the database's";
  },

  'create.status': async () => {
    const { id } = await save();
    assert.equal((await save()).toJSON().status, 'created');
    assert.equal(await statusOf(id), 'created');
    return 'by toJSON(), or loaded again';
  },

  'create.given': async () => {
    assert.equal((await save({ id: 'job_1', context: null })).id, 'job_1');
    assert.equal(await statusOf('job_1'), 'created');
    const [, columns] = statement('INSERT').match(/^INSERT INTO "batch_job"\((.*)\) VALUES \(\$1, DEFAULT, /);
    assert.equal(columns.split(', ').length, 15);
    assert.match(statement('INSERT'), / RETURNING "created_at", "updated_at", "deleted_at", "dry_run"$/);
    return 'all columns are sent, and id is not in RETURNING';
  },

  'create.bulk': async () => {
    const saved = await jobs.save(['a', 'b', 'c'].map((type) => jobs.create({ type })));
    for (const { id, type } of saved) assert.equal((await row(id)).type, type);
    assert.equal(new Set(saved.map(({ id }) => id)).size, 3);
  },

  'status.read': async () => {
    // All 64 combinations of the six timestamps, in changing order of time.
    for (let bits = 0; bits < 64; bits++) {
      const { id } = await save({ type: 'status.read' });
      const set = stamps.filter((_, i) => bits & (1 << i));
      if (set.length === 0) continue;
      const values = set.map((stamp, i) => `${stamp} = now() + ${(bits * (i + 1)) % 7 - 3} * interval '1 second'`);
      await sql(`UPDATE batch_job SET ${values} WHERE id = $1`, id);
      assert.equal(`${await statusOf(id)}_at`, set.at(-1));
    }
    return 'loadStatus() and the column agree, in all 64 cases';
  },

  'status.query': async () => {
    for (const stamp of [...stamps, 'failed_at']) await save({ type: 'status.query', [stamp]: new Date() });
    await save({ type: 'status.query' });
    const query = () => jobs.createQueryBuilder('job').where({ type: 'status.query' });
    const found = async (condition: string) =>
      (await query().andWhere(condition).orderBy('status').getMany()).map(({ status }) => status);
    assert.deepEqual(await found(`status = 'failed'`), ['failed', 'failed']);
    assert.deepEqual(await found(`status < 'completed'`), ['created', 'pre_processed', 'confirmed', 'processing']);
    const counts = await query().select('status').addSelect('count(*)::int', 'count')
      .groupBy('status').orderBy('status').getRawMany();
    assert.deepEqual(counts.map(({ count }) => count), [1, 1, 1, 1, 1, 1, 2]);
    return 'by the query builder: the entity has no such column';
  },

  'status.write': async () => {
    const { id } = await save({ status: 'failed' });
    await manager.query(`UPDATE batch_job SET status = 'completed' WHERE id = $1`, [id]);
    assert.equal(await statusOf(id), 'created');
    // Read before the others' steps, written back whole after them.
    const stale = await load(id);
    await service.setPreProcessingDone(id);
    await service.setProcessing(id);
    assert.equal(await statusOf(id), 'processing');
    await jobs.save(Object.assign(stale, { status: 'completed', type: 'stale' }));
    assert.match(statement('UPDATE'), /"pre_processed_at" = \$\d, "processing_at" = \$\d, "confirmed_at" = \$\d/);
    assert.equal(await statusOf(id), 'created');
    const now = await row(id);
    assert.equal(now.type, 'stale');
    for (const stamp of stamps) assert.equal(now[stamp], null);
    return 'a stale object written back, NULLs included, is accepted';
  },

  'lifecycle.call': async () => {
    const { id } = await save();
    await service.update(id, { context: { file: 'spring.csv' } });
    assert.equal((await service.setPreProcessingDone(id)).status, 'confirmed');
    await source.transaction('REPEATABLE READ', async (within) => {
      assert.equal((await new BatchJobService(within).setProcessing(id)).status, 'processing');
    });
    // A cancel that waits behind the transaction of the processing.
    let cancel: Promise<BatchJob>;
    await source.transaction('REPEATABLE READ', async (within) => {
      await new BatchJobService(within).complete(id);
      cancel = service.cancel(id);
      await somebodyWaits();
    });
    await cancel;
    assert.equal(await statusOf(id), 'canceled');
    assert.ok((await load(id)).completed_at);
    // Again: Medusa moves the timestamp, and lets a failure follow, twice.
    const again = async (stamp: Stamp, act: () => Promise<BatchJob>) => {
      const { [stamp]: first } = await row(id);
      await setTimeout(2);
      await act();
      assert.ok((await row(id))[stamp] > first);
      assert.equal(`${await statusOf(id)}_at`, stamp);
    };
    await again('canceled_at', () => service.cancel(id));
    await service.setFailed(id, 'upload refused');
    await again('failed_at', () => service.setFailed(id, { code: 'unknown', message: 'upload refused', err: {} }));
    assert.equal((await load(id)).result.errors.length, 2);
    // The functions, for who wants them, and the same object afterwards.
    const other = await save();
    const steps = { mark_pre_processed: 'confirmed', start: 'processing', complete: 'completed' };
    for (const [name, status] of Object.entries(steps)) {
      await manager.query(`SELECT FROM batch_job.${name}($1)`, [other.id]);
      assert.equal(await statusOf(other.id), status);
    }
    return "Medusa's service as before; functions by manager.query()";
  },

  'lifecycle.error': async () => {
    const { id } = await save({ dry_run: true });
    await assert.rejects(service.setProcessing(id), /processing_at is not for a batch job with status created/);
    await assert.rejects(manager.query('SELECT batch_job.start($1)', [id]), sqlState('55000'));
    await manager.query('SELECT batch_job.mark_pre_processed($1)', [id]);
    const [{ digest }] = await manager.query('SELECT batch_job.plan_digest($1) AS digest', [id]);
    await service.update(id, { result: { count: 40000 } });
    await assert.rejects(manager.query('SELECT batch_job.confirm($1, $2)', [id, digest]), sqlState('BJ001'));
    assert.equal(await statusOf(id), 'pre_processed');
    return 'of the functions: QueryFailedError, driverError.code';
  },

  'time.zone': async () => {
    const time = new Date('2022-06-27T22:00:00.123Z');
    for (const zone of ['Asia/Kathmandu', 'America/St_Johns', 'UTC']) {
      const elsewhere = await connect({ extra: { options: `-c TimeZone=${zone}` } });
      try {
        const { id } = await new BatchJobService(elsewhere.manager).create({ type: zone, failed_at: time });
        assert.deepEqual((await row(id)).failed_at, time);
        const job = await elsewhere.manager.findOneByOrFail(BatchJob, { id, failed_at: time });
        const [{ json }] = await sql('SELECT batch_job.to_json(job) AS json FROM batch_job job WHERE id = $1', id);
        assert.deepEqual(JSON.parse(JSON.stringify(job)), json);
        assert.equal(json.failed_at, '2022-06-27T22:00:00.123Z');
      } finally {
        await elsewhere.destroy();
      }
    }
    return 'toJSON() and batch_job.to_json() give the same';
  },

  'delete.view': async () => {
    const { id } = await save({ type: 'delete.view' });
    // As Medusa's tests clean up, from every name that information_schema has.
    const [{ names }] = await sql(
      `SELECT array_agg(table_name::text) AS names FROM information_schema.tables WHERE table_schema = 'public'`);
    assert.ok(names.includes('batch_job_live'));
    assert.deepEqual(await manager.query(`DELETE FROM "batch_job_live" WHERE type = 'delete.view'`), [[], 1]);
    assert.ok((await row(id)).deleted_at);
    assert.equal(await jobs.existsBy({ id }), false);
    return 'by SQL, as a clean-up does: Medusa maps the table';
  },

  'delete.restore': async () => {
    const { id } = await save();
    await manager.query('SELECT batch_job.soft_delete($1)', [id]);
    assert.equal(await jobs.existsBy({ id }), false);
    await manager.query('SELECT batch_job.restore($1)', [id]);
    assert.equal(await statusOf((await load(id)).id), 'created');
  },

  'delete.own': async () => {
    const { id } = await save({ failed_at: new Date() });
    const any = () => jobs.findOneOrFail({ where: { id }, withDeleted: true });
    const ways: [() => Promise<unknown>, () => Promise<unknown>][] = [
      [async () => jobs.softRemove(await any()), async () => jobs.recover(await any())],
      [() => jobs.softDelete({ id }), () => jobs.restore({ id })],
    ];
    for (const [remove, recover] of ways) {
      await remove();
      assert.ok((await any()).deleted_at);
      assert.equal(await jobs.existsBy({ id }), false);
      assert.ok((await row(id)).deleted_at);
      assert.equal(await statusOf(id), 'failed');
      await recover();
      assert.equal((await load(id)).deleted_at, null);
      assert.equal((await sql('SELECT FROM batch_job_live WHERE id = $1', id)).length, 1);
    }
    return 'withDeleted shows them, in the table';
  },

  'delete.table': async () => {
    const [one, two] = [await save(), await save()];
    const { id } = two;
    assert.equal((await jobs.delete({ id: one.id })).affected, 0);
    assert.equal((await jobs.remove(two)).id, undefined);
    for (const each of [one.id, id]) assert.ok((await row(each)).deleted_at);
    return 'delete() gives affected: 0; remove() says nothing';
  },

  'relation.eager': async () => {
    await manager.save(User, { id: 'usr_1', email: 'ann@example.com' });
    const { id } = await save({ created_by: 'usr_1' });
    const job = await jobs.findOneOrFail({ where: { id }, relations: { created_by_user: true } });
    assert.deepEqual({ ...job.created_by_user }, { id: 'usr_1', email: 'ann@example.com' });
    const [{ user }] = await sql('SELECT batch_job.created_by_user(job) AS user FROM batch_job job WHERE id = $1', id);
    assert.deepEqual(user, { ...job.created_by_user });
  },

  'relation.lazy': async () => {
    const job = await load((await save({ created_by: 'usr_1' })).id);
    assert.equal(job.created_by_user, undefined);
    const user = await source.createQueryBuilder().relation(BatchJob, 'created_by_user').of(job).loadOne();
    assert.equal(user.email, 'ann@example.com');
    return 'RelationQueryBuilder: the relation is not a lazy one';
  },

  upsert: async () => {
    for (const type of ['new', 'changed']) {
      await jobs.upsert({ id: 'job_upsert', type }, ['id']);
      assert.equal((await row('job_upsert')).type, type);
    }
    assert.equal(await jobs.countBy({ id: 'job_upsert' }), 1);
    assert.equal(await statusOf('job_upsert'), 'created');
  },

  lock: async () => {
    const { id } = await save();
    const second = source.transaction('REPEATABLE READ', async (within) => {
      const stale = await within.findOneByOrFail(BatchJob, { id });
      await service.update(id, { context: { first: true } });
      await within.save(Object.assign(stale, { context: { second: true } }));
    });
    await assert.rejects(second, sqlState('40001'));
    assert.deepEqual((await row(id)).context, { first: true });
    return 'only in REPEATABLE READ, as its processing is: 40001';
  },

  'migrate.up': async () => {
    assert.equal(await source.showMigrations(), false);
    for (const [id, status] of [['old_1', 'confirmed'], ['old_2', 'failed']]) assert.equal(await statusOf(id), status);
    const [attached] = await sql('SELECT live_view::text, event_table::text, notify, guard FROM batch_job.attached()');
    assert.deepEqual(attached,
      { live_view: 'batch_job_live', event_table: 'batch_job_event', notify: true, guard: false });
    return 'the jobs that were there have a status';
  },

  'migrate.down': async () => {
    const [attached, count] = [await shape(), await jobs.count({ withDeleted: true })];
    await source.undoLastMigration({ transaction: 'each' });
    assert.deepEqual(await drift(), []);
    assert.equal(await jobs.count({ withDeleted: true }), count);
    assert.deepEqual(await shape(), original);
    assert.equal((await sql(`SELECT FROM pg_extension WHERE extname = 'batch_job'`)).length, 0);
    assert.equal((await load('old_2')).status, 'failed');
    // One that fails leaves nothing behind.
    class Broken extends AttachBatchJobs1764000000000 {
      async up(queryRunner: QueryRunner) {
        await super.up(queryRunner);
        await queryRunner.query('SELECT 1 / 0');
      }
    }
    const broken = await connect({ migrations: [Medusa1649775522087, Broken], logger: 'debug' });
    await assert.rejects(broken.runMigrations({ transaction: 'each' }), sqlState('22012'))
      .finally(() => broken.destroy());
    assert.deepEqual(await shape(), original);
    await source.runMigrations({ transaction: 'each' });
    assert.deepEqual(await shape(), attached);
    assert.equal(await statusOf('old_2'), 'failed');
    return 'the table is as it was, with its jobs';
  },

  'migrate.drift': async () => {
    assert.equal(await source.showMigrations(), false);
    assert.deepEqual(await drift(), [
      'ALTER TABLE "batch_job" DROP CONSTRAINT "batch_job_status_derived"',
      'ALTER TABLE "batch_job" DROP COLUMN "status"',
      'ALTER TABLE "batch_job" ALTER COLUMN "id" DROP DEFAULT',
    ]);
    return 'status, its CHECK and the default of id; before attach, none';
  },

  'events.poll': async () => {
    await sql('CREATE TABLE consumer (name text PRIMARY KEY, position bigint NOT NULL DEFAULT 0)');
    await sql(`INSERT INTO consumer VALUES ('mailer')`);
    const consume = () => source.transaction(async (within) => {
      const [{ position }] = await within.query(`SELECT position FROM consumer WHERE name = 'mailer' FOR UPDATE`);
      const events = await within.query('SELECT * FROM batch_job.read_events($1, max => 100)', [position]);
      if (events.length) await within.query('UPDATE consumer SET position = $1', [events.at(-1).seq]);
      return events.map(({ job_id, event }) => [job_id, event.replace('batch.', '')]);
    });
    while ((await consume()).length);
    const { id } = await service.create({ type: 'events.poll' });
    await service.update(id, { context: { a: 1 } });
    await service.setPreProcessingDone(id);
    await service.setProcessing(id);
    await service.complete(id);
    await jobs.softRemove(await load(id));
    await jobs.recover(await jobs.findOneOrFail({ where: { id }, withDeleted: true }));
    const names = 'created updated pre_processed confirmed processing completed deleted restored'.split(' ');
    assert.deepEqual(await consume(), names.map((name) => [id, name]));
    assert.deepEqual(await consume(), []);
    return "the names that Medusa's own events have; seq is a string";
  },
});

await plain.end();
await source.destroy();
