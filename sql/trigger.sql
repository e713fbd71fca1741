-- The trigger of a job table: id, status, updated_at, for every way of writing and any shape of table.
\set SHOW_CONTEXT never
CREATE SCHEMA trigger_test AUTHORIZATION regress_job_owner;
SET search_path = trigger_test;
SET ROLE regress_job_owner;
SELECT batch_job.create_table(guard => false);

-- an id given is kept whatever its form; NULL, '' and DEFAULT are generated; so is one left out
INSERT INTO batch_job (id, type) VALUES ('job_1', 'x'), ('  ', 'x'), ('日本', 'x') RETURNING id;
INSERT INTO batch_job (id, type) VALUES (NULL, 'x'), ('', 'x'), (DEFAULT, 'x') RETURNING batch_job.is_id(id);
INSERT INTO batch_job (type) VALUES ('x') RETURNING batch_job.is_id(id), status, created_at <= updated_at AS times, dry_run;
-- also when somebody took the default away
ALTER TABLE batch_job ALTER id DROP DEFAULT, ALTER status DROP DEFAULT;
INSERT INTO batch_job (type, completed_at) VALUES ('x', now()) RETURNING batch_job.is_id(id), status;
SELECT batch_job.attach('batch_job');

-- a long id, compressed or out of line, is not mistaken for an empty one
INSERT INTO batch_job (id, type) SELECT string_agg(md5(n::text), ''), 'long' FROM generate_series(1, 50) n RETURNING length(id);
-- too long for the primary key's btree: PostgreSQL's own error
\set VERBOSITY sqlstate
INSERT INTO batch_job (id, type) VALUES (repeat('x', 1000000), 'x');
\set VERBOSITY default
CREATE TABLE source (id text, type text);
ALTER TABLE source ALTER id SET STORAGE EXTERNAL;
INSERT INTO source SELECT string_agg(md5(n::text), ''), 'toasted' FROM generate_series(1, 70) n;
INSERT INTO batch_job (id, type) SELECT id, type FROM source RETURNING length(id);

-- updated_at moves on every UPDATE, also many in one transaction and with a value given; created_at does not
BEGIN;
CREATE TEMP TABLE seen (at timestamptz) ON COMMIT DROP;
DO $$
BEGIN
  FOR i IN 1 .. 1000 LOOP
    UPDATE batch_job SET updated_at = '2000-01-01' WHERE id = 'job_1';
    INSERT INTO seen SELECT updated_at FROM batch_job WHERE id = 'job_1';
  END LOOP;
END $$;
SELECT count(DISTINCT at) AS different, min(at) >= (SELECT created_at FROM batch_job WHERE id = 'job_1') AS later FROM seen;
COMMIT;
-- an updated_at ahead of the clock still increases
INSERT INTO batch_job (id, type, updated_at) VALUES ('ahead', 'x', '2999-01-01 00:00:00+00'), ('endless', 'x', 'infinity'), ('before', 'x', '-infinity'), ('last', 'x', '294276-12-31 23:59:59.999999+00');
UPDATE batch_job SET dry_run = true WHERE id IN ('ahead', 'endless', 'before', 'last')
RETURNING id, updated_at > '2999-01-01 00:00:00+00' AS moved, updated_at BETWEEN now() - interval '1 minute' AND now() + interval '1 minute' AS clock;

-- COPY, in both directions
COPY batch_job (type, completed_at, status) FROM stdin;
copied	2024-01-01	created
copied	\N	failed
\.
COPY batch_job (id, type) FROM stdin WITH (FORMAT csv);
"",copied
copy_1,copied
\.
SELECT id ~ '^batch_' AS generated, status FROM batch_job WHERE type = 'copied' ORDER BY 1, 2;

