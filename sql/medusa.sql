-- The statements that Medusa v1 sends through TypeORM, on its own table, attached. A schema stands for public.
\set SHOW_CONTEXT never
CREATE SCHEMA medusa_test AUTHORIZATION regress_job_owner;
SET search_path = medusa_test;
SET ROLE regress_job_owner;
CREATE TABLE "user" ("id" character varying NOT NULL, CONSTRAINT "PK_user" PRIMARY KEY ("id"));
CREATE TABLE "batch_job" (
  "id" character varying NOT NULL, "type" text NOT NULL, "created_by" character varying, "context" jsonb, "result" jsonb,
  "dry_run" boolean NOT NULL DEFAULT false, "created_at" timestamptz NOT NULL DEFAULT now(), "pre_processed_at" timestamptz,
  "confirmed_at" timestamptz, "processing_at" timestamptz, "completed_at" timestamptz, "failed_at" timestamptz, "canceled_at" timestamptz,
  "updated_at" timestamptz NOT NULL DEFAULT now(), "deleted_at" timestamptz,
  CONSTRAINT "PK_e57f84d485145d5be96bc6d871e" PRIMARY KEY ("id"));
ALTER TABLE "batch_job" ADD CONSTRAINT "FK_created_by" FOREIGN KEY ("created_by") REFERENCES "user" ("id") ON DELETE NO ACTION ON UPDATE NO ACTION;
INSERT INTO "user" VALUES ('usr_1');
SELECT batch_job.attach('batch_job');

-- INSERT with all 15 columns, DEFAULT for what is undefined; id always sent, not in RETURNING
PREPARE medusa_insert AS INSERT INTO "medusa_test"."batch_job" ("id", "created_at", "updated_at", "deleted_at", "type", "created_by", "context", "result", "dry_run", "pre_processed_at", "processing_at", "confirmed_at", "completed_at", "canceled_at", "failed_at")
VALUES ($1, DEFAULT, DEFAULT, DEFAULT, $2, $3, $4, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT, DEFAULT)
RETURNING "created_at" = "updated_at" AS same, "deleted_at", "dry_run";
EXECUTE medusa_insert('batch_01GZMKAP000000000000000001', 'product-import', 'usr_1', '{"fileKey": "f.csv"}');
-- the id sent is the id stored: otherwise Medusa would lose the row
SELECT "id", "status" FROM "batch_job";
-- repository.insert({type}): id as DEFAULT
INSERT INTO "medusa_test"."batch_job" ("id", "type") VALUES (DEFAULT, 'product-export') RETURNING batch_job.is_id("id");

-- UPDATE of changed columns; stamps as text in milliseconds; updated_at is the transaction's start, which we move on
PREPARE medusa_update AS UPDATE "medusa_test"."batch_job" SET "pre_processed_at" = $1, "updated_at" = CURRENT_TIMESTAMP WHERE "id" IN ($2) RETURNING "updated_at" > "created_at" AS moved, "status";
EXECUTE medusa_update('2026-11-24T01:24:24.958+00:00', 'batch_01GZMKAP000000000000000001');
-- a stale object written back completely, including NULLs: allowed, and the status follows
UPDATE "medusa_test"."batch_job" SET "pre_processed_at" = NULL, "confirmed_at" = NULL, "failed_at" = '2026-11-24T01:24:25.000+00:00', "updated_at" = CURRENT_TIMESTAMP WHERE "id" IN ('batch_01GZMKAP000000000000000001') RETURNING "status";
-- cancelling a failed one sets canceled_at: failed beats canceled
UPDATE "medusa_test"."batch_job" SET "canceled_at" = '2026-11-24T01:24:26.000+00:00', "updated_at" = CURRENT_TIMESTAMP WHERE "id" IN ('batch_01GZMKAP000000000000000001') RETURNING "status";
-- completed and canceled after a race: canceled beats completed
UPDATE "medusa_test"."batch_job" SET "failed_at" = NULL, "completed_at" = '2026-11-24T01:24:27.000+00:00' WHERE "id" IN ('batch_01GZMKAP000000000000000001') RETURNING "status";

-- its SELECT names columns: the added one does not disturb it
SELECT "BatchJob"."id" AS "BatchJob_id", "BatchJob"."deleted_at" AS "BatchJob_deleted_at", "BatchJob"."type" AS "BatchJob_type"
  FROM "medusa_test"."batch_job" "BatchJob" WHERE ( ("BatchJob"."id" = 'batch_01GZMKAP000000000000000001') ) AND ( "BatchJob"."deleted_at" IS NULL ) LIMIT 1;

-- soft deletion and restore are UPDATEs; withDeleted still sees the row
UPDATE "medusa_test"."batch_job" SET "deleted_at" = CURRENT_TIMESTAMP, "updated_at" = CURRENT_TIMESTAMP WHERE "id" IN ('batch_01GZMKAP000000000000000001');
\echo :ROW_COUNT
SELECT count(*) FROM "batch_job" WHERE "id" = 'batch_01GZMKAP000000000000000001';
UPDATE "medusa_test"."batch_job" SET "deleted_at" = NULL, "updated_at" = CURRENT_TIMESTAMP WHERE "id" IN ('batch_01GZMKAP000000000000000001');
-- remove() is a DELETE: soft now
DELETE FROM "medusa_test"."batch_job" WHERE "id" = 'batch_01GZMKAP000000000000000001';
SELECT "deleted_at" IS NOT NULL AS deleted FROM "batch_job" WHERE "id" = 'batch_01GZMKAP000000000000000001';

-- one long REPEATABLE READ transaction does all the processing
BEGIN ISOLATION LEVEL REPEATABLE READ;
INSERT INTO "batch_job" ("id", "type", "confirmed_at") VALUES ('long', 'x', now());
UPDATE "batch_job" SET "processing_at" = now(), "updated_at" = CURRENT_TIMESTAMP WHERE "id" IN ('long');
UPDATE "batch_job" SET "result" = '{"advancement_count": 1}', "updated_at" = CURRENT_TIMESTAMP WHERE "id" IN ('long');
UPDATE "batch_job" SET "completed_at" = now(), "updated_at" = CURRENT_TIMESTAMP WHERE "id" IN ('long');
COMMIT;
SELECT "status" FROM "batch_job" WHERE "id" = 'long';

-- the clean-up of its test helper: every name in information_schema.tables, views included
RESET ROLE;
SET session_replication_role = 'replica';
DO $$
DECLARE
  name text;
BEGIN
  FOR name IN SELECT table_name FROM information_schema.tables WHERE table_schema = 'medusa_test' ORDER BY table_name DESC LOOP
    EXECUTE format('DELETE FROM "medusa_test".%I', name);
  END LOOP;
END $$;
SET session_replication_role = DEFAULT;
SELECT (SELECT count(*) FROM "batch_job") AS jobs, (SELECT count(*) FROM "user") AS users;

-- the question that one of its migrations asks before it drops columns
SELECT DISTINCT table_schema FROM information_schema.columns WHERE table_name = 'batch_job' AND column_name = 'status' AND table_schema <> 'medusa_test';

SET client_min_messages = warning;
DROP SCHEMA medusa_test CASCADE;
