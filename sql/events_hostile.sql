-- Events in hostile hands: planted tables, triggers and names; tables bent out of shape; statements larger than memory.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\pset null -
CREATE SCHEMA events_hostile AUTHORIZATION regress_job_owner;
GRANT ALL ON SCHEMA events_hostile TO regress_job_app;
SET search_path = events_hostile;

-- an event table made beforehand by somebody else, whose trigger would run as the owner of the jobs
SET ROLE regress_job_app;
CREATE TABLE batch_job_event (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, job_id text NOT NULL, event text NOT NULL, from_status text,
  to_status text, actor text, at timestamptz, xid xid8, horizon xid8, detail jsonb);
CREATE FUNCTION planted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'planted code runs as a superuser: %', (SELECT rolsuper FROM pg_roles WHERE rolname = current_user); RETURN NEW; END $$;
CREATE TRIGGER planted BEFORE INSERT ON batch_job_event FOR EACH ROW EXECUTE FUNCTION planted();
RESET ROLE;
SELECT batch_job.create_table(events => true);
\echo :LAST_ERROR_SQLSTATE
DROP TABLE batch_job_event;
-- being a member of that role is not enough: the rights are not the same
SET client_min_messages = warning;
DROP ROLE IF EXISTS regress_job_member;
SET client_min_messages = notice;
CREATE ROLE regress_job_member IN ROLE regress_job_owner;
GRANT ALL ON SCHEMA events_hostile TO regress_job_member;
SET ROLE regress_job_owner;
SELECT batch_job.create_table(events => true);
RESET ROLE;
ALTER TABLE batch_job OWNER TO regress_job_member;
SET ROLE regress_job_member;
INSERT INTO batch_job (type) VALUES ('t');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.attach('batch_job');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
ALTER TABLE batch_job OWNER TO regress_job_owner;

-- the owner's triggers on the event table run as the owner, and whoever writes jobs cannot change what names mean in them
SET ROLE regress_job_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON batch_job TO regress_job_app;
CREATE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('INSERT INTO events_hostile.audit_log SELECT %L, to_regclass(%L)::text, current_user, current_setting(%L)', NEW.event, 'audit_log', 'search_path');
  RETURN NEW;
END $$;
CREATE TABLE audit_log (event text, found text, who text, path text);
CREATE TRIGGER audit BEFORE INSERT ON batch_job_event FOR EACH ROW EXECUTE FUNCTION audit();
SET ROLE regress_job_app;
CREATE TEMP TABLE other_log (what text);
INSERT INTO batch_job (id, type) VALUES ('app', 't');
SHOW search_path;
SELECT current_user;
SET ROLE regress_job_owner;
SELECT event, found, who = 'regress_job_owner' AS as_owner, path FROM audit_log;
-- also when something goes wrong on the way: path and user are the caller's again
CREATE OR REPLACE FUNCTION audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no'; END $$;
SET ROLE regress_job_app;
DO $$ BEGIN INSERT INTO events_hostile.batch_job (type) VALUES ('t'); EXCEPTION WHEN raise_exception THEN RAISE NOTICE '% %', current_user, current_setting('search_path'); END $$;
SET ROLE regress_job_owner;
DROP TRIGGER audit ON batch_job_event;
-- a failed call does not leave its actor behind
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused'; END $$;
CREATE TRIGGER refuse BEFORE UPDATE ON batch_job FOR EACH ROW WHEN (NEW.type = 'refused') EXECUTE FUNCTION refuse();
INSERT INTO batch_job (id, type, dry_run, pre_processed_at) VALUES ('r', 'refused', true, now());
SELECT batch_job.confirm('r', actor => 'left behind');
DO $$ BEGIN PERFORM batch_job.cancel('r', 'left behind'); EXCEPTION WHEN raise_exception THEN NULL; END $$;
DROP TRIGGER refuse ON batch_job;
UPDATE batch_job SET canceled_at = now() WHERE id = 'r';
SELECT event, actor = session_user AS by_session, detail FROM batch_job_event WHERE job_id = 'r' ORDER BY seq;
-- a temporary table with the name that the INSERT of events uses inside
CREATE TEMP TABLE batch_job_new_events (seq bigint, job_id text, event text, from_status text, to_status text, detail jsonb);
INSERT INTO batch_job_new_events VALUES (1000000, 'planted', 'planted');
UPDATE batch_job SET type = 'u' WHERE id = 'r';
SELECT count(*) FROM batch_job_event WHERE job_id = 'planted';

