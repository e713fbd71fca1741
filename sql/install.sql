-- What CREATE EXTENSION makes: as a role that is not a superuser, in a database with other objects.
SET client_min_messages = warning;
CREATE ROLE regress_job_owner;
CREATE ROLE regress_job_app;
CREATE ROLE regress_job_reader;
DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO regress_job_owner', current_database()); END $$;

-- an existing schema of that name is not used, because its owner could put functions into it
SET ROLE regress_job_owner;
CREATE SCHEMA batch_job;
\set VERBOSITY terse
CREATE EXTENSION batch_job;
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY default
DROP SCHEMA batch_job;

-- with either meaning of a backslash in a literal; 19 has only one
DO $$ BEGIN SET standard_conforming_strings = off; EXCEPTION WHEN OTHERS THEN NULL; END $$;
CREATE EXTENSION batch_job;
RESET standard_conforming_strings;

-- the schema does not belong to the installing role, and PUBLIC has only USAGE on it
SELECT nspowner::regrole::text <> 'regress_job_owner' AS owned_by_other,
       has_schema_privilege('regress_job_owner', oid, 'CREATE') AS may_create,
       has_schema_privilege('regress_job_app', oid, 'USAGE') AS may_use
  FROM pg_namespace WHERE nspname = 'batch_job';

-- every member has a comment
SELECT pg_describe_object(classid, objid, 0) AS member_without_comment
  FROM pg_depend
 WHERE refclassid = 'pg_extension'::regclass
   AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'batch_job')
   AND deptype = 'e'
   AND pg_describe_object(classid, objid, 0) !~ '^type .*\[\]$'
   AND obj_description(objid, classid::regclass::name) IS NULL;

-- every function declares whether it may run in parallel, and what it does with NULL
SELECT p.oid::regprocedure AS function, p.provolatile AS volatile, p.proisstrict AS strict,
       p.proparallel AS parallel, p.prosecdef AS definer
  FROM pg_proc p
 WHERE p.pronamespace = 'batch_job'::regnamespace
 ORDER BY p.oid::regprocedure::text COLLATE "C";

-- no relation called batch_job shows a column status: an older migration of Medusa looks for one
SELECT count(*) FROM information_schema.columns WHERE table_name = 'batch_job' AND column_name = 'status';

-- the composite type: 16 attributes in their order
SELECT a.attnum, a.attname, format_type(a.atttypid, a.atttypmod)
  FROM pg_attribute a JOIN pg_type t ON t.typrelid = a.attrelid
 WHERE t.oid = 'batch_job.batch_job'::regtype
 ORDER BY a.attnum;

-- memory that lives as long as the session has a name
SELECT batch_job.create_table('pg_temp.batch_job');
INSERT INTO batch_job (type) VALUES ('x');
SELECT (batch_job.soft_delete(id)).type FROM batch_job;
SELECT count(*) FROM pg_catalog.pg_settings WHERE name = 'batch_job.soft_delete';
RESET ROLE;
SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'batch_job';