-- INSERT ... SELECT of many rows: ids rise in the order of insertion
INSERT INTO batch_job (type, context) SELECT 'bulk', jsonb_build_object('n', n) FROM generate_series(1, 5000) n;
SELECT bool_and(n = row_number) AS in_order, count(*)
  FROM (SELECT (context ->> 'n')::int AS n, row_number() OVER (ORDER BY id) FROM batch_job WHERE type = 'bulk') s;

-- ON CONFLICT
INSERT INTO batch_job (id, type, completed_at) VALUES ('job_1', 'x', now())
ON CONFLICT (id) DO UPDATE SET completed_at = excluded.completed_at, status = 'created' RETURNING id, status;
INSERT INTO batch_job (id, type) VALUES ('job_1', 'x') ON CONFLICT DO NOTHING RETURNING id;

-- MERGE
MERGE INTO batch_job j USING (VALUES ('job_1'), ('merged'), ('')) s (id) ON j.id = s.id
WHEN MATCHED THEN UPDATE SET failed_at = now(), status = 'created'
WHEN NOT MATCHED THEN INSERT (id, type, canceled_at) VALUES (s.id, 'merged', now());
SELECT CASE WHEN id ~ '^batch_' THEN 'generated' ELSE id END AS id, status FROM batch_job WHERE id = 'job_1' OR type = 'merged' ORDER BY 1;
MERGE INTO batch_job j USING (VALUES ('merged')) s (id) ON j.id = s.id WHEN MATCHED THEN DELETE;
SELECT id, deleted_at IS NOT NULL AS deleted FROM batch_job WHERE id = 'merged';

-- two CTEs, one statement
WITH made AS (INSERT INTO batch_job (type) VALUES ('cte') RETURNING id, status),
     changed AS (UPDATE batch_job SET processing_at = now() WHERE id = 'before' RETURNING id, status)
SELECT batch_job.is_id(made.id), made.status, changed.status FROM made, changed;
DROP TABLE batch_job CASCADE;

-- another order of columns, other columns among them, dropped columns, varchar
CREATE TABLE jobs (
  gone_1 int, status_text text, failed_at timestamptz, canceled_at timestamptz, tenant int NOT NULL DEFAULT 7, completed_at timestamptz,
  confirmed_at timestamptz, processing_at timestamptz, gone_2 text, pre_processed_at timestamptz, dry_run boolean NOT NULL DEFAULT false,
  result jsonb, context jsonb, created_by varchar, type varchar NOT NULL, deleted_at timestamptz, updated_at timestamptz NOT NULL DEFAULT now(),
  created_at timestamptz NOT NULL DEFAULT now(), id varchar PRIMARY KEY, label text GENERATED ALWAYS AS (type || '!') STORED
);
ALTER TABLE jobs DROP COLUMN gone_1;
INSERT INTO jobs (id, type, completed_at) VALUES ('old', 'x', now());
SELECT batch_job.attach('jobs');
ALTER TABLE jobs DROP COLUMN gone_2;
INSERT INTO jobs (type, canceled_at, status) VALUES ('y', now(), 'failed') RETURNING batch_job.is_id(id), status, label, tenant;
INSERT INTO jobs (id, type) VALUES ('', 'z') RETURNING batch_job.is_id(id), status;
SELECT status FROM jobs WHERE id = 'old';

-- columns added, renamed and dropped between two statements of one session, also prepared ones
PREPARE make AS INSERT INTO jobs (id, type, confirmed_at) VALUES ($1, 'p', now()) RETURNING id, status;
EXECUTE make ('p1');
ALTER TABLE jobs ADD COLUMN extra text DEFAULT 'e';
EXECUTE make ('p2');
ALTER TABLE jobs RENAME COLUMN tenant TO org;
EXECUTE make ('p3');
ALTER TABLE jobs DROP COLUMN status_text CASCADE;
EXECUTE make ('p4');
UPDATE jobs SET extra = 'f' WHERE id = 'p4' RETURNING id, status, org, extra;
-- the view went with the column; attach makes it anew
SELECT batch_job.attach('jobs');
SELECT id, org, extra FROM jobs_live WHERE id = 'p4';

