-- recipe: setup
CREATE TABLE "user" (id text PRIMARY KEY, email text NOT NULL);

CREATE EXTENSION IF NOT EXISTS batch_job;
SELECT batch_job.create_table('batch_job');
ALTER TABLE batch_job ADD FOREIGN KEY (created_by) REFERENCES "user" (id);

-- For the lock: Prisma's DateTime has milliseconds only.
ALTER TABLE batch_job ADD version bigint NOT NULL
  GENERATED ALWAYS AS (extract(epoch FROM updated_at - timestamptz 'epoch') * 1000000) STORED;
SELECT batch_job.attach('batch_job', events => true, notify => true); -- brings the view up to date
-- end recipe

CREATE TABLE consumer (name text PRIMARY KEY, position bigint NOT NULL DEFAULT 0);
