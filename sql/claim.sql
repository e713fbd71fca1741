-- Which jobs a worker gets, in which order, and when it gets none.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\pset null -
CREATE SCHEMA claim_test AUTHORIZATION regress_job_owner;
GRANT USAGE ON SCHEMA claim_test TO regress_job_app, regress_job_reader;
SET search_path = claim_test;
SET TimeZone = 'UTC';
SET ROLE regress_job_owner;
SELECT batch_job.create_table(runs => true, events => true);

-- helpers: a job that is due since a day of January 2024; what a claim returns, in order; the run of a job; time passes for jobs
-- that wait; jobs are done; the worker of a job is lost
CREATE FUNCTION job(id text, type text, status text DEFAULT 'confirmed', priority int DEFAULT 0, day int DEFAULT 1, owner text DEFAULT NULL) RETURNS void LANGUAGE sql AS $$
  INSERT INTO claim_test.batch_job (id, type, priority, start_after, created_by, dry_run, pre_processed_at, confirmed_at, processing_at)
  SELECT id, type, priority, make_timestamptz(2024, 1, day, 0, 0, 0), owner, status IN ('created', 'pre_processed'),
         CASE WHEN status <> 'created' THEN '2024-01-01'::timestamptz END, CASE WHEN status IN ('confirmed', 'processing') THEN '2024-01-01'::timestamptz END,
         CASE WHEN status = 'processing' THEN '2024-01-01'::timestamptz END
$$;
-- For a second, a session does not look before the place where it found its last job, unless it finds nothing. So that no
-- output depends on how long something takes, took() makes it begin at the head: a session remembers eight such places.
CREATE FUNCTION forget() RETURNS bigint LANGUAGE sql AS $$
  SELECT sum((SELECT count(*) FROM batch_job.claim(ARRAY['none there', n::text], job_table => 'claim_test.batch_job'))) FROM generate_series(1, 8) n