-- a column of the job itself renamed: an error that says so, and nothing stored
ALTER TABLE jobs RENAME COLUMN failed_at TO broken_at;
EXECUTE make ('p5');
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE jobs RENAME COLUMN broken_at TO failed_at;
EXECUTE make ('p5');

-- status of another type: the same
DROP VIEW jobs_live;
ALTER TABLE jobs DROP CONSTRAINT batch_job_status_derived, ALTER status DROP DEFAULT, ALTER status TYPE text;
UPDATE jobs SET type = 'x';
ALTER TABLE jobs ALTER status TYPE batch_job.status USING status::batch_job.status;
SELECT batch_job.attach('jobs');

-- columns that must not be NULL are filled in if an ORM sends NULL, or the table has no default
ALTER TABLE jobs ALTER created_at DROP DEFAULT, ALTER updated_at DROP DEFAULT, ALTER dry_run DROP DEFAULT;
INSERT INTO jobs (id, type) VALUES ('', 'bare') RETURNING batch_job.is_id(id), created_at = updated_at AS same, dry_run, status;
INSERT INTO jobs (id, type, created_at, updated_at, dry_run) VALUES (NULL, 'bare', '2024-01-01', NULL, NULL) RETURNING created_at < updated_at AS given, dry_run;

-- varchar(n) that became too short for generated ids
DELETE FROM jobs;
SET batch_job.soft_delete = off;
DELETE FROM jobs;
RESET batch_job.soft_delete;
DROP VIEW jobs_live;
ALTER TABLE jobs ALTER id DROP DEFAULT, ALTER id TYPE varchar(20);
INSERT INTO jobs (id, type) VALUES ('', 'x');
\echo :LAST_ERROR_SQLSTATE

-- the trigger functions in the wrong place: errors, never a crash
CREATE TABLE other (id text);
CREATE TRIGGER wrong AFTER INSERT ON other FOR EACH ROW EXECUTE FUNCTION batch_job.maintain_row();
INSERT INTO other VALUES ('x');
\echo :LAST_ERROR_SQLSTATE
DROP TRIGGER wrong ON other;
CREATE TRIGGER wrong BEFORE INSERT ON other FOR EACH STATEMENT EXECUTE FUNCTION batch_job.maintain_row();
INSERT INTO other VALUES ('x');
\echo :LAST_ERROR_SQLSTATE
DROP TRIGGER wrong ON other;
CREATE TRIGGER wrong BEFORE INSERT ON other FOR EACH ROW EXECUTE FUNCTION batch_job.maintain_row();
INSERT INTO other VALUES ('x');
\echo :LAST_ERROR_SQLSTATE
DROP TRIGGER wrong ON other;
CREATE TRIGGER wrong BEFORE DELETE ON other FOR EACH ROW EXECUTE FUNCTION batch_job.delete_live_row();
INSERT INTO other VALUES ('x');
DELETE FROM other;
\echo :LAST_ERROR_SQLSTATE
DROP TRIGGER wrong ON other;
CREATE VIEW other_view AS SELECT * FROM other;
CREATE TRIGGER wrong INSTEAD OF DELETE ON other_view FOR EACH ROW EXECUTE FUNCTION batch_job.delete_live_row();
DELETE FROM other_view;
\echo :LAST_ERROR_SQLSTATE
CREATE VIEW joined AS SELECT one.id FROM other one CROSS JOIN other two;
CREATE TRIGGER wrong INSTEAD OF DELETE ON joined FOR EACH ROW EXECUTE FUNCTION batch_job.delete_live_row();
DELETE FROM joined;
CREATE VIEW grouped AS SELECT id FROM other GROUP BY ROLLUP (id);
CREATE TRIGGER wrong INSTEAD OF DELETE ON grouped FOR EACH ROW EXECUTE FUNCTION batch_job.delete_live_row();
DELETE FROM grouped;
\echo :LAST_ERROR_SQLSTATE
-- arguments that attach would not have made
DROP TABLE other CASCADE;
SELECT batch_job.create_table('args');
CREATE OR REPLACE TRIGGER zz_batch_job BEFORE INSERT ON args FOR EACH ROW EXECUTE FUNCTION batch_job.maintain_row('soft_delete');
INSERT INTO args (type) VALUES ('x');
\echo :LAST_ERROR_SQLSTATE
CREATE OR REPLACE TRIGGER zz_batch_job BEFORE INSERT ON args FOR EACH ROW EXECUTE FUNCTION batch_job.maintain_row('soft_delete', 'perhaps');
INSERT INTO args (type) VALUES ('x');
CREATE OR REPLACE TRIGGER zz_batch_job BEFORE INSERT ON args FOR EACH ROW EXECUTE FUNCTION batch_job.maintain_row('id_prefix', 'a b');
INSERT INTO args (type) VALUES ('x');
CREATE OR REPLACE TRIGGER zz_batch_job BEFORE INSERT ON args FOR EACH ROW EXECUTE FUNCTION batch_job.maintain_row('what', 'ever');
INSERT INTO args (type) VALUES ('x');
-- without any, the defaults
CREATE OR REPLACE TRIGGER zz_batch_job BEFORE INSERT ON args FOR EACH ROW EXECUTE FUNCTION batch_job.maintain_row();
INSERT INTO args (id, type) VALUES ('', 'x') RETURNING batch_job.is_id(id);
SELECT batch_job.maintain_row();
\echo :LAST_ERROR_SQLSTATE

