-- Prepared statements of the extension stay right when tables and columns are renamed, moved, dropped and made again.
\set SHOW_CONTEXT never
CREATE SCHEMA rename_test AUTHORIZATION regress_job_owner;
CREATE SCHEMA rename_other AUTHORIZATION regress_job_owner;
SET search_path = rename_test;
SET ROLE regress_job_owner;
CREATE TABLE account (id text PRIMARY KEY, name text);
INSERT INTO account VALUES ('u1', 'Ann');
SELECT batch_job.create_table(events => true, runs => true);
ALTER TABLE batch_job ADD FOREIGN KEY (created_by) REFERENCES account;
INSERT INTO batch_job (id, type, created_by) VALUES ('j1', 'x', 'u1'), ('j2', 'x', 'u1');

-- one round of everything that keeps a plan
CREATE FUNCTION rename_other.round(job_table regclass) RETURNS TABLE (restored timestamptz, deleted boolean, by_trigger boolean, by_view bigint, user_name text, purged bigint, life text, recorded bigint, runs bigint[])
LANGUAGE plpgsql AS $$
DECLARE
  live regclass := batch_job.live_view(job_table);
  j text := (batch_job.create('x', dry_run => true, job_table => job_table)).id;
  k text := (batch_job.create('x', dry_run => true, job_table => job_table)).id;
BEGIN
  life := concat_ws(' ', (batch_job.mark_pre_processed(j, '{"count": 1}', job_table => job_table)).status,
                    (batch_job.confirm(j, batch_job.plan_digest(j, job_table), job_table => job_table)).status,
                    (batch_job.start(j, job_table => job_table)).status, (batch_job.update(j, '{}', '{}', job_table => job_table)).status,
                    (batch_job.complete(j, '{}', job_table => job_table)).status, (batch_job.mark_pre_processed(k, NULL, job_table => job_table)).status,
                    batch_job.cancel_unconfirmed('0', job_table), (batch_job.cancel(k, job_table => job_table)).status);
  j := (batch_job.create('x', id => gen_random_uuid()::text, job_table => job_table)).id;
  life := concat_ws(' ', life, (batch_job.fail(j, 'e', job_table => job_table)).status);
  EXECUTE format('SELECT count(*) FROM batch_job.read_events(0, 10000, $1) WHERE job_id IN ($2, $3)') INTO recorded USING job_table, j, k;
  deleted := (batch_job.soft_delete('j1', job_table)).deleted_at IS NOT NULL;
  restored := (batch_job.restore('j1', job_table)).deleted_at;
  EXECUTE format('DELETE FROM %s WHERE id = ''j1''', job_table);
  EXECUTE format('SELECT deleted_at IS NOT NULL FROM %s WHERE id = ''j1''', job_table) INTO by_trigger;
  PERFORM batch_job.restore('j1', job_table);
  EXECUTE format('DELETE FROM %s WHERE id = ''j1''', live);
  GET DIAGNOSTICS by_view = ROW_COUNT;
  PERFORM batch_job.restore('j1', job_table);
  user_name := batch_job.created_by_user(batch_job.restore('j1', job_table), job_table) ->> 'name';
  -- three runs: of a job that goes by DELETE, of one that is purged, of one that is not there
  EXECUTE format('INSERT INTO %s (job_id, run, type, priority, state, attempt, claimed_at, heartbeat_at, lease_until)'
                 ' SELECT id, ''r'', ''x'', 0, ''ended'', 1, now(), now(), now() FROM unnest($1) id', batch_job.run_table(job_table)) USING ARRAY[j, k, 'gone'];
  PERFORM set_config('batch_job.soft_delete', 'off', true);
  EXECUTE format('DELETE FROM %s WHERE id = $1', job_table) USING j;
  PERFORM set_config('batch_job.soft_delete', 'on', true);
  EXECUTE format('SELECT ARRAY[count(*)] FROM %s', batch_job.run_table(job_table)) INTO runs;
  PERFORM batch_job.soft_delete(k, job_table);
  purged := batch_job.purge('0', job_table => job_table);
  EXECUTE format('SELECT $1 || count(*) FROM %s', batch_job.run_table(job_table)) INTO runs USING runs;
  RETURN NEXT;
END $$;

SELECT * FROM rename_other.round('batch_job');
ALTER TABLE batch_job RENAME TO jobs;
SELECT * FROM rename_other.round('jobs');
ALTER TABLE jobs SET SCHEMA rename_other;
SELECT * FROM rename_other.round('rename_other.jobs');
ALTER SCHEMA rename_other RENAME TO rename_third;
SELECT * FROM rename_third.round('rename_third.jobs');
ALTER SCHEMA rename_third RENAME TO rename_other;
ALTER TABLE rename_other.jobs ADD COLUMN extra int;
ALTER TABLE rename_other.jobs DROP COLUMN extra;
SELECT * FROM rename_other.round('rename_other.jobs');
ALTER TABLE account RENAME TO person;
ALTER TABLE person RENAME COLUMN id TO person_id;
SELECT * FROM rename_other.round('rename_other.jobs');
-- the event table as well
ALTER TABLE batch_job_event RENAME TO history;
ALTER TABLE history SET SCHEMA rename_other;
ALTER TABLE rename_other.history ADD extra int, DROP detail;
ALTER TABLE rename_other.history ADD detail jsonb;
-- and those of runs
ALTER TABLE batch_job_run RENAME TO attempts;
ALTER TABLE attempts SET SCHEMA rename_other;
ALTER TABLE batch_job_type RENAME TO kinds;
ALTER TABLE rename_other.attempts ADD extra int, DROP checkpoint;
ALTER TABLE rename_other.attempts ADD checkpoint jsonb;
SELECT * FROM rename_other.round('rename_other.jobs');
-- another key
ALTER TABLE rename_other.jobs DROP CONSTRAINT batch_job_pkey, ADD PRIMARY KEY (type, id);
SELECT * FROM rename_other.round('rename_other.jobs');
ALTER TABLE rename_other.jobs DROP CONSTRAINT jobs_pkey;
SELECT * FROM rename_other.round('rename_other.jobs');
ALTER TABLE rename_other.jobs ADD PRIMARY KEY (id);
SET search_path = pg_catalog;
SELECT * FROM rename_other.round('rename_other.jobs');
SET search_path = rename_test;

