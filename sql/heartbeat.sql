-- Heartbeats and their answers, for one run and for many at a time.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\pset null -
CREATE SCHEMA heartbeat_test AUTHORIZATION regress_job_owner;
SET search_path = heartbeat_test;
SET TimeZone = 'UTC';
SET ROLE regress_job_owner;
SELECT batch_job.create_table(runs => true, events => true);
INSERT INTO batch_job (id, type, confirmed_at) SELECT 'j' || n, 'x', now() FROM generate_series(1, 9) n;
SELECT count(*) FROM batch_job.claim(max => 9, worker => 'w', lease => '1 min');
SELECT run AS r1 FROM batch_job_run WHERE job_id = 'j1' \gset
SELECT run AS r2 FROM batch_job_run WHERE job_id = 'j2' \gset
-- an hour passes without a heartbeat of a job's worker: the times of its run are moved back
CREATE FUNCTION an_hour_goes_by(job text) RETURNS void LANGUAGE sql AS $$
  UPDATE heartbeat_test.batch_job_run SET claimed_at = claimed_at - '1 h'::interval, heartbeat_at = heartbeat_at - '1 h'::interval, lease_until = lease_until - '1 h'::interval,
         progress_at = progress_at - '1 h'::interval WHERE job_id = job AND state = 'running'
$$;
CREATE VIEW shown AS
  SELECT job_id, state, heartbeat_at > now() - '5 min'::interval AS heard, lease_until - heartbeat_at AS lease, items_done, items_total,
         CASE WHEN progress_at > now() - '5 min'::interval THEN 'now' WHEN progress_at IS NOT NULL THEN 'before' END AS progress, message, checkpoint, suspect_at IS NOT NULL AS suspect
    FROM batch_job_run;

