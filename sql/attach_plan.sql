-- attach_plan: a table that is nearly a job table becomes one. As its owner, who is no superuser.
\set SHOW_CONTEXT never
SET client_min_messages = warning;
-- whatever the session's time zone: the old times are in UTC, or where the caller says
SET timezone = 'Asia/Kolkata';
SET ROLE regress_job_owner;
CREATE SCHEMA attach_plan_test;
CREATE SCHEMA rails;
CREATE SCHEMA laravel;
CREATE SCHEMA django;
CREATE SCHEMA prisma;
CREATE SCHEMA typeorm;
SET search_path = attach_plan_test;

-- plans as they were before they were carried out
CREATE TABLE plan (job_table regclass, step int, statement text, why text);
CREATE FUNCTION keep_plan(job regclass) RETURNS SETOF plan BEGIN ATOMIC
  INSERT INTO plan SELECT job, p.ordinality, p.statement, p.why
    FROM batch_job.attach_plan(job) WITH ORDINALITY p RETURNING *;
END;
-- the UPDATE that a plan leaves to a person, with the meanings filled in
CREATE FUNCTION completed_update(job regclass, meanings jsonb) RETURNS text BEGIN ATOMIC
  SELECT regexp_replace(regexp_replace(statement, '^-- ', '', 'gn'), 'VALUES\n.*\n\)',
           'VALUES ' || (SELECT string_agg(format('(%L, %L)', m.key, m.value), ', ') FROM jsonb_each_text(meanings) m) || ')')
    FROM plan WHERE job_table = job AND statement ~ '^-- UPDATE';
END;

-- The checks that test/orm makes of an ORM, made in SQL of an attached table: the names of those that hold.
CREATE PROCEDURE check_contract(job regclass, who text) LANGUAGE plpgsql AS $$
DECLARE
  live text := batch_job.live_view(job);
  tables text[] := ARRAY[job::text, live];
  t text;
  i text;
  j batch_job.batch_job;
  n bigint;
  at timestamptz;
  digest text;
  ids text[];
  seen text[] := '{}';
  held text := '';
  zone text;
  value jsonb := '{"rows": [1, [2, {"a": "b"}], true], "of": {"quote": "\"''\\:x?$1"}, "sixteen": 9007199254740991, "fraction": 0.1, "none": null}';
