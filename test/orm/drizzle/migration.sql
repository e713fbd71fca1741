-- recipe: migration
CREATE EXTENSION IF NOT EXISTS batch_job;
--> statement-breakpoint
-- ... the tables, as drizzle-kit generate has written them
--> statement-breakpoint
SELECT batch_job.attach('batch_job', events => true, notify => true);
-- end recipe