-- dropped and made again under the same name
DROP TABLE rename_other.jobs CASCADE;
SELECT batch_job.create_table('rename_other.jobs', events => true, runs => true);
INSERT INTO rename_other.jobs (id, type) VALUES ('j1', 'x');
SELECT * FROM rename_other.round('rename_other.jobs');
-- once more, of another shape
SELECT batch_job.detach('rename_other.jobs');
DROP TABLE rename_other.jobs, rename_other.jobs_event, rename_other.jobs_run, rename_other.jobs_type;
CREATE TABLE rename_other.jobs (
  id varchar(40) PRIMARY KEY, type varchar NOT NULL, created_by varchar, context jsonb, result jsonb, dry_run boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(), pre_processed_at timestamptz, confirmed_at timestamptz, processing_at timestamptz,
  completed_at timestamptz, failed_at timestamptz, canceled_at timestamptz, updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz);
INSERT INTO rename_other.jobs (id, type, created_by) VALUES ('j1', 'x', 'u1');
SELECT batch_job.attach('rename_other.jobs', events => true, runs => true);
ALTER TABLE rename_other.jobs ADD FOREIGN KEY (created_by) REFERENCES person;
SELECT * FROM rename_other.round('rename_other.jobs');

-- tables come and go: their plans go with them
RESET ROLE;
SET client_min_messages = warning;
DO $$
DECLARE
  plans bigint[];
BEGIN
  FOR i IN 1 .. 60 LOOP
    PERFORM batch_job.create_table('passing', events => true, runs => true);
    INSERT INTO passing (id, type) VALUES ('p', 'x');
    PERFORM batch_job.soft_delete('p', 'passing');
    PERFORM batch_job.purge('0', job_table => 'passing');
    DROP TABLE passing CASCADE;
    DROP TABLE passing_event, passing_run, passing_type;
    COMMIT; -- the locks of all of them are too many for a small server
    IF i IN (20, 60) THEN
      plans := plans || (SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'SPI Plan');
    END IF;
  END LOOP;
  RAISE WARNING 'plans kept after 60 tables, compared with 20: %', CASE WHEN plans[2] <= plans[1] THEN 'no more' ELSE plans::text END;
END $$;

-- the extension's own objects: if one is renamed, errors say so, also in a session that has used it
RESET ROLE;
CREATE SCHEMA renamed_parts;
SET search_path = renamed_parts;
SELECT batch_job.create_table();
INSERT INTO batch_job (id, type) VALUES ('j', 'x');
CREATE FUNCTION outcome(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  hint text;
BEGIN
  EXECUTE call;
  RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
  RETURN concat_ws('; ', SQLSTATE, SQLERRM, nullif(hint, ''));
END $$;
CREATE VIEW outcomes AS SELECT call, outcome(call)
  FROM unnest(ARRAY[$$INSERT INTO batch_job (id, type) VALUES ('k', 'x')$$, $$UPDATE batch_job SET type = 'y'$$,
                    $$SELECT batch_job.mark_pre_processed('j')$$, $$SELECT batch_job.derive_status(NULL, NULL, NULL, NULL, NULL, now())$$,
                    $$SELECT batch_job.to_json(j) FROM batch_job j$$, $$SELECT batch_job.attach('batch_job')$$,
                    $$SELECT batch_job.fail('j', 'x')$$, $$SELECT batch_job.cancel_unconfirmed('0')$$, $$SELECT batch_job.create_table('another')$$]) call;
BEGIN;
ALTER TYPE batch_job.status RENAME VALUE 'failed' TO 'gone wrong';
SELECT * FROM outcomes;
ROLLBACK;
-- one that stands in the text of statements
BEGIN;
ALTER TYPE batch_job.status RENAME VALUE 'completed' TO 'done';
SELECT * FROM outcomes;
ROLLBACK;
BEGIN;
ALTER TYPE batch_job.status RENAME TO state;
SELECT * FROM outcomes;
ROLLBACK;
SELECT * FROM outcomes;
DROP SCHEMA renamed_parts CASCADE;
SET search_path = rename_test;

-- the extension itself dropped and made again in this session: the enum has other oids
DROP SCHEMA rename_test CASCADE;
DROP SCHEMA rename_other CASCADE;
CREATE SCHEMA rename_test AUTHORIZATION regress_job_owner;
SET ROLE regress_job_owner;
SELECT batch_job.create_table();
INSERT INTO batch_job (type, failed_at) VALUES ('x', now()) RETURNING status;
DROP EXTENSION batch_job CASCADE;
CREATE EXTENSION batch_job;
SELECT batch_job.attach('batch_job');
INSERT INTO batch_job (type, failed_at) VALUES ('x', now()), ('x', NULL) RETURNING status;
SELECT status, count(*) FROM batch_job GROUP BY status ORDER BY status;

RESET ROLE;
DROP SCHEMA rename_test CASCADE;