-- the options are shown as the trigger takes them, whatever word for on and off it was given; what it refuses is unknown, and
-- does not spoil the list of job tables for others
CREATE FUNCTION show(arguments text, event_arguments text) RETURNS TABLE (options text, attached text, "insert" text) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE OR REPLACE TRIGGER zz_batch_job BEFORE INSERT OR UPDATE OR DELETE ON args FOR EACH ROW EXECUTE FUNCTION batch_job.maintain_row(%s)', arguments);
  EXECUTE format('CREATE OR REPLACE TRIGGER e AFTER DELETE ON args REFERENCING OLD TABLE AS o FOR EACH STATEMENT WHEN (NULL::regclass IS NOT NULL) EXECUTE FUNCTION batch_job.record_events(%s)', event_arguments);
  SELECT o::text FROM batch_job.options('args') o INTO options;
  SELECT ROW(a.soft_delete, a.guard, a.notify, a.confirm_by_other, a.id_prefix)::text FROM batch_job.attached() a WHERE job_table = 'args'::regclass INTO attached;
  INSERT INTO args (id, type) VALUES ('', 'x') RETURNING left(id, -26) INTO "insert";
  RETURN NEXT;
EXCEPTION WHEN invalid_parameter_value THEN
  "insert" := SQLERRM;
  RETURN NEXT;
END $$;
SELECT a.arguments, e.event_arguments, s.*
  FROM (VALUES ($$'soft_delete', 'true', 'guard', 'yes', 'confirm_by_other', '1'$$), ($$'soft_delete', 'no', 'guard', 'false', 'confirm_by_other', '0'$$),
               ($$'guard', 'ON', 'soft_delete', 'of', 'id_prefix', 'p-1'$$), ($$'guard', 't', 'guard', 'f'$$), (''),
               ($$'guard'$$), ($$'guard', 'on', ''$$), ($$'guard', 'o'$$), ($$'guard', ''$$), ($$'id_prefix', ''$$), ($$'notify', 'on'$$),
               ($$'guard', E'on\\000'$$), ($$'guard', 'on\000soft_delete\000off'$$), ($$'soft_delete', 'off', 'id_prefix', 'a.b'$$)) a (arguments),
       (VALUES ($$'notify', 'yes'$$)) e (event_arguments), show(a.arguments, e.event_arguments) s;