$$;
CREATE FUNCTION took(type text, max int DEFAULT 10, worker text DEFAULT 'w', status batch_job.status DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
  SELECT claim_test.forget();
  SELECT coalesce(string_agg(c.id || CASE WHEN c.attempt > 1 THEN ' (' || c.attempt || ')' ELSE '' END, ', '), 'none')
    FROM batch_job.claim(string_to_array(type, ','), max, worker, status => status, job_table => 'claim_test.batch_job') c
$$;
CREATE FUNCTION run_of(job text) RETURNS text LANGUAGE sql AS $$ SELECT run FROM claim_test.batch_job_run WHERE job_id = job AND state = 'running' $$;
CREATE FUNCTION time_passes(job text DEFAULT NULL) RETURNS bigint LANGUAGE sql AS $$
  WITH passed AS (UPDATE claim_test.batch_job_run SET retry_at = '2024-01-01' WHERE state = 'waiting' AND (job IS NULL OR job_id = job) RETURNING 1) SELECT count(*) FROM passed
$$;
CREATE FUNCTION done(VARIADIC jobs text[]) RETURNS bigint LANGUAGE sql AS $$
  SELECT count(CASE WHEN status = 'created' THEN (batch_job.mark_pre_processed(id, run => claim_test.run_of(id), job_table => 'claim_test.batch_job')).id
                    ELSE (batch_job.complete(id, run => claim_test.run_of(id), job_table => 'claim_test.batch_job')).id END)
    FROM claim_test.batch_job WHERE id = ANY (jobs)
$$;
CREATE FUNCTION lost(job text) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
  UPDATE claim_test.batch_job_run SET claimed_at = claimed_at - '1 day'::interval, heartbeat_at = now() - '3 h'::interval, lease_until = now() - '2 h'::interval, suspect_at = now() - '1 h'::interval
   WHERE job_id = job AND state = 'running';
  RETURN (SELECT count(*) FROM batch_job.rescue(job_table => 'claim_test.batch_job'));
END $$;

-- what a claim returns: the run, and the job as it is then
SELECT job('first', 'import', owner => 'ann');
SELECT run LIKE 'run\_%' AS run, attempt, lease_until > now() + '50 s'::interval AS lease, items_done, items_total, checkpoint, id, type, created_by, dry_run, confirmed_at, processing_at IS NOT NULL AS started, status
  FROM batch_job.claim('{import}', worker => 'w1');
SELECT job_id, run = run_of('first') AS run, type, created_by, priority, state, attempt, worker, claimed_at = heartbeat_at AS new, lease_until - heartbeat_at AS lease,
       suspect_at, items_done, progress_at, message, pause_requested_at, ended_at, outcome, error, retry_at
  FROM batch_job_run;
SELECT pg_get_function_result('batch_job.claim'::regproc);
-- no further job, which is not an error
SELECT * FROM batch_job.claim('{import}');

-- the order: priority first, for all kinds and types of jobs; then the job that has been due the longest; then the id
SELECT job('o5', 'a', day => 5), job('o4', 'b', day => 4), job('o2', 'a', 'created', day => 2), job('o1', 'b', 'created', -1, day => 9), job('o9', 'a', priority => 1, day => 1);
SELECT job('o7', 'a', day => 7), job('o6', 'a', day => 7), job('o3', 'a', priority => 0, day => 1);
SELECT took('a', 1), batch_job.retry('o3', run_of('o3'), 'e', '0') IS NOT NULL AS again;
UPDATE batch_job_run SET retry_at = '2024-01-03' WHERE job_id = 'o3';
INSERT INTO batch_job (id, type, confirmed_at, priority, start_after) VALUES ('tonight', 'a', now(), -100, now() + '1 h');
SELECT took('a,b');
SELECT took('a,b');
-- the same, one by one
SELECT job('one' || day, 'one', CASE day % 2 WHEN 1 THEN 'created' ELSE 'confirmed' END, day => 10 - day) FROM generate_series(1, 5) day;
SELECT took('one', 1) FROM generate_series(1, 6);

-- not more than max
SELECT job('m' || day, 'max', day => day) FROM generate_series(1, 5) day;
SELECT took('max', 2), took('max', 2), took('max', 2), took('max', 2);
SELECT batch_job.claim('{max}', 0);
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.claim('{max}', NULL);
\echo :LAST_ERROR_SQLSTATE

-- types: these, none, all; each of them once
SELECT job('t1', 't1', day => 1), job('t2', 't2', day => 2), job('t3', 't3', day => 3);
SELECT string_agg(id, ' ') FROM batch_job.claim('{}', 10);
SELECT string_agg(id, ' ') FROM batch_job.claim('{t3,none,t1,t3}', 10);
SELECT batch_job.claim('{t2,NULL}', 10);
\echo :LAST_ERROR_SQLSTATE
SELECT string_agg(id, ' ') FROM batch_job.claim(max => 10);
SELECT count(*) FROM batch_job.claim(max => 10);

-- created or confirmed only; a job that waits for another attempt counts by its status
SELECT job('s1', 's', 'created'), job('s2', 's', 'confirmed'), job('s3', 's', 'created', day => 2), job('s4', 's', 'confirmed', day => 2), job('s5', 's', 'pre_processed');
SELECT took('s', 1, status => 'created'), took('s', 1, status => 'confirmed');
SELECT batch_job.release('s1', run_of('s1')), batch_job.release('s2', run_of('s2'));
SELECT time_passes();
SELECT took('s', 10, status => 'created') AS created, took('s', 10, status => 'confirmed') AS confirmed;
SELECT batch_job.claim('{s}', status => 'processing');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM batch_job_run r JOIN batch_job j ON id = job_id WHERE r.type = 's' AND j.status = 'created';

-- the lease: given by the call, by the type, by neither
INSERT INTO batch_job_type (type, lease) VALUES ('leased', '2 h');
SELECT job('l1', 'leased'), job('l2', 'leased', day => 2), job('l3', 'unleased');
SELECT id, batch_job.claim('{leased}') IS NULL AS claimed FROM (VALUES ('l1')) v (id);
SELECT count(*) FROM batch_job.claim('{leased}', lease => '5 s') a, batch_job.claim('{unleased}') b;
SELECT job_id, lease_until - heartbeat_at AS lease FROM batch_job_run WHERE job_id IN ('l1', 'l2', 'l3') ORDER BY job_id;
SELECT batch_job.claim(lease => '0');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.claim(lease => '-1 s');

-- each attempt waits longer: 30 s, doubled each time up to an hour, or as the type says; plus or minus a tenth
INSERT INTO batch_job_type (type, max_attempts, backoff, backoff_max) VALUES ('tries', 12, NULL, NULL), ('quick', 12, '1 s', '5 s'), ('at once', 2, '0', NULL);
SELECT job('tries', 'tries'), job('quick', 'quick'), job('at once', 'at once');
CREATE FUNCTION waits(job text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  got text := '';
  r claim_test.batch_job_run;
BEGIN
  FOR i IN 1 .. 9 LOOP
    PERFORM claim_test.took(job);
    SELECT * INTO r FROM claim_test.batch_job_run WHERE job_id = job AND state = 'running';
    IF r.attempt <> i THEN RAISE 'attempt %', r.attempt; END IF;
    PERFORM batch_job.retry(job, r.run, 'e', job_table => 'claim_test.batch_job');
    SELECT * INTO r FROM claim_test.batch_job_run WHERE (job_id, run) = (job, r.run);
    got := got || (SELECT string_agg(s::text, ' ') FROM unnest(ARRAY[1, 2, 4, 5, 30, 60, 120, 240, 480, 960, 1920, 3600]) s
                    WHERE extract(epoch FROM r.retry_at - r.ended_at) BETWEEN s * 0.899 AND s * 1.101) || ' ';
    PERFORM claim_test.time_passes(job);
  END LOOP;
  RETURN got;
END $$;
SELECT waits('tries'), waits('quick');
-- and not all at the same time
SELECT job('jitter' || n, 'jitter') FROM generate_series(1, 20) n;
SELECT count(*) FROM batch_job.claim('{jitter}', 20);
SELECT count(DISTINCT extract(epoch FROM batch_job.retry(job_id, run, 'e') - now())::int) > 1 AS spread FROM batch_job_run WHERE type = 'jitter';
SELECT took('at once'), batch_job.retry('at once', run_of('at once'), 'e') <= now() AS due;
SELECT took('at once');

-- the attempts are spent: the job has failed, with the errors of all of them; what was given back was no attempt
SELECT job('spent', 'spent');
SELECT took('spent'), batch_job.heartbeat('spent', run_of('spent'), 5, 10, checkpoint => '{"row": 5}'), batch_job.retry('spent', run_of('spent'), 'no paper', '0') IS NOT NULL AS again;
SELECT took('spent'), batch_job.release('spent', run_of('spent'));
SELECT attempt, items_done, items_total, checkpoint FROM batch_job.claim('{spent}', worker => 'gone');
SELECT lost('spent');
SELECT status FROM batch_job WHERE id = 'spent';
SELECT time_passes();
SELECT took('spent'), batch_job.retry('spent', run_of('spent'), '{"code": 7, "message": "no ink"}'::jsonb, '1 h');
CREATE FUNCTION shown(result jsonb) RETURNS text LANGUAGE sql AS $$
  SELECT regexp_replace(regexp_replace(result::text, '\d{4}-\d\d-\d\d \S+\+00', '<time>', 'g'), 'run_[0-9A-Z]{26}', '<run>', 'g')
$$;
SELECT status, shown(result) FROM batch_job WHERE id = 'spent';
SELECT state, attempt, outcome, error IS NOT NULL AS error, retry_at IS NOT NULL AS retry_at FROM batch_job_run WHERE job_id = 'spent' ORDER BY run;
SELECT took('spent');
-- reopened: attempts count from the first again, and only their errors are added
UPDATE batch_job SET result = '{}' WHERE id = 'spent';
INSERT INTO batch_job_type (type, max_attempts) VALUES ('spent', 2);
SELECT status FROM batch_job.reopen('spent');
SELECT took('spent'), batch_job.retry('spent', run_of('spent'), 'again 1', '0') IS NOT NULL AS again;
SELECT took('spent'), lost('spent');
SELECT status, shown(result) FROM batch_job WHERE id = 'spent';
-- reopened when it was canceled while it waited, and when an attempt was lost
SELECT status FROM batch_job.reopen('spent');
UPDATE batch_job SET result = '{}' WHERE id = 'spent';
SELECT took('spent'), batch_job.retry('spent', run_of('spent'), 'third round', '0') IS NOT NULL AS again;
SELECT status FROM batch_job.cancel('spent');
SELECT status FROM batch_job.reopen('spent');
SELECT took('spent'), batch_job.retry('spent', run_of('spent'), 'fourth round, 1', '0') IS NOT NULL AS again;
SELECT took('spent'), batch_job.retry('spent', run_of('spent'), 'fourth round, 2', '0');
SELECT status, shown(result) FROM batch_job WHERE id = 'spent';
-- a worker that gives no reason
SELECT job('silent', 'silent');
INSERT INTO batch_job_type (type, max_attempts) VALUES ('silent', 1);
SELECT took('silent'), batch_job.retry('silent', run_of('silent'), NULL::text);
SELECT status, result FROM batch_job WHERE id = 'silent';

-- limits: of a type
INSERT INTO batch_job_type (type, max_running) VALUES ('limit', 2), ('none', 0), ('raised', 1);
SELECT job('lim' || day, 'limit', CASE day % 2 WHEN 1 THEN 'confirmed' ELSE 'created' END, day => day) FROM generate_series(1, 6) day;
SELECT took('limit'), took('limit');
SELECT done('lim1'), took('limit');
SELECT batch_job.release('lim2', run_of('lim2')), took('limit', 1), took('limit', 1);
SELECT batch_job.retry('lim3', run_of('lim3'), 'e') IS NOT NULL AS again, time_passes('lim3'), took('limit');
-- a job that is canceled keeps its slot until its worker is done with it
SELECT status FROM batch_job.cancel('lim3');
SELECT took('limit'), batch_job.release('lim3', run_of('lim3')), took('limit');
SELECT job('n1', 'none'), took('none');
SELECT job('r1', 'raised'), job('r2', 'raised', day => 2), took('raised');
UPDATE batch_job_type SET max_running = 5 WHERE type = 'raised';
SELECT took('raised');
-- a full type is not in the way of another
SELECT job('full', 'limit', priority => -1), job('free', 'other');
SELECT took('limit,other');

-- and of an owner; nobody's jobs have none
INSERT INTO batch_job_type (type, max_running, max_running_per_owner) VALUES ('owned', 6, 2);
SELECT job('ann' || day, 'owned', day => day, owner => 'ann') FROM generate_series(1, 4) day;
SELECT job('bob' || day, 'owned', CASE WHEN day > 1 THEN 'created' ELSE 'confirmed' END, day => day + 10, owner => 'bob') FROM generate_series(1, 3) day;
SELECT job('nobody' || day, 'owned', day => day + 20) FROM generate_series(1, 3) day;
SELECT took('owned', 1), took('owned', 2);
SELECT took('owned');
SELECT done('ann1', 'ann2', 'bob1'), took('owned', 1), took('owned', 1);
SELECT took('owned');
SELECT done('nobody1', 'nobody2', 'ann3', 'ann4'), batch_job.release('bob2', run_of('bob2'), checkpoint => '{"left": "off"}');
SELECT job('bob4', 'owned', priority => -1, owner => 'bob'), job('cy1', 'owned', day => 30, owner => 'cy'), took('owned', 3);
-- a waiting run of an owner who has the slots full is passed over, and those behind it are not
SELECT batch_job.retry('cy1', run_of('cy1'), 'e', '0') IS NOT NULL AS again;
UPDATE batch_job_run SET retry_at = CASE job_id WHEN 'bob2' THEN '2024-02-01' ELSE '2024-02-02' END::timestamptz WHERE type = 'owned' AND state = 'waiting';
SELECT took('owned'), took('owned'), done('bob4'), took('owned');
-- if no owner may have a job running, nobody's jobs still may, whether it is their first attempt or not
SELECT job('ann5', 'zero', owner => 'ann'), job('nobody4', 'zero', day => 2), took('zero');
SELECT batch_job.retry(job_id, run, 'e', '0') IS NOT NULL AS again FROM batch_job_run WHERE type = 'zero';
INSERT INTO batch_job_type (type, max_running_per_owner) VALUES ('zero', 0);
SELECT job('bob5', 'zero', day => 3, owner => 'bob'), job('nobody5', 'zero', day => 4), took('zero');
SELECT * FROM batch_job.claim_problems('{zero}');

-- owners of another type than text
CREATE TABLE by_uuid (id uuid PRIMARY KEY);
CREATE TABLE by_number (id bigint PRIMARY KEY);
INSERT INTO by_uuid SELECT ('00000000-0000-4000-8000-00000000000' || n)::uuid FROM generate_series(1, 3) n;
INSERT INTO by_number SELECT n FROM unnest('{2,10,9}'::bigint[]) n;
SELECT batch_job.create_table('uuid_job', runs => true, created_by => 'by_uuid');
SELECT batch_job.create_table('number_job', runs => true, created_by => 'by_number');
INSERT INTO uuid_job_type (type, max_running_per_owner) VALUES ('x', 1);
INSERT INTO number_job_type (type, max_running_per_owner) VALUES ('x', 1);
INSERT INTO uuid_job (id, type, confirmed_at, created_by, start_after)
SELECT 'u' || right(u.id::text, 1) || n, 'x', now(), u.id, make_timestamptz(2024, 1, n, right(u.id::text, 1)::int, 0, 0) FROM by_uuid u, generate_series(1, 2) n;
INSERT INTO number_job (id, type, confirmed_at, created_by, start_after)
SELECT 'n' || u.id || '.' || n, 'x', now(), u.id, make_timestamptz(2024, 1, n, u.id::int, 0, 0) FROM by_number u, generate_series(1, 2) n;
INSERT INTO uuid_job (id, type, confirmed_at, start_after) VALUES ('free1', 'x', now(), '2024-01-04'), ('free2', 'x', now(), '2024-01-05');
SELECT string_agg(id, ' ') FROM batch_job.claim('{x}', 10, job_table => 'uuid_job');
SELECT string_agg(id, ' ') FROM batch_job.claim('{x}', 10, job_table => 'number_job');
SELECT (batch_job.complete(job_id, run => run, job_table => 'number_job')).status FROM number_job_run WHERE job_id = 'n9.1';
SELECT batch_job.retry(job_id, run, 'e', '0', job_table => 'number_job') IS NOT NULL AS again FROM number_job_run WHERE job_id = 'n10.1';
SELECT forget();
SELECT string_agg(id || ' ' || attempt, ', ') FROM batch_job.claim('{x}', 10, job_table => 'number_job');
DROP TABLE uuid_job, number_job, by_uuid, by_number CASCADE;

-- a type that is paused
INSERT INTO batch_job_type (type, paused) VALUES ('rest', true);
SELECT job('rest1', 'rest'), job('rest2', 'rest', 'created'), took('rest');
UPDATE batch_job_type SET paused = false WHERE type = 'rest';
SELECT took('rest', 1), batch_job.retry('rest1', run_of('rest1'), 'e', '0') IS NOT NULL AS again;
UPDATE batch_job_type SET paused = true WHERE type = 'rest';
SELECT took('rest');
-- what runs goes on
UPDATE batch_job_type SET paused = false WHERE type = 'rest';
SELECT took('rest');
UPDATE batch_job_type SET paused = true WHERE type = 'rest';
SELECT batch_job.heartbeat('rest1', run_of('rest1')), batch_job.heartbeat('rest2', run_of('rest2'));

-- a job of higher priority that comes late is taken within a second, though others are there
SELECT job('late' || n, 'late', day => n) FROM generate_series(1, 20) n;
SELECT id FROM batch_job.claim('{late}', 2);
SELECT job('urgent', 'late', priority => -1);
SELECT pg_sleep(1.1);
SELECT id FROM batch_job.claim('{late}', 2);
-- and so is a job that was postponed and no longer is
INSERT INTO batch_job (id, type, confirmed_at, priority, start_after) VALUES ('put off', 'late', now(), -2, now() + '1 h');
SELECT id FROM batch_job.claim('{late}');
UPDATE batch_job SET start_after = now() WHERE id = 'put off';
SELECT pg_sleep(1.1);
SELECT id FROM batch_job.claim('{late}');
-- when there is nothing else, at once
SELECT count(*) FROM batch_job.claim('{late}', 100);
SELECT job('urgent too', 'late', priority => -1);
SELECT id FROM batch_job.claim('{late}');

-- deleted jobs are nobody's; once restored, they are
SELECT job('del1', 'del'), job('del2', 'del', day => 2), took('del', 1), batch_job.retry('del1', run_of('del1'), 'e', '0') IS NOT NULL AS again;
SELECT id, (batch_job.soft_delete(id)).deleted_at IS NOT NULL AS deleted FROM unnest('{del1,del2}'::text[]) id;
SELECT took('del');
SELECT id, (batch_job.restore(id)).deleted_at IS NULL AS restored FROM unnest('{del1,del2}'::text[]) id;
SELECT took('del');

-- preparation and work in one run: the job is the worker's from created to completed
INSERT INTO batch_job (id, type) VALUES ('plain', 'prep');
SELECT run, status, processing_at FROM batch_job.claim('{prep}', worker => 'w') \gset
\echo :status :processing_at
SELECT batch_job.complete('plain', run => :'run');
SELECT status FROM batch_job.mark_pre_processed('plain', '{"count": 2}', :'run');
SELECT took('prep');
SELECT status FROM batch_job.start('plain', :'run');
SELECT status FROM batch_job.complete('plain', run => :'run');
SELECT state, outcome, attempt FROM batch_job_run WHERE job_id = 'plain';
-- the worker dies between preparation and start: the next one gets a confirmed job, and it is processing
INSERT INTO batch_job (id, type) VALUES ('between', 'prep');
SELECT took('prep'), (batch_job.mark_pre_processed('between', run => run_of('between'))).status;
SELECT lost('between'), time_passes('between');
SELECT status, attempt FROM batch_job.claim('{prep}');
SELECT done('between');
-- a dry run is over when it is prepared; nobody gets the job before it is confirmed; then it is claimed anew
INSERT INTO batch_job (id, type, dry_run) VALUES ('dry', 'prep', true);
SELECT took('prep'), batch_job.heartbeat('dry', run_of('dry'), 3, 3, checkpoint => '{"row": 3}');
SELECT status, result FROM batch_job.mark_pre_processed('dry', run => run_of('dry'));
SELECT took('prep'), state, outcome FROM batch_job_run WHERE job_id = 'dry';
SELECT status FROM batch_job.confirm('dry');
SELECT status, attempt, items_done, checkpoint FROM batch_job.claim('{prep}');
SELECT state, outcome, attempt FROM batch_job_run WHERE job_id = 'dry' ORDER BY run;
-- the preparation fails, and is tried again as such
INSERT INTO batch_job (id, type, dry_run) VALUES ('again', 'prep', true);
SELECT took('prep'), batch_job.retry('again', run_of('again'), 'e', '0') IS NOT NULL AS again;
SELECT status, attempt FROM batch_job.claim('{prep}', status => 'confirmed');
SELECT status, attempt FROM batch_job.claim('{prep}', status => 'created');
-- somebody else prepares it meanwhile: there is nothing to do until it is confirmed
SELECT batch_job.retry('again', run_of('again'), 'e', '0') IS NOT NULL AS again;
UPDATE batch_job SET pre_processed_at = now() WHERE id = 'again';
SELECT took('prep');
UPDATE batch_job SET confirmed_at = now() WHERE id = 'again';
SELECT status, attempt FROM batch_job.claim('{prep}');

-- a job that waits and was canceled or completed by hand meanwhile is over, and so is its run
SELECT job('over' || n, 'over', 'confirmed', day => n) FROM generate_series(1, 3) n;
SELECT took('over');
SELECT count(batch_job.retry(job_id, run, 'e', '0')) FROM batch_job_run WHERE type = 'over';
UPDATE batch_job SET canceled_at = now() WHERE id = 'over1';
UPDATE batch_job SET completed_at = now() WHERE id = 'over2';
SELECT took('over', 1);
SELECT job_id, state, attempt FROM batch_job_run WHERE type = 'over' ORDER BY job_id, run;
-- a job that was started without a run is given to nobody
SELECT job('by hand', 'by hand', 'processing'), took('by hand');

-- who did it is in the events, once for each step; a heartbeat leaves none
SELECT job('told', 'told'), took('told', worker => 'w1');
SELECT batch_job.heartbeat('told', run_of('told'), 1), batch_job.heartbeat('told', run_of('told'), 2);
SELECT batch_job.retry('told', run_of('told'), 'e', '0') IS NOT NULL AS again, took('told', worker => 'w2'), batch_job.release('told', run_of('told')), took('told', worker => 'w3');
SELECT batch_job.pause('told'), batch_job.resume('told'), done('told');
SELECT job('tells', 'silent'), took('silent', worker => 'w4'), batch_job.retry('tells', run_of('tells'), 'e');
SELECT job('lost', 'silent'), took('silent', worker => 'w5'), lost('lost');
SELECT job_id, event, from_status, to_status, detail - 'run' AS detail, detail ->> 'run' LIKE 'run\_%' AS run, actor = session_user AS by_session
  FROM batch_job.read_events(max => 10000) WHERE job_id IN ('told', 'tells', 'lost') ORDER BY seq;
-- many at once: one event each, and each with its own run
SELECT job('many' || n, 'many', CASE n % 3 WHEN 0 THEN 'created' ELSE 'confirmed' END, day => n) FROM generate_series(1, 9) n;
SELECT took('many', 9, 'w');
SELECT e.job_id, e.event, e.detail ->> 'run' = r.run AS same_run FROM batch_job_event e LEFT JOIN batch_job_run r USING (job_id) WHERE job_id LIKE 'many%' AND event <> 'batch.created' ORDER BY job_id, seq;

-- a claim within a claim, by a trigger of the jobs
CREATE FUNCTION claims() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM batch_job.claim('{within}', job_table => 'claim_test.batch_job'); RETURN NEW; END $$;
CREATE TRIGGER claims BEFORE UPDATE ON batch_job FOR EACH ROW WHEN (NEW.type = 'within') EXECUTE FUNCTION claims();
SELECT job('within', 'within');
SELECT took('within');
\echo :LAST_ERROR_SQLSTATE
DROP TRIGGER claims ON batch_job;
SELECT took('within');
-- a trigger that keeps the job as it is: the claim says so, and there is no run
CREATE FUNCTION keeps() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER keeps BEFORE UPDATE ON batch_job FOR EACH ROW WHEN (NEW.type = 'kept') EXECUTE FUNCTION keeps();
SELECT job('kept', 'kept');
SELECT took('kept');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM batch_job_run WHERE type = 'kept';
DROP TRIGGER keeps ON batch_job;
-- a claim that is rolled back leaves no trace in the session or the job
BEGIN;
SELECT took('kept');
ROLLBACK;
SELECT took('kept');

-- a table without priority and start_after, as Medusa's: the oldest first
CREATE TABLE medusa_job (
  id varchar PRIMARY KEY, type text NOT NULL, created_by varchar, context jsonb, result jsonb,
  dry_run boolean NOT NULL DEFAULT false, created_at timestamptz NOT NULL DEFAULT now(),
  pre_processed_at timestamptz, confirmed_at timestamptz, processing_at timestamptz, completed_at timestamptz,
  failed_at timestamptz, canceled_at timestamptz, updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz);
INSERT INTO medusa_job (id, type, created_by, confirmed_at, created_at)
SELECT 'job_' || n, 'export', CASE WHEN n % 2 = 0 THEN 'usr' END, now(), make_timestamptz(2024, 1, 10 - n, 0, 0, 0) FROM generate_series(1, 6) n;
SELECT batch_job.attach('medusa_job', runs => true, backfill => false);
-- a job whose status is not filled in yet is not claimed
SELECT count(*) FROM batch_job.claim(job_table => 'medusa_job');
CALL batch_job.backfill('medusa_job');
INSERT INTO medusa_job_type (type, max_running_per_owner) VALUES ('export', 1);
SELECT string_agg(id || ' ' || status, ', ') FROM batch_job.claim(NULL, 3, job_table => 'medusa_job');
SELECT job_id, priority, created_by FROM medusa_job_run ORDER BY 1;
SELECT batch_job.retry(job_id, run, 'e', '0', 'medusa_job') IS NOT NULL AS again FROM medusa_job_run WHERE job_id = 'job_6';
SELECT forget();
SELECT string_agg(id || ' ' || attempt, ', ') FROM batch_job.claim(NULL, 3, job_table => 'medusa_job');
-- an application that knows nothing of runs, and writes only time stamps, is not disturbed; nor are its jobs rescued
INSERT INTO medusa_job (id, type) VALUES ('by_app', 'app');
UPDATE medusa_job SET pre_processed_at = now(), confirmed_at = now() WHERE id = 'by_app';
UPDATE medusa_job SET processing_at = '2020-01-01' WHERE id = 'by_app';
SELECT count(*) FROM batch_job.claim('{app}', job_table => 'medusa_job');
SELECT count(*) FROM batch_job.rescue(job_table => 'medusa_job');
UPDATE medusa_job SET result = '{"progress": 0.5}', updated_at = '2020-01-02' WHERE id = 'by_app';
SELECT status FROM batch_job.update('by_app', result => '{"count": 1}', job_table => 'medusa_job');
SELECT batch_job.pause('by_app', 'medusa_job');
\echo :LAST_ERROR_SQLSTATE
UPDATE medusa_job SET completed_at = now() WHERE id = 'by_app' RETURNING status;
SELECT count(*) FROM medusa_job_run WHERE job_id = 'by_app';
DELETE FROM medusa_job WHERE id = 'by_app';
SELECT deleted_at IS NOT NULL AS deleted FROM medusa_job WHERE id = 'by_app';

-- priority and start_after of its own, which may be unknown
CREATE TABLE nullable_job (LIKE medusa_job INCLUDING ALL);
ALTER TABLE nullable_job DROP COLUMN status, ADD priority bigint, ADD start_after timestamptz;
SELECT batch_job.attach('nullable_job', runs => true);
INSERT INTO nullable_job (id, type, confirmed_at, created_at, priority, start_after) VALUES
  ('p_null', 'x', now(), '2024-01-01', NULL, '2024-01-01'), ('p_1', 'x', now(), '2024-01-02', 1, '2024-01-02'), ('p_minus', 'x', now(), '2024-01-03', -5000000000, '2024-01-03'),
  ('p_both', 'x', now(), '2024-01-04', NULL, NULL), ('p_due_null', 'x', now(), '2024-01-05', 1, NULL), ('p_later', 'x', now(), '2024-01-06', 1, now() + '1 h');
SELECT string_agg(id, ' ') FROM batch_job.claim('{x}', 10, job_table => 'nullable_job');
SELECT string_agg(id, ' ') FROM batch_job.claim('{x}', 10, job_table => 'nullable_job');

-- nor is the type known: such a job is never given to a worker, and in no other's way
CREATE TABLE untyped_job (LIKE nullable_job INCLUDING DEFAULTS, PRIMARY KEY (id));
ALTER TABLE untyped_job DROP COLUMN status, ALTER type DROP NOT NULL;
SELECT batch_job.attach('untyped_job', runs => true);
INSERT INTO untyped_job (id, confirmed_at, priority) VALUES ('untyped', now(), NULL);
SELECT count(*) FROM batch_job.claim(job_table => 'untyped_job');
SELECT * FROM batch_job.claim_problems(job_table => 'untyped_job');
INSERT INTO untyped_job (id, type, confirmed_at) VALUES ('typed', 'x', now());
SELECT string_agg(id, ' ') FROM batch_job.claim(max => 10, job_table => 'untyped_job');

-- a key of two columns, in partitions
CREATE TABLE parted_job (LIKE batch_job INCLUDING DEFAULTS, region text NOT NULL, PRIMARY KEY (region, id)) PARTITION BY LIST (region);
CREATE TABLE parted_job_eu PARTITION OF parted_job FOR VALUES IN ('eu');
CREATE TABLE parted_job_us PARTITION OF parted_job FOR VALUES IN ('us');
SELECT batch_job.attach('parted_job', runs => true, events => true);
INSERT INTO parted_job (id, type, region, confirmed_at, start_after) SELECT 'p' || n, 'x', CASE n % 2 WHEN 1 THEN 'eu' ELSE 'us' END, now(), make_timestamptz(2024, 1, n, 0, 0, 0) FROM generate_series(1, 4) n;
SELECT string_agg(id || ' ' || status, ', ') FROM batch_job.claim('{x}', 3, job_table => 'parted_job');
SELECT (batch_job.complete(job_id, run => run, job_table => 'parted_job')).status FROM parted_job_run WHERE job_id = 'p1';
SELECT batch_job.retry(job_id, run, 'e', '0', 'parted_job') IS NOT NULL AS again FROM parted_job_run WHERE job_id = 'p2';
SELECT forget();
SELECT string_agg(id || ' ' || attempt, ', ') FROM batch_job.claim('{x}', 3, job_table => 'parted_job');
SELECT job_id, event, detail ->> 'attempt' AS attempt FROM batch_job.read_events(job_table => 'parted_job') WHERE event NOT IN ('batch.created', 'batch.updated') ORDER BY job_id, seq;

-- the rights of a worker, as docs/permissions.md has them, are enough, and each is needed
INSERT INTO batch_job_type (type, max_running) VALUES ('worker', 3);
SELECT job('work' || n, 'worker', day => n) FROM generate_series(1, 3) n;
SELECT took('worker', 1), batch_job.release('work1', run_of('work1')), time_passes('work1');
GRANT SELECT, UPDATE ON batch_job TO regress_job_app;
GRANT SELECT, INSERT, UPDATE ON batch_job_run TO regress_job_app;
GRANT SELECT, UPDATE (note) ON batch_job_type TO regress_job_app;
CREATE FUNCTION without(right_ text, relation text, call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  got text;
BEGIN
  PERFORM claim_test.forget();
  EXECUTE format('REVOKE %s ON %s FROM regress_job_app', right_, relation);
  SET LOCAL ROLE regress_job_app;
  EXECUTE call INTO got;
  RAISE SQLSTATE 'OK000' USING MESSAGE = coalesce(got, '-');
EXCEPTION WHEN OTHERS THEN
  RETURN CASE SQLSTATE WHEN 'OK000' THEN '' ELSE SQLSTATE || ': ' END || SQLERRM;
END $$;
SELECT v.*, without(right_, relation, $$SELECT id FROM batch_job.claim('{worker}', job_table => 'claim_test.batch_job')$$)
  FROM (VALUES ('SELECT', 'batch_job'), ('UPDATE', 'batch_job'), ('SELECT', 'batch_job_run'), ('INSERT', 'batch_job_run'), ('UPDATE', 'batch_job_run'), ('SELECT', 'batch_job_type'),
               ('UPDATE (note)', 'batch_job_type'), ('DELETE', 'batch_job')) v (right_, relation);
SET ROLE regress_job_app;
SELECT run, id FROM batch_job.claim('{worker}', worker => 'app') \gset
SELECT batch_job.heartbeat(:'id', :'run', 1), batch_job.pause(:'id'), batch_job.heartbeat(:'id', :'run'), batch_job.release(:'id', :'run'), batch_job.resume(:'id');
SELECT directive FROM batch_job.heartbeat(ARRAY[:'id'], ARRAY[:'run']);
SELECT run, id FROM batch_job.claim('{worker}') \gset
SELECT batch_job.retry(:'id', :'run', 'e', '0') IS NOT NULL AS again;
SELECT run, id FROM batch_job.claim('{worker}') \gset
SELECT status FROM batch_job.complete(:'id', run => :'run');
SELECT count(*) FROM batch_job.rescue();
-- and change no limit
UPDATE batch_job_type SET max_running = 100;
\echo :LAST_ERROR_SQLSTATE
DELETE FROM batch_job_run;
SET ROLE regress_job_owner;

-- row-level security: each tenant's worker gets its own jobs, and disturbs no other's
SELECT batch_job.create_table('tenant_job', runs => true);
ALTER TABLE tenant_job ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tenant_job USING (created_by = current_user);
GRANT SELECT, UPDATE ON tenant_job TO regress_job_app, regress_job_reader;
GRANT SELECT, INSERT, UPDATE ON tenant_job_run TO regress_job_app, regress_job_reader;
GRANT SELECT, UPDATE (note) ON tenant_job_type TO regress_job_app, regress_job_reader;
INSERT INTO tenant_job (id, type, created_by, confirmed_at, start_after)
SELECT who || n, 'x', 'regress_job_' || who, now(), make_timestamptz(2024, 1, n, 0, 0, 0) FROM unnest('{app,reader}'::text[]) who, generate_series(1, 3) n;
SET ROLE regress_job_app;
SELECT string_agg(id, ' ') FROM batch_job.claim(max => 2, job_table => 'tenant_job');
SELECT string_agg(id, ' ') FROM batch_job.claim('{x}', max => 10, job_table => 'tenant_job');
SET ROLE regress_job_reader;
SELECT string_agg(id, ' ') FROM batch_job.claim('{x}', max => 1, job_table => 'tenant_job');
-- all of them are lost but one; who rescues sees only what is its own
SET ROLE regress_job_owner;
UPDATE tenant_job_run SET heartbeat_at = now() - '3 h'::interval, lease_until = now() - '2 h'::interval, suspect_at = now() - '1 h'::interval WHERE job_id <> 'app3';
SET ROLE regress_job_reader;
SELECT id, attempt, state FROM batch_job.rescue(job_table => 'tenant_job');
SELECT job_id, state, outcome FROM tenant_job_run ORDER BY 1;
SELECT string_agg(id, ' ') FROM batch_job.claim('{x}', max => 10, job_table => 'tenant_job');
SET ROLE regress_job_app;
-- its calls for another tenant's job have no effect
SELECT batch_job.heartbeat('reader1', 'x', job_table => 'tenant_job');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.pause('reader2', 'tenant_job');
\echo :LAST_ERROR_SQLSTATE
SELECT id, attempt, state FROM batch_job.rescue(job_table => 'tenant_job') ORDER BY id;
SET ROLE regress_job_owner;
-- nor can another tenant end a waiting run of a job that it cannot see
UPDATE tenant_job_run SET retry_at = '2024-01-01' WHERE state = 'waiting';
SET ROLE regress_job_reader;
SELECT count(*) FROM batch_job.claim('{x}', max => 10, job_table => 'tenant_job');
SELECT count(*) FROM batch_job.rescue(job_table => 'tenant_job');
SET ROLE regress_job_app;
SELECT string_agg(id || ' ' || attempt, ', ') FROM batch_job.claim('{x}', max => 10, job_table => 'tenant_job');

-- a run that now belongs to another tenant, of a job that does not, cannot be seen: the claim goes on to the next job
SET ROLE regress_job_owner;
INSERT INTO tenant_job (id, type, created_by, start_after) VALUES
  ('moved1', 'moved', 'regress_job_app', '2024-01-01'), ('moved2', 'moved', 'regress_job_app', '2024-01-02'), ('stayed', 'moved', 'regress_job_app', '2024-01-03');
SELECT string_agg(id, ', ') FROM batch_job.claim('{moved}', max => 2, job_table => 'tenant_job');
UPDATE tenant_job_run SET created_by = 'regress_job_reader' WHERE type = 'moved';
ALTER TABLE tenant_job_run ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant ON tenant_job_run USING (created_by = current_user);
SET ROLE regress_job_app;
SELECT forget();
SELECT string_agg(id, ', ') FROM batch_job.claim('{moved}', job_table => 'tenant_job');
SELECT string_agg(id, ', ') FROM batch_job.claim('{moved}', job_table => 'tenant_job');

-- what a role cannot see, its claims do not count either
SET ROLE regress_job_owner;
INSERT INTO tenant_job_type (type, max_running) VALUES ('one', 1);
INSERT INTO tenant_job (id, type, created_by, confirmed_at, start_after)
SELECT who || n, 'one', 'regress_job_' || who, now(), make_timestamptz(2024, 1, n, 0, 0, 0) FROM unnest('{app,reader}'::text[]) who, generate_series(4, 5) n;
SET ROLE regress_job_app;
SELECT string_agg(id, ' ') FROM batch_job.claim('{one}', max => 10, job_table => 'tenant_job');
SELECT count(DISTINCT created_by) FROM tenant_job_run;
SET ROLE regress_job_reader;
SELECT string_agg(id, ' ') FROM batch_job.claim('{one}', max => 10, job_table => 'tenant_job');
SELECT (batch_job.complete(job_id, run => run, job_table => 'tenant_job')).status FROM tenant_job_run WHERE type = 'one' AND state = 'running';
SELECT string_agg(id, ' ') FROM batch_job.claim('{one}', max => 10, job_table => 'tenant_job');

-- a trigger that gives the job another id
SET ROLE regress_job_owner;
DO $$ BEGIN PERFORM batch_job.create_table('unguarded', guard => false, runs => true); END $$;
INSERT INTO unguarded (id, type, pre_processed_at, confirmed_at) VALUES ('renamed', 'x', '2024-01-01', '2024-01-01');
CREATE FUNCTION rename() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN new.id := 'another'; RETURN new; END $$;
CREATE TRIGGER rename BEFORE UPDATE ON unguarded FOR EACH ROW EXECUTE FUNCTION rename();
SELECT id FROM batch_job.claim(job_table => 'unguarded');
\echo :LAST_ERROR_SQLSTATE
SELECT id, status FROM unguarded;

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA claim_test CASCADE;
