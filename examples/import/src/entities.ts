// The model. The migration makes the tables; `synchronize: false` keeps TypeORM's schema builder off those of the extension.
import { Column, DeleteDateColumn, Entity, JoinColumn, ManyToOne, PrimaryColumn, VirtualColumn } from 'typeorm';

export const statuses = ['created', 'pre_processed', 'confirmed', 'processing', 'completed', 'canceled', 'failed'] as const;
export type Status = (typeof statuses)[number];

@Entity('users')
export class User {
  @PrimaryColumn({ type: 'uuid', default: () => 'gen_random_uuid()' }) id: string;
  @Column({ type: 'text' }) name: string;
}

@Entity('products')
export class Product {
  @PrimaryColumn({ type: 'text' }) sku: string;
  @Column({ type: 'text' }) name: string;
  @Column({ type: 'numeric', precision: 10, scale: 2 }) price: string;
  @Column({ type: 'integer' }) stock: number;
  // How many imports have written it: it would show if one did so twice.
  @Column({ type: 'integer', default: 0 }) imports: number;
}

// The file of a job, in the database so that any worker on any machine can go on with it.
@Entity('uploads')
export class Upload {
  @PrimaryColumn({ name: 'job_id', type: 'text' }) jobId: string;
  @Column({ type: 'bytea' }) content: Buffer;
}

export interface Plan {
  count: number;
  stat_descriptors: { key: string; name: string; message: string }[];
  errors: { code: string; message: string; line?: number; sku?: string }[];
}

abstract class Job {
  @PrimaryColumn({ type: 'text', default: () => 'batch_job.generate_id()' }) id: string;
  @Column({ type: 'text' }) type: string;
  @Column({ name: 'created_by', type: 'uuid', nullable: true }) createdBy: string | null;
  @Column({ type: 'jsonb', nullable: true }) context: { file: string; bytes: number; sha256: string };
  @Column({ type: 'jsonb', nullable: true }) result: Partial<Plan> & { imported?: Record<string, number> } | null;
  @Column({ name: 'dry_run', type: 'boolean', default: false }) dryRun: boolean;
  @Column({ type: 'enum', enum: statuses, enumName: 'status', default: 'created' }) status: Status;
  @Column({ name: 'created_at', type: 'timestamptz', default: () => 'now()' }) createdAt: Date;
  // Of this very row, so that a digest never belongs to another plan than the one that was read with it.
  @VirtualColumn({ type: 'text', query: (job) => `SELECT batch_job.digest_plan(${job}.type, ${job}.context, ${job}.result)` })
  planDigest: string;
  @ManyToOne(() => User) @JoinColumn({ name: 'created_by' }) creator: User | null;
}

// Without the deleted jobs; a DELETE here is a soft deletion.
@Entity('batch_job_live', { synchronize: false })
export class BatchJob extends Job {}

// With them.
@Entity('batch_job', { synchronize: false })
export class StoredJob extends Job {
  @DeleteDateColumn({ name: 'deleted_at', type: 'timestamptz' }) deletedAt: Date | null;
}
