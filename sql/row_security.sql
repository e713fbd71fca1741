-- Row-level security: of job tables, live views and event tables, also where it is forced on their owner.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\pset null -
SET client_min_messages = warning;
CREATE SCHEMA row_security AUTHORIZATION regress_job_owner;
GRANT USAGE ON SCHEMA row_security TO regress_job_app, regress_job_reader;
SET search_path = row_security;
SET ROLE regress_job_owner;
SELECT batch_job.create_table(events => true, guard => false);
GRANT ALL ON batch_job, batch_job_live TO regress_job_app, regress_job_reader;
INSERT INTO batch_job (id, type, created_by) VALUES ('app1', 'x', 'regress_job_app'), ('app2', 'x', 'regress_job_app'), ('reader1', 'x', 'regress_job_reader'), ('owner1', 'x', 'regress_job_owner');
ALTER TABLE batch_job ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON batch_job USING (created_by = current_user);

-- every step of the life cycle sees only one's own jobs; those of others do not exist for any call
SET ROLE regress_job_app;
SELECT id, status FROM batch_job_live ORDER BY id;
SELECT status FROM batch_job.mark_pre_processed('app1');
SELECT batch_job.mark_pre_processed('reader1');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.update('reader1', '{"a": 1}');
SELECT batch_job.fail('reader1', 'e'::text);
SELECT batch_job.cancel('reader1');
SELECT batch_job.plan_digest('reader1');
SELECT batch_job.restore('reader1');
SELECT batch_job.create('x', created_by => 'regress_job_reader');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.create('x');
\echo :LAST_ERROR_SQLSTATE
SELECT status FROM batch_job.create('x', created_by => 'regress_job_app', id => 'app3', dry_run => true);
-- a job that is given away with the change that one makes
UPDATE batch_job SET created_by = 'regress_job_reader' WHERE id = 'app1';
\echo :LAST_ERROR_SQLSTATE
-- bulk functions skip jobs that one does not see
SET ROLE regress_job_owner;
UPDATE batch_job SET dry_run = true, pre_processed_at = '2020-01-01';
UPDATE batch_job SET deleted_at = '2020-01-01' WHERE id IN ('app2', 'reader1');
SET ROLE regress_job_app;
SELECT batch_job.cancel_unconfirmed('1 day');
SELECT batch_job.purge('1 day');
SET ROLE regress_job_owner;
SELECT id, status, deleted_at IS NOT NULL AS deleted FROM batch_job ORDER BY id;

-- policies apply to the row as the trigger leaves it: a wrong status or id cannot satisfy them
SET ROLE regress_job_owner;
CREATE POLICY new ON batch_job AS RESTRICTIVE FOR INSERT WITH CHECK (status = 'created' AND batch_job.is_id(id));
SET ROLE regress_job_app;
INSERT INTO batch_job (id, type, created_by) VALUES ('', 'x', 'regress_job_app') RETURNING status;
INSERT INTO batch_job (type, created_by, failed_at, status) VALUES ('x', 'regress_job_app', now(), 'created');
\echo :LAST_ERROR_SQLSTATE
INSERT INTO batch_job_live (type, created_by, status) VALUES ('x', 'regress_job_app', 'failed') RETURNING status;
INSERT INTO batch_job (id, type, created_by) VALUES ('mine', 'x', 'regress_job_app');
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_job_owner;
DROP POLICY new ON batch_job;

-- forced on the owner as well: attach would leave rows without a status, so it refuses; what is there goes on
ALTER TABLE batch_job FORCE ROW LEVEL SECURITY;
SELECT id FROM batch_job ORDER BY id;
SELECT batch_job.attach('batch_job');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.cancel('app3');
\echo :LAST_ERROR_SQLSTATE
SELECT status FROM batch_job.cancel('owner1');
DELETE FROM batch_job_live;
\echo :ROW_COUNT
SET ROLE regress_job_app;
SELECT id FROM batch_job.update('app3', '{"forced": true}');
-- events are written whatever the policies of their table, and read by those
SET ROLE regress_job_owner;
ALTER TABLE batch_job NO FORCE ROW LEVEL SECURITY;
DELETE FROM batch_job_event;
ALTER TABLE batch_job_event ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY seen ON batch_job_event FOR SELECT TO regress_job_reader USING (event <> 'batch.updated');
GRANT SELECT ON batch_job_event TO regress_job_app, regress_job_reader;
SET ROLE regress_job_app;
SELECT id FROM batch_job.update('app3', '{"a": 1}');
INSERT INTO batch_job (id, type, created_by) VALUES ('app4', 'x', 'regress_job_app');
DELETE FROM batch_job_live WHERE id = 'app4';
-- events behind a gap wait for transactions that were there before, such as an autovacuum
DO $$
DECLARE
  past xid8 := pg_snapshot_xmax(pg_current_snapshot());
BEGIN
  WHILE pg_snapshot_xmin(pg_current_snapshot()) < past LOOP
    PERFORM pg_sleep(0.01);
  END LOOP;
END $$;
SELECT job_id, event FROM batch_job.read_events();
SET ROLE regress_job_reader;
SELECT job_id, event FROM batch_job.read_events();
SET ROLE regress_job_owner;
SELECT job_id, event FROM batch_job.read_events();
-- an owner who forces it and has no policy for DELETE cannot remove old events; it does not matter to others
DELETE FROM batch_job_event;
\echo :ROW_COUNT
ALTER TABLE batch_job_event NO FORCE ROW LEVEL SECURITY;
SELECT job_id, event FROM batch_job.read_events();
-- row_security = off: an error, rather than a part of the rows
SET row_security = off;
SET ROLE regress_job_app;
SELECT batch_job.start('app3');
\echo :LAST_ERROR_SQLSTATE
DELETE FROM batch_job;
\echo :LAST_ERROR_SQLSTATE
SELECT * FROM batch_job.read_events();
\echo :LAST_ERROR_SQLSTATE
RESET row_security;

-- the plans of a session are made anew for each role: what one may see, the next does not
SET ROLE regress_job_owner;
SELECT id FROM batch_job.restore('owner1');
CREATE FUNCTION as_role(role text, id text) RETURNS text LANGUAGE plpgsql SET search_path = row_security AS $$
BEGIN
  EXECUTE format('SET LOCAL ROLE %I', role);
  RETURN (batch_job.update(id)).id;
EXCEPTION WHEN no_data_found THEN RETURN 'none';
END $$;
RESET ROLE;
SELECT role, as_role(role, 'app3') AS app3, as_role(role, 'owner1') AS owner1 FROM unnest(ARRAY['regress_job_app', 'regress_job_owner', 'regress_job_app', 'regress_job_owner', 'regress_job_app']) role;

RESET ROLE;
DROP SCHEMA row_security CASCADE;
