-- Every function of the extension, called as it should not be: with NULLs, on relations of every kind, with rows of every
-- kind, by those who may not. An error has a SQLSTATE of its own, never an internal one (XX000), and nothing crashes.
-- The calls are made from the catalog, so that a new function shows here by itself.
\set SHOW_CONTEXT never
\set VERBOSITY sqlstate
\pset null -
SET client_min_messages = warning;
CREATE SCHEMA misuse_test AUTHORIZATION regress_job_owner;
GRANT USAGE ON SCHEMA misuse_test TO regress_job_app, regress_job_reader;
SET search_path = misuse_test;
SET ROLE regress_job_owner;

-- one job for each function, in the status from which it works
SELECT batch_job.create_table(events => true, guard => false, runs => true);
CREATE TABLE app_user (id text PRIMARY KEY);
INSERT INTO app_user VALUES ('u');
ALTER TABLE batch_job ADD FOREIGN KEY (created_by) REFERENCES app_user;
INSERT INTO batch_job (id, type, created_by) VALUES ('update', 'x', 'u');
INSERT INTO batch_job (id, type) VALUES ('mark_pre_processed', 'x'), ('plan_digest', 'x'), ('fail', 'x'), ('cancel', 'x'), ('soft_delete', 'x'),
  ('heartbeat', 'x'), ('retry', 'x'), ('release', 'x'), ('pause', 'x'), ('resume', 'x');
INSERT INTO batch_job (id, type, failed_at) VALUES ('reopen', 'x', now());
INSERT INTO batch_job (id, type, dry_run, pre_processed_at) VALUES ('confirm', 'x', true, now());
INSERT INTO batch_job (id, type, created_by, confirmed_at) VALUES ('start', 'x', 'u', now());
INSERT INTO batch_job (id, type, processing_at) VALUES ('complete', 'x', now());
INSERT INTO batch_job (id, type, deleted_at) VALUES ('restore', 'x', now());
-- and a worker that has runs of the jobs which it may report on
INSERT INTO batch_job_run (job_id, run, type, priority, state, attempt, claimed_at, heartbeat_at, lease_until)
SELECT id, 'r', type, 0, 'running', 1, now(), now(), now() + '1 h' FROM batch_job
 WHERE id IN ('update', 'mark_pre_processed', 'start', 'complete', 'fail', 'heartbeat', 'retry', 'release');

CREATE VIEW member AS
  SELECT p.* FROM pg_depend d JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid
   WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
     AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'batch_job');

-- an argument with which a call works, by its name, or by that and its type
CREATE TABLE sample (argument text PRIMARY KEY, expression text NOT NULL);
INSERT INTO sample VALUES
  ('name', $$'fresh'$$), ('job_table', $$'misuse_test.batch_job'::regclass$$), ('batch_size', '1'), ('drop_status', 'false'), ('backfill', 'true'),
  ('soft_delete', 'true'), ('guard', 'true'), ('events', 'true'), ('notify', 'true'), ('runs', 'true'), ('confirm_by_other', 'true'), ('id_prefix', $$'p'$$),
  ('type', $$'x'$$), ('context', $$'{}'::jsonb$$), ('result', $$'{}'::jsonb$$), ('dry_run', 'true'), ('created_by', $$'u'$$), ('created_by regclass', $$'misuse_test.app_user'$$), ('error', $$'"e"'$$),
  ('plan_digest', $$batch_job.plan_digest('confirm', 'misuse_test.batch_job')$$), ('actor', $$'a'$$), ('reason', $$'r'$$), ('run', $$'r'$$), ('errors', $$'["e"]'$$),
  ('zone', $$'UTC'$$), ('older_than', $$'0'::interval$$), ('max_rows', '1'), ('after', '0'), ('max', '1'), ('old', $$'{}'::jsonb$$), ('new', $$'{}'::jsonb$$),
  ('types', $$'{x}'$$), ('worker', $$'w'$$), ('lease', $$'1 min'::interval$$), ('status', $$'created'$$), ('items_done', '1'), ('items_total', '2'), ('message', $$'m'$$),
  ('checkpoint', $$'{}'::jsonb$$), ('delay', $$'1 min'::interval$$), ('since', $$'1 day'::interval$$), ('since timestamp with time zone', 'now()'), ('until', 'now()'), ('key', $$'count'$$), ('base_at', 'now()'), ('base_items', '0'), ('progress_at', 'now()'), ('rate_at', 'now()'), ('rate_items', '1'), ('ids', $$'{heartbeat}'$$), ('runs text[]', $$'{r}'$$),
  ('prefix', $$'p'$$), ('at', 'now()'), ('uuid', $$'01563e3a-b5d3-d676-4c61-efb99302bd5b'::uuid$$), ('id', $$'batch_01ARZ3NDEKTSV4RRFFQ69G5FAV'$$),
  ('job', $$(SELECT j FROM misuse_test.batch_job j WHERE id = 'update')$$),
  ('pre_processed_at', 'now()'), ('confirmed_at', 'now()'), ('processing_at', 'now()'), ('completed_at', 'now()'), ('canceled_at', 'now()'), ('failed_at', 'now()');

