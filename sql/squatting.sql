-- Objects that others have planted where the search path finds them first: operators, functions, types, casts, tables. The
-- extension uses those of pg_catalog, also for a superuser whose path begins with a stranger's schema.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\pset null -
SET client_min_messages = warning;
CREATE SCHEMA squatter AUTHORIZATION regress_job_app;
CREATE SCHEMA squatting_test;
SET ROLE regress_job_app;
CREATE FUNCTION squatter.boom() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'planted code runs, as a superuser: %', pg_catalog.current_setting('is_superuser'); END $$;
CREATE TYPE squatter.impostor AS (x text);
-- every function of pg_catalog that takes types such as the extension works with
CREATE TABLE squatter.types AS SELECT array_agg(t::regtype::oid) AS oids FROM unnest(ARRAY['text', 'varchar', 'name', 'jsonb', 'json', 'bool', 'oid', 'regclass', 'int4', 'int8', 'numeric',
  'timestamptz', 'timestamp', 'interval', 'xid8', 'xid', 'tid', 'pg_snapshot', 'bytea', 'uuid', '"char"', 'text[]', 'tid[]']) t;
DO $$
DECLARE
  f record;
BEGIN
  FOR f IN
    SELECT DISTINCT p.proname AS name, (SELECT string_agg(format_type(a.type, NULL), ', ' ORDER BY a.n) FROM unnest(p.proargtypes) WITH ORDINALITY a (type, n)) AS arguments
      FROM pg_proc p, squatter.types WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.proargtypes::oid[] <@ types.oids
  LOOP
    EXECUTE format('CREATE FUNCTION squatter.%I(%s) RETURNS int LANGUAGE plpgsql AS $f$ BEGIN PERFORM squatter.boom(); END $f$', f.name, f.arguments);
  END LOOP;
END $$;
-- every operator, and those of types for which pg_catalog has no exact one
DO $$
DECLARE
  o record;
BEGIN
  FOR o IN
    SELECT p.oprname AS name, p.oprleft AS left_type, p.oprright AS right_type
      FROM pg_operator p, squatter.types WHERE p.oprnamespace = 'pg_catalog'::regnamespace AND p.oprleft = ANY (types.oids) AND p.oprright = ANY (types.oids)
    UNION
    SELECT n, l::regtype, r::regtype
      FROM unnest(ARRAY['=', '<>', '<', '<=', '||', '->']) n,
           (VALUES ('varchar', 'varchar'), ('varchar', 'text'), ('text', 'varchar'), ('batch_job.status', 'batch_job.status'), ('batch_job.status', 'text'),
                   ('batch_job.batch_job', 'batch_job.batch_job'), ('jsonb', 'jsonb'), ('jsonb', 'varchar')) v (l, r)
  LOOP
    EXECUTE format('CREATE OR REPLACE FUNCTION squatter.operation(%s, %s) RETURNS bool LANGUAGE plpgsql AS $f$ BEGIN PERFORM squatter.boom(); END $f$', o.left_type::regtype, o.right_type::regtype);
    EXECUTE format('CREATE OPERATOR squatter.%s (FUNCTION = squatter.operation, LEFTARG = %s, RIGHTARG = %s)', o.name, o.left_type::regtype, o.right_type::regtype);
  END LOOP;
END $$;
-- types of the names; and casts, which who owns one of the two types may make
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['text', 'varchar', 'jsonb', 'timestamptz', 'regclass', 'batch_job.status', 'batch_job.batch_job'] LOOP
    EXECUTE format('CREATE FUNCTION squatter.convert(%s) RETURNS squatter.impostor LANGUAGE plpgsql AS $f$ BEGIN PERFORM squatter.boom(); END $f$', name);
    EXECUTE format('CREATE CAST (%s AS squatter.impostor) WITH FUNCTION squatter.convert(%s) AS IMPLICIT', name, name);
  END LOOP;
  FOREACH name IN ARRAY ARRAY['text', 'varchar', 'jsonb', 'json', 'bool', 'oid', 'regclass', 'regprocedure', 'int4', 'int8', 'timestamptz', 'xid8', 'tid', 'status', 'batch_job'] LOOP
    EXECUTE format('CREATE DOMAIN squatter.%I AS pg_catalog.int4 CHECK (squatter.boom())', name);
  END LOOP;
END $$;
SELECT count(*) > 500 AS functions, count(*) FILTER (WHERE proname = 'operation') > 50 AS kinds_of_operators FROM pg_proc WHERE pronamespace = 'squatter'::regnamespace;
CREATE TABLE squatter.pg_trigger (tgrelid oid, tgfoid oid, tgargs bytea, tgparentid oid);
CREATE TABLE squatter.batch_job_new_events (seq bigint, job_id text, event text, from_status text, to_status text, detail jsonb);
GRANT USAGE ON SCHEMA squatter TO regress_job_owner;

