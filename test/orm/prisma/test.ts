// The contract with Prisma.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { contract, Skip } from '../contract.mjs';
import { deleted, look, plain, stored, wakes } from '../plain.mjs';
import manifest from '../package.json' with { type: 'json' };
import { Prisma, type Status } from './generated/client.ts';
import { connect, consume, type JobEvent, retype, softDeletion, sqlstate, start } from './jobs.ts';

const prisma = connect();

const insert = (values: Partial<Prisma.JobUncheckedCreateInput> = {}) =>
  prisma.job.create({ data: { type: 'import', ...values } });
const find = (id: string) => prisma.job.findUnique({ where: { id } });
const planDigest = async (id: string) =>
  (await prisma.$queryRaw<[{ digest: string }]>`SELECT batch_job.plan_digest(${id}) AS digest`)[0].digest;
const raises = (state: string) => (error: unknown) => sqlstate(error) === state;
const prismaError = (code: string) => (error: unknown) =>
  error instanceof Prisma.PrismaClientKnownRequestError && error.code === code;
const skipMigration = () => {
  throw new Skip('the engine of Prisma Migrate is a download');
};

await plain.query(fs.readFileSync('setup.sql', 'utf8'));
await prisma.user.create({ data: { id: 'usr_1', email: 'ann@example.com' } });

