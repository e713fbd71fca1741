-- A session works after everything that can happen in it: aborted and nested transactions, cancellation during a call,
-- settings and roles that change, tables and the extension itself dropped and made again under prepared statements.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\pset null -
SET client_min_messages = warning;
CREATE SCHEMA session_test AUTHORIZATION regress_job_owner;
SET search_path = session_test;
SET ROLE regress_job_owner;
SELECT batch_job.create_table(events => true);
INSERT INTO batch_job (id, type) SELECT 'j' || n, 'x' FROM generate_series(1, 9) n;

-- in an aborted transaction nothing works, afterwards everything does
BEGIN;
SELECT status FROM batch_job.mark_pre_processed('j1');
SELECT batch_job.start('none');
SELECT batch_job.start('j1');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.generate_id();
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
SELECT status FROM batch_job WHERE id = 'j1';
-- subtransactions: changes that were rolled back have no events, those around them have
BEGIN;
SELECT status FROM batch_job.mark_pre_processed('j1');
SAVEPOINT a;
SELECT status FROM batch_job.start('j1');
SAVEPOINT b;
SELECT status FROM batch_job.complete('j1');
ROLLBACK TO a;
SELECT status FROM batch_job.cancel('j1');
RELEASE a;
COMMIT;
SELECT event, to_status FROM batch_job_event WHERE job_id = 'j1' ORDER BY seq;
-- a call within a call, which fails and is caught; and a failing one around one that succeeds
CREATE FUNCTION nest() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id = 'j2' AND NEW.canceled_at IS NOT NULL THEN
    PERFORM batch_job.cancel('j3', 'because of j2');
    BEGIN
      PERFORM batch_job.cancel('none', 'inner');
    EXCEPTION WHEN no_data_found THEN NULL;
    END;
    PERFORM batch_job.confirm('j9', actor => 'inner actor');
  ELSIF NEW.id = 'j4' AND NEW.canceled_at IS NOT NULL THEN
    PERFORM batch_job.cancel('j5', 'because of j4');
    RAISE EXCEPTION 'not j4';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER nest BEFORE UPDATE ON batch_job FOR EACH ROW EXECUTE FUNCTION nest();
UPDATE batch_job SET dry_run = true WHERE id = 'j9';
SELECT status FROM batch_job.mark_pre_processed('j9');
SELECT status FROM batch_job.cancel('j2', 'outer');
DO $$ BEGIN PERFORM batch_job.cancel('j4', 'outer'); EXCEPTION WHEN raise_exception THEN NULL; END $$;
UPDATE batch_job SET canceled_at = now() WHERE id = 'j6';
SELECT job_id, event, actor = session_user AS by_session, detail FROM batch_job_event WHERE event IN ('batch.canceled', 'batch.confirmed') AND job_id > 'j1' ORDER BY seq;
DROP TRIGGER nest ON batch_job;

-- canceled during each kind of call: the session keeps its own user, settings and plans
CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('session_test.wait', true) = TG_TABLE_NAME THEN PERFORM pg_sleep(60); END IF;
  RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER wait BEFORE INSERT OR UPDATE OR DELETE ON batch_job FOR EACH ROW EXECUTE FUNCTION wait();