SELECT e.event_arguments, s.options, s.attached
  FROM (VALUES (''), ($$'notify', 'false'$$), ($$'notify', 'TRUE'$$), ($$'notify'$$), ($$'notify', 'perhaps'$$), ($$'guard', 'on'$$)) e (event_arguments), show('', e.event_arguments) s;
DROP TRIGGER e ON args;
-- two such triggers: the table is there once
CREATE TRIGGER second BEFORE INSERT ON args FOR EACH ROW EXECUTE FUNCTION batch_job.maintain_row('guard', 'on');
SELECT job_table, guard FROM batch_job.attached() WHERE job_table = 'args'::regclass;
DROP TRIGGER second ON args;
-- of what is no job table
SELECT relation, batch_job.options(relation) IS NULL AS unknown FROM unnest(ARRAY['args_live', 'pg_class', '0', '4294967295', NULL]::regclass[]) relation;

-- times in columns of less precision: the stored value is the rounded one
CREATE TABLE coarse (LIKE args INCLUDING DEFAULTS);
ALTER TABLE coarse ALTER updated_at TYPE timestamptz(3), ALTER created_at TYPE timestamptz(0), ALTER created_at DROP DEFAULT, ALTER created_at DROP NOT NULL, ALTER updated_at DROP DEFAULT, ALTER updated_at DROP NOT NULL, ADD PRIMARY KEY (id);
SELECT batch_job.attach('coarse');
INSERT INTO coarse (id, type) SELECT n, 't' FROM generate_series(1, 20) n;
SELECT bool_and(updated_at = updated_at::text::timestamptz(3) AND created_at = created_at::text::timestamptz(0)) AS precise FROM coarse;
-- updated_at moves there too, but however many changes come at once, it is never more than one unit ahead of the clock; nor does
-- it go back where a writer has put it ahead, which only a column of microseconds can count up
CREATE FUNCTION progress(digits int, at timestamptz, changes int, OUT first_moved boolean, OUT never_back boolean, OUT within_a_unit boolean, OUT precise boolean, OUT last_moved boolean)
LANGUAGE plpgsql AS $$
DECLARE
  unit interval := (10 ^ -digits) * interval '1 s';
  before timestamptz;
  after timestamptz;
BEGIN
  EXECUTE format('ALTER TABLE coarse ALTER updated_at TYPE timestamptz(%s)', digits);
  SET LOCAL session_replication_role = replica;
  UPDATE coarse SET updated_at = at WHERE id = '1' RETURNING updated_at INTO before;
  SET LOCAL session_replication_role = origin;
  never_back := true; within_a_unit := true; precise := true;
  FOR i IN 1 .. changes LOOP
    UPDATE coarse SET type = i WHERE id = '1' RETURNING updated_at INTO after;
    first_moved := coalesce(first_moved, after > before);
    never_back := never_back AND after >= before;
    within_a_unit := within_a_unit AND after <= greatest(clock_timestamp() + unit, at);
    precise := precise AND mod(extract(epoch FROM after) * 10::numeric ^ digits, 1) = 0;
    before := after;
  END LOOP;
  -- as soon as the clock has followed, it moves again
  PERFORM pg_sleep(greatest(0, extract(epoch FROM before - clock_timestamp()))) WHERE before < clock_timestamp() + interval '2 s';
  UPDATE coarse SET type = 'last' WHERE id = '1' RETURNING updated_at > before INTO last_moved;
END $$;
RESET ROLE;
DROP VIEW coarse_live;
SELECT digits, at, p.* FROM generate_series(0, 6) digits, unnest(ARRAY['2024-01-01', '2999-01-01']::timestamptz[]) at, progress(digits, at, 600) p ORDER BY at, digits;
SET ROLE regress_job_owner;

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA trigger_test CASCADE;
