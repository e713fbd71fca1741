-- The statements of functions that take the id of a job can be run by a distributed engine. A change of
-- the job is one UPDATE, with the id in its WHERE, that uses parameters, columns and IMMUTABLE functions only, and locks no
-- row in any other way. Statements about its run have the id for each table that they read, so that one node has it all.
\set SHOW_CONTEXT never
CREATE SCHEMA statements_test AUTHORIZATION regress_job_owner;
GRANT USAGE ON SCHEMA statements_test TO regress_job_app;
SET search_path = statements_test;
SET ROLE regress_job_owner;
SELECT batch_job.create_table(confirm_by_other => true, runs => true);
GRANT SELECT, INSERT, UPDATE, DELETE ON batch_job, batch_job_live TO regress_job_app;
GRANT SELECT, INSERT, UPDATE ON batch_job_run TO regress_job_app;
GRANT SELECT ON batch_job_type TO regress_job_app;

-- A policy is evaluated in every statement, and can record which one it is.
CREATE TABLE said (n serial, call text, statement text, UNIQUE (call, statement));
CREATE FUNCTION note() RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  stack text;
BEGIN
  GET DIAGNOSTICS stack = PG_CONTEXT;
  INSERT INTO statements_test.said (call, statement)
  SELECT current_setting('test.call'), replace(s[1], 'statements_test.', '')
    FROM regexp_matches(stack, 'SQL statement "([^"]*)"') s
   WHERE s[1] NOT LIKE 'DELETE FROM batch_job_live%'
  ON CONFLICT DO NOTHING;
  RETURN true;
END $$;
ALTER TABLE batch_job ENABLE ROW LEVEL SECURITY;
CREATE POLICY noted ON batch_job TO regress_job_app USING (note()) WITH CHECK (note());
ALTER TABLE batch_job_run ENABLE ROW LEVEL SECURITY;
CREATE POLICY noted ON batch_job_run TO regress_job_app USING (note()) WITH CHECK (note());
GRANT EXECUTE ON FUNCTION note() TO regress_job_app;