CREATE TRIGGER wait BEFORE INSERT ON batch_job_event FOR EACH ROW EXECUTE FUNCTION wait();
INSERT INTO batch_job (id, type, dry_run, pre_processed_at) VALUES ('preview', 'x', true, '2020-01-01');
UPDATE batch_job SET deleted_at = now() WHERE id = 'j8';
RESET ROLE;
\set VERBOSITY sqlstate
SET statement_timeout = '100ms';
SET session_test.wait = 'batch_job';
SELECT batch_job.create('x');
SELECT batch_job.confirm('preview', actor => 'stopped');
SELECT batch_job.cancel('j7', 'stopped');
SELECT batch_job.cancel_unconfirmed('1 day');
SELECT batch_job.soft_delete('j7');
SELECT batch_job.purge('0');
DELETE FROM batch_job_live WHERE id = 'j7';
DELETE FROM batch_job WHERE id = 'j7';
SET session_test.wait = 'batch_job_event';
SELECT batch_job.confirm('preview', actor => 'stopped');
SELECT batch_job.cancel('j7', 'stopped');
SELECT batch_job.purge('0');
DELETE FROM batch_job_live WHERE id = 'j7';
-- attach and backfill too, which act as the owner
SET statement_timeout = 0;
SET session_test.wait = '';
SELECT batch_job.detach('batch_job', drop_status => true);
SET statement_timeout = '100ms';
SET session_test.wait = 'batch_job';
SELECT batch_job.attach('batch_job', events => true);
SET statement_timeout = 0;
SET session_test.wait = '';
SELECT batch_job.attach('batch_job', events => true, backfill => false);
SET statement_timeout = '100ms';
SET session_test.wait = 'batch_job';
CALL batch_job.backfill('batch_job');
RESET statement_timeout;
\set VERBOSITY terse
RESET session_test.wait;
SELECT current_user = session_user AS oneself, current_setting('lock_timeout') AS lock_timeout, current_setting('search_path') AS search_path, current_setting('enable_seqscan') AS enable_seqscan;
CALL batch_job.backfill('batch_job');
UPDATE batch_job SET type = 'y' WHERE id = 'j7';
DELETE FROM batch_job WHERE id = 'j8';
SELECT status FROM batch_job.cancel('j7', 'at last');
SELECT status FROM batch_job.confirm('preview');
SELECT job_id, event, actor = session_user AS by_session, detail FROM batch_job_event WHERE job_id IN ('j7', 'preview') ORDER BY seq;
SELECT id FROM batch_job WHERE deleted_at IS NOT NULL ORDER BY id;
SELECT batch_job.purge('0');
SET ROLE regress_job_owner;
DROP TRIGGER wait ON batch_job;
DROP TRIGGER wait ON batch_job_event;

-- a role that changes in mid-call
CREATE FUNCTION change_role() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'SET ROLE regress_job_app'; RETURN NEW; END $$;
CREATE TRIGGER change_role BEFORE UPDATE ON batch_job FOR EACH ROW EXECUTE FUNCTION change_role();
RESET ROLE;
SELECT status FROM batch_job.update('j7');
SELECT current_user;
RESET ROLE;
SET ROLE regress_job_owner;
DROP TRIGGER change_role ON batch_job;
RESET ROLE;

-- endless recursion by triggers comes to its end, and then the session goes on
CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM batch_job.create('again', job_table => 'session_test.batch_job'); RETURN NULL; END $$;
CREATE TRIGGER again AFTER INSERT ON batch_job FOR EACH ROW EXECUTE FUNCTION again();
SET max_stack_depth = '300kB';
\set VERBOSITY sqlstate
SELECT batch_job.create('x');
\set VERBOSITY terse
DROP TRIGGER again ON batch_job;
CREATE TRIGGER again AFTER INSERT ON batch_job_event FOR EACH ROW EXECUTE FUNCTION again();
\set VERBOSITY sqlstate
SELECT batch_job.create('x');
\set VERBOSITY terse
RESET max_stack_depth;
DROP TRIGGER again ON batch_job_event;
SELECT count(*) FROM batch_job WHERE type = 'again';
SELECT status FROM batch_job.create('x', id => 'after');

