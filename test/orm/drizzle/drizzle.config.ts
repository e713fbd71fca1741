import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'postgresql',
  schema: './schema.ts', // without live.ts: its view is made by attach
  out: './generated',
  tablesFilter: ['!batch_job_*'], // the view and the events, for push
});