-- a heartbeat renews the lease with the same length, and changes nothing else
SELECT an_hour_goes_by('j1');
SELECT * FROM shown WHERE job_id = 'j1';
SELECT batch_job.heartbeat('j1', :'r1');
SELECT * FROM shown WHERE job_id = 'j1';
-- progress, a message, a checkpoint
SELECT batch_job.heartbeat('j1', :'r1', 10, 100, 'reading', '{"row": 10}');
SELECT * FROM shown WHERE job_id = 'j1';
-- NULL leaves a value as it is; the same number again is no progress
SELECT an_hour_goes_by('j1');
SELECT batch_job.heartbeat('j1', :'r1', 10);
SELECT * FROM shown WHERE job_id = 'j1';
SELECT batch_job.heartbeat('j1', :'r1', message => 'writing');
SELECT * FROM shown WHERE job_id = 'j1';
SELECT batch_job.heartbeat('j1', :'r1', items_total => 120);
SELECT batch_job.heartbeat('j1', :'r1', 11, checkpoint => 'null');
SELECT * FROM shown WHERE job_id = 'j1';
-- items_done may decrease, when the worker begins again
SELECT batch_job.heartbeat('j1', :'r1', 0, 0, '', '[]');
SELECT * FROM shown WHERE job_id = 'j1';
-- another lease, for this heartbeat and the following ones
SELECT batch_job.heartbeat('j1', :'r1', lease => '1 day');
SELECT an_hour_goes_by('j1');
SELECT batch_job.heartbeat('j1', :'r1');
SELECT lease FROM shown WHERE job_id = 'j1';
SELECT batch_job.heartbeat('j1', :'r1', lease => '10 s');
SELECT batch_job.heartbeat('j1', :'r1');
SELECT lease FROM shown WHERE job_id = 'j1';
-- a heartbeat clears the suspicion
UPDATE batch_job_run SET suspect_at = now() WHERE job_id = 'j1';
SELECT batch_job.heartbeat('j1', :'r1');
SELECT suspect FROM shown WHERE job_id = 'j1';
-- also when the worker was silent for a long time, and nobody has looked meanwhile
SELECT an_hour_goes_by('j1'), an_hour_goes_by('j1');
SELECT batch_job.heartbeat('j1', :'r1');
-- wrong arguments
SELECT batch_job.heartbeat('j1', :'r1', -1);
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.heartbeat('j1', :'r1', 1, -1);
SELECT batch_job.heartbeat('j1', :'r1', lease => '0');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.heartbeat('j1', :'r1', lease => '-1 d');
SELECT batch_job.heartbeat('j1', NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.heartbeat(NULL, :'r1');
-- another run, a run of another job, no job
SELECT batch_job.heartbeat('j1', 'another');
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY sqlstate
SELECT batch_job.heartbeat('j1', :'r2');
SELECT batch_job.heartbeat('none', :'r1');
SELECT batch_job.heartbeat('', '');
\set VERBOSITY terse

-- no event, and nothing of the job moves
SELECT updated_at AS before FROM batch_job WHERE id = 'j1' \gset
SELECT batch_job.heartbeat('j1', :'r1', 5, 10, 'm', '{}');
SELECT updated_at = :'before' AS same FROM batch_job WHERE id = 'j1';
SELECT event, count(*) FROM batch_job.read_events() GROUP BY event ORDER BY event;

-- told to pause, for as long as somebody wants it
SELECT batch_job.pause('j1'), batch_job.heartbeat('j1', :'r1'), batch_job.heartbeat('j1', :'r1'), batch_job.resume('j1'), batch_job.heartbeat('j1', :'r1');
-- told to cancel, whoever has ended the job and by whatever SQL; cancel has precedence over pause
CREATE FUNCTION told(job text, change text DEFAULT 'SELECT') RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE change;
  RETURN batch_job.heartbeat(job, (SELECT run FROM heartbeat_test.batch_job_run WHERE job_id = job AND state = 'running'), job_table => 'heartbeat_test.batch_job');
END $$;
SELECT id, told(id), told(id, format(change, id)), told(id, format(back, id))
  FROM (VALUES ('j1', 'SELECT batch_job.pause(%L)', 'SELECT batch_job.cancel(%L)'), ('j2', 'UPDATE batch_job SET canceled_at = now() WHERE id = %L', 'SELECT'),
               ('j3', 'UPDATE batch_job SET completed_at = now() WHERE id = %L', 'SELECT'), ('j4', 'UPDATE batch_job SET failed_at = now() WHERE id = %L', 'SELECT'),
               ('j5', 'SELECT batch_job.soft_delete(%L)', 'SELECT batch_job.restore(%L)'), ('j6', 'DELETE FROM batch_job WHERE id = %L', 'SELECT'),
               ('j7', 'UPDATE batch_job SET context = jsonb_build_object(1, 2) WHERE id = %L', 'SELECT')) v (id, change, back) ORDER BY id;
-- a job that is gone; its runs were removed with it, so the worker has lost its run
SELECT run AS r8 FROM batch_job_run WHERE job_id = 'j8' \gset
BEGIN;
SET LOCAL batch_job.soft_delete = off;
DELETE FROM batch_job WHERE id = 'j8';
\set VERBOSITY sqlstate
SELECT batch_job.heartbeat('j8', :'r8');
\set VERBOSITY terse
ROLLBACK;
-- except by TRUNCATE, which fires no such trigger
BEGIN;
TRUNCATE batch_job;
SELECT told('j8');
ROLLBACK;
-- a run that is over: the worker has lost it, or has ended it itself
CREATE FUNCTION over(job text, call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  token text := (SELECT run FROM heartbeat_test.batch_job_run WHERE job_id = job AND state = 'running');
BEGIN
  EXECUTE format(call, job, token);
  RETURN batch_job.heartbeat(job, token, job_table => 'heartbeat_test.batch_job');
EXCEPTION WHEN SQLSTATE 'BJ002' THEN
  RETURN SQLSTATE;
END $$;
SELECT over('j7', call) FROM unnest(ARRAY['SELECT batch_job.complete(%L, run => %L)', 'SELECT batch_job.fail(%L, ''e''::text, %L)', 'SELECT batch_job.retry(%L, %L, ''e''::text)',
                                          'SELECT batch_job.release(%L, %L)', 'UPDATE batch_job_run SET state = ''ended'', outcome = ''lost'' WHERE (job_id, run) = (%L, %L)']) call;
SELECT told('j7');

-- in a transaction with the work: a heartbeat that is rolled back has no effect
BEGIN;
SELECT batch_job.heartbeat(job_id, run, 7, checkpoint => '{"row": 7}') FROM batch_job_run WHERE job_id = 'j7';
ROLLBACK;
SELECT items_done, checkpoint FROM batch_job_run WHERE job_id = 'j7';

-- many at once: each lease is renewed by its length, and each run has an answer
INSERT INTO batch_job (id, type, confirmed_at) SELECT 'p' || n, 'pool', now() FROM generate_series(1, 7) n;
SELECT count(*) FROM batch_job.claim('{pool}', 4, 'w', '1 min');
SELECT count(*) FROM batch_job.claim('{pool}', 3, 'w', '1 h');
SELECT array_agg(job_id ORDER BY job_id) AS ids, array_agg(run ORDER BY job_id) AS runs FROM batch_job_run WHERE type = 'pool' \gset
SELECT an_hour_goes_by(id) FROM unnest(:'ids'::text[]) id;
SELECT batch_job.pause('p2'), (batch_job.cancel('p3')).status, (batch_job.soft_delete('p4')).id;
UPDATE batch_job_run SET state = 'ended', outcome = 'lost' WHERE job_id = 'p5';
UPDATE batch_job_run SET suspect_at = now(), items_done = 3 WHERE job_id = 'p6';
SELECT id, run = (SELECT run FROM batch_job_run r WHERE r.job_id = b.id) AS own_run, directive FROM batch_job.heartbeat(:'ids'::text[], :'runs'::text[]) b ORDER BY id;
SELECT job_id, state, heard, lease, items_done, progress, suspect FROM shown WHERE job_id LIKE 'p%' ORDER BY job_id;
SELECT count(*) FROM batch_job.heartbeat(:'ids'::text[], :'runs'::text[], '10 min');
SELECT DISTINCT lease FROM shown WHERE job_id LIKE 'p%' AND state = 'running';
-- one twice, none, another's run, of different numbers, NULLs
SELECT id, directive FROM batch_job.heartbeat((:'ids'::text[])[1:1] || (:'ids'::text[])[1:1], (:'runs'::text[])[1:1] || (:'runs'::text[])[1:1]);
SELECT count(*) FROM batch_job.heartbeat('{}'::text[], '{}');
SELECT id, run, directive FROM batch_job.heartbeat('{p1,none}'::text[], '{another,none}') ORDER BY id;
SELECT batch_job.heartbeat('{p1}'::text[], '{}');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.heartbeat('{p1,NULL}'::text[], '{a,b}');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.heartbeat('{p1}'::text[], NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.heartbeat('{p1}'::text[], '{r}', '0');
\echo :LAST_ERROR_SQLSTATE
-- untyped literals are taken for the call with one run
\set VERBOSITY sqlstate
SELECT batch_job.heartbeat('{p1}', '{r}');
\set VERBOSITY terse
-- rows and columns of arrays are one after the other
SELECT id, directive FROM batch_job.heartbeat('{{p1,p2},{p3,p4}}'::text[], '{a,b,c,d}') ORDER BY id;

-- on a table without runs
SELECT batch_job.create_table('without');
SELECT batch_job.heartbeat('j1', 'r', job_table => 'without');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.heartbeat('{j1}'::text[], '{r}', job_table => 'without');
\echo :LAST_ERROR_SQLSTATE
-- a trigger or a policy of the runs that keeps a run as it is
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER keep BEFORE UPDATE ON batch_job_run FOR EACH ROW EXECUTE FUNCTION keep();
\set VERBOSITY sqlstate
SELECT told('p1');
\set VERBOSITY terse
SELECT count(*) FROM batch_job.heartbeat(:'ids'::text[], :'runs'::text[]) WHERE directive <> 'lost';

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA heartbeat_test CASCADE;
