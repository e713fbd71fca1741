-- A worker names its run in every call. A call with a lost run is refused, and so is a call without a run while a
-- worker has the job.
\set SHOW_CONTEXT never
\pset null -
CREATE SCHEMA fence_test AUTHORIZATION regress_job_owner;
SET search_path = fence_test;
SET TimeZone = 'UTC';
SET ROLE regress_job_owner;
SELECT batch_job.create_table(events => true, runs => true);

-- a job in a status, and its run as a claim leaves it
CREATE FUNCTION job(id text, status text, dry_run boolean DEFAULT false) RETURNS void LANGUAGE sql AS $$
  INSERT INTO fence_test.batch_job (id, type, dry_run, pre_processed_at, confirmed_at, processing_at, completed_at, canceled_at, failed_at)
  SELECT id, 'x', dry_run, CASE WHEN n > 1 THEN '2026-01-01'::timestamptz END, CASE WHEN n > 2 THEN '2026-01-02'::timestamptz END,
         CASE WHEN n > 3 THEN '2026-01-03'::timestamptz END, CASE WHEN status = 'completed' THEN '2026-01-04'::timestamptz END,
         CASE WHEN status = 'canceled' THEN '2026-01-04'::timestamptz END, CASE WHEN status = 'failed' THEN '2026-01-04'::timestamptz END
    FROM (SELECT array_position(ARRAY['created', 'pre_processed', 'confirmed', 'processing', status], status) AS n) o
$$;
CREATE FUNCTION run(job_id text, run text, state text DEFAULT 'running', outcome text DEFAULT NULL, done bigint DEFAULT NULL, total bigint DEFAULT NULL, retry_at timestamptz DEFAULT NULL)
RETURNS void LANGUAGE sql AS $$
  INSERT INTO fence_test.batch_job_run (job_id, run, type, priority, state, attempt, worker, claimed_at, heartbeat_at, lease_until, items_done, items_total, outcome, ended_at, retry_at)
  VALUES (job_id, run, 'x', 0, state::batch_job.run_state, 2, 'w-' || run, '2026-01-05 10:00+00', '2026-01-05 10:00+00', '2026-01-05 10:01+00', done, total,
          outcome::batch_job.run_outcome, CASE WHEN state <> 'running' THEN '2026-01-05 11:00+00'::timestamptz END, retry_at)
$$;

-- what the errors say
SELECT job('j', 'processing'), run('j', 'lost', 'ended', 'lost'), run('j', 'now');
SELECT batch_job.complete('j', run => 'lost');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.complete('j', run => 'never');
SELECT batch_job.complete('j');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.complete('none', run => 'now');
SELECT job('waits', 'confirmed'), run('waits', 'before', 'waiting', 'failed'), job('paused', 'confirmed'), run('paused', 'before', 'paused', 'released');
SELECT batch_job.start('waits');
SELECT batch_job.start('paused');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.update('waits', run => 'before');
-- a worker need not have a name; the run of another job is none
UPDATE batch_job_run SET worker = NULL WHERE run = 'now';
SELECT batch_job.update('j');
SELECT batch_job.update('waits', run => 'now');
SELECT batch_job.create_table('without');
INSERT INTO without (id, type) VALUES ('j', 'x');
SELECT batch_job.update('j', run => 'now', job_table => 'without');
\echo :LAST_ERROR_SQLSTATE