CREATE VIEW argument AS
  SELECT m.oid AS function, n, m.proargnames[n] AS name, m.proargtypes[n - 1] AS type,
         CASE WHEN m.proargnames[n] = 'id' AND EXISTS (SELECT FROM batch_job j WHERE j.id = m.proname) THEN quote_literal(m.proname)
              ELSE coalesce((SELECT expression FROM sample WHERE argument = m.proargnames[n] || ' ' || format_type(m.proargtypes[n - 1], NULL)),
                            (SELECT expression FROM sample WHERE argument = m.proargnames[n]), 'no_sample') END || '::' || format_type(m.proargtypes[n - 1], NULL) AS good
    FROM member m, generate_series(1, m.pronargs) n;

-- a call with this expression for the arguments of this name, for all of them if it is '', for none if it is NULL
CREATE FUNCTION call(function oid, name text, expression text) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT format('%s %I.%I(%s)', CASE prokind WHEN 'p' THEN 'CALL' ELSE 'SELECT' END, pronamespace::regnamespace, proname,
                (SELECT string_agg(CASE WHEN $2 IN ('', a.name) THEN $3 || '::' || format_type(a.type, NULL) ELSE a.good END, ', ' ORDER BY a.n)
                   FROM misuse_test.argument a WHERE a.function = $1))
    FROM pg_proc WHERE oid = $1 $$;
