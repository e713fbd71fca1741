-- attach: an existing table becomes a job table. As its owner, who is no superuser.
\set SHOW_CONTEXT never
CREATE SCHEMA attach_test AUTHORIZATION regress_job_owner;
SET search_path = attach_test;
SET ROLE regress_job_owner;

-- shaped as Medusa's migrations leave it, with rows in every status
CREATE TABLE "user" (id varchar PRIMARY KEY);
INSERT INTO "user" VALUES ('usr_1');
CREATE FUNCTION make_medusa(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format($f$CREATE TABLE %I (
    id varchar NOT NULL, type text NOT NULL, created_by varchar REFERENCES "user", context jsonb, result jsonb,
    dry_run boolean NOT NULL DEFAULT false, created_at timestamptz NOT NULL DEFAULT now(),
    pre_processed_at timestamptz, confirmed_at timestamptz, processing_at timestamptz, completed_at timestamptz,
    failed_at timestamptz, canceled_at timestamptz, updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz,
    CONSTRAINT %I PRIMARY KEY (id))$f$, name, 'PK_' || name);
  EXECUTE format($f$INSERT INTO %I (id, type, created_by, pre_processed_at, confirmed_at, processing_at, completed_at, canceled_at, failed_at, updated_at, context, result)
    SELECT 'job_' || lpad(n::text, 2, '0'), 'import', 'usr_1', CASE WHEN n & 1 > 0 THEN now() END, CASE WHEN n & 2 > 0 THEN now() END, CASE WHEN n & 4 > 0 THEN now() END,
           CASE WHEN n & 8 > 0 THEN now() END, CASE WHEN n & 16 > 0 THEN now() END, CASE WHEN n & 32 > 0 THEN now() END, '2024-01-01',
           '[]', '{"errors": "not an array"}'
      FROM generate_series(0, 63) n$f$, name);
END $$;

SELECT make_medusa('batch_job');
SELECT batch_job.attach('batch_job');
SELECT status, count(*) FROM batch_job GROUP BY status ORDER BY status;
-- filling in the status did not count as a change, and old rows that a created table would refuse were not touched
SELECT count(*) FROM batch_job WHERE updated_at = '2024-01-01';
UPDATE batch_job SET type = 'export' WHERE id = 'job_00' RETURNING status, result;
-- what it made
CREATE VIEW made AS SELECT * FROM (
SELECT c.conname AS name, pg_get_constraintdef(c.oid) AS definition FROM pg_constraint c WHERE c.conrelid = 'batch_job'::regclass AND c.contype = 'c'
UNION ALL SELECT t.tgname, regexp_replace(pg_get_triggerdef(t.oid), ' ON .* FOR', ' ON ... FOR') FROM pg_trigger t WHERE t.tgrelid IN ('batch_job'::regclass, 'batch_job_live'::regclass) AND NOT t.tgisinternal
UNION ALL SELECT a.attname, pg_get_expr(d.adbin, d.adrelid) || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END FROM pg_attribute a JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attrelid = 'batch_job'::regclass AND a.attname IN ('id', 'status')
) s ORDER BY name COLLATE "C", definition COLLATE "C";
TABLE made;
SELECT * FROM batch_job.attached();

-- run again: nothing changes
CREATE TEMP TABLE before AS TABLE made;
SELECT batch_job.attach('batch_job');
(TABLE made EXCEPT TABLE before) UNION ALL (TABLE before EXCEPT TABLE made);
-- or the options do; those not named stay
SELECT batch_job.attach('batch_job', id_prefix => 'bj');
SELECT batch_job.attach('batch_job', soft_delete => false);
SELECT soft_delete, id_prefix FROM batch_job.attached();
SELECT name, definition FROM made WHERE name IN ('id', 'zz_batch_job');
INSERT INTO batch_job (type) VALUES ('x') RETURNING id ~ '^bj_' AS prefix;
INSERT INTO batch_job (id, type) VALUES ('', 'x') RETURNING id ~ '^bj_' AS prefix;
SELECT batch_job.attach('batch_job', id_prefix => 'not good');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.attach(NULL);
\echo :LAST_ERROR_SQLSTATE

-- inside the caller's transaction, as in a migration
SELECT make_medusa('migrated');
BEGIN;
SELECT batch_job.attach('migrated');
INSERT INTO migrated (type) VALUES ('x') RETURNING status;
ROLLBACK;
SELECT count(*) FROM pg_attribute WHERE attrelid = 'migrated'::regclass AND attname = 'status';
SELECT count(*) FROM batch_job.attached() WHERE job_table = 'migrated'::regclass;

-- a default of the user's own for id stays; the trigger still helps with ''
ALTER TABLE migrated ALTER id SET DEFAULT 'mine_' || md5(random()::text);
SELECT batch_job.attach('migrated');
INSERT INTO migrated (type) VALUES ('x') RETURNING id ~ '^mine_' AS own;
INSERT INTO migrated (id, type) VALUES ('', 'x') RETURNING batch_job.is_id(id);

-- every fault in one error
CREATE TABLE wrong (
  id int, created_at timestamp NOT NULL, updated_at timestamptz GENERATED ALWAYS AS ('2024-01-01'::timestamptz) STORED, deleted_at timestamptz NOT NULL,
  type text, context json, result jsonb, status text, completed_at timestamptz NOT NULL, canceled_at date, failed_at text);
SELECT batch_job.attach('wrong');
\echo :LAST_ERROR_SQLSTATE
CREATE TABLE no_id (LIKE batch_job);
ALTER TABLE no_id DROP id;
SELECT batch_job.attach('no_id');
CREATE TABLE wrong_id (LIKE batch_job, PRIMARY KEY (type, created_by));
ALTER TABLE wrong_id ALTER id TYPE varchar(26);
SELECT batch_job.attach('wrong_id');
ALTER TABLE wrong_id ALTER id TYPE varchar(32), DROP CONSTRAINT wrong_id_pkey, ADD PRIMARY KEY (id);
SELECT batch_job.attach('wrong_id');
SELECT batch_job.attach('wrong_id', id_prefix => 'batches');
CREATE TABLE child () INHERITS (wrong_id);
SELECT batch_job.attach('wrong_id');
DROP TABLE wrong_id CASCADE;

-- a column status of another meaning stays untouched
SELECT make_medusa('meant');
ALTER TABLE meant ADD COLUMN status text DEFAULT 'mine';
SELECT batch_job.attach('meant');
SELECT DISTINCT status FROM meant;

-- what is not a table of the owner: each has its own error
CREATE VIEW a_view AS TABLE batch_job;
SELECT batch_job.attach('a_view');
\echo :LAST_ERROR_SQLSTATE
CREATE MATERIALIZED VIEW a_matview AS TABLE batch_job;
SELECT batch_job.attach('a_matview');
SELECT batch_job.attach('batch_job_live');
CREATE SEQUENCE a_sequence;
SELECT batch_job.attach('a_sequence');
CREATE INDEX an_index ON batch_job (type);
SELECT batch_job.attach('an_index');
SELECT batch_job.attach('pg_catalog.pg_class');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.attach('batch_job.batch_job');
SELECT batch_job.attach(4294967295);
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
CREATE FOREIGN DATA WRAPPER attach_fdw;
CREATE SERVER attach_server FOREIGN DATA WRAPPER attach_fdw;
CREATE FOREIGN TABLE a_foreign_table (id text) SERVER attach_server;
SELECT batch_job.attach('a_foreign_table');
CREATE TABLE of_other (LIKE batch_job INCLUDING ALL);
SET ROLE regress_job_owner;
SELECT batch_job.attach('of_other');
\echo :LAST_ERROR_SQLSTATE
-- a superuser may; what is made belongs to the table's owner
RESET ROLE;
ALTER TABLE of_other OWNER TO regress_job_owner;
ALTER TABLE of_other DROP COLUMN status;
SELECT batch_job.attach('of_other');
SELECT relname, relowner::regrole FROM pg_class WHERE oid IN ('of_other'::regclass, 'of_other_live'::regclass) ORDER BY relname;
SET ROLE regress_job_owner;

-- a temporary table of one's own
CREATE TEMP TABLE temporary (LIKE batch_job INCLUDING ALL);
SELECT batch_job.attach('temporary');
INSERT INTO temporary (type) VALUES ('x');
DELETE FROM temporary_live;
SELECT count(*), count(deleted_at) FROM temporary;
DROP TABLE temporary CASCADE;
-- and an unlogged one
CREATE UNLOGGED TABLE unlogged (LIKE batch_job INCLUDING ALL);
SELECT batch_job.attach('unlogged');

-- a large one, 100 MB with a row a page: attach says what it is about to do, and names the alternative
SELECT make_medusa('large');
ALTER TABLE large SET UNLOGGED, SET (fillfactor = 10);
INSERT INTO large (id, type) SELECT n, repeat('x', 500) FROM generate_series(1, 12850) n;
SELECT batch_job.attach('large');
DROP TABLE large CASCADE;

-- row-level security forced on the owner: refused, because otherwise hidden rows would be skipped
SELECT make_medusa('secured');
ALTER TABLE secured ENABLE ROW LEVEL SECURITY;
ALTER TABLE secured FORCE ROW LEVEL SECURITY;
SELECT batch_job.attach('secured');
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE secured NO FORCE ROW LEVEL SECURITY;
SELECT batch_job.attach('secured');

-- a trigger of the owner fires when the status is filled in, with the owner's rights and search_path
SELECT make_medusa('watched');
CREATE TABLE log (who text, old text, new text);
CREATE FUNCTION watch() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO log VALUES (current_user, OLD.status, NEW.status);
  RETURN NEW;
END $$;
CREATE TRIGGER watch BEFORE UPDATE ON watched FOR EACH ROW EXECUTE FUNCTION watch();
RESET ROLE;
SELECT batch_job.attach('watched');
SET ROLE regress_job_owner;
SELECT who, old, new, count(*) FROM log GROUP BY 1, 2, 3 ORDER BY 3, 2;

-- operators planted on the search path do not run
CREATE SCHEMA planted;
CREATE FUNCTION planted.boom(batch_job.status, batch_job.status) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'planted'; END $$;
CREATE OPERATOR planted.= (LEFTARG = batch_job.status, RIGHTARG = batch_job.status, FUNCTION = planted.boom);
CREATE OPERATOR planted.<> (LEFTARG = batch_job.status, RIGHTARG = batch_job.status, FUNCTION = planted.boom);
CREATE OPERATOR planted.< (LEFTARG = batch_job.status, RIGHTARG = batch_job.status, FUNCTION = planted.boom);
CREATE FUNCTION planted.boom(text, varchar) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'planted'; END $$;
CREATE FUNCTION planted.boom(varchar, text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'planted'; END $$;
CREATE OPERATOR planted.= (LEFTARG = text, RIGHTARG = varchar, FUNCTION = planted.boom);
CREATE OPERATOR planted.= (LEFTARG = varchar, RIGHTARG = text, FUNCTION = planted.boom);
CREATE FUNCTION planted.clock_timestamp() RETURNS timestamptz LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'planted'; END $$;
CREATE FUNCTION planted.jsonb_typeof(jsonb) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE EXCEPTION 'planted'; END $$;
SELECT make_medusa('careful');
SET search_path = planted, attach_test, pg_catalog;
SELECT batch_job.attach('careful');
SELECT batch_job.create_table('attach_test.careful_too');
INSERT INTO careful_too (id, type, context) VALUES ('c1', 'x', '{}') RETURNING status;
DELETE FROM careful_live WHERE true;
DELETE FROM careful_too;
SELECT (batch_job.restore('c1', 'careful_too')).status;
SELECT (batch_job.soft_delete('c1', 'careful_too')).status;
SELECT batch_job.purge('0', job_table => 'careful_too');
SELECT job_table FROM batch_job.attached() WHERE job_table::text ~ 'careful';
SELECT batch_job.detach('careful', drop_status => true);
SELECT batch_job.attach('careful', backfill => false);
CALL batch_job.backfill('careful');
SET search_path = attach_test;

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA attach_test CASCADE;
DROP SCHEMA planted CASCADE;
DROP FOREIGN DATA WRAPPER attach_fdw CASCADE;