await contract('Prisma', manifest.dependencies.prisma, {
  'create.id': async () => {
    for (const { id } of [await insert(), await prisma.anyJob.create({ data: { type: 'import' } })]) {
      assert.match(id, /^batch_[0-9A-Z]{26}$/);
      assert.equal(await stored(id, 'type'), 'import');
    }
  },

  'create.status': async () => {
    assert.equal((await insert()).status, 'created');
  },

  'create.given': async () => {
    assert.equal((await insert({ id: 'job_1' })).id, 'job_1');
    assert.equal((await find('job_1'))?.id, 'job_1');
  },

  'create.bulk': async () => {
    const data = ['a', 'b', 'c'].map((type) => ({ type }));
    const jobs = await prisma.job.createManyAndReturn({ data, select: { id: true, type: true } });
    const ids = jobs.map(({ id }) => id);
    assert.deepEqual(await look('SELECT id, type FROM batch_job WHERE id = ANY ($1) ORDER BY type', ids), jobs);
    assert.equal(ids.length, 3);
    return 'createManyAndReturn()';
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
    const sorted = await prisma.job.findMany({ where: { type }, orderBy: { status: 'asc' } });
    assert.deepEqual(sorted.map(({ status }) => status), ['created', 'confirmed', 'completed', 'failed']);
    const open: Status[] = ['created', 'pre_processed', 'confirmed', 'processing'];
    const counted = await prisma.job.groupBy({
      by: 'status', where: { type, status: { in: open } }, _count: true, orderBy: { status: 'asc' },
    });
    assert.deepEqual(counted, [{ status: 'created', _count: 1 }, { status: 'confirmed', _count: 1 }]);
    return 'no lt on an enum: in';
  },

  'status.write': async () => {
    const confirmed = { status: 'failed', preProcessedAt: new Date(), confirmedAt: new Date() } as const;
    const onView = await insert({ status: 'failed' });
    const onTable = await prisma.anyJob.create({ data: { type: 'import', status: 'failed' } });
    assert.deepEqual([onView.status, onTable.status], ['created', 'created']);
    assert.equal((await prisma.job.update({ where: { id: onView.id }, data: confirmed })).status, 'confirmed');
    assert.equal((await prisma.anyJob.update({ where: { id: onTable.id }, data: confirmed })).status, 'confirmed');
    const seen = await look('SELECT DISTINCT status FROM batch_job WHERE id IN ($1, $2)', onView.id, onTable.id);
    assert.deepEqual(seen, [{ status: 'confirmed' }]);
  },

  'lifecycle.call': async () => {
    const { id, createdAt } = await insert({ dryRun: true });
    const result = { count: 2 };
    const [prepared] = await prisma.$queryRaw<[any]>`SELECT * FROM batch_job.mark_pre_processed(${id}, ${result})`;
    assert.deepEqual([prepared.status, prepared.created_at], ['pre_processed', createdAt]);
    await prisma.$executeRaw`SELECT batch_job.confirm(${id}, ${await planDigest(id)})`;
    assert.equal((await start(prisma, id))?.status, 'processing');
    assert.equal(await start(prisma, id), null);
    await prisma.$executeRaw`SELECT batch_job.complete(${id}, result => ${{ advancement_count: 2 }})`;
    const job = await find(id);
    assert.equal(job?.status, 'completed');
    assert.deepEqual(job.result, { count: 2, advancement_count: 2 });
    assert.ok(job.completedAt! >= createdAt);
    return '$executeRaw, then loaded again';
  },

  'lifecycle.error': async () => {
    const { id } = await insert({ dryRun: true });
    await assert.rejects(prisma.$executeRaw`SELECT batch_job.start(${id})`, raises('55000'));
    // Guarded, as a created table is.
    await assert.rejects(prisma.job.update({ where: { id }, data: { completedAt: new Date() } }), raises('55000'));
    await prisma.$executeRaw`SELECT batch_job.mark_pre_processed(${id})`;
    const reviewed = await planDigest(id);
    await prisma.$executeRaw`SELECT batch_job.update(${id}, result => ${{ count: 40000 }})`;
    await assert.rejects(prisma.$executeRaw`SELECT batch_job.confirm(${id}, ${reviewed})`, raises('BJ001'));
    // Without the cast an object would be taken for the text of a message.
    await prisma.$executeRaw`SELECT batch_job.fail(${id}, ${{ code: 'io', message: 'lost' }}::jsonb)`;
    assert.deepEqual((await find(id))?.result, { count: 40000, errors: [{ code: 'io', message: 'lost' }] });
    return 'meta.driverAdapterError.cause.originalCode';
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
    const { id } = await insert({ context: exact });
    await look("UPDATE batch_job SET context = context || '{\"longer\": 1234567890123456789}' WHERE id = $1", id);
    assert.deepEqual((await find(id))?.context, { ...exact, longer: Number('1234567890123456789') });
    const [text] = await prisma.$queryRaw<[any]>`SELECT context ->> 'longer' AS longer FROM batch_job WHERE id = ${id}`;
    assert.equal(text.longer, '1234567890123456789');
    return '19 digits: JSON.parse rounds them; ->> reads them as text';
  },

  'json.null': async () => {
    const { id } = await insert({ context: { file: null }, result: Prisma.DbNull });
    const job = await find(id);
    assert.deepEqual([job?.context, job?.result], [{ file: null }, null]);
    assert.equal(await stored(id, "jsonb_typeof(context -> 'file')"), 'null');
    assert.equal(await stored(id, 'result IS NULL'), true);
    await assert.rejects(insert({ result: Prisma.JsonNull }), raises('23514'));
    return 'Prisma.DbNull; a created table refuses JsonNull (23514)';
  },

  'time.zone': async () => {
    const at = new Date('2026-03-29T01:30:00.123Z');
    await look("ALTER DATABASE orm_prisma SET TimeZone = 'Asia/Kathmandu'");
    const [utc, local] = [connect(), connect('')];
    const { id, confirmedAt } = await utc.job.create({ data: { type: 'import', confirmedAt: at } });
    const read = await utc.job.findUnique({ where: { id } });
    const misread = await local.job.findUnique({ where: { id } });
    await Promise.all([utc.$disconnect(), local.$disconnect()]);
    await look('ALTER DATABASE orm_prisma RESET TimeZone');
    assert.deepEqual([confirmedAt, read?.confirmedAt], [at, at]);
    assert.equal(await stored(id, 'confirmed_at = $2', at.toISOString()), true);
    // The fault that the option is for. When this fails, Prisma has mended it.
    assert.deepEqual(misread?.confirmedAt, new Date('2026-03-29T07:15:00.123Z'));
    return "with the session's TimeZone=UTC only: Prisma drops the offset";
  },

  'delete.view': async () => {
    const { id } = await insert();
    assert.equal((await prisma.job.delete({ where: { id } })).id, id);
    assert.equal(await find(id), null);
    assert.equal(await deleted(id), true);
    await insert({ type: 'gone' });
    assert.deepEqual(await prisma.job.deleteMany({ where: { type: 'gone' } }), { count: 1 });
    return 'delete() and deleteMany()';
  },

  'delete.restore': async () => {
    const { id } = await insert();
    await prisma.job.delete({ where: { id } });
    await prisma.$executeRaw`SELECT batch_job.restore(${id})`;
    assert.equal((await find(id))?.deletedAt, null);
    assert.equal(await deleted(id), false);
  },

  'delete.own': async () => {
    const soft = prisma.$extends(softDeletion);
    const { id } = await insert();
    await soft.anyJob.delete({ where: { id } });
    assert.deepEqual(await soft.anyJob.findMany({ where: { id } }), []);
    assert.equal(await deleted(id), true);
    await soft.anyJob.update({ where: { id }, data: { deletedAt: null } });
    assert.equal((await soft.anyJob.findMany({ where: { id } })).length, 1);
    return 'none built in: an extension of the client';
  },

  'delete.table': async () => {
    const { id } = await insert();
    await assert.rejects(prisma.anyJob.delete({ where: { id } }), prismaError('P2025'));
    assert.equal(await deleted(id), true);
    assert.deepEqual(await prisma.anyJob.deleteMany({ where: { id } }), { count: 0 });
    assert.equal(await deleted(id), true);
    return 'delete() throws P2025 and has soft-deleted; deleteMany(): 0';
  },

  'relation.eager': async () => {
    const { id } = await insert({ createdBy: 'usr_1' });
    const job = await prisma.job.findUnique({ where: { id }, include: { user: true } });
    assert.deepEqual(job?.user, { id: 'usr_1', email: 'ann@example.com' });
    return 'include: { user: true }';
  },

  'relation.lazy': async () => {
    const { id } = await insert({ createdBy: 'usr_1' });
    assert.equal((await prisma.job.findUnique({ where: { id } }).user())?.email, 'ann@example.com');
    return 'findUnique().user()';
  },

  upsert: async () => {
    for (const jobs of [prisma.job, prisma.anyJob as unknown as typeof prisma.job]) {
      const id = jobs === prisma.job ? 'upsert_live' : 'upsert_any';
      const upsert = (context: object) =>
        jobs.upsert({ where: { id }, create: { id, type: 'import', context }, update: { context } });
      assert.deepEqual((await upsert({ n: 1 })).context, { n: 1 });
      const { context, status } = await upsert({ n: 2 });
      assert.deepEqual([context, status], [{ n: 2 }, 'created']);
      assert.deepEqual(await stored(id, 'context'), { n: 2 });
    }
    return 'ON CONFLICT, also on the view';
  },

  page: async () => {
    const type = 'page';
    await prisma.job.createMany({ data: Array.from({ length: 25 }, () => ({ type })) });
    const seen: string[] = [];
    for (let size; size !== 0;) {
      const last = seen.at(-1);
      const page = await prisma.job.findMany({
        where: { type }, orderBy: { id: 'asc' }, take: 10, cursor: last ? { id: last } : undefined, skip: last ? 1 : 0,
      });
      seen.push(...page.map(({ id }) => id));
      size = page.length;
    }
    const all = await look('SELECT id FROM batch_job WHERE type = $1 ORDER BY id', type);
    assert.deepEqual(seen, all.map(({ id }) => id));
    assert.equal(seen.length, 25);
    return 'cursor and skip: 1';
  },

  lock: async () => {
    const job = await insert();
    await retype(prisma, job, 'first');
    await assert.rejects(retype(prisma, job, 'second'), prismaError('P2025'));
    assert.equal(await stored(job.id, 'type'), 'first');
    return 'a column generated from updated_at; P2025';
  },

  'migrate.up': skipMigration,
  'migrate.down': skipMigration,
  'migrate.drift': skipMigration,

  'events.listen': async () => {
    await wakes(() => insert());
    return 'a pg.Client of its own';
  },

  'events.poll': async () => {
    await prisma.consumer.create({ data: { name: 'mailer' } });
    while (await consume(prisma, 'mailer', () => {}));
    const { id } = await insert();
    await prisma.$executeRaw`SELECT batch_job.mark_pre_processed(${id})`;
    await prisma.job.delete({ where: { id } });
    const events: JobEvent[] = [];
    // A consumer that dies in its work has done nothing.
    await assert.rejects(consume(prisma, 'mailer', () => assert.fail('died')), /died/);
    while (await consume(prisma, 'mailer', (event) => events.push(event), 2));
    assert.deepEqual(events.map(({ event }) => event),
      ['batch.created', 'batch.pre_processed', 'batch.confirmed', 'batch.deleted']);
    assert.ok(events.every(({ job_id }) => job_id === id));
    const left = await look('SELECT FROM batch_job_event WHERE seq > (SELECT position FROM consumer)');
    assert.equal(left.length, 0);
    await assert.rejects(prisma.$queryRaw`SELECT * FROM batch_job.read_events(0)`, /column of type 'xid8'/);
    return '$queryRaw, the columns by name: it cannot read xid8';
  },
});

fs.rmSync('generated', { recursive: true });
await plain.end();
await prisma.$disconnect();
