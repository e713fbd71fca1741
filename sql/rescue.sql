-- Runs whose workers are lost: how two looks find them, and what happens to their jobs.
-- Time is moved by the table's owner: that of a run which began, was heard and has its lease until so much earlier.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\pset null -
CREATE SCHEMA rescue_test AUTHORIZATION regress_job_owner;
SET search_path = rescue_test;
SET TimeZone = 'UTC';
SET ROLE regress_job_owner;
SELECT batch_job.create_table(runs => true, events => true);

CREATE FUNCTION job(id text, type text DEFAULT 'x') RETURNS text LANGUAGE sql AS $$ INSERT INTO rescue_test.batch_job (id, type, confirmed_at) VALUES (id, type, now()) RETURNING id $$;
CREATE FUNCTION run_of(job text) RETURNS text LANGUAGE sql AS $$ SELECT run FROM rescue_test.batch_job_run WHERE job_id = job ORDER BY run DESC LIMIT 1 $$;
CREATE FUNCTION took(type text DEFAULT 'x') RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(id || ' ' || attempt, ', ') FROM batch_job.claim(ARRAY[type], max => 100, worker => 'w', lease => '10 min', job_table => 'rescue_test.batch_job')
$$;
CREATE FUNCTION rescued(max int DEFAULT 100) RETURNS text LANGUAGE sql AS $$
  SELECT coalesce(string_agg(concat_ws(' ', id, attempt, worker, state, CASE WHEN retry_at > now() + '5 min'::interval THEN 'later' WHEN retry_at IS NOT NULL THEN 'soon' END), ', ' ORDER BY id), 'nothing')
    FROM batch_job.rescue(max, 'rescue_test.batch_job')
$$;
CREATE FUNCTION passes(job text, VARIADIC span text[]) RETURNS void LANGUAGE sql AS $$
  UPDATE rescue_test.batch_job_run SET claimed_at = claimed_at - s, heartbeat_at = heartbeat_at - s, lease_until = lease_until - s, suspect_at = suspect_at - s, retry_at = retry_at - s
    FROM (SELECT span[1]::interval) o (s) WHERE job_id LIKE job AND state <> 'ended'
$$;
CREATE FUNCTION runs_of(job text) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(concat_ws(' ', attempt, state, outcome, CASE WHEN suspect_at IS NOT NULL THEN 'suspect' END), ', ' ORDER BY run) FROM rescue_test.batch_job_run WHERE job_id = job
$$;
CREATE FUNCTION shown(value jsonb) RETURNS text LANGUAGE sql AS $$
  SELECT regexp_replace(regexp_replace(value::text, '\d{4}-\d\d-\d\d \S+\+00', '<time>', 'g'), 'run_[0-9A-Z]{26}', '<run>', 'g')
$$;

-- during its lease nobody looks at a run; when that has expired, the first look makes the run suspect; the second finds it lost
SELECT job('a'), took(), rescued(), runs_of('a');
SELECT passes('a', '500 s'), rescued(), runs_of('a');
SELECT passes('a', '150 s'), rescued(), runs_of('a');
SELECT passes('a', '500 s'), rescued(), runs_of('a');
SELECT passes('a', '150 s'), rescued(), runs_of('a');
SELECT status, result FROM batch_job WHERE id = 'a';
SELECT shown(error), suspect_at IS NOT NULL AS suspect, retry_at - ended_at BETWEEN '26 s' AND '34 s' AS backoff FROM batch_job_run WHERE job_id = 'a';
SELECT took(), passes('a', '1 min'), took(), rescued();
\set VERBOSITY sqlstate
SELECT batch_job.complete('a', run => (SELECT min(run) FROM batch_job_run WHERE job_id = 'a'));
\set VERBOSITY terse
-- a worker that sends a heartbeat in between keeps its job, however late; and the next time two looks are needed again
SELECT passes('a', '650 s'), rescued(), runs_of('a');
SELECT batch_job.heartbeat('a', run_of('a')), rescued(), runs_of('a');
SELECT passes('a', '650 s'), rescued(), passes('a', '400 s'), rescued(), runs_of('a');
SELECT batch_job.heartbeat('a', run_of('a')), runs_of('a');
-- nobody has looked for an hour, and the worker was away: it can go on, because the first look is not the second one
SELECT passes('a', '1 h'), rescued(), runs_of('a'), batch_job.heartbeat('a', run_of('a'));
-- the longer the lease, the longer the time between the looks
SELECT batch_job.heartbeat('a', run_of('a'), lease => '1 h'), passes('a', '65 min'), rescued(), passes('a', '50 min'), rescued(), passes('a', '15 min'), rescued();
SELECT runs_of('a');

-- claims do it by themselves, at once when they find nothing
SELECT job('b', 'y'), took('y'), passes('b', '650 s'), rescued(), passes('b', '650 s');
SELECT pg_sleep(1.1);
SELECT count(*) FROM batch_job.claim('{none}');
SELECT runs_of('b');
-- and they make runs suspect
SELECT passes('b', '1 h'), took('y'), passes('b', '650 s');
SELECT pg_sleep(1.1);
SELECT count(*) FROM batch_job.claim('{none}');
SELECT runs_of('b');
SELECT (batch_job.complete('b', run => run_of('b'))).status;