BEGIN
  SET CONSTRAINTS ALL IMMEDIATE;
  FOREACH t IN ARRAY tables LOOP
    EXECUTE format('INSERT INTO %s (type) VALUES (''import'') RETURNING id, status', t) INTO i, j.status;
    ASSERT batch_job.is_id(i) AND j.status = 'created', 'create.id';
    EXECUTE format('INSERT INTO %s (id, type) VALUES (NULL, ''import'') RETURNING id', t) INTO i;
    ASSERT batch_job.is_id(i), 'create.id';
    EXECUTE format('INSERT INTO %s (id, type) VALUES ('''', ''import'') RETURNING id', t) INTO i;
    ASSERT batch_job.is_id(i), 'create.id';
    EXECUTE format('INSERT INTO %s (id, type) VALUES ($1, ''import'') RETURNING id', t) INTO i USING 'my ' || t;
    ASSERT i = 'my ' || t, 'create.given';
    EXECUTE format('WITH made AS (INSERT INTO %s (type) SELECT ''bulk'' FROM generate_series(1, 3) RETURNING id)
                    SELECT count(DISTINCT id) FROM made', t) INTO n;
    ASSERT n = 3, 'create.bulk';
  END LOOP;
  held := 'create.id create.status create.given create.bulk';

  EXECUTE format('UPDATE %s SET confirmed_at = now(), processing_at = now() WHERE id = $1 RETURNING status', live) INTO j.status USING i;
  ASSERT j.status = 'processing', 'status.read';
  EXECUTE format('INSERT INTO %s (type, failed_at, completed_at) VALUES (''query'', now(), NULL), (''query'', NULL, now()), (''query'', NULL, NULL)', live);
  EXECUTE format('SELECT array_agg(status::text ORDER BY status) FROM %s WHERE type = ''query'' AND status >= ''completed''', live) INTO ids;
  ASSERT ids = '{completed,failed}', 'status.query';
  FOREACH t IN ARRAY tables LOOP
    EXECUTE format('INSERT INTO %s (type, status) VALUES (''import'', ''failed'') RETURNING id, status', t) INTO i, j.status;
    ASSERT j.status = 'created', 'status.write';
    EXECUTE format('UPDATE %s SET status = ''completed'', confirmed_at = now() WHERE id = $1 RETURNING status', t) INTO j.status USING i;
    ASSERT j.status = 'confirmed', 'status.write';
  END LOOP;
  held := held || ' status.read status.query status.write';

  j := batch_job."create"('import', '{"file": "a"}', dry_run => true, created_by => who, job_table => job);
  i := j.id;
  ASSERT (batch_job.mark_pre_processed(i, '{"count": 2}', job_table => job)).status = 'pre_processed', 'lifecycle.call';
  digest := batch_job.plan_digest(i, job);
  PERFORM batch_job.update(i, result => '{"count": 3}', job_table => job);
  BEGIN
    PERFORM batch_job.confirm(i, digest, job_table => job);
    ASSERT false, 'lifecycle.error';
  EXCEPTION WHEN SQLSTATE 'BJ001' THEN
  END;
  BEGIN
    PERFORM batch_job.start(i, job_table => job);
    ASSERT false, 'lifecycle.error';
  EXCEPTION WHEN object_not_in_prerequisite_state THEN
  END;
  ASSERT (batch_job.confirm(i, batch_job.plan_digest(i, job), job_table => job)).status = 'confirmed', 'lifecycle.call';
  ASSERT (batch_job.start(i, job_table => job)).status = 'processing', 'lifecycle.call';
  j := batch_job.complete(i, '{"advancement_count": 3}', job_table => job);
  ASSERT j.status = 'completed' AND j.result = '{"count": 3, "advancement_count": 3}', 'lifecycle.call';
  held := held || ' lifecycle.call lifecycle.error';

  EXECUTE format('SELECT batch_job.created_by_user(j) ->> ''email'' FROM %s j WHERE id = $1', job) INTO t USING i;
  ASSERT t = 'ann@example.com', 'relation.eager';
  EXECUTE format('UPDATE %s SET context = $2, result = NULL WHERE id = $1', live) USING i, value;
  EXECUTE format('SELECT context FROM %s WHERE id = $1 AND result IS NULL', live) INTO j.context USING i;
  ASSERT j.context = value AND j.context #>> '{sixteen}' = '9007199254740991', 'json.values';
  FOREACH zone IN ARRAY ARRAY['Asia/Kolkata', 'America/St_Johns', 'UTC'] LOOP
    PERFORM set_config('timezone', zone, true);
    EXECUTE format('UPDATE %s SET confirmed_at = ''2026-03-29T01:30:00.123Z'' WHERE id = $1', live) USING i;
    EXECUTE format('SELECT batch_job.to_json(j) ->> ''confirmed_at'' FROM %s j WHERE id = $1', job) INTO t USING i;
    ASSERT t = '2026-03-29T01:30:00.123Z', 'time.zone';
  END LOOP;
  held := held || ' relation.eager json.values json.numbers json.null time.zone';

  EXECUTE format('DELETE FROM %s WHERE type = ''bulk''', live);
  GET DIAGNOSTICS n = ROW_COUNT;
  ASSERT n = 6, 'delete.view';
  EXECUTE format('SELECT count(*) FROM %s WHERE type = ''bulk'' AND deleted_at IS NOT NULL', job) INTO n;
  ASSERT n = 6, 'delete.view';
  EXECUTE format('DELETE FROM %s WHERE id = $1 RETURNING id', live) INTO t USING i;
  ASSERT t = i, 'delete.view';
  ASSERT (batch_job.restore(i, job)).deleted_at IS NULL, 'delete.restore';
  EXECUTE format('UPDATE %s SET deleted_at = now() WHERE id = $1', job) USING i;
  EXECUTE format('SELECT count(*) FROM %s WHERE id = $1', live) INTO n USING i;
  ASSERT n = 0, 'delete.own';
  PERFORM batch_job.restore(i, job);
  EXECUTE format('DELETE FROM %s WHERE id = $1', job) USING i;
  GET DIAGNOSTICS n = ROW_COUNT;
  ASSERT n = 0 AND (batch_job.restore(i, job)).id = i, 'delete.table';
  held := held || ' delete.view delete.restore delete.own delete.table';

  FOREACH t IN ARRAY tables LOOP
    FOR n IN 1..2 LOOP
      EXECUTE format('INSERT INTO %s (id, type, context) VALUES (''up '' || $1, ''import'', jsonb_build_object(''n'', $2))
                      ON CONFLICT (id) DO UPDATE SET context = EXCLUDED.context RETURNING context', t) INTO j.context USING t, n;
      ASSERT j.context = jsonb_build_object('n', n), 'upsert';
    END LOOP;
  END LOOP;
  i := '';
  LOOP
    EXECUTE format('SELECT array_agg(id ORDER BY id) FROM (SELECT id FROM %s WHERE id > $1 ORDER BY id LIMIT 4) page', live) INTO ids USING i;
    EXIT WHEN ids IS NULL;
    seen := seen || ids;
    i := ids[cardinality(ids)];
  END LOOP;
  EXECUTE format('SELECT count(*) FROM %s', live) INTO n;
  ASSERT n > 4 AND n = (SELECT count(DISTINCT s) FROM unnest(seen) s) AND n = cardinality(seen), 'page';
  EXECUTE format('SELECT updated_at FROM %s WHERE id = $1', live) INTO at USING i;
  EXECUTE format('UPDATE %s SET type = ''first'' WHERE id = $1 AND updated_at = $2', live) USING i, at;
  GET DIAGNOSTICS n = ROW_COUNT;
  ASSERT n = 1, 'lock';
  EXECUTE format('UPDATE %s SET type = ''second'' WHERE id = $1 AND updated_at = $2', live) USING i, at;
  GET DIAGNOSTICS n = ROW_COUNT;
  ASSERT n = 0, 'lock';
  held := held || ' upsert page lock';

  PERFORM batch_job.detach(job, drop_status => true);
  PERFORM batch_job.attach(job, events => true);
  EXECUTE format('INSERT INTO %s (type) VALUES (''watched'') RETURNING id', live) INTO i;
  PERFORM batch_job.mark_pre_processed(i, job_table => job);
  EXECUTE format('DELETE FROM %s WHERE id = $1', live) USING i;
  ASSERT (SELECT array_agg(event ORDER BY seq) FROM batch_job.read_events(job_table => job) WHERE job_id = i)
         = '{batch.created,batch.pre_processed,batch.confirmed,batch.deleted}', 'events.poll';
  held := held || ' migrate.down migrate.up events.poll';
  RAISE INFO '%', held;
END $$;

-- Rails: what ActiveRecord 7.2 sends for a migration; an enum is an integer there
SET search_path = rails, attach_plan_test;
CREATE TABLE "users" ("id" bigserial primary key, "email" character varying NOT NULL, "created_at" timestamp(6) NOT NULL, "updated_at" timestamp(6) NOT NULL);
CREATE TABLE "batch_jobs" ("id" character varying NOT NULL PRIMARY KEY, "type" character varying NOT NULL, "created_by_id" bigint, "context" jsonb DEFAULT '{}' NOT NULL, "result" json, "dry_run" boolean DEFAULT FALSE NOT NULL, "status" integer DEFAULT 0 NOT NULL, "confirmed_at" timestamp(6), "completed_at" timestamp(6), "deleted_at" timestamp(6), "created_at" timestamp(6) NOT NULL, "updated_at" timestamp(6) NOT NULL, CONSTRAINT "fk_rails_1dabd6e926"
FOREIGN KEY ("created_by_id")
  REFERENCES "users" ("id")
);
CREATE INDEX "index_batch_jobs_on_created_by_id" ON "batch_jobs" ("created_by_id");
CREATE INDEX "index_batch_jobs_on_deleted_at" ON "batch_jobs" ("deleted_at");
INSERT INTO users VALUES (1, 'ann@example.com', now(), now());
INSERT INTO batch_jobs (id, type, created_by_id, status, completed_at, created_at, updated_at, result)
VALUES ('r0', 'import', 1, 0, NULL, '2026-03-01 09:00', '2026-03-01 10:00:00.123456', NULL),
       ('r1', 'import', 1, 1, NULL, '2026-03-01 09:00', '2026-03-01 10:00:00.123456', '{"progress": 0.5}'),
       ('r2', 'import', NULL, 2, '2026-03-01 09:59', '2026-03-01 09:00', '2026-03-01 10:00', '{"count": 2}'),
       ('r3', 'import', 1, 3, NULL, '2026-03-01 09:00', '2026-03-01 10:00', NULL);
\x on
\pset format unaligned
\pset tuples_only on
SELECT statement, why FROM keep_plan('batch_jobs') ORDER BY step;
\x off
-- run by psql; its last statement is a comment and does nothing
SELECT statement FROM batch_job.attach_plan('batch_jobs') \gexec
SELECT * FROM batch_job.attach_plan('batch_jobs');
SELECT completed_update('batch_jobs', '{"0": "created", "1": "processing", "2": "completed", "3": "failed"}') \gexec
SELECT batch_job.attach('batch_jobs');
-- the old times are in UTC; a time stamp that was there has stayed
SET timezone = 'UTC';
SELECT id, legacy_status, status, created_by, created_at, coalesce(failed_at, completed_at, processing_at), result FROM batch_jobs ORDER BY id;
CALL check_contract('batch_jobs', '1');
SET timezone = 'Asia/Kolkata';

-- Laravel: what Illuminate's schema builder makes of ulid(), foreignId(), json(), timestamps() and softDeletes()
SET search_path = laravel, attach_plan_test;
create table "users" ("id" bigserial primary key not null, "email" varchar(255) not null, "created_at" timestamp(0) without time zone null, "updated_at" timestamp(0) without time zone null);
create table "batch_jobs" ("id" char(26) not null, "type" varchar(255) not null, "created_by" bigint null, "context" json null, "result" json null, "dry_run" boolean not null default '0', "status" varchar(255) not null default 'pending', "completed_at" timestamp(0) without time zone null, "created_at" timestamp(0) without time zone null, "updated_at" timestamp(0) without time zone null, "deleted_at" timestamp(0) without time zone null);
alter table "batch_jobs" add primary key ("id");
alter table "batch_jobs" add constraint "batch_jobs_created_by_foreign" foreign key ("created_by") references "users" ("id") on delete set null;
create index "batch_jobs_status_index" on "batch_jobs" ("status");
create table "batch_job_logs" ("id" bigserial primary key not null, "batch_job_id" char(26) not null);
alter table "batch_job_logs" add constraint "batch_job_logs_batch_job_id_foreign" foreign key ("batch_job_id") references "batch_jobs" ("id") on delete cascade;
INSERT INTO users (email) VALUES ('ann@example.com');
INSERT INTO batch_jobs (id, type, created_by, status, created_at, updated_at, context)
VALUES ('01ARZ3NDEKTSV4RRFFQ69G5FA0', 'import', 1, 'pending', '2026-03-01 09:00', '2026-03-01 10:00', '{"file": "a"}'),
       ('01ARZ3NDEKTSV4RRFFQ69G5FA1', 'import', 1, 'done', '2026-03-01 09:00', NULL, NULL);
INSERT INTO batch_job_logs (batch_job_id) SELECT id FROM batch_jobs;
\x on
SELECT statement, why FROM keep_plan('batch_jobs') ORDER BY step;
\x off
-- run by PL/pgSQL
CREATE PROCEDURE attach_plan_test.run_plan(job regclass) LANGUAGE plpgsql AS $$
DECLARE
  s text;
BEGIN
  FOR s IN SELECT statement FROM batch_job.attach_plan(job) WHERE statement IS NOT NULL LOOP
    EXECUTE s;
  END LOOP;
END $$;
CALL run_plan('batch_jobs');
SELECT * FROM batch_job.attach_plan('batch_jobs');
SELECT completed_update('batch_jobs', '{"done": "completed"}') \gexec
SELECT batch_job.attach('batch_jobs');
SELECT id, legacy_status, status, created_at AT TIME ZONE 'UTC', completed_at > '2026-04-01' AS completed_now FROM batch_jobs ORDER BY id;
CALL check_contract('batch_jobs', '1');
-- the foreign key of another table still works; an id of the new length does not fit into its column
BEGIN; SET LOCAL batch_job.soft_delete = off; DELETE FROM batch_jobs WHERE legacy_status = 'done'; COMMIT;
SELECT * FROM batch_job_logs;
INSERT INTO batch_job_logs (batch_job_id) SELECT id FROM batch_jobs WHERE batch_job.is_id(id);

-- Django: what schema_editor makes of CharField, JSONField, ForeignKey and DateTimeField
SET search_path = django, attach_plan_test;
CREATE TABLE "auth_user" ("id" integer NOT NULL PRIMARY KEY GENERATED BY DEFAULT AS IDENTITY, "email" varchar(254) NOT NULL);
CREATE TABLE "jobs_batchjob" ("id" varchar(64) NOT NULL PRIMARY KEY, "type" varchar(100) NOT NULL, "status" varchar(20) NOT NULL, "created_by_id" integer NULL, "context" jsonb NULL, "result" jsonb NULL, "dry_run" boolean NOT NULL, "completed_at" timestamp with time zone NULL, "created_at" timestamp with time zone NOT NULL, "updated_at" timestamp with time zone NOT NULL, "deleted_at" timestamp with time zone NULL);
ALTER TABLE "jobs_batchjob" ADD CONSTRAINT "jobs_batchjob_created_by_id_b747f320_fk_auth_user_id" FOREIGN KEY ("created_by_id") REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX "jobs_batchjob_id_8637702d_like" ON "jobs_batchjob" ("id" varchar_pattern_ops);
CREATE INDEX "jobs_batchjob_created_by_id_b747f320" ON "jobs_batchjob" ("created_by_id");
CREATE INDEX "jobs_batchjob_deleted_at_a60e3c38" ON "jobs_batchjob" ("deleted_at");
INSERT INTO auth_user (email) VALUES ('ann@example.com');
INSERT INTO jobs_batchjob VALUES ('d0', 'import', 'pending', 1, NULL, NULL, false, NULL, '2026-03-01 09:00Z', '2026-03-01 10:00Z', NULL),
  ('d1', 'import', 'done', 1, '{}', '{}', false, '2026-03-01 09:59Z', '2026-03-01 09:00Z', '2026-03-01 10:00Z', NULL);
\x on
SELECT statement, why FROM keep_plan('jobs_batchjob') ORDER BY step;
\x off
-- all in one transaction, as its migrations want it
BEGIN;
CALL run_plan('jobs_batchjob');
SELECT completed_update('jobs_batchjob', '{"done": "completed", "running": "processing"}') \gexec
SELECT batch_job.attach('jobs_batchjob');
COMMIT;
SELECT * FROM batch_job.attach_plan('jobs_batchjob');
SELECT id, legacy_status, status, completed_at AT TIME ZONE 'UTC' FROM jobs_batchjob ORDER BY id;
CALL check_contract('jobs_batchjob', '1');

-- Prisma: what migrate diff makes of a schema whose names are not mapped
SET search_path = prisma, attach_plan_test;
CREATE TYPE "JobStatus" AS ENUM ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED');
CREATE TABLE "User" (
    "id" TEXT NOT NULL,
    "email" TEXT NOT NULL,

    CONSTRAINT "User_pkey" PRIMARY KEY ("id")
);
CREATE TABLE "BatchJob" (
    "id" TEXT NOT NULL,
    "type" TEXT NOT NULL,
    "createdById" TEXT,
    "context" JSONB,
    "result" JSONB,
    "dryRun" BOOLEAN NOT NULL DEFAULT false,
    "status" "JobStatus" NOT NULL DEFAULT 'PENDING',
    "preProcessedAt" TIMESTAMP(3),
    "completedAt" TIMESTAMP(3),
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" TIMESTAMP(3) NOT NULL,
    "deletedAt" TIMESTAMP(3),

    CONSTRAINT "BatchJob_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "BatchJob_status_idx" ON "BatchJob"("status");
ALTER TABLE "BatchJob" ADD CONSTRAINT "BatchJob_createdById_fkey" FOREIGN KEY ("createdById") REFERENCES "User"("id") ON DELETE SET NULL ON UPDATE CASCADE;
INSERT INTO "User" VALUES ('usr_1', 'ann@example.com');
INSERT INTO "BatchJob" (id, type, "createdById", status, "createdAt", "updatedAt")
VALUES ('p0', 'import', 'usr_1', 'PENDING', '2026-03-01 09:00', '2026-03-01 10:00'),
       ('p1', 'import', 'usr_1', 'RUNNING', '2026-03-01 09:00', '2026-03-01 10:00'),
       ('p2', 'import', 'usr_1', 'FAILED', '2026-03-01 09:00', '2026-03-01 10:00');
\x on
SELECT statement, why FROM keep_plan('"BatchJob"') ORDER BY step;
\x off
CALL run_plan('"BatchJob"');
SELECT * FROM batch_job.attach_plan('"BatchJob"');
-- the statement that was left as proposed does nothing
SELECT completed_update('"BatchJob"', '{"PENDING": "?", "RUNNING": "processing", "FAILED": "failed"}') \gexec
SELECT batch_job.attach('"BatchJob"');
SELECT id, legacy_status, status, coalesce(failed_at, processing_at) AT TIME ZONE 'UTC' FROM "BatchJob" ORDER BY id;
CALL check_contract('"BatchJob"', 'usr_1');

-- TypeORM: what its schema builder makes of simple-json, ManyToOne and enum
SET search_path = typeorm, attach_plan_test;
CREATE TABLE "user" ("id" uuid NOT NULL DEFAULT gen_random_uuid(), "email" character varying NOT NULL, CONSTRAINT "PK_cace4a159ff9f2512dd42373760" PRIMARY KEY ("id"));
CREATE TYPE "batch_job_status_enum" AS ENUM('pending', 'running', 'done', 'failed');
CREATE TABLE "batch_job" ("id" uuid NOT NULL DEFAULT gen_random_uuid(), "type" character varying NOT NULL, "context" json, "result" text, "dryRun" boolean NOT NULL DEFAULT false, "status" "batch_job_status_enum" NOT NULL DEFAULT 'pending', "completedAt" TIMESTAMP, "createdAt" TIMESTAMP NOT NULL DEFAULT now(), "updatedAt" TIMESTAMP NOT NULL DEFAULT now(), "deletedAt" TIMESTAMP, "createdById" uuid, CONSTRAINT "PK_e57f84d485145d5be96bc6d871e" PRIMARY KEY ("id"));
ALTER TABLE "batch_job" ADD CONSTRAINT "FK_433a0e8266da8bcd75be5850d71" FOREIGN KEY ("createdById") REFERENCES "user"("id") ON DELETE NO ACTION ON UPDATE NO ACTION;
INSERT INTO "user" VALUES ('00000000-0000-4000-8000-000000000001', 'ann@example.com');
INSERT INTO batch_job (id, type, "createdById", status, result, "updatedAt")
VALUES ('00000000-0000-4000-8000-00000000000a', 'import', '00000000-0000-4000-8000-000000000001', 'pending', '', '2026-03-01 10:00'),
       ('00000000-0000-4000-8000-00000000000b', 'import', NULL, 'done', '{"count": 1}', '2026-03-01 10:00');
\x on
SELECT statement, why FROM keep_plan('batch_job') ORDER BY step;
\x off
CALL run_plan('batch_job');
SELECT * FROM batch_job.attach_plan('batch_job');
SELECT completed_update('batch_job', '{"done": "completed"}') \gexec
SELECT batch_job.attach('batch_job');
SELECT id, legacy_status, status, result, completed_at AT TIME ZONE 'UTC' FROM batch_job ORDER BY id;
CALL check_contract('batch_job', '00000000-0000-4000-8000-000000000001');

-- From here on one fault at a time, in a table that is otherwise shaped like a job table.
SET search_path = attach_plan_test;
CREATE TABLE shape (
  id text COLLATE "C" PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz, type text NOT NULL, created_by text, context jsonb, result jsonb, dry_run boolean NOT NULL DEFAULT false,
  pre_processed_at timestamptz, processing_at timestamptz, confirmed_at timestamptz, completed_at timestamptz,
  canceled_at timestamptz, failed_at timestamptz);
SELECT * FROM batch_job.attach_plan('shape');
CREATE TYPE kind AS ENUM ('1', 'import');
CREATE DOMAIN short AS varchar(10);

-- what attach says of a table, a fault an element
CREATE FUNCTION faults_of(job regclass) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  detail text;
BEGIN
  PERFORM batch_job.attach(job);
  RAISE EXCEPTION 'undo it' USING ERRCODE = 'UNDO1';
EXCEPTION
  WHEN SQLSTATE 'UNDO1' THEN
    RETURN '{}';
  WHEN invalid_table_definition THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN string_to_array(detail, E'\n');
END $$;
-- whether one of these rows speaks of the fault
CREATE FUNCTION is_answered(fault text, answers text[]) RETURNS boolean LANGUAGE SQL
RETURN EXISTS (SELECT FROM unnest(answers) a WHERE a ~ coalesce('\m' || substring(fault from '^Column "(\w+)"') || '\M', 'inherit'));
-- Carries out a plan. Every fault has an answer; only what the plan leaves to a person is left afterwards.
CREATE FUNCTION check_plan(job regclass) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  faults text[] := faults_of(job);
  answers text[] := ARRAY(SELECT concat_ws(' ', statement, why) FROM batch_job.attach_plan(job));
  for_people text[] := ARRAY(SELECT why FROM batch_job.attach_plan(job) WHERE statement IS NULL ORDER BY 1);
  fault text;
BEGIN
  ASSERT (faults = '{}') = (answers = '{}'), job || ': ' || faults::text || answers::text;
  FOREACH fault IN ARRAY faults LOOP
    ASSERT is_answered(fault, answers), job || ': ' || fault;
  END LOOP;
  CALL run_plan(job);
  -- what an old status means is asked until the table is attached
  ASSERT NOT EXISTS (SELECT FROM batch_job.attach_plan(job) WHERE statement NOT LIKE '-- UPDATE%'), job || ': a plan is left';
  ASSERT for_people = ARRAY(SELECT why FROM batch_job.attach_plan(job) WHERE statement IS NULL ORDER BY 1), job || ': other rows are left';
  faults := faults_of(job);
  ASSERT (faults = '{}') = (for_people = '{}'), job || ': ' || faults::text || for_people::text;
  FOREACH fault IN ARRAY faults LOOP
    ASSERT is_answered(fault, for_people), job || ': ' || fault;
  END LOOP;
  RETURN CASE WHEN answers = '{}' THEN 'nothing' WHEN for_people = '{}' THEN 'statements' ELSE 'a person' END || ' for ' || job;
END $$;
-- makes a job table "job" with these changes, shows its plan without the comment at the end, and checks it
CREATE FUNCTION plan_for(VARIADIC changes text[]) RETURNS TABLE (statement text, why text) LANGUAGE plpgsql AS $$
DECLARE
  change text;
BEGIN
  DROP TABLE IF EXISTS job CASCADE;
  CREATE TABLE job (LIKE shape INCLUDING ALL);
  FOREACH change IN ARRAY changes LOOP
    EXECUTE change;
  END LOOP;
  RETURN QUERY SELECT p.statement, p.why FROM batch_job.attach_plan('job') p WHERE p.statement IS NULL OR p.statement !~ '^-- ';
  PERFORM check_plan('job');
END $$;

-- Every type for a column of each kind, with a row in it and a default.
CREATE FUNCTION outcome(column_name text, type text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  value text := CASE WHEN type ~ 'stamp|date' THEN '2026-03-01' WHEN type = 'time' THEN '10:00' WHEN type ~ '\[' THEN '{1}'
                     WHEN type = 'uuid' THEN '00000000-0000-4000-8000-000000000001' ELSE '1' END;
BEGIN
  DROP TABLE IF EXISTS job CASCADE;
  CREATE TABLE job (LIKE shape INCLUDING DEFAULTS);
  EXECUTE format('ALTER TABLE job DROP COLUMN %I, ADD COLUMN %1$I %s DEFAULT %L', column_name, type, value);
  IF column_name <> 'id' OR type <> 'json' THEN
    ALTER TABLE job ADD PRIMARY KEY (id);
  END IF;
  EXECUTE format('INSERT INTO job (id, type) VALUES (%s, %s)', CASE column_name WHEN 'id' THEN 'DEFAULT' ELSE '''1''' END,
                 CASE column_name WHEN 'type' THEN 'DEFAULT' ELSE '''import''' END);
  RETURN substring(check_plan('job') from '(.*) for');
END $$;
\pset format aligned
\pset tuples_only off
SELECT "column", needs, string_agg(type, ', ' ORDER BY type COLLATE "C") AS types
  FROM (SELECT c, n, outcome(c, t), t
          FROM unnest('{id,type,created_by,completed_at,context,dry_run}'::text[]) WITH ORDINALITY c (c, n),
               unnest('{text,varchar,varchar(10),varchar(80),char(8),short,name,kind,uuid,smallint,integer,bigint,numeric,boolean,
                        date,timestamp,timestamptz,timestamptz(3),time,json,jsonb,bytea,text[]}'::text[]) t
       ) s ("column", n, needs, type)
 GROUP BY "column", n, needs ORDER BY n, needs COLLATE "C";

-- Values and defaults are converted, whatever the session's time zone.
\pset format unaligned
\pset tuples_only on
\x on
SELECT * FROM plan_for(
  $$DROP TABLE job$$,
  $$CREATE TABLE job (
    "ID" char(26) PRIMARY KEY DEFAULT 'abc', "CreatedAt" date NOT NULL DEFAULT current_date, updatedat timestamp NOT NULL DEFAULT now(),
    "Deleted_At" timestamp(0), "Type" kind NOT NULL DEFAULT 'import', createdby smallint DEFAULT 7,
    context json DEFAULT '{"a": 1}', result text DEFAULT '', dry_run smallint NOT NULL DEFAULT 0,
    preprocessed_at timestamp DEFAULT '2026-03-01 10:00', "cancelledAt" timestamp DEFAULT (now() AT TIME ZONE 'utc'),
    processing_at timestamptz(0), confirmed_at timestamptz, completed_at timestamptz, failed_at timestamptz)$$,
  $$INSERT INTO job ("CreatedAt", updatedat, "cancelledAt") VALUES ('2026-03-01', '2026-03-01 10:00:00.5', '2026-03-01 11:00')$$);
SELECT batch_job.attach('job');
INSERT INTO job_live (id) VALUES (NULL);
SELECT id, type, created_by, context, result, dry_run, status, pre_processed_at AT TIME ZONE 'UTC' AS pre_processed_at,
       CASE WHEN created_at < '2026-04-01' THEN created_at AT TIME ZONE 'UTC' END AS created_at,
       CASE WHEN updated_at < '2026-04-01' THEN updated_at AT TIME ZONE 'UTC' END AS updated_at,
       CASE WHEN canceled_at < '2026-04-01' THEN canceled_at AT TIME ZONE 'UTC' ELSE 'infinity' END AS canceled_at
  FROM job WHERE NOT batch_job.is_id(id);
SELECT now() - canceled_at BETWEEN '0' AND '1 minute' AS utc_is_now, created_at = date_trunc('day', created_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' AS day_begins_in_utc,
       now() - updated_at < '1 minute' AS updated_now
  FROM job WHERE batch_job.is_id(id);
DROP TYPE kind CASCADE;
-- a domain is replaced by its base type; a default that cannot be converted is dropped
CREATE DOMAIN stamp AS timestamptz NOT NULL;
CREATE DOMAIN flag AS boolean;
CREATE DOMAIN object AS jsonb CHECK (jsonb_typeof(VALUE) = 'object');
SELECT * FROM plan_for('ALTER TABLE job DROP created_at, ADD created_at stamp DEFAULT ''2026-07-01 12:00+00'', DROP context, ADD context object DEFAULT ''{}'', DROP dry_run, ADD dry_run flag DEFAULT true');
SELECT * FROM plan_for('ALTER TABLE job ALTER dry_run DROP DEFAULT, ALTER dry_run TYPE smallint USING 0, ALTER dry_run SET DEFAULT 0.4');
-- times in another zone, with its summer time
SELECT statement FROM plan_for('ALTER TABLE job ALTER created_at TYPE timestamp, ALTER created_at SET DEFAULT ''2026-07-01 12:00''');
DROP TABLE job;
CREATE TABLE job (LIKE shape INCLUDING DEFAULTS, PRIMARY KEY (id));
ALTER TABLE job ALTER created_at TYPE timestamp;
INSERT INTO job (id, type, created_at) VALUES ('winter', 'import', '2026-01-01 12:00'), ('summer', 'import', '2026-07-01 12:00');
SELECT * FROM batch_job.attach_plan('job', 'Europe/Berlin');
SELECT statement FROM batch_job.attach_plan('job', 'Europe/Berlin') \gexec
SELECT id, created_at AT TIME ZONE 'UTC' FROM job ORDER BY created_at;

-- Names: both are there, each may be meant, the free name for the old status is taken.
-- the present time as a default is the present time in every session's zone
SELECT statement FROM plan_for('ALTER TABLE job ALTER created_at TYPE timestamp, ALTER created_at SET DEFAULT LOCALTIMESTAMP');
-- a timestamp of the life cycle with a default would make each new job a confirmed one
SELECT statement FROM plan_for('UPDATE job SET confirmed_at = now()', 'ALTER TABLE job ALTER confirmed_at SET DEFAULT now(), ALTER confirmed_at SET NOT NULL');
-- all obstacles are named at once
SELECT why FROM plan_for('ALTER TABLE job ALTER id DROP DEFAULT, ALTER id TYPE uuid USING gen_random_uuid()',
                         'CREATE TABLE refers_to_job (job uuid REFERENCES job)', 'CREATE VIEW ids AS SELECT id FROM job', 'ALTER TABLE job ADD CHECK (id > ''00000000-0000-0000-0000-000000000000'')');
SELECT * FROM plan_for('ALTER TABLE job ADD "createdBy" text, ADD created_by_id integer, ADD "createdAt" timestamp');
SELECT * FROM plan_for('ALTER TABLE job RENAME created_by TO "createdBy"', 'ALTER TABLE job ADD created_by_id integer');
SELECT * FROM plan_for('ALTER TABLE job ADD status integer, ADD legacy_status text, ADD "legacy_status_2" text');
-- an old status that is generated, or an identity; one that rows are stored by stays as it must be
SELECT * FROM plan_for('ALTER TABLE job ADD status text NOT NULL GENERATED ALWAYS AS (CASE WHEN completed_at IS NOT NULL THEN ''done'' ELSE ''new'' END) STORED');
SELECT statement FROM plan_for('ALTER TABLE job ADD status integer GENERATED ALWAYS AS IDENTITY');
SELECT statement FROM plan_for('ALTER TABLE job ADD status integer DEFAULT 1, DROP CONSTRAINT job_pkey, ADD PRIMARY KEY (id, status)');
-- a column of the right type is not an old status; it may not be generated
SELECT * FROM plan_for('ALTER TABLE job ADD status batch_job.status');
SELECT * FROM plan_for('ALTER TABLE job ADD status batch_job.status GENERATED ALWAYS AS (batch_job.derive_status(pre_processed_at, confirmed_at, processing_at, completed_at, canceled_at, failed_at)) STORED');
-- Labels and names that contain the end of a comment or a literal do not end it.
CREATE TYPE hostile AS ENUM (E'x\nDROP TABLE shape; --', E'y\r\nDROP TABLE shape; --', $$'; DROP TABLE shape; --$$, '*/ DROP TABLE shape;', 'failed', E'back\\slash');
CREATE TABLE "a ""b
DROP TABLE shape; --" (LIKE shape INCLUDING ALL, status hostile DEFAULT 'failed');
SELECT check_plan('"a ""b
DROP TABLE shape; --"') ~ 'statements';
ALTER TABLE "a ""b
DROP TABLE shape; --" RENAME legacy_status TO status;
SELECT replace(statement, E'\r', '<CR>') FROM keep_plan('"a ""b
DROP TABLE shape; --"') WHERE statement ~ 'UPDATE';
INSERT INTO "a ""b
DROP TABLE shape; --" (id, type, status) SELECT row_number() OVER (), 'import', s FROM unnest(enum_range(NULL::hostile)) s;
CALL run_plan('"a ""b
DROP TABLE shape; --"');
\set ECHO none
SELECT replace(regexp_replace(statement, '^-- ', '', 'gn'), $$, '?')$$, $$, 'completed')$$) FROM plan WHERE job_table::text ~ 'DROP' AND statement ~ '^-- ' \gexec
\set ECHO all
SELECT batch_job.attach('"a ""b
DROP TABLE shape; --"');
SELECT id, status FROM "a ""b
DROP TABLE shape; --" ORDER BY id;
DROP TABLE "a ""b
DROP TABLE shape; --" CASCADE;

-- Columns that cannot be written, or not be NULL.
SELECT * FROM plan_for('ALTER TABLE job DROP failed_at, ADD failed_at timestamptz GENERATED ALWAYS AS (completed_at) STORED, DROP created_by, ADD created_by smallint GENERATED BY DEFAULT AS IDENTITY');
SELECT * FROM plan_for('ALTER TABLE job ALTER completed_at SET NOT NULL, ALTER deleted_at SET NOT NULL, ALTER failed_at SET NOT NULL');
SELECT * FROM plan_for('ALTER TABLE job DROP CONSTRAINT job_pkey, ADD PRIMARY KEY (id, deleted_at) DEFERRABLE');
SELECT * FROM plan_for('ALTER TABLE job ALTER completed_at SET NOT NULL', 'CREATE UNIQUE INDEX by_end ON job (completed_at)', 'ALTER TABLE job REPLICA IDENTITY USING INDEX by_end');

-- Columns that are missing.
SELECT * FROM plan_for('DROP TABLE job', 'CREATE TABLE job ()');
SELECT * FROM plan_for('ALTER TABLE job DROP id, ADD job_id uuid PRIMARY KEY');
SELECT * FROM plan_for('ALTER TABLE job DROP created_by', 'INSERT INTO job (id, type) VALUES (''1'', ''import'')');
SELECT * FROM plan_for('ALTER TABLE job DROP id, DROP type, DROP created_at', 'INSERT INTO job DEFAULT VALUES', 'INSERT INTO job DEFAULT VALUES');
SELECT count(DISTINCT id), bool_and(batch_job.is_id(id)), min(type), max(type), max(created_at) < now() + '1 minute' FROM job;

-- Where a type cannot be changed: the statement that is left out of the plan would fail, or might fail.
CREATE FUNCTION in_the_way(VARIADIC changes text[]) RETURNS TABLE (why text, would_fail_with text) LANGUAGE plpgsql AS $$
DECLARE
  change text;
BEGIN
  DROP TABLE IF EXISTS job CASCADE;
  CREATE TABLE job (LIKE shape INCLUDING DEFAULTS, PRIMARY KEY (id));
  ALTER TABLE job ALTER context TYPE json, ALTER completed_at TYPE timestamp;
  FOREACH change IN ARRAY changes LOOP
    EXECUTE change;
  END LOOP;
  FOR why IN SELECT p.why FROM batch_job.attach_plan('job') p WHERE p.statement IS NULL LOOP
    BEGIN
      IF why ~ 'context' THEN
        ALTER TABLE job ALTER context TYPE jsonb USING context::jsonb;
      ELSE
        ALTER TABLE job ALTER completed_at TYPE timestamptz USING completed_at AT TIME ZONE 'UTC';
      END IF;
      RAISE EXCEPTION 'undo it' USING ERRCODE = 'UNDO1';
    EXCEPTION WHEN OTHERS THEN
      would_fail_with := nullif(SQLSTATE, 'UNDO1');
    END;
    RETURN NEXT;
  END LOOP;
  PERFORM check_plan('job');
END $$;
SELECT * FROM in_the_way('CREATE VIEW a_view AS SELECT context FROM job');
SELECT * FROM in_the_way('CREATE MATERIALIZED VIEW a_matview AS SELECT id FROM job WHERE completed_at IS NULL');
SELECT * FROM in_the_way('CREATE RULE a_rule AS ON INSERT TO job WHERE NEW.context IS NULL DO INSTEAD NOTHING');
SELECT * FROM in_the_way('CREATE POLICY a_policy ON job USING (completed_at IS NULL)');
SELECT * FROM in_the_way('CREATE TRIGGER a_trigger BEFORE UPDATE OF context ON job FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()');
SELECT * FROM in_the_way('CREATE TRIGGER a_trigger BEFORE UPDATE ON job FOR EACH ROW WHEN (NEW.completed_at IS NULL) EXECUTE FUNCTION suppress_redundant_updates_trigger()');
SELECT * FROM in_the_way('CREATE FUNCTION a_function() RETURNS bigint BEGIN ATOMIC SELECT count(context) FROM job; END');
SET client_min_messages = error;
SELECT * FROM in_the_way('CREATE PUBLICATION a_publication FOR TABLE job WHERE (completed_at IS NULL)');
DROP PUBLICATION a_publication;
SET client_min_messages = warning;
SELECT * FROM in_the_way('ALTER TABLE job ADD size integer GENERATED ALWAYS AS (json_array_length(context)) STORED');
SELECT * FROM in_the_way('CREATE TABLE holder (job job)');
DROP TABLE holder;
SELECT * FROM in_the_way('CREATE TABLE holder (jobs job[])');
DROP TABLE holder;
SELECT * FROM in_the_way('ALTER TABLE job ADD CONSTRAINT a_check CHECK (json_typeof(context) = ''object'')');
SELECT * FROM in_the_way('CREATE INDEX an_index ON job ((context ->> ''file''))');
SELECT * FROM in_the_way('CREATE INDEX an_index ON job (id) WHERE json_typeof(context) = ''object''');
SELECT * FROM in_the_way('CREATE INDEX an_index ON job (date_trunc(''day'', completed_at))');
-- what fits: NULL tests, and times beside times
SELECT * FROM in_the_way('CREATE INDEX an_index ON job (id, completed_at) WHERE completed_at IS NULL AND context IS NOT NULL',
  'ALTER TABLE job ADD CHECK (completed_at > created_at AND (context IS NULL OR id <> '''') AND completed_at > ''2020-01-01''::timestamp)',
  'CREATE INDEX ON job (upper(id))');
-- a text with an index of a class that jsonb lacks; a generated column of a job, which is no longer generated by then
SELECT * FROM plan_for('ALTER TABLE job ALTER result TYPE text', 'CREATE INDEX by_result ON job (result text_pattern_ops)');
SELECT * FROM plan_for('ALTER TABLE job ALTER result TYPE text', 'CREATE INDEX by_result ON job (result)');
SELECT * FROM plan_for('ALTER TABLE job DROP failed_at, ALTER completed_at TYPE timestamp', 'ALTER TABLE job ADD "failedAt" timestamp GENERATED ALWAYS AS (completed_at) STORED');

-- Ids: foreign keys of others
SELECT * FROM plan_for('ALTER TABLE job ALTER id TYPE uuid USING NULL, ADD parent_id uuid REFERENCES job');
SELECT * FROM plan_for('ALTER TABLE job ALTER id TYPE varchar(26)', 'CREATE TABLE step (job_id varchar(26) REFERENCES job)');
DROP TABLE step;
SELECT * FROM plan_for('ALTER TABLE job ALTER id TYPE varchar(26)', 'CREATE VIEW ids AS SELECT id FROM job');
SELECT * FROM plan_for('ALTER TABLE job DROP id, ADD id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY');
SELECT * FROM plan_for('ALTER TABLE job DROP id, ADD id bigint');
-- and of a job's creator, in a type that changes
CREATE TABLE person (id char(5) PRIMARY KEY, short smallint UNIQUE, key name UNIQUE);
INSERT INTO person VALUES ('ann', 1, 'ann');
SELECT * FROM plan_for('ALTER TABLE job ALTER created_by TYPE char(5), ADD FOREIGN KEY (created_by) REFERENCES person', 'INSERT INTO job (id, type, created_by) VALUES (1, ''import'', ''ann'')');
INSERT INTO job (id, type, created_by) VALUES ('2', 'import', 'bob');
SELECT statement FROM plan_for('ALTER TABLE job ALTER created_by TYPE smallint USING NULL, ADD FOREIGN KEY (created_by) REFERENCES person (short)', 'INSERT INTO job (id, type, created_by) VALUES (1, ''import'', 1)');
INSERT INTO job (id, type, created_by) VALUES ('2', 'import', 2);
SELECT * FROM plan_for('ALTER TABLE job ALTER created_by TYPE name, ADD FOREIGN KEY (created_by) REFERENCES person (key)');

-- Primary keys
SELECT * FROM plan_for('ALTER TABLE job DROP CONSTRAINT job_pkey');
SELECT * FROM plan_for('ALTER TABLE job ADD seq integer, DROP CONSTRAINT job_pkey, ADD PRIMARY KEY (seq) DEFERRABLE');
SELECT * FROM plan_for('ALTER TABLE job ADD "n o" integer, DROP CONSTRAINT job_pkey, ADD CONSTRAINT "a key" PRIMARY KEY ("n o", id) INCLUDE (type) DEFERRABLE');
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'job'::regclass AND contype = 'p';

-- Partitioned tables; what is in a partition's way
SELECT * FROM plan_for('DROP TABLE job', 'CREATE TABLE job (LIKE shape INCLUDING DEFAULTS) PARTITION BY RANGE (created_at, id)', 'ALTER TABLE job RENAME created_at TO "createdAt"');
SELECT * FROM plan_for('DROP TABLE job', 'CREATE TABLE job (LIKE shape INCLUDING DEFAULTS) PARTITION BY LIST (upper(type))');
SELECT * FROM plan_for('DROP TABLE job', 'CREATE TABLE job (LIKE shape INCLUDING DEFAULTS, PRIMARY KEY (id, created_at)) PARTITION BY RANGE (id)',
  'ALTER TABLE job ALTER created_at TYPE timestamp, ALTER context TYPE json, ALTER result TYPE json, ALTER canceled_at TYPE timestamp',
  'CREATE TABLE part PARTITION OF job FOR VALUES FROM (''a'') TO (''m'') PARTITION BY HASH (created_at)',
  'CREATE VIEW of_part AS SELECT context FROM part', 'CREATE INDEX ON part (json_typeof(result))');

-- Typed tables, children and parents
CREATE TYPE job_type AS (id text, type text);
SELECT * FROM plan_for('DROP TABLE job', 'CREATE TABLE job OF job_type (PRIMARY KEY (id))');
SELECT * FROM plan_for('ALTER TABLE job ADD status batch_job.status', 'CREATE TYPE whole AS (id text COLLATE "C", created_at timestamptz, updated_at timestamptz, deleted_at timestamptz, type text,
  created_by text, context jsonb, result jsonb, dry_run boolean, pre_processed_at timestamptz, processing_at timestamptz, confirmed_at timestamptz,
  completed_at timestamptz, canceled_at timestamptz, failed_at timestamptz, status batch_job.status)', 'ALTER TABLE job OF whole');
SELECT * FROM plan_for('ALTER TABLE job DROP failed_at', 'CREATE TABLE child () INHERITS (job)');
CREATE TABLE parent ("createdAt" timestamptz, context json, failed_at timestamptz NOT NULL, completed_at timestamptz GENERATED ALWAYS AS ('2026-01-01'::timestamptz) STORED, status text);
SELECT * FROM plan_for('DROP TABLE job', 'CREATE TABLE job (id text PRIMARY KEY, updated_at timestamptz, deleted_at timestamptz, type text,
  created_by text, result jsonb, dry_run boolean, pre_processed_at timestamptz, processing_at timestamptz, confirmed_at timestamptz, canceled_at timestamptz) INHERITS (parent)');
DROP TABLE job, parent CASCADE;

-- 18 and later: a virtual column has no values to keep
\x off
\pset tuples_only off
CREATE FUNCTION plan_for_virtual() RETURNS TABLE (statement text, why text) LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('server_version_num')::int < 180000 THEN
    RETURN QUERY SELECT NULL, E'Column "failed_at" is generated, so it cannot be written.\nIt is virtual: add an ordinary column, put its values there, and drop it.';
  ELSE
    RETURN QUERY SELECT * FROM attach_plan_test.plan_for('ALTER TABLE job DROP failed_at, ADD failed_at timestamptz GENERATED ALWAYS AS (completed_at) VIRTUAL');
  END IF;
END $$;
SELECT * FROM plan_for_virtual();

-- Tables with an empty plan: job tables, and tables that attach accepts. The kinds that attach refuses are refused here, too.
SELECT * FROM batch_job.attach_plan('rails.batch_jobs');
SELECT batch_job.create_table('made', events => true);
SELECT * FROM batch_job.attach_plan('made');
SELECT * FROM batch_job.attach_plan('made_live');
\echo :LAST_ERROR_SQLSTATE
CREATE SEQUENCE a_sequence;
SELECT * FROM batch_job.attach_plan('a_sequence');
CREATE TABLE whole_table (id text) PARTITION BY RANGE (id);
CREATE TABLE a_part PARTITION OF whole_table DEFAULT;
SELECT * FROM batch_job.attach_plan('a_part');
SELECT * FROM batch_job.attach_plan('pg_catalog.pg_class');
SELECT * FROM batch_job.attach_plan('no_such_table');
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM batch_job.attach_plan(4294967295);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM batch_job.attach_plan(NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM batch_job.attach_plan('made', NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM batch_job.attach_plan('made_live', 'Europe/Nowhere');
\echo :LAST_ERROR_SQLSTATE
-- a zone is anything that AT TIME ZONE accepts
ALTER TABLE shape RENAME deleted_at TO "deletedAt";
SELECT statement FROM batch_job.attach_plan('shape', 'Asia/Kolkata');
-- it only reads: it works in a read-only transaction, and leaves no lock
CREATE TABLE child () INHERITS (shape);
BEGIN READ ONLY;
SELECT count(*) FROM batch_job.attach_plan('shape');
SELECT count(*) FROM pg_locks WHERE relation IN ('shape'::regclass, 'child'::regclass);
COMMIT;
-- the hint names attach_plan only where it helps: it does not know the longer prefix of this call
CREATE TABLE short_id (LIKE shape INCLUDING ALL);
ALTER TABLE short_id ALTER id TYPE varchar(32);
SELECT batch_job.attach('short_id');
ALTER TABLE short_id RENAME "deletedAt" TO deleted_at;
SELECT batch_job.attach('short_id', id_prefix => 'batches');

RESET ROLE;
SET client_min_messages = error;
DROP SCHEMA attach_plan_test, rails, laravel, django, prisma, typeorm CASCADE;
RESET timezone;
RESET client_min_messages;