-- a superuser whose path is theirs, temporary tables and all
RESET ROLE;
CREATE TEMP TABLE pg_class (oid oid);
CREATE TEMP TABLE pg_depend (classid oid);
CREATE DOMAIN pg_temp.text AS pg_catalog.int4;
CREATE FUNCTION pg_temp.jsonb_typeof(pg_catalog.jsonb) RETURNS int LANGUAGE plpgsql AS 'BEGIN PERFORM squatter.boom(); END';
CREATE TABLE squatting_test.app_user (id pg_catalog.text PRIMARY KEY);
INSERT INTO squatting_test.app_user VALUES ('u');
SET search_path = pg_temp, squatter, pg_catalog, squatting_test;
-- they do what they were planted for
SELECT 'a'::pg_catalog.text = 'b'::pg_catalog.text;
SELECT upper('a'::pg_catalog.text);
SELECT '1'::int8;
-- and the extension uses none of them
SELECT batch_job.create_table('squatting_test.batch_job', events => true, notify => false, confirm_by_other => true);
DROP VIEW batch_job_live;
ALTER TABLE batch_job ADD FOREIGN KEY (created_by) REFERENCES app_user, ALTER created_by TYPE pg_catalog.varchar(50), ALTER id TYPE pg_catalog.varchar(50);
SELECT batch_job.attach('batch_job', guard => true);
SELECT id, status FROM batch_job.create('t', '{"a": 1}', true, 'u', '1');
SELECT id IS NULL AS made FROM batch_job.create('t', NULL, false, NULL, NULL, 'batch_job');
SELECT result FROM batch_job.update('1', '{"b": 2}', '{"count": 2}');
SELECT status FROM batch_job.mark_pre_processed('1', '{"count": 3}');
SELECT pg_catalog.length(batch_job.plan_digest('1')), batch_job.plan_digest('1') AS digest \gset
SELECT batch_job.confirm('1', :'digest', 'u');
SELECT status FROM batch_job.confirm('1', :'digest', 'v');
SELECT status FROM batch_job.start('1');
SELECT status FROM batch_job.complete('1', '{"progress": 1}');
SELECT status FROM batch_job.create('t', dry_run => true, id => '2');
SELECT status FROM batch_job.fail('2', '{"message": "m", "code": 1}'::pg_catalog.jsonb);
SELECT status, result FROM batch_job.fail('2', 'again'::pg_catalog.text);
SELECT status FROM batch_job.create('t', id => '3');
SELECT status FROM batch_job.cancel('3', 'r');
SELECT status FROM batch_job.create('t', id => '4', dry_run => true);
SELECT status FROM batch_job.mark_pre_processed('4');
SELECT batch_job.cancel_unconfirmed('0');
SELECT id FROM batch_job.soft_delete('2');
SELECT id FROM batch_job.restore('2');
SELECT id FROM batch_job.soft_delete('3');
SELECT batch_job.purge('0');
SELECT batch_job.to_json(j) IS NULL AS lost, batch_job.created_by_user(j) FROM ONLY batch_job j WHERE created_by IS NOT NULL;
SELECT batch_job.result_problems('{"errors": [1]}'), batch_job.merge_object('1', '{"a": 2}'), batch_job.append_error('{"errors": 7}', '"e"');
SELECT pg_catalog.count(*) FROM batch_job.read_events();
SELECT batch_job.live_view('batch_job'), batch_job.event_table('batch_job');
SELECT job_table, events_on.live_view, event_table, notify, id_prefix, backfilled FROM batch_job.attached() events_on WHERE event_table IS NOT NULL;
-- neither do its triggers
INSERT INTO batch_job (type) VALUES ('raw') RETURNING status;
UPDATE batch_job SET type = 'changed';
DELETE FROM batch_job_live;
BEGIN;
SET LOCAL batch_job.soft_delete = off;
DELETE FROM batch_job_live;
DELETE FROM batch_job;
COMMIT;
SELECT pg_catalog.count(*) FROM batch_job;
SELECT batch_job.detach('batch_job', true);
INSERT INTO batch_job (id, type) VALUES ('old', 't');
SELECT batch_job.attach('batch_job', backfill => false);
CALL batch_job.backfill('batch_job', 1);
SELECT id, status FROM batch_job_live;
-- nor CREATE EXTENSION itself, where its objects are to go
BEGIN;
DROP EXTENSION batch_job CASCADE;
CREATE EXTENSION batch_job;
SELECT batch_job.create_table('pg_temp.squatted');
SELECT status FROM batch_job.create('t', job_table => 'pg_temp.squatted');
ROLLBACK;
RESET search_path;
DROP DOMAIN pg_temp.text;
DROP TABLE pg_temp.pg_class, pg_temp.pg_depend;

-- in the schema of the extension nobody plants anything, not even the role that installed it
SET ROLE regress_job_owner;
CREATE FUNCTION batch_job.start(varchar) RETURNS int LANGUAGE sql RETURN 1;
\echo :LAST_ERROR_SQLSTATE
CREATE OR REPLACE FUNCTION batch_job.merge_object(old jsonb, new jsonb) RETURNS jsonb LANGUAGE sql RETURN new;
\echo :LAST_ERROR_SQLSTATE
CREATE TABLE batch_job.batch_jobs (id int);
\echo :LAST_ERROR_SQLSTATE
CREATE OPERATOR batch_job.= (FUNCTION = texteq, LEFTARG = text, RIGHTARG = text);
\echo :LAST_ERROR_SQLSTATE
ALTER TYPE batch_job.status ADD VALUE 'stuck';
\echo :LAST_ERROR_SQLSTATE
ALTER FUNCTION batch_job.derive_status SET search_path = squatter;
\echo :LAST_ERROR_SQLSTATE
DROP FUNCTION batch_job.plan_digest;
\echo :LAST_ERROR_SQLSTATE
ALTER EXTENSION batch_job DROP FUNCTION batch_job.plan_digest(text, regclass);
\echo :LAST_ERROR_SQLSTATE
ALTER EXTENSION batch_job SET SCHEMA squatter;
\echo :LAST_ERROR_SQLSTATE
ALTER SCHEMA batch_job RENAME TO taken;
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;

DROP SCHEMA squatter CASCADE;
DROP SCHEMA squatting_test CASCADE;