-- every function: with the right run, a wrong one, a lost one, repeated, without a run while one is running,
-- and where no run is running any more
CREATE FUNCTION outcome(status text, dry_run boolean, call text, variant text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  kind text := split_part(call, '(', 1);
  ends text := CASE kind WHEN 'complete' THEN 'completed' WHEN 'fail' THEN 'failed' WHEN 'mark_pre_processed' THEN 'pre_processed' ELSE 'completed' END;
  old fence_test.batch_job;
  new fence_test.batch_job;
  r fence_test.batch_job_run;
BEGIN
  DELETE FROM fence_test.batch_job_run WHERE job_id = 'c';
  SET LOCAL batch_job.soft_delete = off;
  DELETE FROM fence_test.batch_job WHERE id = 'c';
  PERFORM fence_test.job('c', status, dry_run);
  PERFORM CASE variant WHEN 'lost' THEN fence_test.run('c', 'mine', 'ended', 'lost') WHEN 'again' THEN fence_test.run('c', 'mine', 'ended', ends)
                       WHEN 'retried' THEN fence_test.run('c', 'mine', 'ended', 'failed', retry_at => '2026-01-06') WHEN 'over' THEN fence_test.run('c', 'mine', 'waiting', 'failed')
                       ELSE fence_test.run('c', 'mine') END;
  SELECT * INTO old FROM fence_test.batch_job WHERE id = 'c';
  EXECUTE format('SELECT batch_job.%s, job_table => ''fence_test.batch_job'')', replace(call, ')', CASE WHEN variant IN ('without', 'over') THEN '' WHEN variant = 'wrong' THEN ', run => ''other''' ELSE ', run => ''mine''' END));
  SELECT * INTO new FROM fence_test.batch_job WHERE id = 'c';
  SELECT * INTO r FROM fence_test.batch_job_run WHERE job_id = 'c';
  RETURN CASE WHEN new = old THEN '= ' ELSE '' END || new.status || ', ' || coalesce(r.outcome::text, r.state::text);
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE;
END $$;
SELECT call, status || CASE WHEN dry_run THEN ', dry run' ELSE '' END AS status,
       outcome(status, dry_run, call, 'right') AS right, outcome(status, dry_run, call, 'wrong') AS wrong, outcome(status, dry_run, call, 'lost') AS lost,
       outcome(status, dry_run, call, 'again') AS again, outcome(status, dry_run, call, 'retried') AS retried,
       outcome(status, dry_run, call, 'without') AS without, outcome(status, dry_run, call, 'over') AS over
  FROM unnest(ARRAY['mark_pre_processed(''c'')', 'start(''c'')', 'complete(''c'')', 'fail(''c'', ''"e"''::jsonb)', 'fail(''c'', ''e''::text)', 'update(''c'', ''{"a": 1}'')']) WITH ORDINALITY call (call, n),
       (VALUES (1, 'created', false), (2, 'created', true), (3, 'confirmed', false), (4, 'processing', true), (5, 'completed', false), (6, 'canceled', false), (7, 'failed', false)) s (m, status, dry_run)
 ORDER BY n, m;

-- the run goes on after preparation, unless somebody has to confirm it; then start is the worker's
SELECT job('plain', 'created'), run('plain', 'r', done => 3, total => 4);
SELECT status, result FROM batch_job.mark_pre_processed('plain', run => 'r');
SELECT status, result FROM batch_job.mark_pre_processed('plain', run => 'r');
SELECT status FROM batch_job.start('plain', 'r');
SELECT status FROM batch_job.start('plain', 'r');
SELECT status, result FROM batch_job.complete('plain', '{"file_key": "k"}', 'r');
SELECT status, result FROM batch_job.complete('plain', '{"file_key": "another"}', 'r');
SELECT state, outcome, ended_at > claimed_at AS ended, error, retry_at FROM batch_job_run WHERE job_id = 'plain';
-- a job that somebody has completed without a run: its run is over, too
SELECT job('by_hand', 'processing'), run('by_hand', 'r');
UPDATE batch_job SET completed_at = now() WHERE id = 'by_hand';
SELECT status FROM batch_job.complete('by_hand', '{"count": 1}', 'r');
SELECT state, outcome FROM batch_job_run WHERE job_id = 'by_hand';
-- a failure is recorded in the run, too
SELECT job('bad', 'processing'), run('bad', 'r', done => 0);
SELECT status, result FROM batch_job.fail('bad', 'no such file', 'r');
SELECT result FROM batch_job.fail('bad', 'no such file', 'r');
SELECT state, outcome, error FROM batch_job_run WHERE job_id = 'bad';
-- a cancellation takes effect, and the run goes on until its worker knows
SELECT job('stop', 'processing'), run('stop', 'r');
SELECT status FROM batch_job.cancel('stop');
SELECT batch_job.complete('stop', run => 'r');
SELECT state, outcome FROM batch_job_run WHERE job_id = 'stop';
-- a repeated call for a job that is gone
SELECT (batch_job.soft_delete('plain')).status;
SELECT batch_job.complete('plain', run => 'r');
SET batch_job.soft_delete = off;
BEGIN;
ALTER TABLE batch_job DISABLE TRIGGER "00_batch_job_runs";
DELETE FROM batch_job WHERE id = 'plain';
SELECT batch_job.complete('plain', run => 'r');
ROLLBACK;
RESET batch_job.soft_delete;

-- the progress of a run that ends is added to the result, as far as it is known; a result given by the worker wins
CREATE TABLE progress (id text PRIMARY KEY, done bigint, total bigint, given jsonb);
INSERT INTO progress VALUES ('p1', NULL, NULL, NULL), ('p2', 3, NULL, NULL), ('p3', NULL, 4, NULL), ('p4', 3, 4, NULL), ('p5', 1, 3, '{"count": 9, "progress": null}'),
  ('p6', 0, 0, '{}'), ('p7', 7, 5, NULL), ('p8', 0, 9223372036854775807, NULL), ('p9', NULL, NULL, '{"a": 1}');
SELECT job(id, 'processing'), run(id, 'r', done => done, total => total) FROM progress;
SELECT p.*, result FROM progress p, batch_job.complete(p.id, given, 'r') ORDER BY p.id;
-- and that of a preparation, when the job waits for its confirmation
SELECT job('preview', 'created', true), run('preview', 'r', done => 10, total => 10);
UPDATE batch_job SET result = '{"count": 1, "kept": true}' WHERE id = 'preview';
SELECT status, result FROM batch_job.mark_pre_processed('preview', '{"file_size": 5}', 'r');
SELECT state, outcome FROM batch_job_run WHERE job_id = 'preview';

-- who did it is in the events
SELECT job_id, event, from_status, to_status, detail FROM batch_job_event
 WHERE job_id IN ('plain', 'bad', 'preview', 'by_hand') AND event NOT IN ('batch.created', 'batch.updated', 'batch.deleted') ORDER BY seq;
SELECT status FROM batch_job.fail('j', 'e', 'now');
SELECT detail FROM batch_job_event WHERE job_id = 'j' AND event = 'batch.failed';

-- once more
SELECT job('again', 'failed', true), run('again', 'r1', 'ended', 'lost'), run('again', 'r2', 'waiting', 'failed', retry_at => '2026-02-01');
UPDATE batch_job SET result = '{"errors": ["e"]}' WHERE id = 'again';
SELECT status, result, processing_at, failed_at, pre_processed_at = '2026-01-01' AND confirmed_at = '2026-01-02' AS as_before FROM batch_job.reopen('again');
SELECT run, state, outcome, retry_at FROM batch_job_run WHERE job_id = 'again' ORDER BY run;
SELECT status FROM batch_job.start('again');
SELECT job('was_paused', 'canceled'), run('was_paused', 'r', 'paused', 'released');
SELECT status FROM batch_job.reopen('was_paused');
SELECT state, outcome FROM batch_job_run WHERE job_id = 'was_paused';
-- not while a worker has the job, which it may not know to be canceled
SELECT batch_job.reopen('stop');
\echo :LAST_ERROR_SQLSTATE
SELECT job_id, event, from_status, to_status, detail FROM batch_job_event WHERE event = 'batch.reopened' ORDER BY seq;
-- a timestamp may be cleared only for this job, and only by this statement
CREATE FUNCTION meddle() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE current_setting('fence_test.meddle');
  RETURN NULL;
EXCEPTION WHEN SQLSTATE '55000' THEN
  RAISE NOTICE '%', SQLERRM;
  RETURN NULL;
END $$;
CREATE TRIGGER meddle AFTER UPDATE ON batch_job FOR EACH STATEMENT WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION meddle();
SELECT job('one', 'failed'), job('two', 'failed');
SET fence_test.meddle = $$UPDATE fence_test.batch_job SET failed_at = NULL WHERE id = 'two'$$;
SELECT status FROM batch_job.reopen('one');
SET fence_test.meddle = $$UPDATE fence_test.batch_job SET confirmed_at = NULL WHERE id = 'two'$$;
SELECT status FROM batch_job.reopen('two');
DROP TRIGGER meddle ON batch_job;
CREATE FUNCTION take_away() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.confirmed_at := NULL; RETURN NEW; END $$;
CREATE TRIGGER take_away BEFORE UPDATE ON batch_job FOR EACH ROW EXECUTE FUNCTION take_away();
SELECT status FROM batch_job.reopen('bad');
DROP TRIGGER take_away ON batch_job;
UPDATE batch_job SET confirmed_at = NULL WHERE id = 'two';

-- in REPEATABLE READ, with changes of the transaction itself; the isolation test has those of others
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT job('rr', 'processing'), run('rr', 'r', done => 1, total => 2);
SAVEPOINT s;
SELECT batch_job.complete('rr');
ROLLBACK TO s;
SELECT status, result FROM batch_job.complete('rr', run => 'r');
SELECT status, result FROM batch_job.complete('rr', run => 'r');
COMMIT;

-- the caller's rights: a worker reads and writes runs, and a call without a run has to check that nobody works on the job
GRANT USAGE ON SCHEMA fence_test TO regress_job_app;
GRANT SELECT, UPDATE ON batch_job TO regress_job_app;
SELECT job('mine', 'processing'), run('mine', 'r');
SET ROLE regress_job_app;
SELECT batch_job.complete('mine', run => 'r');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.update('mine');
SELECT status FROM batch_job.cancel('mine');
SET ROLE regress_job_owner;
GRANT SELECT ON batch_job_run TO regress_job_app;
SET ROLE regress_job_app;
SELECT batch_job.update('mine');
SELECT status FROM batch_job.update('two');
SET ROLE regress_job_owner;
GRANT UPDATE ON batch_job_run TO regress_job_app;
SELECT job('worked', 'processing'), run('worked', 'r');
SET ROLE regress_job_app;
SELECT status FROM batch_job.update('worked', '{"a": 1}', run => 'r');
SELECT status FROM batch_job.complete('worked', run => 'r');
-- a run that is kept as it is
SET ROLE regress_job_owner;
SELECT job('kept', 'processing'), run('kept', 'r');
ALTER TABLE batch_job_run ENABLE ROW LEVEL SECURITY;
CREATE POLICY readable ON batch_job_run FOR SELECT USING (true);
SET ROLE regress_job_app;
SELECT batch_job.complete('kept', run => 'r');
\echo :LAST_ERROR_SQLSTATE

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA fence_test CASCADE;
