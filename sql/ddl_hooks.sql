-- Code of others that runs in the middle of attach, backfill and detach: what a table's owner has put into indexes,
-- constraints, defaults and policies has the owner's rights, whoever calls; and event triggers may pull the table away.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\pset null -
SET client_min_messages = warning;
CREATE SCHEMA ddl_hooks AUTHORIZATION regress_job_owner;
GRANT USAGE ON SCHEMA ddl_hooks TO regress_job_app;
SET search_path = ddl_hooks;
SET ROLE regress_job_owner;
CREATE SEQUENCE calls;
-- reports as whom it runs, once for each place; it would take the rights of a superuser
CREATE FUNCTION trap(place text, value anyelement) RETURNS anyelement LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  PERFORM nextval('ddl_hooks.calls');
  IF (SELECT rolsuper FROM pg_roles WHERE rolname = current_user) THEN
    EXECUTE 'ALTER ROLE regress_job_owner SUPERUSER';
    RAISE WARNING '% runs as a superuser', place;
  END IF;
  RETURN value;
END $$;
CREATE FUNCTION was_trapped() RETURNS boolean LANGUAGE sql AS $$ SELECT rolsuper FROM pg_roles WHERE rolname = 'regress_job_owner' $$;
CREATE FUNCTION calls_since(before bigint) RETURNS boolean LANGUAGE sql AS $$ SELECT last_value > before FROM ddl_hooks.calls $$;

CREATE TABLE trapped (
  id text PRIMARY KEY DEFAULT trap('default', 'x'::text), created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz,
  type text, created_by text, context jsonb, result jsonb, dry_run boolean NOT NULL DEFAULT false, pre_processed_at timestamptz, processing_at timestamptz,
  confirmed_at timestamptz, completed_at timestamptz, canceled_at timestamptz, failed_at timestamptz,
  shout text GENERATED ALWAYS AS (trap('generated', upper(type))) STORED, CHECK (trap('check', type) IS NOT NULL));
CREATE INDEX ON trapped (trap('index', type));
CREATE INDEX ON trapped (type) WHERE trap('predicate', type) <> 'none';
CREATE POLICY p ON trapped USING (trap('policy', true)) WITH CHECK (trap('policy', true));
ALTER TABLE trapped ENABLE ROW LEVEL SECURITY;
INSERT INTO trapped (id, type, completed_at) SELECT n, 't', now() FROM generate_series(1, 5) n;
SELECT last_value AS before FROM calls \gset
RESET ROLE;
SELECT batch_job.attach('trapped', events => true);
SELECT calls_since(:before) AS owners_code_ran, was_trapped();
SELECT batch_job.detach('trapped', drop_status => true);
SELECT batch_job.attach('trapped', backfill => false);
SELECT last_value AS before FROM ddl_hooks.calls \gset
CALL batch_job.backfill('trapped', 2);
SELECT calls_since(:before) AS owners_code_ran, was_trapped();
SELECT batch_job.attach('trapped', guard => true);
SELECT batch_job.detach('trapped');
SELECT was_trapped();
-- the same by a member of the role, which is not the owner either
SET client_min_messages = error;
DROP ROLE IF EXISTS regress_ddl_hooks_member, regress_ddl_hooks_noinherit;
SET client_min_messages = warning;
CREATE ROLE regress_ddl_hooks_member IN ROLE regress_job_owner;
CREATE ROLE regress_ddl_hooks_noinherit NOINHERIT IN ROLE regress_job_owner;
SET ROLE regress_ddl_hooks_member;
SELECT batch_job.attach('trapped', events => true);
SELECT tableowner, count(*) FROM pg_tables WHERE schemaname = 'ddl_hooks' AND tablename LIKE 'trapped%' GROUP BY 1;
SELECT viewowner FROM pg_views WHERE viewname = 'trapped_live' AND schemaname = 'ddl_hooks';
-- a member that does not inherit the rights has none, until SET ROLE regress_job_owner
RESET ROLE;
GRANT USAGE ON SCHEMA ddl_hooks TO regress_ddl_hooks_noinherit;
SET ROLE regress_ddl_hooks_noinherit;
SELECT batch_job.attach('ddl_hooks.trapped');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.soft_delete('1', 'ddl_hooks.trapped');
\echo :LAST_ERROR_SQLSTATE
CALL batch_job.backfill('ddl_hooks.trapped');
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_job_owner;
SELECT id, status FROM batch_job.soft_delete('1', 'trapped');
RESET ROLE;
REVOKE USAGE ON SCHEMA ddl_hooks FROM regress_ddl_hooks_noinherit;
DROP ROLE regress_ddl_hooks_member, regress_ddl_hooks_noinherit;
DROP TABLE ddl_hooks.trapped CASCADE;
DROP TABLE ddl_hooks.trapped_event;

-- event triggers, which only a superuser can make
CREATE TABLE ddl_hooks.log (tag text, identity text);
CREATE FUNCTION log_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ddl_hooks.log SELECT command_tag, object_identity FROM pg_event_trigger_ddl_commands() WHERE object_type IN ('table', 'view', 'trigger');
END $$;
CREATE EVENT TRIGGER ddl_hooks_log ON ddl_command_end EXECUTE FUNCTION log_ddl();
SELECT batch_job.create_table('logged');
DROP EVENT TRIGGER ddl_hooks_log;
SELECT DISTINCT tag, identity FROM log ORDER BY 1, 2;
-- one that renames the table, moves it, attaches it itself, drops the column, the view, the table
CREATE FUNCTION interfere() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_TAG <> current_setting('ddl_hooks.tag') OR current_setting('ddl_hooks.done') = 'yes' THEN RETURN; END IF;
  PERFORM set_config('ddl_hooks.done', 'yes', true);
  EXECUTE current_setting('ddl_hooks.ddl');