CREATE FUNCTION call(name text, statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('test.call', name, true);
  EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
  -- undoes what was noted, too
  RAISE 'call % failed: %', name, SQLERRM;
END $$;

-- Jobs with a worker. A claim does not go by an id, so it is not asked what it says; the token must be known to the calls.
INSERT INTO batch_job (id, type, dry_run) VALUES ('m', 'prepare', true);
INSERT INTO batch_job (id, type, pre_processed_at, confirmed_at)
SELECT w, 'work', now(), now() FROM unnest('{w1,w2,w3,w4,w5}'::text[]) w;
INSERT INTO batch_job_type (type, max_attempts) VALUES ('work', 2);
SELECT count(*) FROM batch_job.claim(max => 10);
UPDATE batch_job_run SET run = 'run';
UPDATE batch_job_run SET attempt = 2 WHERE job_id = 'w4';

SET ROLE regress_job_app;
BEGIN;  -- outside of a transaction, a heartbeat looks after other runs now and then
SELECT count(call(name, statement)) FROM (VALUES
  ('create', $$SELECT batch_job.create('x', dry_run => true, created_by => 'ann', id => 'j')$$),
  ('create', $$SELECT batch_job.create('x', id => 'k')$$),
  ('create', $$SELECT batch_job.create('x', id => 'l')$$),
  ('update', $$SELECT batch_job.update('j', '{}', '{}')$$),
  ('mark_pre_processed', $$SELECT batch_job.mark_pre_processed('j', '{}')$$),
  ('plan_digest', $$SELECT batch_job.plan_digest('j')$$),
  ('confirm', $$SELECT batch_job.confirm('j', batch_job.digest_plan('x', '{}', '{}'), 'bob')$$),
  ('start', $$SELECT batch_job.start('j')$$),
  ('complete', $$SELECT batch_job.complete('j', '{}')$$),
  ('fail', $$SELECT batch_job.fail('k', 'error')$$),
  ('cancel', $$SELECT batch_job.cancel('l')$$),
  ('reopen', $$SELECT batch_job.reopen('k')$$),
  ('soft_delete', $$SELECT batch_job.soft_delete('j')$$),
  ('restore', $$SELECT batch_job.restore('j')$$),
  ('live view', $$DELETE FROM batch_job_live WHERE id = 'j'$$),
  -- said again it looks at the job
  ('cancel again', $$SELECT batch_job.cancel('l')$$),
  -- by a worker, with its run
  ('mark_pre_processed, run', $$SELECT batch_job.mark_pre_processed('m', '{}', run => 'run')$$),
  ('start, run', $$SELECT batch_job.start('w1', run => 'run')$$),
  ('update, run', $$SELECT batch_job.update('w1', '{}', '{}', run => 'run')$$),
  ('heartbeat', $$SELECT batch_job.heartbeat('w1', 'run', 1, 2, 'message', '{}', '1 minute')$$),
  ('complete, run', $$SELECT batch_job.complete('w1', '{}', run => 'run')$$),
  ('fail, run', $$SELECT batch_job.fail('w2', 'error', run => 'run')$$),
  ('retry', $$SELECT batch_job.retry('w3', 'run', 'error')$$),
  ('retry, the last attempt', $$SELECT batch_job.retry('w4', 'run', 'error')$$),
  ('release', $$SELECT batch_job.release('w5', 'run')$$),
  ('pause', $$SELECT batch_job.pause('w5')$$),
  ('resume', $$SELECT batch_job.resume('w5')$$),
  ('create', $$SELECT batch_job.create('x', id => 'n')$$),
  ('pause, not claimed', $$SELECT batch_job.pause('n')$$),
  -- by others, who look whether the job has a worker
  ('update, with a run that waits', $$SELECT batch_job.update('w5', '{}', '{}')$$),
  ('cancel', $$SELECT batch_job.cancel('w5')$$),
  ('reopen, with a run that waits', $$SELECT batch_job.reopen('w5')$$),
  -- said again, they look at the run
  ('complete again, run', $$SELECT batch_job.complete('w1', '{}', run => 'run')$$)
) v (name, statement);
COMMIT;
SET ROLE regress_job_owner;
\pset format unaligned
\pset tuples_only
SELECT call, statement FROM said WHERE call <> 'create' ORDER BY n;
\pset format aligned
\pset tuples_only off

-- A statement as the body of a function: what it uses stands in the catalog then.
CREATE FUNCTION made_of(said text, OUT tables bigint, OUT ids bigint, OUT locks bigint, OUT not_immutable text, OUT unknown_nodes text) LANGUAGE plpgsql AS $$
DECLARE
  body text;
BEGIN
  -- not each of them tells the types of all its parameters
  EXECUTE format('PREPARE probe %s AS %s', CASE WHEN said LIKE '%$4 IS NULL%' THEN '(text, timestamptz, text, text)'
                                                WHEN said LIKE '%THEN $4 END, $3)%' THEN '(text, timestamptz, jsonb, jsonb)'
                                                WHEN said LIKE '%heartbeat_at = $1%' THEN '(timestamptz, interval)'
                                                WHEN said LIKE 'UPDATE batch_job SET%=) $1%' THEN '(text, timestamptz)' END, said);
  EXECUTE (SELECT format('CREATE FUNCTION probe(%s) RETURNS void BEGIN ATOMIC %s; END', array_to_string(parameter_types, ', '), said)
             FROM pg_prepared_statements WHERE name = 'probe');
  SELECT prosqlbody::text INTO body FROM pg_proc WHERE proname = 'probe' AND pronamespace = 'statements_test'::regnamespace;
  DROP FUNCTION probe;
  DEALLOCATE probe;
  tables := (SELECT count(*) FROM regexp_matches(said, '(UPDATE|FROM|JOIN) batch_job(_run)?\M', 'g'));
  ids := (SELECT count(*) FROM regexp_matches(said, '\m(job_)?id OPERATOR\(pg_catalog\.=\) (\$\d|r\.job_id)', 'g'));
  locks := (SELECT count(*) FROM regexp_matches(said, 'FOR (NO KEY )?UPDATE|FOR (KEY )?SHARE', 'g'));
  not_immutable := (SELECT string_agg(DISTINCT p.oid::regprocedure::text, ', ')
                      FROM (SELECT m[1]::oid FROM regexp_matches(body, ':(?:funcid|opfuncid) (\d+)', 'g') m
                             UNION SELECT oprcode FROM regexp_matches(body, ':opno (\d+)', 'g') m JOIN pg_operator o ON o.oid = m[1]::oid) f (oid)
                      JOIN pg_proc p USING (oid) WHERE p.provolatile <> 'i');
  unknown_nodes := (SELECT string_agg(m[1], ', ') FROM regexp_matches(body, '\{(SQLVALUEFUNCTION|COERCEVIAIO|NEXTVALUEEXPR|SUBLINK|XMLEXPR)\M', 'g') m);
END $$;
-- it finds what it is to find
SELECT not_immutable, unknown_nodes FROM made_of($$UPDATE batch_job SET deleted_at = clock_timestamp() WHERE id = $1$$);
SELECT not_immutable, unknown_nodes FROM made_of($$UPDATE batch_job SET deleted_at = current_timestamp + '1 day' WHERE id = $1$$);
SELECT locks FROM made_of('SELECT FROM batch_job WHERE id = $1 FOR NO KEY UPDATE');
-- Each statement has the id for each of its tables.
SELECT call, tables, ids FROM said, made_of(statement) WHERE call <> 'create' AND (tables = 0 OR ids <> tables);
-- Row locks are of a run, or keep claims from a job that is paused. What is not a parameter, a column or IMMUTABLE: Citus
-- takes a STABLE function if the columns are inside COALESCE, and a subquery that finds its row by the run's job_id.
SELECT call, split_part(statement, ' ', 1) AS statement, locks, not_immutable, unknown_nodes FROM said, made_of(statement)
 WHERE call <> 'create' AND (locks > 0 OR statement NOT LIKE 'SELECT%' AND (not_immutable, unknown_nodes) IS DISTINCT FROM (NULL, NULL))
 ORDER BY n;
-- and nothing was left out
SELECT count(DISTINCT call) FROM said WHERE statement NOT LIKE 'SELECT%' AND call <> 'create';

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA statements_test CASCADE;
