-- What is made beside a job table is accessible to its owner alone, whatever default privileges give others; later grants of the
-- owner stay. The same for the live view: a role with TRIGGER on it would get the owner's rights when the owner uses it.
\set SHOW_CONTEXT never
\set VERBOSITY terse
CREATE SCHEMA default_privileges AUTHORIZATION regress_job_owner;
SET search_path = default_privileges;
CREATE ROLE "Job ""app"" role" IN ROLE regress_job_app;
CREATE ROLE "current_user";
GRANT USAGE ON SCHEMA default_privileges TO PUBLIC;
SET ROLE regress_job_owner;
ALTER DEFAULT PRIVILEGES IN SCHEMA default_privileges GRANT ALL ON TABLES TO regress_job_app, "Job ""app"" role", "current_user" WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES IN SCHEMA default_privileges GRANT ALL ON SEQUENCES TO regress_job_app, "Job ""app"" role", "current_user" WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES IN SCHEMA default_privileges GRANT ALL ON TABLES TO PUBLIC;
ALTER DEFAULT PRIVILEGES IN SCHEMA default_privileges GRANT ALL ON SEQUENCES TO PUBLIC;
ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO regress_job_reader;
ALTER DEFAULT PRIVILEGES GRANT USAGE ON SEQUENCES TO regress_job_reader;

-- the rights of others than the owner
CREATE VIEW rights AS
  SELECT c.oid::regclass AS relation, string_agg(DISTINCT CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE a.grantee::regrole::text END COLLATE "C", ', ') AS others
    FROM pg_class c LEFT JOIN LATERAL aclexplode(c.relacl) a ON a.grantee <> c.relowner
   WHERE c.relnamespace = 'default_privileges'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'S') AND c.relname <> 'rights'
   GROUP BY c.oid ORDER BY c.oid::regclass::text COLLATE "C";

SELECT batch_job.create_table(events => true, runs => true);
CREATE TABLE adopted (LIKE batch_job INCLUDING DEFAULTS, PRIMARY KEY (id));
SELECT batch_job.attach('adopted', events => true, runs => true);
CREATE TABLE parted (LIKE batch_job INCLUDING DEFAULTS, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE parted_all PARTITION OF parted DEFAULT;
SELECT batch_job.attach('parted', events => true, runs => true);
SELECT * FROM rights;
-- no right on a single column either
SELECT count(*) FROM pg_attribute WHERE attrelid IN ('batch_job_event'::regclass, 'adopted_event'::regclass, 'parted_event'::regclass,
  'batch_job_run'::regclass, 'batch_job_type'::regclass) AND attacl IS NOT NULL;

-- an application with all rights on the jobs cannot read events past their row-level security, nor stop events
ALTER TABLE batch_job ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON batch_job USING (created_by = current_user);
SET ROLE regress_job_app;
INSERT INTO batch_job (id, type, created_by) VALUES ('mine', 'x', 'regress_job_app');
INSERT INTO adopted (id, type) VALUES ('a', 'x');
SELECT * FROM batch_job_event;
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.read_events();
\echo :LAST_ERROR_SQLSTATE
SELECT setval('batch_job_event_seq_seq', 9223372036854775807);
\echo :LAST_ERROR_SQLSTATE
SELECT nextval('batch_job_event_seq_seq');
SELECT last_value FROM batch_job_event_seq_seq;
INSERT INTO batch_job_event (job_id, event, actor, at, xid, horizon) VALUES ('x', 'x', 'x', now(), '1', '1');
TRUNCATE batch_job_event;
DELETE FROM batch_job_event;
SELECT setval('adopted_event_seq_seq', 1);
TRUNCATE adopted_event;
SELECT count(*) FROM adopted_event;
SELECT count(*) FROM batch_job_run;
UPDATE batch_job_type SET max_running = NULL;
SET ROLE "Job ""app"" role";
SELECT count(*) FROM batch_job_event;
SET ROLE regress_job_reader;
SELECT count(*) FROM batch_job_event;
SELECT nextval('batch_job_event_seq_seq');
SET ROLE regress_job_owner;
SELECT seq, job_id, event FROM batch_job.read_events();

-- the live view: what the owner grants, and no more than the table gives
INSERT INTO batch_job (id, type, created_by) VALUES ('theirs', 'x', 'ann');
SET ROLE regress_job_app;
CREATE FUNCTION pg_temp.take() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN GRANT ALL ON default_privileges.batch_job_event TO PUBLIC; RETURN NEW; END $$;
CREATE TRIGGER take INSTEAD OF INSERT ON batch_job_live FOR EACH ROW EXECUTE FUNCTION pg_temp.take();
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_job_owner;
GRANT SELECT, INSERT, UPDATE, DELETE ON batch_job_live TO regress_job_app;
SET ROLE regress_job_app;
SELECT id FROM batch_job_live;
DELETE FROM batch_job_live;
\echo :ROW_COUNT
SET ROLE regress_job_owner;
REVOKE ALL ON batch_job FROM regress_job_app, PUBLIC;
SET ROLE regress_job_app;
SELECT id FROM batch_job_live;
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_job_owner;

-- what the owner grants later stays: when attach runs again, when events are switched off and on, when the table is made anew
GRANT SELECT ON batch_job_event, batch_job_run, adopted_event, adopted_live TO regress_job_reader;
GRANT SELECT (seq) ON batch_job_event TO "Job ""app"" role";
GRANT USAGE ON SEQUENCE adopted_event_seq_seq TO regress_job_reader;
SELECT batch_job.attach('adopted', guard => true), batch_job.attach('batch_job', notify => true);
SELECT batch_job.attach('adopted', events => false), batch_job.attach('batch_job', events => false, runs => false);
SET client_min_messages = warning;
SELECT batch_job.attach('adopted', events => true), batch_job.attach('batch_job', events => true, runs => true);
SELECT batch_job.detach('batch_job'), batch_job.attach('batch_job', events => true, runs => true);
DROP TABLE adopted CASCADE;
SELECT batch_job.create_table('adopted', events => true);
SELECT * FROM rights WHERE relation::text ~ '^(adopted|batch_job)_(event|run|type)';
SET ROLE "Job ""app"" role";
SELECT min(seq) FROM batch_job_event;
SELECT min(job_id) FROM batch_job_event;

-- a superuser that attaches somebody's table: the default privileges are the owner's, and so is the table
RESET ROLE;
CREATE TABLE by_superuser (LIKE batch_job INCLUDING DEFAULTS, PRIMARY KEY (id));
ALTER TABLE by_superuser OWNER TO regress_job_owner;
SELECT batch_job.attach('by_superuser', events => true, runs => true);
SELECT relation, others, pg_get_userbyid(relowner) AS owner FROM rights JOIN pg_class ON oid = relation WHERE relation::text ~ '^by_superuser_';

RESET ROLE;
DROP SCHEMA default_privileges CASCADE;
ALTER DEFAULT PRIVILEGES FOR ROLE regress_job_owner REVOKE SELECT ON TABLES FROM regress_job_reader;
ALTER DEFAULT PRIVILEGES FOR ROLE regress_job_owner REVOKE USAGE ON SEQUENCES FROM regress_job_reader;
DROP ROLE "Job ""app"" role", "current_user";
