-- recipe: setup
BEGIN;
CREATE TABLE "user" (id text PRIMARY KEY, email text NOT NULL);
CREATE EXTENSION IF NOT EXISTS batch_job;
SELECT batch_job.create_table(events => true, notify => true);
ALTER TABLE batch_job ADD FOREIGN KEY (created_by) REFERENCES "user" (id);
CREATE INDEX ON batch_job (created_by);
COMMIT;
-- end recipe