-- the last attempt is lost: the job has failed, for people and for programs, and leaves its progress
INSERT INTO batch_job_type (type, max_attempts) VALUES ('once', 1);
SELECT job('once', 'once'), took('once'), batch_job.heartbeat('once', run_of('once'), 3, 4), passes('once', '650 s'), rescued(), passes('once', '650 s'), rescued();
SELECT status, shown(result) FROM batch_job WHERE id = 'once';
SELECT event, from_status, to_status, detail - 'run' AS detail, detail ->> 'run' = run_of('once') AS run, actor = session_user AS by_session FROM batch_job.read_events() WHERE job_id = 'once' AND event IN ('batch.failed', 'batch.updated');
\set VERBOSITY sqlstate
SELECT batch_job.heartbeat('once', run_of('once'));
SELECT batch_job.complete('once', run => run_of('once'));
\set VERBOSITY terse
SELECT rescued(), took('once');
-- a worker without a name, and one with special characters in its name
SELECT job('anon', 'anon'), job('named', 'anon');
SELECT count(*) FROM batch_job.claim('{anon}');
SELECT count(*) FROM batch_job.claim('{anon}', worker => E'a "\\\n\t x');
SELECT passes('%n%', '650 s'), rescued();
SELECT passes('%n%', '650 s'), rescued();
SELECT job_id, shown(error) FROM batch_job_run WHERE type = 'anon' ORDER BY 1;
DELETE FROM batch_job_run WHERE type = 'anon';

-- a pause that was asked for still applies when the worker is lost
SELECT job('paused', 'p'), took('p'), batch_job.pause('paused'), passes('paused', '650 s'), rescued(), passes('paused', '650 s'), rescued();
SELECT took('p'), batch_job.resume('paused'), took('p'), (batch_job.complete('paused', run => run_of('paused'))).status;

-- a job that is over need not wait for the second look, and keeps its status: canceled, or completed without a run
SELECT job('c1', 'c'), job('c2', 'c'), took('c'), (batch_job.cancel('c1')).status;
UPDATE batch_job SET completed_at = now() WHERE id = 'c2';
SELECT passes('c_', '500 s'), rescued();
SELECT passes('c_', '150 s'), rescued();
SELECT id, status, result, runs_of(id) FROM batch_job WHERE type = 'c' ORDER BY id;
-- claims do that, too, at the first look
SELECT job('c3', 'c'), took('c'), (batch_job.cancel('c3')).status, passes('c3', '650 s');
SELECT pg_sleep(1.1);
SELECT count(*) FROM batch_job.claim('{none}');
SELECT runs_of('c3');
-- nothing is resurrected: canceled, purged, rescued
SELECT job('d1', 'd'), took('d'), (batch_job.cancel('d1')).status, (batch_job.soft_delete('d1')).id, batch_job.purge('0');
SELECT passes('d1', '650 s'), rescued(), passes('d1', '650 s'), rescued(), (SELECT count(*) FROM batch_job WHERE id = 'd1') AS jobs, runs_of('d1'), took('d');
-- a deleted job: its attempt is not charged, and whoever restores it finds it waiting
SELECT job('d2', 'd'), took('d'), (batch_job.soft_delete('d2')).id, passes('d2', '650 s'), rescued(), passes('d2', '650 s'), rescued(), took('d');
SELECT (batch_job.restore('d2')).status, took('d'), (batch_job.complete('d2', run => run_of('d2'))).status;
-- or paused, if that was requested
SELECT job('d3', 'd'), took('d'), batch_job.pause('d3'), (batch_job.soft_delete('d3')).id, passes('d3', '650 s'), rescued(), passes('d3', '650 s'), rescued();
SELECT (batch_job.restore('d3')).status, took('d'), batch_job.resume('d3'), took('d'), (batch_job.complete('d3', run => run_of('d3'))).status;
-- jobs removed without firing a trigger: runs of all kinds end
SELECT job('g1', 'g'), job('g2', 'g'), job('g3', 'g'), job('g4', 'g'), took('g');
SELECT batch_job.release('g2', run_of('g2')), batch_job.pause('g3'), batch_job.release('g3', run_of('g3')), passes('g1', '650 s');
BEGIN;
TRUNCATE batch_job;
SELECT rescued(2) LIKE '%,%' AS two;
SELECT rescued() IS NOT NULL AS rest;
SELECT job_id, state, outcome, retry_at, ended_at IS NOT NULL AS ended FROM batch_job_run WHERE job_id LIKE 'g_' ORDER BY job_id;
SELECT took('g'), passes('g4', '650 s'), rescued();
-- a job with the same id that comes later is another
SELECT job('g1', 'g'), took('g'), rescued();
ROLLBACK;
-- a partition that is dropped
CREATE TABLE parted_job (LIKE batch_job INCLUDING DEFAULTS, region text NOT NULL, PRIMARY KEY (region, id)) PARTITION BY LIST (region);
CREATE TABLE parted_eu PARTITION OF parted_job FOR VALUES IN ('eu');
CREATE TABLE parted_us PARTITION OF parted_job FOR VALUES IN ('us');
SELECT batch_job.attach('parted_job', runs => true);
INSERT INTO parted_job (id, type, region, confirmed_at) VALUES ('eu1', 'x', 'eu', now()), ('us1', 'x', 'us', now()), ('us2', 'x', 'us', now());
SELECT count(*) FROM batch_job.claim('{x}', 10, job_table => 'parted_job');
SELECT count(batch_job.release(job_id, run, job_table => 'parted_job')) FROM parted_job_run WHERE job_id <> 'eu1';
DROP TABLE parted_us;
SELECT string_agg(id || ' ' || state, ', ' ORDER BY id) FROM batch_job.rescue(job_table => 'parted_job');
SELECT count(*) FROM batch_job.claim('{x}', 10, job_table => 'parted_job');
SELECT job_id, state FROM parted_job_run ORDER BY 1;