-- triggers that change the same job again: a statement-level one fires after ours, so the history ends where the job does
CREATE FUNCTION go_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM batch_job.mark_pre_processed(id) FROM new_jobs;
  RETURN NULL;
END $$;
CREATE TRIGGER "AGoOn" AFTER INSERT ON batch_job REFERENCING NEW TABLE AS new_jobs FOR EACH STATEMENT EXECUTE FUNCTION go_on();
INSERT INTO batch_job (id, type) VALUES ('g1', 't'), ('g2', 't');
SELECT job_id, event, from_status, to_status FROM batch_job_event WHERE job_id LIKE 'g%' ORDER BY seq;
DROP TRIGGER "AGoOn" ON batch_job;
-- a trigger of the history that writes jobs
CREATE FUNCTION echo() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO events_hostile.batch_job (id, type) VALUES (NEW.job_id || '!', 'echo'); RETURN NULL; END $$;
CREATE TRIGGER echo AFTER INSERT ON batch_job_event FOR EACH ROW WHEN (NEW.event = 'batch.canceled') EXECUTE FUNCTION echo();
SELECT (batch_job.cancel('g1', 'why')).status;
SELECT job_id, event, detail FROM batch_job_event WHERE job_id LIKE 'g1%' ORDER BY seq DESC LIMIT 2;
DROP TRIGGER echo ON batch_job_event;

-- two tables do not share a history
ALTER TABLE batch_job RENAME TO old_job;
ALTER TABLE batch_job_live RENAME TO old_job_live;
ALTER INDEX batch_job_pkey RENAME TO old_job_pkey;
SELECT batch_job.create_table(events => true);
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE batch_job_event RENAME TO old_job_event;
ALTER INDEX batch_job_event_pkey RENAME TO old_job_event_pkey;
SELECT batch_job.create_table(events => true);
SELECT job_table, event_table FROM batch_job.attached() WHERE event_table IS NOT NULL;
-- a trigger of ours with arguments that it does not have
CREATE OR REPLACE TRIGGER "00_batch_job_insert" AFTER INSERT ON old_job REFERENCING NEW TABLE AS new_jobs FOR EACH STATEMENT
  WHEN ('old_job_event'::regclass IS NOT NULL) EXECUTE FUNCTION batch_job.record_events('guard', 'off');
INSERT INTO old_job (type) VALUES ('t');
\echo :LAST_ERROR_SQLSTATE
DROP TABLE old_job CASCADE;
DROP TABLE old_job_event;
-- off and then detached: nothing of ours is left
INSERT INTO batch_job (id, type) VALUES ('d', 't');
SELECT batch_job.attach('batch_job', events => false);
SET ROLE regress_job_app;
DELETE FROM batch_job_event;
SET ROLE regress_job_owner;
SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgrelid IN ('batch_job'::regclass, 'batch_job_event'::regclass) ORDER BY 1;
SELECT batch_job.detach('batch_job');
SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE tgrelid IN ('batch_job'::regclass, 'batch_job_event'::regclass) ORDER BY 1;
SELECT batch_job.attach('batch_job', events => true);

