// What the tests of TypeORM and of Medusa's model share: a second connection, and checks that are the same for both.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import pg from 'pg';
import { MoreThan, QueryFailedError, type Repository } from 'typeorm';

const manifest = new URL('package.json', import.meta.resolve('typeorm'));
export const { version } = JSON.parse(readFileSync(manifest, 'utf8'));

// What anybody else does and sees.
export const plain = new pg.Client();
await plain.connect();
export const sql = async (query: string, ...parameters: unknown[]) => (await plain.query(query, parameters)).rows;
export const row = async (id: string) => (await sql('SELECT *, status::text FROM batch_job WHERE id = $1', id))[0];

// An error of the database, as TypeORM hands it on.
export const sqlState = (code: string) => (error: unknown) =>
  error instanceof QueryFailedError && (error.driverError as pg.DatabaseError).code === code;

export const commonChecks = (jobs: Repository<any>) => {
  const save = (fields: object) => jobs.save(jobs.create({ type: 'test', ...fields }));
  const load = (id: string) => jobs.findOneByOrFail({ id });

  return {
    'json.values': async () => {
      const value = { deep: [{ a: [1, [], {}, 'x', true] }], 'ключ "ß"': '😀 \\ \n \u2028 %s $1 :id', empty: {} };
      const { id } = await save({ context: value, result: value });
      const job = await load(id);
      assert.deepEqual([job.context, job.result], [value, value]);
      assert.deepEqual((await row(id)).context, value);
      await jobs.update({ id }, { result: { list: [1, 2] } });
      assert.deepEqual((await row(id)).result, { list: [1, 2] });
    },

    'json.numbers': async () => {
      const context = { digits: 9007199254740991, fraction: 0.1, small: -1.5e-7 };
      const { id } = await save({ context });
      assert.deepEqual((await load(id)).context, context);
      const texts = () =>
        sql(`SELECT context->>'digits' AS digits, context->>'more' AS more FROM batch_job WHERE id = $1`, id);
      await sql(`UPDATE batch_job SET context = context || '{"more": 1234567890123456789}' WHERE id = $1`, id);
      assert.deepEqual(await texts(), [{ digits: '9007199254740991', more: '1234567890123456789' }]);
      const job = await load(id);
      assert.equal(job.context.more, 1234567890123456800);
      await jobs.save(Object.assign(job, { type: 'other' }));
      assert.equal((await texts())[0].more, '1234567890123456789', 'what did not change is not written back');
      await jobs.save(Object.assign(job, { context: { ...job.context, fraction: 1 } }));
      assert.equal((await texts())[0].more, '1234567890123456800');
      return '19 digits are rounded, also in the row once written back';
    },

    'json.null': async () => {
      const { id } = await save({ context: null, result: { a: null, b: [null] } });
      const [seen] = await sql('SELECT context IS NULL AS none, result::text FROM batch_job WHERE id = $1', id);
      assert.deepEqual(seen, { none: true, result: '{"a": null, "b": [null]}' });
      const job = await load(id);
      assert.deepEqual([job.context, job.result], [null, { a: null, b: [null] }]);
      await jobs.update({ id }, { result: null });
      assert.equal((await sql('SELECT 1 FROM batch_job WHERE id = $1 AND result IS NULL', id)).length, 1);
    },

    page: async () => {
      await jobs.insert(Array.from({ length: 25 }, () => ({ type: 'page' })));
      const expected = (await sql(`SELECT id FROM batch_job WHERE type = 'page' ORDER BY id`)).map(({ id }) => id);
      const seen: string[] = [];
      let page: { id: string }[];
      do {
        const where = { type: 'page', id: MoreThan(seen.at(-1) ?? '') };
        page = await jobs.find({ where, order: { id: 'ASC' }, take: 10 });
        seen.push(...page.map(({ id }) => id));
      } while (page.length);
      assert.equal(seen.length, 25);
      assert.deepEqual(seen, expected);
      const where = { type: 'page' };
      const [second, count] = await jobs.findAndCount({ where, order: { id: 'ASC' }, skip: 10, take: 10 });
      assert.deepEqual([second.map(({ id }) => id), count], [expected.slice(10, 20), 25]);
    },

    'events.listen': async () => {
      const runner = jobs.manager.dataSource.createQueryRunner();
      try {
        const client: pg.PoolClient = await runner.connect();
        await runner.query('LISTEN batch_job');
        const notified = once(client, 'notification', { signal: AbortSignal.timeout(10_000) });
        await sql(`INSERT INTO batch_job (type) VALUES ('events.listen')`);
        const [{ payload }] = await notified;
        assert.deepEqual(JSON.parse(payload), { table: 'public.batch_job', events: ['batch.created'] });
        await runner.query('UNLISTEN batch_job');
      } finally {
        await runner.release();
      }
      return "on the driver's client, from queryRunner.connect()";
    },
  };
};