-- what comes of it, the SQLSTATE or 'ok'; everything is as before, but each SQLSTATE is noted (outlive, below, calls to_json)
CREATE TABLE raised (function text, code text, PRIMARY KEY (function, code));
GRANT INSERT ON raised TO regress_job_app, regress_job_reader;
CREATE FUNCTION attempt(call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE call;
  RAISE SQLSTATE 'OK000';
EXCEPTION WHEN OTHERS THEN
  IF SQLSTATE = 'OK000' THEN RETURN 'ok'; END IF;
  INSERT INTO misuse_test.raised VALUES (coalesce(substring(call FROM 'batch_job\."?(\w+)"?\('), 'to_json'), SQLSTATE) ON CONFLICT DO NOTHING;
  RETURN SQLSTATE;
END $$;

-- correct calls: only backfill, which commits, and the trigger functions cannot be called here
SELECT attempt(call(oid, NULL, NULL)) AS outcome, count(*), string_agg(proname, ' ' ORDER BY proname) FILTER (WHERE attempt(call(oid, NULL, NULL)) <> 'ok') AS functions
  FROM member GROUP BY 1 ORDER BY 1;
-- NULL for all arguments, and for each of them
SELECT oid::regprocedure AS function, attempt(call(oid, '', 'NULL')) AS all_null,
       ARRAY(SELECT attempt(call(oid, name, 'NULL')) FROM argument WHERE function = oid ORDER BY n) AS each_null
  FROM member WHERE pronargs > 0 ORDER BY oid::regprocedure::text COLLATE "C";
CALL batch_job.backfill(NULL, NULL);
CALL batch_job.backfill(NULL, 0);
SET search_path = pg_catalog;
CALL batch_job.backfill(NULL);
SET search_path = misuse_test;

-- relations of every kind where a job table should be
CREATE TABLE plain (LIKE batch_job);
CREATE TABLE no_columns ();
CREATE TABLE parted (LIKE batch_job INCLUDING DEFAULTS, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE parted_one PARTITION OF parted DEFAULT;
CREATE TABLE parted_job (LIKE batch_job INCLUDING DEFAULTS, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE parted_job_one PARTITION OF parted_job DEFAULT;
SELECT batch_job.attach('parted_job');
CREATE TABLE ancestor (LIKE batch_job, PRIMARY KEY (id));
CREATE TABLE descendant () INHERITS (ancestor);
CREATE VIEW a_view AS SELECT * FROM batch_job;
CREATE MATERIALIZED VIEW a_matview AS SELECT * FROM batch_job;
CREATE TYPE a_type AS (id text);
CREATE TABLE gone (LIKE batch_job);
SELECT 'gone'::regclass::oid AS gone \gset
DROP TABLE gone;
CREATE TEMP TABLE temporary (LIKE batch_job);
RESET ROLE;
CREATE FOREIGN DATA WRAPPER misuse_wrapper;
CREATE SERVER misuse_server FOREIGN DATA WRAPPER misuse_wrapper;
CREATE FOREIGN TABLE foreign_table (id text) SERVER misuse_server;
ALTER FOREIGN TABLE foreign_table OWNER TO regress_job_owner;
CREATE TABLE strangers (LIKE batch_job INCLUDING DEFAULTS, PRIMARY KEY (id));
SELECT batch_job.attach('strangers');
CREATE TABLE kind (name text, relation oid);
ALTER TABLE kind OWNER TO regress_job_owner;
INSERT INTO kind VALUES
  ('no relation', 0), ('no such relation', 4294967295), ('dropped table', :gone), ('plain table', 'plain'::regclass), ('temporary table', 'temporary'::regclass),
  ('table without columns', 'no_columns'::regclass), ('partitioned table', 'parted'::regclass), ('partition', 'parted_one'::regclass),
  ('partition of a job table', 'parted_job_one'::regclass), ('parent', 'ancestor'::regclass), ('child', 'descendant'::regclass), ('live view', 'batch_job_live'::regclass),
  ('view', 'a_view'::regclass), ('materialized view', 'a_matview'::regclass), ('event table', 'batch_job_event'::regclass),
  ('sequence', pg_get_serial_sequence('batch_job_event', 'seq')::regclass), ('index', 'batch_job_pkey'::regclass), ('partitioned index', 'parted_pkey'::regclass),
  ('TOAST table', (SELECT reltoastrelid FROM pg_class WHERE oid = 'batch_job'::regclass)), ('composite type', 'a_type'::regclass),
  ('type batch_job', 'batch_job.batch_job'::regclass), ('foreign table', 'foreign_table'::regclass), ('catalog', 'pg_class'::regclass),
  ('index of a catalog', 'pg_class_oid_index'::regclass), ('view of the information schema', 'information_schema.tables'::regclass), ('job table of another', 'strangers'::regclass);
SET ROLE regress_job_owner;
CREATE VIEW outcome_by_kind AS
  SELECT name, outcome, string_agg(proname, ' ' ORDER BY proname, function::regprocedure::text COLLATE "C") AS functions
    FROM (SELECT k.name, a.function, m.proname, attempt(call(a.function, a.name, k.relation::regclass::oid::text)) AS outcome
            FROM kind k, argument a JOIN member m ON m.oid = a.function
           WHERE a.type = 'regclass'::regtype AND m.prokind = 'f') tried
   GROUP BY name, outcome ORDER BY name COLLATE "C", outcome COLLATE "C";
SELECT * FROM outcome_by_kind;
-- backfill commits, so it must be called in another way
\pset tuples_only on
\set ECHO none
SELECT format('SELECT %L', name), format('CALL batch_job.backfill(%s)', relation) FROM kind ORDER BY name COLLATE "C" \gexec
\set ECHO all
\pset tuples_only off
-- a superuser may do more, but not this
RESET ROLE;
SELECT * FROM outcome_by_kind WHERE outcome <> '55000' AND name IN ('catalog', 'index of a catalog', 'no relation', 'TOAST table', 'view of the information schema', 'job table of another');

-- rows of every kind where a job should be
SET ROLE regress_job_owner;
CREATE DOMAIN a_domain AS batch_job.batch_job CHECK ((VALUE).id <> 'forbidden');
CREATE FUNCTION a_record() RETURNS record LANGUAGE sql AS $$ SELECT 1, 'x' $$;
CREATE FUNCTION a_job() RETURNS SETOF batch_job LANGUAGE sql AS $$ SELECT * FROM misuse_test.batch_job WHERE id = 'start' $$;
CREATE TABLE bent (LIKE batch_job INCLUDING DEFAULTS, note text);
ALTER TABLE bent ADD COLUMN extra int DEFAULT 7, DROP COLUMN note, DROP COLUMN type, ADD COLUMN type varchar(20) DEFAULT 'added';
INSERT INTO bent (id, created_at, updated_at, dry_run, status) SELECT 'bent', created_at, updated_at, dry_run, 'failed' FROM batch_job LIMIT 1;
INSERT INTO no_columns DEFAULT VALUES;
CREATE TABLE row_kind (name text, expression text);
INSERT INTO row_kind VALUES
  ('NULL', 'NULL::misuse_test.batch_job'), ('NULL record', 'NULL::record'), ('no columns', '(SELECT n FROM misuse_test.no_columns n)'), ('ROW()', 'ROW()'), ('ROW(1)', 'ROW(1)'),
  ('ROW of a row', '(SELECT ROW(j) FROM misuse_test.batch_job j LIMIT 1)'), ('record of a function', 'misuse_test.a_record()'), ('row of a function', 'misuse_test.a_job()'),
  ('job', $$(SELECT j FROM misuse_test.batch_job j WHERE id = 'start')$$), ('job of the live view', $$(SELECT j FROM misuse_test.batch_job_live j WHERE id = 'start')$$),
  ('job of another view', $$(SELECT j FROM misuse_test.a_view j WHERE id = 'start')$$), ('job of a materialized view', $$(SELECT j FROM misuse_test.a_matview j WHERE id = 'start')$$),
  ('subquery', $$(SELECT j FROM (SELECT * FROM misuse_test.batch_job WHERE id = 'start') j)$$), ('type', $$ROW('x', now(), now(), NULL, 'x', 'u', NULL, NULL, false, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::batch_job.batch_job$$),
  ('domain', $$ROW('x', now(), now(), NULL, 'x', 'u', NULL, NULL, false, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::misuse_test.a_domain$$),
  ('all columns NULL', 'ROW(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::batch_job.batch_job'),
  ('columns dropped and added', '(SELECT b FROM misuse_test.bent b)'), ('row of a catalog', '(SELECT c FROM pg_class c LIMIT 1)'), ('partitioned', 'NULL::misuse_test.parted_job'),
  ('twice', '(SELECT j FROM (SELECT * FROM misuse_test.batch_job a, misuse_test.batch_job b LIMIT 1) j)'), ('text', $$'x'$$), ('array', $$ARRAY[ROW(1)]$$), ('regclass', $$'misuse_test.batch_job'::regclass$$);
SELECT name, attempt(format('SELECT batch_job.to_json(%s)', expression)) AS to_json,
       attempt(format('SELECT batch_job.created_by_user(%s)', expression)) AS created_by_user,
       attempt(format('SELECT batch_job.created_by_user(%s, %L)', expression, 'misuse_test.batch_job')) AS with_table,
       attempt(format('SELECT batch_job.created_by_user(%s, %L)', expression, 'misuse_test.plain')) AS with_wrong_table
  FROM row_kind ORDER BY name COLLATE "C";
SELECT batch_job.to_json(b)::jsonb - 'created_at' - 'updated_at' AS bent FROM bent b;
-- a row that outlives the columns that its table had
CREATE TABLE short_lived (LIKE batch_job);
INSERT INTO short_lived SELECT * FROM batch_job WHERE id = 'start';
CREATE FUNCTION outlive(ddl text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE r record;
BEGIN
  SELECT s AS job INTO r FROM misuse_test.short_lived s;
  EXECUTE ddl;
  RETURN (batch_job.to_json(r.job) ->> 'id') || ' ' || (batch_job.created_by_user(r.job, 'misuse_test.batch_job') ->> 'id');
END $$;
SELECT outlive('SELECT');
SELECT ddl, attempt(format('SELECT misuse_test.outlive(%L)', ddl)) AS outcome
  FROM (VALUES ('SELECT'), ('ALTER TABLE misuse_test.short_lived DROP COLUMN context'), ('ALTER TABLE misuse_test.short_lived ADD COLUMN more int DEFAULT 3'),
               ('ALTER TABLE misuse_test.short_lived ALTER context TYPE text'), ('ALTER TABLE misuse_test.short_lived ALTER dry_run TYPE int USING 1'),
               ('ALTER TABLE misuse_test.short_lived RENAME COLUMN id TO key')) v (ddl);

-- somebody without any rights on the tables: functions that need none work, and all others are refused
CREATE TABLE calls AS SELECT proname, oid AS function, call(oid, NULL, NULL) AS call FROM member;
GRANT SELECT ON calls TO regress_job_app, regress_job_reader;
SET ROLE regress_job_app;
SELECT attempt(call) AS outcome, string_agg(proname, ' ' ORDER BY proname) AS functions FROM calls GROUP BY 1 ORDER BY 1;
CALL batch_job.backfill('misuse_test.batch_job');
-- who may read only
SET ROLE regress_job_owner;
GRANT SELECT ON batch_job, batch_job_live, batch_job_event TO regress_job_reader;
SET ROLE regress_job_reader;
SELECT attempt(call) AS outcome, string_agg(proname, ' ' ORDER BY proname) AS functions FROM calls GROUP BY 1 ORDER BY 1;
SET ROLE regress_job_owner;
-- nothing was changed by all this
SELECT count(*), count(deleted_at) AS deleted FROM batch_job;
-- each SQLSTATE is in the comment of its function, or in that of the schema, which has those of all functions; these two are
-- PostgreSQL's, for arguments that are no row
SELECT function, code FROM raised
 WHERE code NOT IN (SELECT m[1] FROM regexp_matches(obj_description('batch_job'::regnamespace, 'pg_namespace'), '^([0-9A-Z]{5}) ', 'gn') m)
   AND NOT EXISTS (SELECT FROM member WHERE proname = function AND obj_description(oid, 'pg_proc') ~ ('\n' || code || ' '))
   AND code NOT IN ('0A000', '42883')
 ORDER BY function COLLATE "C", code;

RESET ROLE;
DROP SCHEMA misuse_test CASCADE;
DROP FOREIGN DATA WRAPPER misuse_wrapper CASCADE;
