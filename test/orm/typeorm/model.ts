// Batch jobs for TypeORM: the live view, whose DELETE is a soft deletion, and the table, with TypeORM's own.
import {
  Column, CreateDateColumn, DataSource, DeleteDateColumn, Entity, JoinColumn, ManyToOne,
  OptimisticLockVersionMismatchError, PrimaryColumn, Raw, UpdateDateColumn, VirtualColumn,
  type DataSourceOptions, type EntityManager,
} from 'typeorm';

// recipe: job
export const statuses = [
  'created', 'pre_processed', 'confirmed', 'processing', 'completed', 'canceled', 'failed',
] as const;
export type Status = (typeof statuses)[number];

@Entity('user')
export class User {
  @PrimaryColumn({ type: 'text' }) id: string;
  @Column({ type: 'text' }) email: string;
}

export abstract class Job {
  // A column with a default is asked for in INSERT ... RETURNING; the default itself is the table's.
  @PrimaryColumn({ type: 'text', default: () => 'batch_job.generate_id()' }) id: string;
  @CreateDateColumn({ name: 'created_at', type: 'timestamptz' }) createdAt: Date;
  @UpdateDateColumn({ name: 'updated_at', type: 'timestamptz' }) updatedAt: Date;
  @Column({ type: 'text' }) type: string;
  @Column({ name: 'created_by', type: 'text', nullable: true }) createdBy: string | null;
  @Column({ type: 'jsonb', nullable: true }) context: Record<string, any> | null;
  @Column({ type: 'jsonb', nullable: true }) result: Record<string, any> | null;
  @Column({ name: 'dry_run', type: 'boolean', default: false }) dryRun: boolean;
  @Column({ name: 'pre_processed_at', type: 'timestamptz', nullable: true }) preProcessedAt: Date | null;
  @Column({ name: 'confirmed_at', type: 'timestamptz', nullable: true }) confirmedAt: Date | null;
  @Column({ name: 'processing_at', type: 'timestamptz', nullable: true }) processingAt: Date | null;
  @Column({ name: 'completed_at', type: 'timestamptz', nullable: true }) completedAt: Date | null;
  @Column({ name: 'canceled_at', type: 'timestamptz', nullable: true }) canceledAt: Date | null;
  @Column({ name: 'failed_at', type: 'timestamptz', nullable: true }) failedAt: Date | null;
  @Column({ type: 'enum', enum: statuses, enumName: 'status', default: 'created' }) status: Status;
  // updated_at with its microseconds, which a Date does not have: for optimistic locking.
  @VirtualColumn({ type: 'text', query: (job) => `SELECT ${job}.updated_at::text` }) revision: string;
}

// Without synchronize: false, TypeORM would drop and make again what it does not know: see migrate.drift.
@Entity('batch_job_live', { synchronize: false })
export class BatchJob extends Job {
  @ManyToOne(() => User) @JoinColumn({ name: 'created_by' }) creator: User | null;
}

@Entity('batch_job', { synchronize: false })
export class StoredJob extends Job {
  @DeleteDateColumn({ name: 'deleted_at', type: 'timestamptz' }) deletedAt: Date | null;
  @ManyToOne(() => User, { lazy: true }) @JoinColumn({ name: 'created_by' }) creator: Promise<User | null>;
}
// end recipe

// recipe: life cycle
export async function step(manager: EntityManager, name: string, id: string, ...args: unknown[]): Promise<BatchJob> {
  const parameters = [id, ...args];
  await manager.query(`SELECT FROM batch_job.${name}(${parameters.map((_, i) => `$${i + 1}`)})`, parameters);
  return manager.findOneByOrFail(BatchJob, { id });
}
// end recipe

// recipe: lock
export async function updateUnchanged(manager: EntityManager, job: BatchJob, changes: Partial<BatchJob>) {
  const updatedAt = Raw((column) => `${column} = :revision::timestamptz`, { revision: job.revision });
  const { affected } = await manager.update(BatchJob, { id: job.id, updatedAt }, changes);
  if (!affected) throw new OptimisticLockVersionMismatchError('BatchJob', job.updatedAt, undefined);
  return manager.findOneByOrFail(BatchJob, { id: job.id });
}
// end recipe

// recipe: events
@Entity('consumer')
export class Consumer {
  @PrimaryColumn({ type: 'text' }) name: string;
  @Column({ type: 'bigint', default: 0 }) position: string;
}

export interface JobEvent { seq: string; job_id: string; event: string }

export const consume = (source: DataSource, name: string, work: (event: JobEvent) => Promise<unknown> | unknown) =>
  source.transaction(async (manager) => {
    const consumer = await manager.findOneOrFail(Consumer, { where: { name }, lock: { mode: 'pessimistic_write' } });
    const events: JobEvent[] =
      await manager.query('SELECT * FROM batch_job.read_events($1, max => 100)', [consumer.position]);
    for (const event of events) await work(event);
    if (events.length) await manager.update(Consumer, { name }, { position: events.at(-1).seq });
    return events.length;
  });
// end recipe

export const connect = (options: Partial<DataSourceOptions> = {}) =>
  new DataSource({ type: 'postgres', entities: [User, BatchJob, StoredJob, Consumer], ...options } as DataSourceOptions)
    .initialize();
