DROP TABLE batch_job, batch_job_event, consumer, "user" CASCADE;
DROP EXTENSION batch_job;
DELETE FROM drizzle.__drizzle_migrations;