-- a job that cannot be changed does not stop the rescue: a warning, and the others are rescued; a claim does not fail either
CREATE FUNCTION poison() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no way' USING ERRCODE = 'P0123'; END $$;
CREATE TRIGGER poison BEFORE UPDATE ON batch_job FOR EACH ROW WHEN (OLD.id = 'z1' AND NEW.failed_at IS NOT NULL) EXECUTE FUNCTION poison();
SELECT job('z1', 'once'), job('z2', 'once'), job('z3', 'once'), took('once'), passes('z_', '650 s'), rescued(), passes('z_', '650 s');
SELECT rescued();
SELECT id, status, runs_of(id) FROM batch_job WHERE id LIKE 'z_' ORDER BY id;
SELECT rescued();
\echo :LAST_ERROR_SQLSTATE
SELECT job('z4', 'once'), took('once');
-- its worker was not dead after all
SELECT batch_job.heartbeat('z1', run_of('z1')), (batch_job.complete('z1', run => run_of('z1'))).status;
DROP TRIGGER poison ON batch_job;
-- an error that concerns all of them is not reduced to a warning
CREATE FUNCTION stop() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'enough' USING ERRCODE = '57014'; END $$;
CREATE TRIGGER stop BEFORE UPDATE ON batch_job FOR EACH ROW WHEN (NEW.failed_at IS NOT NULL) EXECUTE FUNCTION stop();
SELECT passes('z4', '650 s'), rescued(), passes('z4', '650 s');
SELECT rescued();
\echo :LAST_ERROR_SQLSTATE
DROP TRIGGER stop ON batch_job;
SELECT rescued();

-- not more than asked for, of each kind
SELECT count(job('m' || n, 'many')) FROM generate_series(1, 7) n;
SELECT took('many') IS NOT NULL AS took, passes('m_', '650 s');
SELECT rescued(3), (SELECT count(*) FROM batch_job_run WHERE type = 'many' AND suspect_at IS NOT NULL) AS suspects;
SELECT rescued(3), (SELECT count(*) FROM batch_job_run WHERE type = 'many' AND suspect_at IS NOT NULL) AS suspects;
SELECT passes('m_', '650 s'), cardinality(string_to_array(rescued(3), ',')), cardinality(string_to_array(rescued(2), ',')), cardinality(string_to_array(rescued(), ','));
SELECT passes('m_', '650 s'), rescued();
SELECT state, count(*), count(DISTINCT retry_at) > 1 AS spread FROM batch_job_run WHERE type = 'many' GROUP BY state;
SELECT batch_job.rescue(0);
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.rescue(NULL);
\echo :LAST_ERROR_SQLSTATE

-- the clock is set an hour forward between two heartbeats, and back again; no worker loses its job
SELECT job('k', 'k'), took('k');
SELECT passes('k', '1 h'), rescued(), batch_job.heartbeat('k', run_of('k')), rescued(), runs_of('k');
SELECT passes('k', '-1 h'), rescued(), batch_job.heartbeat('k', run_of('k')), rescued(), runs_of('k');
SELECT lease_until - heartbeat_at AS lease, lease_until - now() BETWEEN '9 min' AND '601 s' AS until FROM batch_job_run WHERE job_id = 'k';
-- a suspect_at in the future is replaced by the present time
SELECT passes('k', '650 s');
UPDATE batch_job_run SET suspect_at = now() + '1 h' WHERE job_id = 'k';
SELECT rescued(), suspect_at <= now() AS now FROM batch_job_run WHERE job_id = 'k';
SELECT suspect_at <= now() AS now, passes('k', '650 s'), rescued() FROM batch_job_run WHERE job_id = 'k';
-- a heartbeat that is earlier than the claim, because the clock was set back
SELECT passes('k', '1 min'), took('k'), passes('k', '-1 h'), (batch_job.complete('k', run => run_of('k'))).status;
SELECT ended_at >= claimed_at AS in_order FROM batch_job_run WHERE job_id = 'k';

SELECT batch_job.create_table('without');
SELECT batch_job.rescue(job_table => 'without');
\echo :LAST_ERROR_SQLSTATE

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA rescue_test CASCADE;
