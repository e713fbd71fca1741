-- What the functions that change a job by its id say to the database: one UPDATE, with the id in its WHERE, that uses
-- parameters, columns and IMMUTABLE functions only, and locks no row in any other way. So a distributed engine can run it.
\set SHOW_CONTEXT never
CREATE SCHEMA statements_test AUTHORIZATION regress_job_owner;
GRANT USAGE ON SCHEMA statements_test TO regress_job_app;
SET search_path = statements_test;
SET ROLE regress_job_owner;
SELECT batch_job.create_table(confirm_by_other => true);
GRANT SELECT, INSERT, UPDATE, DELETE ON batch_job, batch_job_live TO regress_job_app;

-- A policy is asked in every statement, and can tell which one asks.
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
GRANT EXECUTE ON FUNCTION note() TO regress_job_app;

CREATE FUNCTION call(name text, statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('test.call', name, true);
  EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
  -- undoes what was noted, too
  RAISE 'call % failed: %', name, SQLERRM;
END $$;
SET ROLE regress_job_app;
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
  ('cancel again', $$SELECT batch_job.cancel('l')$$)
) v (name, statement);
SET ROLE regress_job_owner;
\pset format unaligned
\pset tuples_only
SELECT call, statement FROM said WHERE statement NOT LIKE 'INSERT%' ORDER BY n;
\pset format aligned
\pset tuples_only off

-- A statement as the body of a function: what it uses stands in the catalog then.
CREATE FUNCTION made_of(said text, OUT ids bigint, OUT locks bigint, OUT not_immutable text, OUT unknown_nodes text) LANGUAGE plpgsql AS $$
DECLARE
  body text;
BEGIN
  -- not each of them tells the types of all its parameters
  EXECUTE format('PREPARE probe %s AS %s', CASE WHEN said LIKE '%$4 IS NULL%' THEN '(text, timestamptz, text, text)'
                                                WHEN said LIKE '%THEN $4 END, $3)%' THEN '(text, timestamptz, jsonb, jsonb)'
                                                WHEN said LIKE '%=) $1%' THEN '(text, timestamptz)' END, said);
  EXECUTE (SELECT format('CREATE FUNCTION probe(%s) RETURNS void BEGIN ATOMIC %s; END', array_to_string(parameter_types, ', '), said)
             FROM pg_prepared_statements WHERE name = 'probe');
  SELECT prosqlbody::text INTO body FROM pg_proc WHERE proname = 'probe' AND pronamespace = 'statements_test'::regnamespace;
  DROP FUNCTION probe;
  DEALLOCATE probe;
  ids := (SELECT count(*) FROM regexp_matches(said, 'WHERE .*\mid OPERATOR\(pg_catalog\.=\) \$\d'));
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
SELECT call, m.* FROM said, made_of(statement) m
 WHERE statement LIKE 'UPDATE%' AND ((ids, locks) <> (1, 0) OR not_immutable IS NOT NULL OR unknown_nodes IS NOT NULL)
    OR statement LIKE 'SELECT%' AND (ids, locks) <> (1, 0);
-- and nothing was left out
SELECT count(DISTINCT call) FROM said WHERE statement LIKE 'UPDATE%';

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA statements_test CASCADE;
