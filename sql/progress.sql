-- The view of the progress of open jobs.
CREATE SCHEMA progress;
SET search_path = progress;
CREATE ROLE regress_watcher;
SELECT batch_job.create_table(runs => true);
SELECT batch_job.progress_view('batch_job'), batch_job.progress_view('batch_job_type');
SELECT relacl IS NULL AS own, reloptions FROM pg_class WHERE oid = 'batch_job_progress'::regclass;
-- each column has a comment
SELECT attname, col_description(attrelid, attnum) FROM pg_attribute WHERE attrelid = 'batch_job_progress'::regclass AND attnum > 0 ORDER BY attnum;

-- what can be estimated from reports at known times: 1,000 items, one a second
CREATE FUNCTION after(seconds float8) RETURNS timestamptz LANGUAGE sql RETURN timestamptz '2026-01-01 UTC' + seconds * interval '1 second';
CREATE FUNCTION eta(reported float8, done bigint, seen float8, base_items bigint DEFAULT 0, total bigint DEFAULT 1000) RETURNS interval LANGUAGE sql
  RETURN batch_job.eta(after(0), base_items, after(reported), done, after(reported), done, total, after(seen));
-- half way
SELECT eta(500, 500, 500), batch_job.rate(after(0), 0, after(500), 500), batch_job.percent(500, 1000);
-- between two reports it counts down with the clock, and does not jump at the next report
SELECT eta(500, 500, 550), eta(500, 500, 599), eta(600, 600, 600);
-- for a steady worker that reports each hundredth item, it is right at each second, and does not jump
WITH seen AS (SELECT n, extract(epoch FROM eta(n / 100 * 100, n / 100 * 100, n)) AS eta FROM generate_series(100, 999) n),
     step AS (SELECT n, eta, eta - lag(eta) OVER (ORDER BY n) AS step FROM seen)
SELECT max(abs(eta - (1000 - n))) <= 2 AS right, max(abs(step)) <= 2 AS steady, min(eta) >= 0 AS positive FROM step;
-- for a worker that is silent the estimate grows, and never reaches 0; after a silence longer than its work it is NULL
SELECT eta(500, 500, 700), eta(500, 500, 853), eta(500, 500, 1000), eta(500, 500, 1001), eta(999, 999, 1100), eta(1000, 1000, 5000);
-- reports after the rate was measured only change what remains and how long it may be silent
SELECT batch_job.eta(after(0), 0, after(100), 100, after(150), 120, 1000, after(160)), batch_job.eta(after(0), 0, after(100), 100, after(150), 1000, 1000, after(160));
-- no basis for an estimate: no item yet, no time yet, fewer items than before
SELECT eta(500, 0, 500), eta(0, 500, 0), eta(500, 50, 500, 100), batch_job.rate(after(0), 0, after(0), 5);
-- nothing left; more items than the total
SELECT eta(1000, 1000, 1000), eta(1000, 1200, 1000), batch_job.percent(1000, 1000), batch_job.percent(1200, 1000), batch_job.percent(999999, 1000000);
-- from a checkpoint, at 900, only what has been done since counts
SELECT eta(50, 950, 50, 900), batch_job.rate(after(0), 900, after(50), 950);
-- extreme values
SELECT eta(1, 1, 1, 0, 9223372036854775807), eta(1, 9223372036854775807, 1, 0, 9223372036854775807),
  batch_job.eta('-infinity', 0, after(1), 1, after(1), 1, 2, after(1)), batch_job.rate(after(0), 0, 'infinity', 1),
  batch_job.eta(after(0), -9223372036854775808, after(1), 9223372036854775806, after(1), 9223372036854775806, 9223372036854775807, after(1)),
  batch_job.percent(-5, 10), batch_job.percent(5, 0), batch_job.percent(5, -1), batch_job.percent(9223372036854775806, 9223372036854775807);
