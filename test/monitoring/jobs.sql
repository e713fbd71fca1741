-- Jobs in every state, for monitoring.pl: the ids say which; some are stuck, some nearly.
SET client_min_messages = warning;
CREATE EXTENSION batch_job;
SELECT batch_job.create_table(runs => true, events => true);
INSERT INTO batch_job_type (type, max_attempts, max_running, max_running_per_owner, lease, paused) VALUES
  ('import', 10, 20, 15, '1 hour', false), ('export', NULL, 1, NULL, '1 day', false), ('audit', NULL, NULL, NULL, NULL, true);

-- What workers do. At each claim, the job that was just made is the only one that is due.
CREATE FUNCTION take(job text, job_type text DEFAULT 'import', OUT run text) LANGUAGE sql AS $$
  INSERT INTO batch_job (id, type, created_by, context, pre_processed_at, confirmed_at)
  VALUES (job, job_type, 'usr_1', '{"secret": 1}', now(), now());
  SELECT run FROM batch_job.claim(ARRAY[job_type], worker => 'w1') WHERE id = job $$;
CREATE PROCEDURE try_again(job text, times integer, how text) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM take(job);
  FOR n IN 1 .. times LOOP
    EXECUTE format('SELECT batch_job.%s FROM batch_job_run WHERE job_id = $1 AND state = ''running''', how) USING job;
    UPDATE batch_job_run SET retry_at = now() + CASE WHEN n < times THEN '0' ELSE interval '1 hour' END WHERE job_id = job AND state = 'waiting';
    PERFORM batch_job.claim('{import}') WHERE n < times;
  END LOOP;
END $$;

SELECT take('running') AS run \gset
SELECT batch_job.heartbeat('running', :'run', 40, 100, 'spring.csv', '{"secret": 1}');
SELECT take('stalled') AS run \gset
SELECT batch_job.heartbeat('stalled', :'run', 40, 100, 'autumn.csv');
UPDATE batch_job_run SET claimed_at = now() - interval '3 hours', progress_at = now() - interval '2 hours' WHERE job_id = 'stalled';
SELECT take('begun long ago') AS run \gset
SELECT batch_job.heartbeat('begun long ago', :'run', 40, 100);
UPDATE batch_job_run SET claimed_at = now() - interval '3 hours', progress_at = now() - interval '10 minutes' WHERE job_id = 'begun long ago';
CALL try_again('retrying', 1, 'retry(job_id, run, ''no answer'', ''1 hour'')');
CALL try_again('retrying again and again', 5, 'retry(job_id, run, ''no answer'', ''0'')');
CALL try_again('given back again and again', 5, 'release(job_id, run)');
CALL try_again('retried four times', 4, 'retry(job_id, run, ''no answer'', ''0'')');
CALL try_again('retried the day before yesterday', 5, 'retry(job_id, run, ''no answer'', ''0'')');
UPDATE batch_job_run SET claimed_at = claimed_at - interval '2 days', ended_at = ended_at - interval '2 days' WHERE job_id = 'retried the day before yesterday';
SELECT take('lost') AS run \gset
UPDATE batch_job_run SET lease_until = now() - interval '2 minutes', suspect_at = now() - interval '1 minute' WHERE job_id = 'lost';
SELECT batch_job.rescue();
UPDATE batch_job_run SET retry_at = now() + interval '1 hour' WHERE job_id = 'lost';
SELECT take('completed') AS run \gset
SELECT batch_job.complete('completed', run => :'run');
SELECT take('failed') AS run \gset
SELECT batch_job.fail('failed', 'no such file', run => :'run');
SELECT take('canceled') AS run \gset
SELECT batch_job.cancel('canceled'); -- and its worker does not know yet
SELECT take('exporting', 'export') AS run \gset
UPDATE batch_job_run SET claimed_at = now() - interval '2 hours' WHERE job_id = 'exporting';
SELECT take('suspect') AS run \gset
SELECT take('forgotten') AS run \gset
UPDATE batch_job_run SET lease_until = now() - interval '1 second' WHERE job_id = 'suspect';
UPDATE batch_job_run SET lease_until = now() - interval '1 hour', heartbeat_at = now() - interval '1 hour' WHERE job_id = 'forgotten';

