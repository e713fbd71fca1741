-- read_events: the next events after a position. How it works while others write is in the isolation spec of this name.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\pset null -
CREATE SCHEMA read_events_test AUTHORIZATION regress_job_owner;
SET search_path = read_events_test;
SET ROLE regress_job_owner;
SELECT batch_job.create_table(events => true);
SELECT * FROM batch_job.read_events();

INSERT INTO batch_job (id, type) SELECT 'j' || n, 't' FROM generate_series(1, 5) n;
SELECT (batch_job.cancel('j1', 'reason')).status;
SELECT seq, job_id, event, from_status, to_status, actor = session_user AS actor, at > now() - interval '1 hour' AS at, xid < pg_current_xact_id() AS xid, detail
  FROM batch_job.read_events();
-- in pieces the result is the same, and never more than was asked for
SELECT seq FROM batch_job.read_events(0, 4);
SELECT seq FROM batch_job.read_events(4, 4);
SELECT seq FROM batch_job.read_events(6, 4);
SELECT count(*) FROM batch_job.read_events(0, 1);
SELECT seq FROM batch_job.read_events(max => 1, after => 3, job_table => 'batch_job');
-- a consumer: its position and its work are in one transaction, so what it did not finish it gets again
CREATE TABLE consumer (name text PRIMARY KEY, position bigint NOT NULL DEFAULT 0);
CREATE TABLE mail (seq bigint, job_id text);
INSERT INTO consumer VALUES ('mailer');
CREATE PROCEDURE consume(n int) LANGUAGE plpgsql AS $$
DECLARE
  start bigint;
BEGIN
  SELECT position INTO start FROM consumer WHERE name = 'mailer' FOR UPDATE;
  INSERT INTO mail SELECT seq, job_id FROM batch_job.read_events(start, n);
  UPDATE consumer SET position = coalesce((SELECT max(seq) FROM mail), start) WHERE name = 'mailer';
END $$;
CALL consume(4);
BEGIN;
CALL consume(4);
SELECT count(*), count(DISTINCT seq) FROM mail;
ROLLBACK;
SELECT count(*), count(DISTINCT seq) FROM mail;
CALL consume(1);
CALL consume(4);
CALL consume(4);
SELECT count(*), count(DISTINCT seq), max(seq) FROM mail;

-- numbers are missing after a rollback: they are skipped as soon as they can no longer appear
CREATE FUNCTION read_patiently(after bigint, OUT seq bigint, OUT job_id text) RETURNS SETOF record LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  FOR i IN 1 .. 200 LOOP
    RETURN QUERY SELECT e.seq, e.job_id FROM batch_job.read_events(after) e;
    EXIT WHEN FOUND;
    PERFORM pg_sleep(0.05);
  END LOOP;
END $$;
BEGIN;
INSERT INTO batch_job (id, type) VALUES ('never', 't');
ROLLBACK;
INSERT INTO batch_job (id, type) VALUES ('j6', 't');
SELECT * FROM read_patiently(6);
-- the transaction sees its own events, like its own rows
BEGIN;
INSERT INTO batch_job (id, type) VALUES ('j7', 't');
SELECT seq, job_id FROM batch_job.read_events(8);
ROLLBACK;
SELECT seq, job_id FROM batch_job.read_events(8);
-- events removed by retention are skipped as well
DELETE FROM batch_job_event WHERE seq IN (1, 3);
SELECT * FROM read_patiently(0);
-- restored from another cluster with higher transaction ids: no earlier number can appear here
INSERT INTO batch_job_event (seq, job_id, event, actor, at, xid, horizon) OVERRIDING SYSTEM VALUE
VALUES (100, 'other', 'batch.created', 'a', now(), '4611686018427387904', '4611686018427387905');
SELECT seq, job_id FROM batch_job.read_events(8);

-- the table has another name, more columns, is in another schema; is made anew under the same name
ALTER TABLE batch_job_event RENAME TO history;
ALTER TABLE history ADD extra int, DROP detail;
ALTER TABLE history ADD detail jsonb;
SELECT count(*) FROM read_patiently(0);
DROP TABLE batch_job CASCADE;
DROP TABLE history;
SELECT batch_job.create_table(events => true);
SELECT count(*) FROM batch_job.read_events();
INSERT INTO batch_job (id, type) VALUES ('anew', 't');
SELECT job_id FROM batch_job.read_events();
CREATE SCHEMA read_events_first;
SET search_path = read_events_first, read_events_test;
SELECT count(*) FROM batch_job.read_events();
SELECT batch_job.create_table('read_events_first.batch_job', events => true);
SELECT count(*) FROM batch_job.read_events();
SELECT count(*) FROM batch_job.read_events(job_table => 'read_events_test.batch_job');
SET client_min_messages = warning;
DROP SCHEMA read_events_first CASCADE;
RESET client_min_messages;
SELECT count(*) FROM batch_job.read_events();

-- returned events are flushed to disk, also if the next record of the WAL begins a page whose header is not there yet
RESET ROLE;
SELECT pg_switch_wal() IS NOT NULL AS switched;
SELECT count(*) FROM batch_job.read_events();
SET ROLE regress_job_owner;

-- what is refused
SELECT batch_job.read_events(NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.read_events(0, NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.read_events(-1);
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.read_events(0, 0);
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.read_events(0, 1, 'batch_job_live');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.read_events(0, 1, 'batch_job_event');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.read_events(9223372036854775807);

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA read_events_test CASCADE;