-- tables bent out of shape: an error, and nothing is written that could not be read
ALTER TABLE batch_job_event ADD distance int, ADD note text DEFAULT 'n';
GRANT SELECT (seq, job_id, event, from_status, to_status, actor, at, xid, horizon, detail) ON batch_job_event TO regress_job_app;
SET ROLE regress_job_app;
SELECT job_id FROM batch_job.read_events();
SET ROLE regress_job_owner;
BEGIN;
ALTER TABLE batch_job_event DROP horizon;
SAVEPOINT s;
SELECT batch_job.attach('batch_job');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK TO s;
INSERT INTO batch_job (type) VALUES ('t');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
BEGIN;
ALTER TABLE batch_job_event SET UNLOGGED;
INSERT INTO batch_job (type) VALUES ('t');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
BEGIN;
ALTER TABLE batch_job_event ALTER seq DROP IDENTITY;
INSERT INTO batch_job (type) VALUES ('t');
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
BEGIN;
SELECT batch_job.attach('batch_job', guard => false);
ALTER TABLE batch_job DROP CONSTRAINT batch_job_pkey, ALTER id DROP NOT NULL;
SAVEPOINT s;
UPDATE batch_job SET id = NULL;
\echo :LAST_ERROR_SQLSTATE
ROLLBACK TO s;
-- nor is there an event for a job without an id
ALTER TABLE batch_job DISABLE TRIGGER USER;
UPDATE batch_job SET id = NULL;
ALTER TABLE batch_job ENABLE TRIGGER USER;
SAVEPOINT s;
UPDATE batch_job SET id = 'x';
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
-- a column of a type of the owner's own, whose cast would run as whoever reads the events; one of another built-in type is read
BEGIN;
CREATE TYPE costume AS (x text);
CREATE FUNCTION undress(costume) RETURNS jsonb LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'planted cast runs as a superuser: %', (SELECT rolsuper FROM pg_roles WHERE rolname = current_user); RETURN '{}'; END $$;
CREATE CAST (costume AS jsonb) WITH FUNCTION undress(costume) AS IMPLICIT;
ALTER TABLE batch_job_event ALTER detail TYPE costume USING NULL, ALTER actor TYPE varchar(100), ALTER at TYPE timestamptz(3);
UPDATE batch_job_event SET detail = ROW('x')::costume;
RESET ROLE;
SAVEPOINT s;
SELECT detail FROM batch_job.read_events(max => 1);
\echo :LAST_ERROR_SQLSTATE
ROLLBACK TO s;
SET ROLE regress_job_owner;
ALTER TABLE batch_job_event DROP detail;
SAVEPOINT s;
SELECT detail FROM batch_job.read_events(max => 1);
\echo :LAST_ERROR_SQLSTATE
ROLLBACK TO s;
ALTER TABLE batch_job_event ADD detail json;
SELECT job_id FROM batch_job.read_events(max => 1);
ROLLBACK;
-- a view that stands for the event table: whoever reads events does not run its code
BEGIN;
CREATE VIEW events AS SELECT * FROM batch_job_event;
SELECT batch_job.attach('batch_job', events => false);
CREATE TRIGGER t AFTER INSERT ON batch_job REFERENCING NEW TABLE AS new FOR EACH STATEMENT
  WHEN ('events'::regclass IS NOT NULL) EXECUTE FUNCTION batch_job.record_events('notify', 'off');
SELECT * FROM batch_job.read_events();
ROLLBACK;
-- statements larger than the memory for them
SET work_mem = '64kB';
SELECT batch_job.create_table('large', events => true, guard => false);
INSERT INTO large (id, type, context) SELECT 'l' || n, 't', jsonb_build_object('filler', repeat('x', 500)) FROM generate_series(1, 3000) n;
UPDATE large SET confirmed_at = now(), processing_at = now();
UPDATE large SET id = 'm' || id, failed_at = now() WHERE id LIKE '%7';
DELETE FROM large WHERE id LIKE '%3';
SET batch_job.soft_delete = off;
DELETE FROM large;
RESET batch_job.soft_delete;
SELECT event, count(*), count(detail) AS details FROM large_event GROUP BY event ORDER BY min(seq);
SELECT count(*) FROM batch_job.read_events(0, 100000, 'large');

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA events_hostile CASCADE;
DROP ROLE regress_job_member;
