import { defineConfig } from 'prisma/config';

const { PGHOST, PGPORT, PGUSER, PGDATABASE } = process.env;

// recipe: config
export default defineConfig({
  schema: 'schema.prisma',
  datasource: { url: `postgresql://${PGUSER}@${PGHOST}:${PGPORT}/${PGDATABASE}` },
  // What the extension makes: the client uses it, Prisma Migrate leaves it alone.
  experimental: { externalTables: true },
  tables: { external: ['public.batch_job', 'public.batch_job_live', 'public.batch_job_event'] },
  enums: { external: ['batch_job.status'] },
});
// end recipe