SELECT batch_job.duration(after(0), after(90061.5)), batch_job.duration(after(1), after(0)), batch_job.duration('-infinity', after(0)), batch_job.duration(after(0), 'infinity'),
  batch_job.duration('4714-11-24 00:00:00+00 BC', '294276-12-31 23:59:59+00') AS widest;
SELECT key, batch_job.items('{"a": 12, "b": 12.9, "c": "12", "d": -1, "e": 1e400, "f": 9223372036854775807, "g": 9007199254740993, "h": null, "i": [1]}', key) FROM unnest('{a,b,c,d,e,f,g,h,i,j}'::text[]) key;
SELECT batch_job.items('[1, 2]', '0'), batch_job.items('12', ''), batch_job.items('{"": 3}', '');

-- a job in each state, brought about as in practice
INSERT INTO batch_job_type (type, max_attempts) VALUES ('import', 5);
CREATE FUNCTION job(id text, type text DEFAULT 'import', dry_run boolean DEFAULT false) RETURNS text LANGUAGE sql
  AS $$ SELECT batch_job.mark_pre_processed((batch_job.create(type, '{}', dry_run, 'ann', id)).id) IS NULL; SELECT id $$;
SELECT job(id) FROM unnest('{waiting,running,suspect,lost,failed,paused,stopping,released,done,canceled,deleted}'::text[]) id;
SELECT job('unconfirmed', 'import', true), job('unclaimed', 'export');
UPDATE batch_job SET start_after = now() + interval '1 hour' WHERE id = 'waiting';
SELECT batch_job.start('unclaimed') IS NULL;
SELECT batch_job.pause('paused');
SELECT id, set_config('progress.' || id, run, false) IS NULL FROM batch_job.claim('{import}', 100, 'w1') ORDER BY id COLLATE "C";
SELECT batch_job.heartbeat('running', current_setting('progress.running'), 250, 1000, 'chunk 3');
SELECT batch_job.retry('failed', current_setting('progress.failed'), 'no connection', '1 hour') IS NULL;
SELECT batch_job.pause('stopping');
SELECT batch_job.release('released', current_setting('progress.released'), '1 hour');
SELECT (batch_job.complete('done', run => current_setting('progress.done'))).status, (batch_job.cancel('canceled')).status, (batch_job.soft_delete('deleted')).deleted_at IS NULL;
UPDATE batch_job_run SET lease_until = now() - interval '1 second' WHERE job_id = 'suspect';
UPDATE batch_job_run SET lease_until = now() - interval '1 hour', suspect_at = now() - interval '1 hour' WHERE job_id = 'lost';
SELECT id, state, retry_at > now() AS retries FROM batch_job.rescue();
UPDATE batch_job_run SET claimed_at = now() - interval '50 s', heartbeat_at = now() - interval '5 s', progress_at = now(), rate_at = now() WHERE job_id = 'running';
SELECT id, status, state, type, created_by, worker, attempt, max_attempts, items_done, items_total, percent, rate, eta BETWEEN '2 min' AND '150 s' AS eta, message,
  started_at = (SELECT claimed_at FROM batch_job_run WHERE job_id = id AND state = 'running') AS since_claim,
  quiet_for >= '5 s' AND quiet_for < '1 min' AS quiet, stalled_for < '1 min' AS stalled, due_at <= now() AS due, retry_at > now() AS retries, COALESCE(last_error ->> 'code', last_error #>> '{}') AS last_error
  FROM batch_job_progress ORDER BY id COLLATE "C";

-- a rate is measured from the claim to the first report; then between two reports
SELECT batch_job.resume('paused') IS NULL;
SELECT id, set_config('progress.paused', run, false) IS NULL FROM batch_job.claim('{import}');
SELECT batch_job.heartbeat('paused', current_setting('progress.paused'), 0, 100);
SELECT base_at, base_items, rate_at, rate_items, progress_at = heartbeat_at AS known FROM batch_job_run WHERE job_id = 'paused' AND state = 'running';
SELECT batch_job.heartbeat('paused', current_setting('progress.paused'), 10);
SELECT base_at, base_items, rate_at = progress_at AS now, rate_items FROM batch_job_run WHERE job_id = 'paused' AND state = 'running';
-- repeated, it changes nothing
SELECT batch_job.heartbeat('paused', current_setting('progress.paused'), 10);
SELECT base_at, base_items, rate_at = progress_at AS now, rate_items, progress_at < heartbeat_at AS stalled FROM batch_job_run WHERE job_id = 'paused' AND state = 'running';
UPDATE batch_job_run SET claimed_at = claimed_at - interval '10 s', rate_at = rate_at - interval '10 s' WHERE job_id = 'paused' AND state = 'running';
SELECT batch_job.heartbeat('paused', current_setting('progress.paused'), 20);
SELECT base_at < rate_at AS then, base_items, rate_at = progress_at AS now, rate_items FROM batch_job_run WHERE job_id = 'paused' AND state = 'running';
-- the next attempt continues at 20, and has its own rate
SELECT batch_job.retry('paused', current_setting('progress.paused'), 'gone', '0') IS NULL;
SELECT id, set_config('progress.paused', run, false) IS NULL FROM batch_job.claim('{import}');
SELECT state, attempt, items_done, rate, eta, last_error FROM batch_job_progress WHERE id = 'paused';
SELECT batch_job.heartbeat('paused', current_setting('progress.paused'), 21);
UPDATE batch_job_run SET claimed_at = progress_at - interval '10 s' WHERE job_id = 'paused' AND state = 'running';
SELECT base_items, base_at FROM batch_job_run WHERE job_id = 'paused' AND state = 'running';
SELECT rate FROM batch_job_progress WHERE id = 'paused';
-- a run whose items_done decreases is measured from the beginning again
SELECT batch_job.heartbeat('paused', current_setting('progress.paused'), 5);
SELECT base_items, base_at = heartbeat_at AS again FROM batch_job_run WHERE job_id = 'paused' AND state = 'running';
SELECT rate, eta, percent FROM batch_job_progress WHERE id = 'paused';

-- reports of known times, by way of heartbeats: time passes by making the run older
INSERT INTO batch_job (id, type, pre_processed_at, confirmed_at) VALUES ('timed', 'timed', now(), now());
CREATE FUNCTION pass(t interval) RETURNS void LANGUAGE sql AS $$
  UPDATE batch_job_run SET claimed_at = claimed_at - t, base_at = base_at - t, rate_at = rate_at - t, progress_at = progress_at - t, heartbeat_at = heartbeat_at - t
   WHERE job_id = 'timed' AND state = 'running' $$;
CREATE FUNCTION report(after interval, items bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pass(after);
  PERFORM batch_job.heartbeat('timed', run, items, 1000) FROM batch_job_run WHERE job_id = 'timed' AND state = 'running';
END $$;
-- the estimate is within a fifth of the true value
CREATE FUNCTION near(truth interval) RETURNS boolean LANGUAGE sql RETURN (SELECT eta BETWEEN truth * 0.8 AND truth * 1.2 FROM batch_job_progress WHERE id = 'timed');
SELECT count(run) FROM batch_job.claim('{timed}');
-- half a minute of loading, then ten items a second, reported each second: nothing is known before an item is done
SELECT report('30 s', 0);
SELECT rate, eta FROM batch_job_progress WHERE id = 'timed';
SELECT count(report('1 s', n * 10)) FROM generate_series(1, 50) n;
SELECT near('50 s'), rate BETWEEN 9 AND 11 AS rate, percent FROM batch_job_progress WHERE id = 'timed';
-- half of it in half a minute, reported at once at its end
SELECT count(run) FROM batch_job_run, batch_job.retry('timed', run, 'again', '0') WHERE job_id = 'timed' AND state = 'running';
SELECT count(run) FROM batch_job.claim('{timed}');
SELECT rate, eta, items_done FROM batch_job_progress WHERE id = 'timed';
SELECT report('0', 0);
SELECT report('30 s', 500);
SELECT near('30 s') FROM batch_job_progress WHERE id = 'timed';
-- in bursts: ten reports within nine seconds, then fifty seconds of silence, or the other way round. The estimated end, seen at each
-- report and before it, is right half way, and moves by less than a twentieth from the fourth burst on
CREATE TEMP TABLE ends (n int, seconds float8);
CREATE FUNCTION see(n integer) RETURNS void LANGUAGE sql AS $$
  INSERT INTO ends SELECT n, extract(epoch FROM statement_timestamp() + eta - (SELECT claimed_at FROM batch_job_run WHERE job_id = 'timed' AND state = 'running'))
    FROM batch_job_progress WHERE id = 'timed' $$;
CREATE PROCEDURE in_bursts(silence_at integer) LANGUAGE plpgsql AS $$
BEGIN
  TRUNCATE ends;
  PERFORM batch_job.retry('timed', run, 'again', '0') FROM batch_job_run WHERE job_id = 'timed' AND state = 'running';
  PERFORM FROM batch_job.claim('{timed}');
  UPDATE batch_job_run SET attempt = 1, base_items = 0, items_done = NULL WHERE job_id = 'timed' AND state = 'running';
  FOR n IN 1..60 LOOP
    IF n % 10 = silence_at THEN
      PERFORM pass('49 s');
      PERFORM see(n);
    END IF;
    PERFORM report('1 s', n * 10);
    PERFORM see(n);
  END LOOP;
END $$;
CALL in_bursts(1);
SELECT max(abs(seconds / 590 - 1)) FILTER (WHERE n = 50) < 0.1 AS right, max(seconds) - min(seconds) < 0.05 * 590 AS steady FROM ends WHERE n > 30;
CALL in_bursts(0);
SELECT max(abs(seconds / 590 - 1)) FILTER (WHERE n = 50) < 0.1 AS right, max(seconds) - min(seconds) < 0.05 * 590 AS steady FROM ends WHERE n > 30;
-- the same run continues with other work: after the preparation, it begins at 0
SELECT report('100 s', 0);
SELECT report('10 s', 100);
SELECT rate BETWEEN 9 AND 11 AS rate FROM batch_job_progress WHERE id = 'timed';
DROP FUNCTION see, near;

-- prepared by a worker: the progress of the preparation does not count for the work
SELECT (batch_job.create('preview', '{}', true, id => 'preview')).status;
SELECT id, set_config('progress.preview', run, false) IS NULL FROM batch_job.claim('{preview}');
SELECT batch_job.heartbeat('preview', current_setting('progress.preview'), 40, 40);
SELECT (batch_job.mark_pre_processed('preview', run => current_setting('progress.preview'))).status;
SELECT state, items_done, items_total, percent, due_at FROM batch_job_progress WHERE id = 'preview';
SELECT (batch_job.confirm('preview')).status;
SELECT state, items_done, items_total, percent, due_at = confirmed_at AS since_then FROM batch_job_progress JOIN batch_job USING (id) WHERE id = 'preview';
-- or without a run, while its run waits for another attempt: no worker gets it before it is confirmed
SELECT (batch_job.create('preview', '{}', true, id => 'by hand')).status;
SELECT id, set_config('progress.by_hand', run, false) IS NULL FROM batch_job.claim('{preview}', status => 'created');
SELECT batch_job.retry('by hand', current_setting('progress.by_hand'), 'x', '0') IS NULL;
SELECT (batch_job.mark_pre_processed('by hand')).status;
SELECT status, state, due_at, retry_at FROM batch_job_progress WHERE id = 'by hand';
SELECT type, waiting, retrying, unconfirmed, due FROM batch_job.queue_stats() WHERE type = 'preview';
SELECT (batch_job.cancel('preview')).status;
SELECT batch_job.claim_problems('{preview}');

-- the reader needs rights of his own, and policies apply
GRANT USAGE ON SCHEMA progress TO regress_watcher;
GRANT SELECT ON batch_job_progress TO regress_watcher;
SET ROLE regress_watcher;
SELECT count(*) FROM batch_job_progress;
RESET ROLE;
GRANT SELECT ON batch_job, batch_job_run, batch_job_type TO regress_watcher;
ALTER TABLE batch_job ENABLE ROW LEVEL SECURITY;
CREATE POLICY exports ON batch_job FOR SELECT TO regress_watcher USING (type = 'export');
SET ROLE regress_watcher;
SELECT id, status, state FROM batch_job_progress;
RESET ROLE;
ALTER TABLE batch_job DISABLE ROW LEVEL SECURITY;

-- the function shows the same
SELECT count(*) FROM (SELECT id, status, state, type, created_by, worker, attempt, max_attempts, items_done, items_total, percent, rate, message, started_at, due_at, retry_at, last_error FROM batch_job_progress
  EXCEPT SELECT id, status, state, type, created_by, worker, attempt, max_attempts, items_done, items_total, percent, rate, message, started_at, due_at, retry_at, last_error FROM batch_job.progress()) differing;

-- values of a column of another type are not used; and a view cannot replace a table
BEGIN;
DROP VIEW batch_job_progress;
ALTER TABLE batch_job_run ALTER worker TYPE bigint USING 268000001::bigint << 2;
\set VERBOSITY terse
SAVEPOINT s;
SELECT * FROM batch_job.progress();
ROLLBACK TO s;
SELECT * FROM batch_job.queue_stats();
ROLLBACK TO s;
SELECT * FROM batch_job.claim();
ROLLBACK TO s;
SELECT * FROM batch_job.rescue();
ROLLBACK TO s;
SELECT batch_job.heartbeat('running', current_setting('progress.running'));
ROLLBACK;
BEGIN;
DROP VIEW batch_job_progress, batch_job_live;
ALTER TABLE batch_job DROP CONSTRAINT batch_job_status_derived, ALTER status DROP DEFAULT;
DROP INDEX batch_job_status_type_priority_start_after_id_idx, batch_job_status_type_created_by_priority_start_after_id_idx, batch_job_greatest_idx;
ALTER TABLE batch_job ALTER status TYPE text;
SELECT * FROM batch_job.progress();
ROLLBACK;
BEGIN;
CREATE VIEW types AS SELECT * FROM batch_job_type;
DROP TRIGGER "00_batch_job_runs" ON batch_job;
CREATE TRIGGER t AFTER DELETE ON batch_job REFERENCING OLD TABLE AS old FOR EACH STATEMENT
  WHEN ('batch_job_run'::regclass IS NOT NULL AND 'types'::regclass IS NOT NULL) EXECUTE FUNCTION batch_job.remove_runs();
SELECT * FROM batch_job.queue_stats();
ROLLBACK;
\set VERBOSITY default

-- a view of the user's is not ours, whatever it calls; nor is a copy that asks for more; ours with more columns is
CREATE VIEW half AS SELECT id, status FROM batch_job WHERE batch_job.percent(batch_job.items(result, 'advancement_count'), batch_job.items(result, 'count')) < 50;
DO $$ BEGIN EXECUTE 'CREATE VIEW imports AS ' || rtrim(pg_get_viewdef('batch_job_progress'), ';') || $q$ AND j.type = 'import'$q$; END $$;
BEGIN;
DO $$ BEGIN EXECUTE 'CREATE OR REPLACE VIEW batch_job_progress AS ' || regexp_replace(pg_get_viewdef('batch_job_progress'), '\mFROM batch_job j\M|\mFROM \(\(batch_job j\M', ', 1 AS more \&'); END $$;
SELECT batch_job.progress_view('batch_job');
DROP VIEW batch_job_progress;
SELECT batch_job.progress_view('batch_job');
SELECT batch_job.attach('batch_job', runs => false);
SELECT to_regclass('half'), to_regclass('imports');
ROLLBACK;
CREATE TABLE plain_job (LIKE batch_job INCLUDING ALL);
SELECT batch_job.attach('plain_job');
CREATE VIEW plain_half AS SELECT id FROM plain_job WHERE batch_job.percent(batch_job.items(result, 'advancement_count'), batch_job.items(result, 'count')) < 50;
SELECT batch_job.attach('plain_job');
SELECT to_regclass('plain_half');
DROP VIEW half, imports;

-- renamed, it is still found, and stays as it is when its table is attached again
ALTER VIEW batch_job_progress RENAME TO how_far;
ALTER TABLE batch_job RENAME TO jobs;
SELECT batch_job.attach('jobs');
SELECT batch_job.progress_view('jobs'), has_table_privilege('regress_watcher', 'how_far', 'SELECT');
SELECT id, state, worker FROM how_far WHERE id = 'running';
-- it is dropped with the option runs; then nothing is known of workers
SELECT batch_job.attach('jobs', runs => false);
SELECT batch_job.progress_view('jobs'), to_regclass('how_far');
SELECT id, status, state, worker, items_done, eta FROM batch_job.progress('jobs') ORDER BY id COLLATE "C" LIMIT 3;
SELECT batch_job.attach('jobs', runs => true);
SELECT batch_job.progress_view('jobs');
ALTER VIEW jobs_progress RENAME TO how_far;
-- a copy of it is not ours
CREATE VIEW copy AS SELECT id, batch_job.percent(items_done, items_total) FROM how_far;
CREATE VIEW other AS SELECT id, batch_job.percent(1, 2) FROM jobs;
DROP VIEW copy, how_far;
SELECT batch_job.progress_view('jobs');
CREATE TABLE jobs_progress ();
SELECT batch_job.attach('jobs');
DROP TABLE jobs_progress;
SELECT batch_job.attach('jobs');
SELECT batch_job.progress_view('jobs');
-- made again by hand, it must have security_invoker, or its reader would get the owner's rights
ALTER VIEW jobs_progress RESET (security_invoker);
SELECT batch_job.attach('jobs');
SELECT reloptions FROM pg_class WHERE oid = 'jobs_progress'::regclass;
-- what depends on it stays
CREATE VIEW mine AS SELECT id, eta FROM jobs_progress;
SELECT batch_job.detach('jobs', drop_status => true);
\echo :LAST_ERROR_SQLSTATE
DROP VIEW mine;
SELECT batch_job.detach('jobs', drop_status => true);
SELECT to_regclass('jobs_progress');

-- without runs, progress is as the result has it
SELECT batch_job.create_table('plain');
SELECT (batch_job.create('import', id => 'a', job_table => 'plain')).status,
  (batch_job.update('a', result => '{"advancement_count": 30, "count": 120, "errors": ["x", {"message": "y", "code": "z"}]}', job_table => 'plain')).status;
SELECT (batch_job.create('import', id => 'b', job_table => 'plain')).status, (batch_job.mark_pre_processed('b', job_table => 'plain')).status, (batch_job.start('b', job_table => 'plain')).status;
SELECT id, status, state, worker, attempt, max_attempts, items_done, items_total, percent, rate, eta, started_at IS NOT NULL AS started, quiet_for, due_at IS NOT NULL AS due, last_error
  FROM batch_job.progress('plain') ORDER BY id;
SELECT batch_job.progress_view('plain');
-- of temporary tables, too
SELECT batch_job.create_table('pg_temp.passing', runs => true);
SELECT count(*) FROM passing_progress;
-- old rows whose status is not known yet are not shown
CREATE TABLE old (LIKE plain INCLUDING DEFAULTS);
ALTER TABLE old DROP COLUMN status, ADD PRIMARY KEY (id);
INSERT INTO old (id, created_at, updated_at, type, dry_run) VALUES ('o', now(), now(), 'import', false);
SELECT batch_job.attach('old', backfill => false);
SELECT count(*) FROM batch_job.progress('old');
CALL batch_job.backfill('old');
SELECT id, state FROM batch_job.progress('old');

SET client_min_messages = warning;
DROP SCHEMA progress CASCADE;
DROP TABLE passing CASCADE;
DROP ROLE regress_watcher;
