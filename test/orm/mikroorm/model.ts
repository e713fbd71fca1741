import { defineEntity, LockMode, p } from '@mikro-orm/postgresql';
import type { DriverException, EntityManager, Opt, Options } from '@mikro-orm/postgresql';
import { Migrator } from '@mikro-orm/migrations';
import { Migration1 } from './migration.ts';

// recipe: user
const UserSchema = defineEntity({
  name: 'User',
  properties: {
    id: p.text().primary(),
    email: p.text().nullable(),
  },
});

export class User extends UserSchema.class {}
UserSchema.setClass(User);
// end recipe

// recipe: job
export const statuses =
  ['created', 'pre_processed', 'confirmed', 'processing', 'completed', 'canceled', 'failed'] as const;
export type Status = typeof statuses[number];

const properties = {
  id: p.text().primary().defaultRaw('batch_job.generate_id()'),
  type: p.text(),
  createdBy: () => p.manyToOne(User).fieldName('created_by').ref().nullable(),
  context: p.json<Record<string, unknown>>().nullable(),
  result: p.json<Record<string, unknown>>().nullable(),
  dryRun: p.boolean().default(false),
  createdAt: p.datetime().defaultRaw('now()'),
  preProcessedAt: p.datetime().nullable(),
  confirmedAt: p.datetime().nullable(),
  processingAt: p.datetime().nullable(),
  completedAt: p.datetime().nullable(),
  canceledAt: p.datetime().nullable(),
  failedAt: p.datetime().nullable(),
  deletedAt: p.datetime().nullable(),
  version: p.integer().version(), // a column of its own: only MikroORM counts it
  // Called generated, these are never written, and read back after each INSERT and UPDATE.
  updatedAt: p.datetime().$type<Opt<Date>>().generated('by batch_job'),
  status: p.enum(statuses).$type<Opt<Status>>().generated('by batch_job'),
};

const JobSchema = defineEntity({ name: 'Job', tableName: 'batch_job_live', properties });

export class Job extends JobSchema.class {}
JobSchema.setClass(Job);
// end recipe

// recipe: table
const StoredJobSchema = defineEntity({
  name: 'StoredJob',
  tableName: 'batch_job',
  properties,
  filters: { live: { name: 'live', cond: { deletedAt: null }, default: true } },
});

export class StoredJob extends StoredJobSchema.class {}
StoredJobSchema.setClass(StoredJob);
// end recipe

// recipe: step
// One step of the life cycle, or restore. The object becomes what the function returns.
export async function step(em: EntityManager, job: Job, name: string, ...args: unknown[]): Promise<Job> {
  await em.flush();
  const marks = '?' + ', ?'.repeat(args.length);
  const [row] = await em.execute(`select * from batch_job.${name}(${marks})`, [job.id, ...args]);
  return em.map(Job, row);
}

// Confirms what was reviewed; false: the plan has changed meanwhile, review it again.
export async function confirm(em: EntityManager, job: Job, digest: string): Promise<boolean> {
  try {
    await step(em, job, 'confirm', digest);
    return true;
  } catch (error) {
    if ((error as DriverException).code === 'BJ001') return false;
    throw error; // 55000: not its turn; error.detail says why
  }
}
// end recipe

// recipe: poll
const ConsumerSchema = defineEntity({
  name: 'Consumer',
  properties: {
    name: p.text().primary(),
    position: p.bigint('string'),
  },
});

export class Consumer extends ConsumerSchema.class {}
ConsumerSchema.setClass(Consumer);

export type Event = { seq: string; job_id: string; event: string };

// Hands at most max events to the worker; the position moves if that succeeds, and only then.
export const poll = (em: EntityManager, name: string, max: number, work: (event: Event) => unknown) =>
  em.transactional(async (em) => {
    const consumer = await em.findOneOrFail(Consumer, name, { lockMode: LockMode.PESSIMISTIC_WRITE });
    const events: Event[] = await em.execute('select seq, job_id, event from batch_job.read_events(?, ?)',
      [consumer.position, max]);
    for (const event of events) await work(event);
    consumer.position = events.at(-1)?.seq ?? consumer.position;
    return events.length;
  });
// end recipe

// recipe: config
export const config: Options = {
  entities: [User, Job, StoredJob, Consumer],
  extensions: [Migrator],
  migrations: { migrationsList: [Migration1], snapshot: false, silent: true },
  // Job tables, views and event tables are the extension's: schema:update and migration:create keep off.
  schemaGenerator: { skipTables: [/^batch_job/], skipViews: [/^batch_job/] },
};
// end recipe