-- parallel-safe functions run in parallel workers; others run in the leader
SELECT set_config(name, 'on', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT count(batch_job.to_json(j)) = count(*) AS to_json, bool_and(status = batch_job.derive_status(pre_processed_at, confirmed_at, processing_at, completed_at, canceled_at, failed_at)) AS derived,
       count(batch_job.result_problems(result)) AS problems, count(batch_job.is_id(id)) > 0 AS is_id, count(batch_job.digest_plan(type, context, result)) > 0 AS digest FROM batch_job j;
SELECT count(batch_job.to_json(j)) = count(*) AS record FROM (SELECT id, created_at, updated_at, deleted_at, type, created_by, context, result, dry_run, pre_processed_at, processing_at, confirmed_at, completed_at, canceled_at, failed_at FROM batch_job) j;
SELECT count(DISTINCT batch_job.generate_id()) = count(*) AS generate_id, count(batch_job.created_by_user(j)) AS created_by_user FROM batch_job j;
SELECT count(*) > 0 AS read_events FROM batch_job.read_events();
SELECT count(*) FROM batch_job.attached() WHERE job_table = 'batch_job'::regclass;
SELECT status FROM batch_job.create('x', id => 'parallel');
UPDATE batch_job SET type = 'parallel' WHERE id = 'parallel';
SELECT set_config(name, 'off', false) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;

-- cursors: held over commits, scrolled, closed in the middle of calls that change jobs
BEGIN;
DECLARE held SCROLL CURSOR WITH HOLD FOR SELECT seq, job_id FROM batch_job.read_events(0, 5);
DECLARE calls CURSOR FOR SELECT id, batch_job.soft_delete(id) IS NOT NULL AS done FROM batch_job WHERE id LIKE 'j_' AND deleted_at IS NULL ORDER BY id;
FETCH 2 FROM calls;
CLOSE calls;
COMMIT;
FETCH LAST FROM held;
FETCH PRIOR FROM held;
CLOSE held;
SELECT count(deleted_at) FROM batch_job WHERE id LIKE 'j_';
-- functions wherever SQL accepts one
SELECT (batch_job.read_events(0, 2)).job_id, generate_series(1, 3) AS n;
SELECT e.job_id, ordinality FROM ROWS FROM (batch_job.read_events(0, 2)) WITH ORDINALITY e LIMIT 1;
SELECT j.id, e.event FROM (VALUES ('j1'), ('j2')) j (id), LATERAL (SELECT event FROM batch_job.read_events(0, 100) WHERE job_id = j.id ORDER BY seq LIMIT 1) e ORDER BY 1;
CREATE TABLE keeps (id text DEFAULT batch_job.generate_id('keep'), made timestamptz GENERATED ALWAYS AS (batch_job.id_timestamp(id)) STORED, CHECK (batch_job.is_id(id)));
INSERT INTO keeps DEFAULT VALUES;
SELECT id ~ '^keep_' AS id, made IS NOT NULL AS made FROM keeps;

-- prepared statements across changes of the table; DISCARD ALL
PREPARE insert_job AS INSERT INTO batch_job (id, type) VALUES ($1, 'p') RETURNING id, status;
PREPARE start_job AS SELECT (batch_job.mark_pre_processed($1)).status;
PREPARE json AS SELECT batch_job.to_json(j) ->> 'type' AS type FROM batch_job j WHERE id = $1;
EXECUTE insert_job('p1');
EXECUTE start_job('p1');
ALTER TABLE batch_job ADD extra int DEFAULT 5;
EXECUTE insert_job('p2');
EXECUTE start_job('p2');
ALTER TABLE batch_job DROP extra;
ALTER TABLE batch_job RENAME TO renamed;
ALTER TABLE renamed RENAME TO batch_job;
EXECUTE insert_job('p3');
EXECUTE start_job('p3');
EXECUTE json('p3');
BEGIN;
SELECT batch_job.detach('batch_job', true);
SAVEPOINT s;
\set VERBOSITY sqlstate
EXECUTE insert_job('p4');
ROLLBACK TO s;
EXECUTE start_job('p3');
\set VERBOSITY terse
ROLLBACK;
EXECUTE insert_job('p4');
DISCARD ALL;
SET client_min_messages = warning;
SET search_path = session_test;
SELECT status FROM batch_job.mark_pre_processed('p4');
SHOW batch_job.soft_delete;

-- the extension dropped and made again in one session, with everything that the session remembers of the old one
PREPARE start_job AS SELECT (batch_job.mark_pre_processed($1)).status;
EXECUTE start_job('p4');
BEGIN;
SET LOCAL client_min_messages = error;
DROP EXTENSION batch_job CASCADE;
SAVEPOINT s;
EXECUTE start_job('p4');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK TO s;
INSERT INTO batch_job (id, type) VALUES ('without', 'x') RETURNING id;
SELECT batch_job.generate_id();
\echo :LAST_ERROR_SQLSTATE
ROLLBACK TO s;
CREATE EXTENSION batch_job;
SELECT batch_job.attach('batch_job', events => true, guard => true);
SELECT id, status FROM batch_job WHERE id = 'p4';
INSERT INTO batch_job (id, type) VALUES ('again', 'x') RETURNING status;
SELECT status FROM batch_job.mark_pre_processed('again');
SAVEPOINT t;
EXECUTE start_job('p4');
ROLLBACK TO t;
SELECT event FROM batch_job_event WHERE job_id = 'again' ORDER BY seq;
DELETE FROM batch_job_live WHERE id = 'again';
ROLLBACK;
-- and the old one is back
EXECUTE start_job('p4');
SELECT status FROM batch_job.create('x', id => 'back');
DELETE FROM batch_job_live WHERE id = 'back';
\echo :ROW_COUNT
SELECT count(*) FROM batch_job_event WHERE job_id IN ('again', 'back');

DROP SCHEMA session_test CASCADE;