-- What nobody takes, although it was there by its start_after, and what was confirmed by then.
INSERT INTO batch_job (id, type, context, dry_run, created_at, start_after, pre_processed_at, confirmed_at, processing_at, deleted_at)
SELECT id, type, context::jsonb, dry_run, LEAST(start_after, pre_processed_at, now()), start_after,
       CASE WHEN pre_processed_at IS NOT NULL THEN LEAST(pre_processed_at, start_after) END,
       CASE WHEN confirmed_at IS NOT NULL THEN LEAST(confirmed_at, start_after) END, processing_at, deleted_at FROM (VALUES
  ('due', 'import', NULL, false, now() - interval '10 minutes', now(), now(), NULL::timestamptz, NULL::timestamptz),
  ('for later', 'import', NULL, false, now() + interval '1 hour', now(), now(), NULL, NULL),
  ('to be prepared', 'import', NULL, true, now() - interval '5 minutes', NULL, NULL, NULL, NULL),
  ('prepared', 'import', NULL, true, now(), now() - interval '2 days', NULL, NULL, NULL),
  ('unconfirmed', 'import', NULL, true, now(), now() - interval '4 days', NULL, NULL, NULL),
  ('unconfirmed, deleted', 'import', NULL, true, now(), now() - interval '4 days', NULL, NULL, now()),
  ('confirmed late', 'import', NULL, true, now() + interval '1 hour', now() - interval '4 days', now(), NULL, NULL),
  ('started by the application', 'import', NULL, false, now(), now(), now(), now() - interval '10 minutes', NULL),
  ('nobody''s', 'import', NULL, false, now(), now(), now(), now() - interval '2 hours', NULL),
  ('nobody''s, deleted', 'import', NULL, false, now(), now(), now(), now() - interval '2 hours', now()),
  ('paused', 'import', NULL, false, now(), now(), now(), NULL, NULL),
  ('at the limit', 'export', NULL, false, now() - interval '2 hours', now(), now(), NULL, NULL),
  ('of a type that is paused', 'audit', NULL, false, now() - interval '2 hours', now(), now(), NULL, NULL),
  ('of a type without workers', 'report', NULL, false, now() - interval '2 hours', now(), now(), NULL, NULL),
  ('of a type that is new', 'invoice', NULL, false, now() - interval '1 minute', now(), now(), NULL, NULL),
  ('of a type that is claimed', 'mail', NULL, false, now() - interval '2 hours', now(), now(), NULL, NULL))
  AS job (id, type, context, dry_run, start_after, pre_processed_at, confirmed_at, processing_at, deleted_at);
SELECT batch_job.pause('paused');

-- A bad hour: six of sixteen failed, five workers were lost.
INSERT INTO batch_job (id, type, created_at, pre_processed_at, confirmed_at, processing_at, completed_at, failed_at, dry_run)
SELECT 'mail ' || n, 'mail', at, at + '1 minute', at + '2 minutes', at + '4 minutes', CASE WHEN n <= 10 THEN at + n * interval '5 minutes' END,
       CASE WHEN n > 10 THEN at + n * interval '5 minutes' END, true
  FROM generate_series(1, 16) n, LATERAL (SELECT now() - n * interval '5 minutes' - interval '10 minutes' AS at) made;
INSERT INTO batch_job_run (job_id, run, type, priority, state, attempt, claimed_at, heartbeat_at, lease_until, ended_at, outcome)
SELECT 'mail ' || n, 'run ' || n, 'mail', 0, 'ended', 1, at, at, at + interval '1 minute', at + interval '2 minutes', 'lost'
  FROM generate_series(1, 5) n, LATERAL (SELECT now() - interval '20 minutes' AS at) claimed;

-- A table without runs, whose application keeps its progress in the result.
CREATE TABLE legacy_job (
  id varchar PRIMARY KEY, type varchar NOT NULL, created_by varchar, context jsonb, result jsonb,
  dry_run boolean NOT NULL DEFAULT false, created_at timestamptz NOT NULL DEFAULT now(),
  pre_processed_at timestamptz, confirmed_at timestamptz, processing_at timestamptz, completed_at timestamptz,
  failed_at timestamptz, canceled_at timestamptz, updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz);
SELECT batch_job.attach('legacy_job');
INSERT INTO legacy_job (id, type, result, confirmed_at, processing_at, completed_at) VALUES
  ('going on', 'sync', '{"advancement_count": 3, "count": 10}', now(), now() - interval '1 hour', NULL),
  ('waiting', 'sync', NULL, now(), NULL, NULL),
  ('done', 'sync', NULL, now(), now(), now());

-- Consumers of events: one has stopped an hour ago, one is at work, one has read all.
SET session_replication_role = replica; -- nobody may change an event
UPDATE batch_job_event SET at = at - interval '1 hour' WHERE seq <= 10;
RESET session_replication_role;
