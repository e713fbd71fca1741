// What is done with jobs.
import { PrismaPg } from '@prisma/adapter-pg';
import { type Job, Prisma, PrismaClient } from './generated/client.ts';

// recipe: client
// Prisma takes what it reads, and sends what it writes, for UTC: in a session of another time zone both are wrong.
export const connect = (options = '-c TimeZone=UTC') => new PrismaClient({ adapter: new PrismaPg({ options }) });
// end recipe

// recipe: lifecycle
export function sqlstate(error: unknown) {
  if (!(error instanceof Prisma.PrismaClientKnownRequestError)) return undefined;
  const meta = error.meta as { driverAdapterError?: { cause: { originalCode?: string } } } | undefined;
  return meta?.driverAdapterError?.cause.originalCode;
}

// Takes up a job. Of two workers that try, one gets it; the other has null.
export async function start(prisma: PrismaClient, id: string): Promise<Job | null> {
  try {
    await prisma.$executeRaw`SELECT batch_job.start(${id})`;
  } catch (error) {
    if (sqlstate(error) === '55000') return null;
    throw error;
  }
  return prisma.job.findUnique({ where: { id } });
}
// end recipe

// recipe: lock
// Writes only if nobody has since the job was read; else P2025.
export const retype = (prisma: PrismaClient, { id, version }: Job, type: string) =>
  prisma.job.update({ where: { id, version }, data: { type } });
// end recipe

// Soft deletion as an extension of the client, on the table: for who does not map the view.
export const softDeletion = Prisma.defineExtension((client) => client.$extends({
  query: {
    anyJob: {
      findMany: ({ args, query }) => query({ ...args, where: { deletedAt: null, ...args.where } }),
      delete: ({ args }) => (client as PrismaClient).anyJob.update({ ...args, data: { deletedAt: new Date() } }),
    },
  },
}));

export type JobEvent = { seq: bigint; job_id: string; event: string };

// Does the work for the events behind the position, and moves it, in one transaction.
export const consume = (prisma: PrismaClient, name: string, work: (event: JobEvent) => void, max = 1000) =>
  prisma.$transaction(async (tx) => {
    const [{ position }] = await tx.$queryRaw<[{ position: bigint }]>`
      SELECT position FROM consumer WHERE name = ${name} FOR UPDATE`;
    // By name: Prisma cannot read a column of the type xid8.
    const events = await tx.$queryRaw<JobEvent[]>`
      SELECT seq, job_id, event FROM batch_job.read_events(${position}, ${max}::int)`;
    events.forEach(work);
    const last = events.at(-1);
    if (last) await tx.consumer.update({ where: { name }, data: { position: last.seq } });
    return events.length;
  });
