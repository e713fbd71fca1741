-- A confirmation is bound to what was reviewed; must be given by somebody else, if the table requires it; and has a time limit.
\set SHOW_CONTEXT never
CREATE SCHEMA confirm_test AUTHORIZATION regress_job_owner;
SET search_path = confirm_test;
SET ROLE regress_job_owner;
SELECT batch_job.create_table();
SELECT status FROM batch_job.create('import', '{"b": 1, "a": [1, {"y": 1, "x": 2}]}', true, 'ann', 'j1');
SELECT status FROM batch_job.mark_pre_processed('j1', '{"count": 3, "stat_descriptors": [{"key": "k", "name": "n", "message": "3 to create"}]}');

-- the digest is documented: anybody can compute it
SELECT batch_job.plan_digest('j1') =
       encode(sha256('{"type": "import", "result": {"count": 3, "stat_descriptors": [{"key": "k", "name": "n", "message": "3 to create"}]}, "context": {"a": [1, {"x": 2, "y": 1}], "b": 1}}'), 'hex') AS documented;
SELECT batch_job.plan_digest('j1');
-- keys in another order and white space do not matter; a value, a key, the type do; NULL is not {}
SELECT batch_job.digest_plan('t', '{"a": 1, "b": 2}', NULL) = batch_job.digest_plan('t', E'{\n"b" : 2,\t"a":1}', NULL) AS canonical,
       batch_job.digest_plan('t', '{"é": "日本"}', NULL) AS unicode;
SELECT count(DISTINCT d) FROM unnest(ARRAY[batch_job.digest_plan('t', '{"a": 1}', NULL), batch_job.digest_plan('t', NULL, '{"a": 1}'), batch_job.digest_plan('u', '{"a": 1}', NULL),
  batch_job.digest_plan('t', '{"a": 2}', NULL), batch_job.digest_plan('t', '{"a": "1"}', NULL), batch_job.digest_plan('t', NULL, NULL), batch_job.digest_plan('t', '{}', NULL), batch_job.digest_plan('t', '{"a": 1, "b": null}', NULL)]) d;

-- the plan changes after the review: refused; reviewed again: confirmed; repeated: nothing happens, but a call with the
-- digest of another plan is refused
SELECT batch_job.plan_digest('j1') AS digest \gset
SELECT (batch_job.update('j1', '{"b": 2}')).status;
SELECT batch_job.confirm('j1', :'digest');
\echo :LAST_ERROR_SQLSTATE
SELECT status, confirmed_at FROM batch_job WHERE id = 'j1';
SELECT batch_job.confirm('j1', '');
\echo :LAST_ERROR_SQLSTATE
SELECT status FROM batch_job.confirm('j1', batch_job.plan_digest('j1'));
SELECT status FROM batch_job.confirm('j1', batch_job.plan_digest('j1'));
SELECT status FROM batch_job.confirm('j1');
SELECT status FROM batch_job.confirm('j1', :'digest');
\echo :LAST_ERROR_SQLSTATE
-- back where it was, it has its digest again
SELECT (batch_job.create('t', '{"a": 1}', true, id => 'j2')).status;
SELECT (batch_job.mark_pre_processed('j2')).status;
SELECT batch_job.plan_digest('j2') AS digest \gset
SELECT (batch_job.update('j2', '{"a": 2}')).status, (batch_job.update('j2', '{"a": 1}')).status;
SELECT status FROM batch_job.confirm('j2', :'digest');
SELECT batch_job.plan_digest('nobody');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.plan_digest(NULL);
\echo :LAST_ERROR_SQLSTATE
-- a wrong status is reported before a wrong digest
SELECT (batch_job.create('t', id => 'j3')).status;
SELECT batch_job.confirm('j3', 'x');
\echo :LAST_ERROR_SQLSTATE

-- two pairs of eyes: who created a job may not confirm it. The actor is given by the call, the setting, or the session's user
SELECT batch_job.attach('batch_job', confirm_by_other => true);
SELECT confirm_by_other, guard FROM batch_job.attached();
INSERT INTO batch_job (id, type, created_by, dry_run, pre_processed_at) SELECT 'e' || n, 't', CASE n WHEN 4 THEN session_user WHEN 5 THEN NULL ELSE 'ann' END, true, now() FROM generate_series(1, 5) n;
SELECT batch_job.confirm('e1', actor => 'ann');
\echo :LAST_ERROR_SQLSTATE
SET batch_job.actor = 'ann';
SELECT batch_job.confirm('e1', actor => '');
\echo :LAST_ERROR_SQLSTATE
RESET batch_job.actor;
SELECT status FROM batch_job.confirm('e1', actor => 'ben');
SET batch_job.actor = 'ann';
SELECT (batch_job.confirm('e2')).status;
\echo :LAST_ERROR_SQLSTATE
SELECT status FROM batch_job.confirm('e2', actor => 'ben');
SET batch_job.actor = 'ben';
SELECT status FROM batch_job.confirm('e3');
RESET batch_job.actor;
-- somebody else may, but a trigger keeps the job as it is
CREATE FUNCTION keep() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER keep BEFORE UPDATE ON batch_job FOR EACH ROW EXECUTE FUNCTION keep();
SELECT batch_job.confirm('e5', actor => 'ben');
\echo :LAST_ERROR_SQLSTATE
DROP TRIGGER keep ON batch_job;
SELECT count(*) FROM (SELECT batch_job.confirm('e5')) s;
DO $$ BEGIN PERFORM batch_job.confirm('e4'); EXCEPTION WHEN insufficient_privilege THEN RAISE NOTICE 'refused: created by the user of this session'; END $$;
SELECT id, status FROM batch_job WHERE id LIKE 'e%' ORDER BY id;
SELECT batch_job.attach('batch_job', confirm_by_other => false);
SELECT status FROM batch_job.confirm('e4');

-- previews that nobody has confirmed
INSERT INTO batch_job (id, type, dry_run, pre_processed_at, confirmed_at, deleted_at)
SELECT 'u' || n, 't', true, now() - n * interval '1 day', CASE WHEN n = 3 THEN now() END, CASE WHEN n = 4 THEN now() END FROM generate_series(1, 5) n;
SELECT batch_job.cancel_unconfirmed('2 days'), batch_job.cancel_unconfirmed('2 days', 'batch_job');
SELECT id, status, deleted_at IS NOT NULL AS deleted FROM batch_job WHERE id LIKE 'u%' ORDER BY id;
SELECT batch_job.cancel_unconfirmed('0');
SELECT batch_job.cancel_unconfirmed('-1 day');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.cancel_unconfirmed(NULL);
\echo :LAST_ERROR_SQLSTATE

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA confirm_test CASCADE;
