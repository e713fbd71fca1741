-- A worker gives its job back: because the attempt has failed, for a shutdown, for a pause. And pauses themselves.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\pset null -
CREATE SCHEMA release_test AUTHORIZATION regress_job_owner;
SET search_path = release_test;
SET TimeZone = 'UTC';
SET ROLE regress_job_owner;
SELECT batch_job.create_table(runs => true, events => true);
INSERT INTO batch_job_type (type, max_attempts, backoff) VALUES ('x', 3, '0');

-- a confirmed job; the worker that gets it, by its id; the run it has; what is with its runs
CREATE FUNCTION job(id text) RETURNS text LANGUAGE sql AS $$ INSERT INTO release_test.batch_job (id, type, confirmed_at) VALUES (id, 'x', now()) RETURNING id $$;
CREATE FUNCTION run_of(job text) RETURNS text LANGUAGE sql AS $$ SELECT run FROM release_test.batch_job_run WHERE job_id = job ORDER BY run DESC LIMIT 1 $$;
CREATE FUNCTION took() RETURNS text LANGUAGE sql AS $$ SELECT string_agg(id || ' ' || attempt, ', ') FROM batch_job.claim(max => 10, worker => 'w', job_table => 'release_test.batch_job') $$;
CREATE FUNCTION runs_of(job text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(concat_ws(' ', attempt, state, outcome, CASE WHEN retry_at > now() + '5 min'::interval THEN 'later' WHEN retry_at IS NOT NULL THEN 'due' END), ', ' ORDER BY run)
    FROM release_test.batch_job_run WHERE job_id = job
$$;

-- retry: the job waits, and keeps its status; repeated, the same answer
SELECT job('r'), took();
SELECT batch_job.retry('r', run_of('r'), 'no paper', '1 h') AS retry_at \gset
SELECT retry_at = :'retry_at' AS same, runs_of('r') FROM batch_job_run WHERE job_id = 'r';
SELECT batch_job.retry('r', run_of('r'), 'another', '0') = retry_at AS same, error, ended_at IS NOT NULL AS ended FROM batch_job_run WHERE job_id = 'r';
SELECT status, result, failed_at FROM batch_job WHERE id = 'r';
SELECT took();
-- retry_at is reached
UPDATE batch_job_run SET retry_at = now() WHERE job_id = 'r';
SELECT took(), runs_of('r');
-- repeated late, when another run has the job: still the same answer
SELECT batch_job.retry('r', (SELECT min(run) FROM batch_job_run), 'again', '0') IS NOT NULL AS said;
SELECT runs_of('r');
-- any other call with that run is refused
\set VERBOSITY sqlstate
SELECT batch_job.release('r', (SELECT min(run) FROM batch_job_run));
SELECT batch_job.fail('r', 'e', (SELECT min(run) FROM batch_job_run));
SELECT batch_job.complete('r', run => (SELECT min(run) FROM batch_job_run));
SELECT batch_job.heartbeat('r', (SELECT min(run) FROM batch_job_run));
\set VERBOSITY terse
-- the last attempt: NULL, and again NULL
SELECT batch_job.retry('r', run_of('r'), 'no ink', '0') IS NOT NULL AS again, took();
SELECT batch_job.retry('r', run_of('r'), 'no power', '0'), batch_job.retry('r', run_of('r'), 'no power', '0');
SELECT status, result FROM batch_job WHERE id = 'r';
SELECT runs_of('r');
-- a worker may call fail, whatever attempts are left
SELECT job('good'), took(), (batch_job.fail('good', 'wrong file', run_of('good'))).status, runs_of('good');
\set VERBOSITY sqlstate
SELECT batch_job.retry('good', run_of('good'), 'e') IS NULL AS said;
\set VERBOSITY terse
-- a job that was canceled, completed or deleted meanwhile; one that is gone
SELECT job('c'), took(), (batch_job.cancel('c')).status, batch_job.retry('c', run_of('c'), 'e', '0'), runs_of('c');
SELECT status, result FROM batch_job WHERE id = 'c';
SELECT job('d'), took(), (batch_job.soft_delete('d')).status, batch_job.retry('d', run_of('d'), 'e', '0') IS NOT NULL AS waits, runs_of('d');
SELECT took();
SELECT (batch_job.restore('d')).status, took(), (batch_job.complete('d', run => run_of('d'))).status;
-- deleted in its last attempt: it does not become failed
SELECT job('dl'), took(), batch_job.retry('dl', run_of('dl'), 'e1') IS NOT NULL AS waits, took(), batch_job.retry('dl', run_of('dl'), 'e2') IS NOT NULL AS waits, took();
SELECT (batch_job.soft_delete('dl')).status, batch_job.retry('dl', run_of('dl'), 'e3') IS NOT NULL AS waits, runs_of('dl');
SELECT status, result FROM batch_job WHERE id = 'dl';
BEGIN;
SELECT job('t'), took();
TRUNCATE batch_job;
SELECT batch_job.retry('t', run_of('t'), 'e', '0'), runs_of('t');
ROLLBACK;
-- errors of the call
SELECT job('e'), took();
SELECT batch_job.retry('e', run_of('e'), 'e', '-1 s');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.retry('e', NULL, 'e');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.retry('e', 'none', 'e');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.retry('e', run_of('e'), 'e', '400000 years');
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY sqlstate
SELECT batch_job.retry('none', run_of('e'), 'e');
\set VERBOSITY terse
SELECT (batch_job.complete('e', run => run_of('e'))).status;

-- release: no attempt is charged, progress and checkpoint stay; ten times, and then done
SELECT job('ten'), took(), batch_job.heartbeat('ten', run_of('ten'), 1, 100, 'm', '{"row": 1}');
CREATE FUNCTION ten_times() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  c record;
  got text := '';
BEGIN
  FOR i IN 1 .. 10 LOOP
    got := got || batch_job.release('ten', release_test.run_of('ten'), job_table => 'release_test.batch_job') || ' ';
    SELECT * INTO c FROM batch_job.claim(job_table => 'release_test.batch_job');
    got := got || c.attempt || ':' || c.items_done || '/' || c.items_total || c.checkpoint || ' ';
  END LOOP;
  RETURN got;
END $$;
SELECT ten_times();
SELECT count(*), count(DISTINCT run), count(*) FILTER (WHERE outcome = 'released'), max(attempt) FROM batch_job_run WHERE job_id = 'ten';
SELECT batch_job.release('ten', run_of('ten'), checkpoint => '{"row": 2}');
SELECT attempt, checkpoint FROM batch_job.claim();
SELECT status, result FROM batch_job.complete('ten', run => run_of('ten'));
-- released before anything was done, between two attempts
SELECT job('mix'), took(), batch_job.retry('mix', run_of('mix'), 'e', '0') IS NOT NULL AS waits, took(), batch_job.release('mix', run_of('mix')), took(), batch_job.retry('mix', run_of('mix'), 'e', '0') IS NOT NULL AS waits, took();
SELECT runs_of('mix'), (batch_job.complete('mix', run => run_of('mix'))).status;
-- with a delay; repeated, the same
SELECT job('delay'), took(), batch_job.release('delay', run_of('delay'), '1 h'), batch_job.release('delay', run_of('delay')), runs_of('delay'), took();
UPDATE batch_job_run SET retry_at = now() WHERE job_id = 'delay';
-- repeated when the job has another run
SELECT run_of('delay') AS first \gset
SELECT took(), batch_job.release('delay', :'first'), runs_of('delay');
\set VERBOSITY sqlstate
SELECT batch_job.retry('delay', :'first', 'e');
\set VERBOSITY terse
SELECT batch_job.release('delay', run_of('delay'), '-1 s');
\echo :LAST_ERROR_SQLSTATE
SELECT (batch_job.complete('delay', run => run_of('delay'))).status;
-- a job that is over, deleted or gone
SELECT job('over'), took(), (batch_job.cancel('over')).status, batch_job.release('over', run_of('over')), batch_job.release('over', run_of('over')), runs_of('over');
SELECT status FROM batch_job WHERE id = 'over';
SELECT job('by_hand'), took();
UPDATE batch_job SET completed_at = now() WHERE id = 'by_hand';
SELECT batch_job.release('by_hand', run_of('by_hand'), '0', '{}'), runs_of('by_hand');
SELECT job('del'), took(), (batch_job.soft_delete('del')).status, batch_job.release('del', run_of('del')), runs_of('del'), took();
SELECT (batch_job.restore('del')).status, took();
BEGIN;
TRUNCATE batch_job;
SELECT batch_job.release('del', run_of('del')), runs_of('del');
ROLLBACK;
SELECT (batch_job.complete('del', run => run_of('del'))).status;

-- a worker is asked to pause: it gives the job back, and nobody gets the job until it is resumed
SELECT job('p'), took(), batch_job.pause('p'), batch_job.pause('p'), batch_job.heartbeat('p', run_of('p'), 5, 10, checkpoint => '{"row": 5}');
SELECT batch_job.release('p', run_of('p'), '1 h'), batch_job.release('p', run_of('p')), batch_job.pause('p'), runs_of('p'), took();
SELECT status FROM batch_job WHERE id = 'p';
SELECT batch_job.resume('p'), batch_job.resume('p'), runs_of('p');
SELECT attempt, items_done, checkpoint, status FROM batch_job.claim();
-- a worker that does not listen may complete its job, or fail
SELECT batch_job.pause('p'), (batch_job.complete('p', run => run_of('p'))).status, runs_of('p');
SELECT batch_job.pause('p');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.resume('p');
\echo :LAST_ERROR_SQLSTATE
-- or fail in its attempt: the pause is not forgotten
SELECT job('pf'), took(), batch_job.pause('pf'), batch_job.retry('pf', run_of('pf'), 'e', '0') IS NOT NULL AS waits, runs_of('pf'), took();
SELECT batch_job.resume('pf'), took(), batch_job.pause('pf'), batch_job.resume('pf'), batch_job.retry('pf', run_of('pf'), 'e', '0') IS NOT NULL AS waits, runs_of('pf'), took();
-- in its last attempt there is nothing to pause
SELECT batch_job.pause('pf'), batch_job.retry('pf', run_of('pf'), 'e'), runs_of('pf');
SELECT job('pl'), took(), batch_job.pause('pl'), (batch_job.complete('pl', run => run_of('pl'))).status;
-- one that waits for another attempt, and one that nobody has claimed yet, are paused at once
SELECT job('w'), took(), batch_job.retry('w', run_of('w'), 'e', '1 h') IS NOT NULL AS waits, batch_job.pause('w'), runs_of('w'), batch_job.pause('w');
SELECT took(), batch_job.resume('w'), runs_of('w'), took(), (batch_job.complete('w', run => run_of('w'))).status;
SELECT job('new'), batch_job.pause('new'), batch_job.pause('new'), runs_of('new'), took();
SELECT status FROM batch_job WHERE id = 'new';
\set VERBOSITY sqlstate
SELECT batch_job.start('new');
\set VERBOSITY terse
SELECT batch_job.resume('new'), batch_job.resume('new'), runs_of('new'), took(), runs_of('new');
SELECT (batch_job.complete('new', run => run_of('new'))).status;
INSERT INTO batch_job (id, type) VALUES ('created', 'x');
INSERT INTO batch_job (id, type, dry_run) VALUES ('preview', 'x', true);
SELECT batch_job.pause('created'), batch_job.pause('preview'), took();
SELECT (batch_job.mark_pre_processed('preview')).status, batch_job.resume('preview'), runs_of('preview');
SELECT batch_job.resume('created'), took(), (batch_job.cancel('created')).status, batch_job.release('created', run_of('created'));
-- paused while it is to be confirmed
SELECT batch_job.pause('preview'), (batch_job.confirm('preview')).status, took(), batch_job.resume('preview'), took();
SELECT (batch_job.complete('preview', run => run_of('preview'))).status;
-- a paused job is canceled, fails by hand, is deleted and restored
SELECT job('pc'), batch_job.pause('pc'), (batch_job.cancel('pc')).status, runs_of('pc'), (batch_job.reopen('pc')).status, runs_of('pc'), took();
SELECT (batch_job.complete('pc', run => run_of('pc'))).status;
SELECT job('pd'), batch_job.pause('pd'), (batch_job.soft_delete('pd')).status;
SELECT batch_job.resume('pd');
\echo :LAST_ERROR_SQLSTATE
SELECT (batch_job.restore('pd')).status, took(), batch_job.resume('pd'), took(), (batch_job.complete('pd', run => run_of('pd'))).status;
-- a job that is processed without a run, no job, and NULL
INSERT INTO batch_job (id, type, confirmed_at, processing_at) VALUES ('hand', 'x', now(), now());
SELECT batch_job.pause('hand');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.resume('hand');
SELECT batch_job.pause('none');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.pause(NULL);
\echo :LAST_ERROR_SQLSTATE
-- no event tells of a pause, a retry or a release
SELECT event, count(*) FROM batch_job_event WHERE job_id IN ('p', 'w', 'new', 'ten') GROUP BY event ORDER BY event;

-- a paused run that was resumed without its job being there: TRUNCATE
SELECT job('gone'), batch_job.pause('gone');
BEGIN;
TRUNCATE batch_job;
SAVEPOINT s;
SELECT batch_job.resume('gone');
ROLLBACK TO s;
SELECT id, state FROM batch_job.rescue() WHERE id = 'gone';
ROLLBACK;

-- nobody waits forever: an interval is too long, or infinite, which it may be since PostgreSQL 17
SELECT CASE WHEN current_setting('server_version_num')::int >= 170000 THEN 'infinity' ELSE '400000 years' END AS forever \gset
SELECT job('ever'), took();
SELECT run_of('ever') AS run \gset
\set VERBOSITY sqlstate
SELECT batch_job.retry('ever', :'run', 'e', :'forever');
SELECT batch_job.release('ever', :'run', :'forever');
INSERT INTO batch_job_type (type, backoff, backoff_max) VALUES ('ever', :'forever', :'forever');
UPDATE batch_job SET type = 'ever' WHERE id = 'ever';
UPDATE batch_job_run SET type = 'ever' WHERE run = :'run';
SELECT batch_job.retry('ever', :'run', 'e');
\set VERBOSITY terse
SELECT (batch_job.complete('ever', run => :'run')).status;

-- where there are no runs
SELECT batch_job.create_table('without');
SELECT batch_job.pause('j', 'without');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.retry('j', 'r', 'e', job_table => 'without');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.release('j', 'r', job_table => 'without');
\echo :LAST_ERROR_SQLSTATE

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA release_test CASCADE;