END $$;
CREATE FUNCTION attempt(call text, tag text, ddl text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('ddl_hooks.tag', tag, true), set_config('ddl_hooks.ddl', ddl, true), set_config('ddl_hooks.done', 'no', true);
  EXECUTE call;
  IF current_setting('ddl_hooks.done') = 'no' THEN RETURN 'not fired'; END IF;
  PERFORM batch_job.attach(job_table), batch_job.detach(job_table) FROM batch_job.attached() WHERE job_table::text ~ '^interfered|\.interfered';
  RAISE SQLSTATE 'OK000';
EXCEPTION WHEN OTHERS THEN
  RETURN CASE SQLSTATE WHEN 'OK000' THEN 'ok' ELSE SQLSTATE END;
END $$;
SELECT batch_job.create_table('interfered');
INSERT INTO interfered (type) VALUES ('x');
SELECT batch_job.detach('interfered', drop_status => true);
CREATE EVENT TRIGGER ddl_hooks_interfere ON ddl_command_end EXECUTE FUNCTION interfere();
SELECT ddl, attempt('SELECT batch_job.attach(''interfered'', events => true)', 'ALTER TABLE', ddl) AS alter_table, attempt('SELECT batch_job.attach(''interfered'', events => true)', 'CREATE TRIGGER', ddl) AS create_trigger,
       attempt('SELECT batch_job.attach(''interfered'', events => true)', 'CREATE VIEW', ddl) AS create_view, attempt('SELECT batch_job.create_table(''ddl_hooks.another'', events => true)', 'CREATE TABLE', ddl) AS create_table
  FROM unnest(ARRAY['SELECT', 'ALTER TABLE IF EXISTS interfered RENAME TO interfered_with', 'CREATE SCHEMA interfered; ALTER TABLE interfered SET SCHEMA interfered', 'ALTER SCHEMA ddl_hooks RENAME TO interfered; SET search_path = interfered',
                    'SELECT batch_job.attach(''interfered'')', 'SELECT batch_job.detach(''interfered'', true)', 'ALTER TABLE interfered DROP COLUMN IF EXISTS status CASCADE', 'ALTER TABLE interfered DROP COLUMN id CASCADE',
                    'DROP VIEW IF EXISTS interfered_live', 'DROP TABLE interfered CASCADE', 'DROP TABLE IF EXISTS interfered_event CASCADE', 'ALTER TABLE interfered OWNER TO regress_job_app']) ddl;
DROP EVENT TRIGGER ddl_hooks_interfere;
SELECT current_user = session_user AS still_oneself, current_setting('lock_timeout') AS lock_timeout, current_setting('search_path') AS search_path;

-- another session swaps the names of two schemas between a statement's text and its execution, which an event trigger does here
-- at the beginning of the command: the statement is for the other table, so nothing of it must stay
SET ROLE regress_job_owner;
CREATE SCHEMA ddl_hooks_a;
CREATE SCHEMA ddl_hooks_b;
SELECT batch_job.create_table('ddl_hooks_a.job', events => true), batch_job.create_table('ddl_hooks_b.job', events => true);
INSERT INTO ddl_hooks_a.job (id, type, completed_at) VALUES ('a', 'x', now());
INSERT INTO ddl_hooks_b.job (id, type, completed_at) VALUES ('b', 'x', now());
CREATE TABLE calls_by_name (call text, tags text[]);
INSERT INTO calls_by_name VALUES
  ('SELECT batch_job.attach(''ddl_hooks_a.job'', guard => true)', '{ALTER TABLE,CREATE TRIGGER}'),
  ('SELECT batch_job.attach(''ddl_hooks_a.job'', events => false)', '{DROP TRIGGER}'),
  ('SELECT batch_job.detach(''ddl_hooks_a.job'', true)', '{DROP VIEW,DROP TRIGGER,ALTER TABLE}'),
  ('SELECT batch_job.create_table(''ddl_hooks_a.new'', events => true)', '{CREATE TABLE,CREATE INDEX,ALTER TABLE,CREATE TRIGGER,CREATE VIEW,COMMENT}'),
  ('SELECT batch_job.create_table(''ddl_hooks_a.old'', events => true)', '{CREATE TABLE,CREATE INDEX,ALTER TABLE,CREATE TRIGGER,CREATE VIEW,COMMENT}'),
  ('SELECT batch_job.create_table(''ddl_hooks.refers'', created_by => ''ddl_hooks_a.users'')', '{CREATE TABLE}');
CREATE TABLE ddl_hooks_a.users (id text PRIMARY KEY);
CREATE TABLE ddl_hooks_b.users (id text PRIMARY KEY);
CREATE TABLE ddl_hooks_b.old (LIKE ddl_hooks_a.job INCLUDING DEFAULTS, PRIMARY KEY (id));
RESET ROLE;
CREATE EVENT TRIGGER ddl_hooks_swap ON ddl_command_start EXECUTE FUNCTION interfere();
SELECT call, tag, attempt(call, tag, 'ALTER SCHEMA ddl_hooks_a RENAME TO ddl_hooks_c; ALTER SCHEMA ddl_hooks_b RENAME TO ddl_hooks_a; ALTER SCHEMA ddl_hooks_c RENAME TO ddl_hooks_b')
  FROM calls_by_name, unnest(tags) tag;
DROP EVENT TRIGGER ddl_hooks_swap;
DROP SCHEMA ddl_hooks_a, ddl_hooks_b CASCADE;

DROP SCHEMA ddl_hooks CASCADE;
