// The shape of Medusa v1's entity, written anew: no column status; the entity makes the id and computes the status.
import { randomInt } from 'node:crypto';
import {
  AfterLoad, BeforeInsert, Column, CreateDateColumn, DataSource, DeleteDateColumn, Entity, JoinColumn, ManyToOne,
  PrimaryColumn, UpdateDateColumn, type DataSourceOptions, type EntityManager,
} from 'typeorm';

const digits = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ulid = (time = Date.now()) =>
  Array.from({ length: 10 }, (_, i) => digits[Math.floor(time / 32 ** (9 - i)) % 32]).join('') +
  Array.from({ length: 16 }, () => digits[randomInt(32)]).join('');

// In the order in which each overrides the one before.
export const stamps =
  ['pre_processed_at', 'confirmed_at', 'processing_at', 'completed_at', 'canceled_at', 'failed_at'] as const;
export type Stamp = (typeof stamps)[number];

@Entity('user')
export class User {
  @PrimaryColumn({ type: 'varchar' }) id: string;
  @Column({ type: 'varchar' }) email: string;
}

export abstract class SoftDeletableEntity {
  @PrimaryColumn({ type: 'varchar' }) id: string;
  @CreateDateColumn({ type: 'timestamptz' }) created_at: Date;
  @UpdateDateColumn({ type: 'timestamptz' }) updated_at: Date;
  @DeleteDateColumn({ type: 'timestamptz' }) deleted_at: Date | null;
}

@Entity('batch_job')
export class BatchJob extends SoftDeletableEntity {
  @Column({ type: 'text' }) type: string;
  @Column({ type: 'varchar', nullable: true }) created_by: string | null;
  @ManyToOne(() => User) @JoinColumn({ name: 'created_by' }) created_by_user: User | null;
  @Column({ type: 'jsonb', nullable: true }) context: Record<string, any> | null;
  @Column({ type: 'jsonb', nullable: true }) result: Record<string, any> | null;
  @Column({ type: 'boolean', default: false }) dry_run: boolean;
  @Column({ type: 'timestamptz', nullable: true }) pre_processed_at: Date | null;
  @Column({ type: 'timestamptz', nullable: true }) processing_at: Date | null;
  @Column({ type: 'timestamptz', nullable: true }) confirmed_at: Date | null;
  @Column({ type: 'timestamptz', nullable: true }) completed_at: Date | null;
  @Column({ type: 'timestamptz', nullable: true }) canceled_at: Date | null;
  @Column({ type: 'timestamptz', nullable: true }) failed_at: Date | null;
  status: string;

  @AfterLoad()
  loadStatus() {
    const last = stamps.filter((stamp) => this[stamp]).at(-1);
    this.status = last ? last.replace(/_at$/, '') : 'created';
  }

  @BeforeInsert()
  makeId() {
    this.id ||= `batch_${ulid()}`;
  }

  toJSON() {
    this.loadStatus();
    return { ...this };
  }
}

// What Medusa's service does: it asks the object that was read, not the row, and writes the object back.
export class BatchJobService {
  constructor(private manager: EntityManager) {}

  create = (fields: Partial<BatchJob>) => this.manager.save(this.manager.create(BatchJob, fields));
  retrieve = (id: string) => this.manager.findOneByOrFail(BatchJob, { id });

  async update(id: string, { context, result }: Pick<Partial<BatchJob>, 'context' | 'result'>) {
    const job = await this.retrieve(id);
    if (context) job.context = { ...job.context, ...context };
    if (result) job.result = { ...job.result, ...result };
    return this.manager.save(job);
  }

  async setPreProcessingDone(id: string) {
    const job = await this.retrieve(id);
    if (job.pre_processed_at) return job;
    await this.mark(job, 'pre_processed_at', (status) => status === 'created');
    return job.dry_run ? job : this.confirm(job);
  }

  confirm = (job: string | BatchJob) => this.mark(job, 'confirmed_at', (status) => status === 'pre_processed');
  setProcessing = (job: string | BatchJob) => this.mark(job, 'processing_at', (status) => status === 'confirmed');
  complete = (job: string | BatchJob) => this.mark(job, 'completed_at', (status) => status === 'processing');
  cancel = (job: string | BatchJob) => this.mark(job, 'canceled_at', (status) => status !== 'completed');

  async setFailed(id: string, error: unknown) {
    const job = await this.retrieve(id);
    job.result = { ...job.result, errors: [...job.result?.errors ?? [], error] };
    return this.mark(job, 'failed_at', () => true);
  }

  private async mark(idOrJob: string | BatchJob, stamp: Stamp, allowed: (status: string) => boolean) {
    const job = typeof idOrJob === 'string' ? await this.retrieve(idOrJob) : idOrJob;
    if (!allowed(job.status)) throw new Error(`${stamp} is not for a batch job with status ${job.status}`);
    job[stamp] = new Date();
    await this.manager.save(job);
    job.loadStatus();
    return job;
  }
}

export const connect = (options: Partial<DataSourceOptions> = {}) =>
  new DataSource({ type: 'postgres', entities: [User, BatchJob], ...options } as DataSourceOptions).initialize();
