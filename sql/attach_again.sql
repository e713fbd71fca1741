-- attach run again on a job table: the owner's changes to the view and the triggers stay.
\set SHOW_CONTEXT never
\pset null -
CREATE SCHEMA again AUTHORIZATION regress_job_owner;
GRANT USAGE ON SCHEMA again TO regress_job_app;
SET search_path = again;
SET ROLE regress_job_owner;
SELECT batch_job.create_table(guard => false);
CREATE FUNCTION columns_of(view regclass) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(attname, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = view AND attnum > 0
$$;

-- options of the view: security_invoker is always on, the others are the owner's
ALTER VIEW batch_job_live SET (security_barrier = true, check_option = local);
SELECT batch_job.attach('batch_job');
SELECT reloptions FROM pg_class WHERE oid = 'batch_job_live'::regclass;
ALTER TABLE batch_job ADD COLUMN note text;
SELECT batch_job.attach('batch_job');
SELECT reloptions FROM pg_class WHERE oid = 'batch_job_live'::regclass;
SELECT columns_of('batch_job_live');
\set VERBOSITY sqlstate
INSERT INTO batch_job_live (id, type, deleted_at) VALUES ('no', 'x', now());
\set VERBOSITY default
ALTER VIEW batch_job_live RESET (security_invoker, security_barrier, check_option);
SELECT batch_job.attach('batch_job');
SELECT reloptions FROM pg_class WHERE oid = 'batch_job_live'::regclass;

-- the owner adds a column to the view, which then has as many columns as the table will have with its next one
CREATE OR REPLACE VIEW batch_job_live WITH (security_invoker = true) AS
  SELECT *, upper(type) AS loud FROM batch_job WHERE deleted_at IS NULL;
ALTER TABLE batch_job ADD COLUMN priority int DEFAULT 5;
SELECT batch_job.attach('batch_job');
SELECT columns_of('batch_job_live');

-- comments, privileges, defaults, triggers and the views on top of it stay
COMMENT ON VIEW batch_job_live IS 'mine';
COMMENT ON COLUMN batch_job_live.loud IS 'in capitals';
COMMENT ON COLUMN batch_job_live.priority IS 'more is sooner';
GRANT SELECT, INSERT, UPDATE, DELETE ON batch_job_live, batch_job TO regress_job_app;
GRANT SELECT (loud) ON batch_job_live TO regress_job_reader;
ALTER VIEW batch_job_live ALTER COLUMN type SET DEFAULT 'by view';
CREATE FUNCTION say() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '% on %', TG_OP, TG_RELNAME; RETURN NULL; END $$;
CREATE TRIGGER say AFTER DELETE ON batch_job_live FOR EACH STATEMENT EXECUTE FUNCTION say();
CREATE VIEW on_top AS SELECT id, loud, priority FROM batch_job_live;
CREATE VIEW things AS
  SELECT attnum, attname AS name, attacl::text AS acl, col_description(attrelid, attnum) AS text FROM pg_attribute WHERE attrelid = 'batch_job_live'::regclass AND attnum > 0
   UNION ALL SELECT 0, 'view', relacl::text, obj_description(oid) FROM pg_class WHERE oid = 'batch_job_live'::regclass
   UNION ALL SELECT 0, tgname, tgenabled::text, pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = 'batch_job_live'::regclass
   UNION ALL SELECT adnum, 'default', NULL, pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'batch_job_live'::regclass;
CREATE TABLE things_before AS TABLE things;
SELECT count(*), count(acl) AS with_acl, count(text) AS with_text FROM things_before;
ALTER TABLE batch_job ADD COLUMN queue text DEFAULT 'q';
SELECT batch_job.attach('batch_job');
TABLE things_before EXCEPT TABLE things;
TABLE things EXCEPT TABLE things_before;
INSERT INTO batch_job_live (id) VALUES ('j1'), ('j2');
SELECT id, type, loud, priority, queue FROM batch_job_live;
TABLE on_top;
SET ROLE regress_job_app;
DELETE FROM batch_job_live WHERE loud = 'BY VIEW' AND id = 'j1' RETURNING id, loud, queue;
SET ROLE regress_job_owner;
TABLE on_top;
-- nothing new: nothing is replaced, nor in a second run
SELECT oid AS rule FROM pg_rewrite WHERE ev_class = 'batch_job_live'::regclass \gset
SELECT xmin AS version FROM pg_rewrite WHERE oid = :rule \gset
SELECT batch_job.attach('batch_job');
SELECT xmin = :'version' AS untouched FROM pg_rewrite WHERE oid = :rule;
DROP VIEW on_top, things;

-- two columns have swapped their names; the owner's expressions still use the same columns
ALTER TABLE batch_job ADD COLUMN a int DEFAULT 1, ADD COLUMN b int DEFAULT 2, ADD COLUMN c int DEFAULT 3;
SELECT batch_job.attach('batch_job');
DROP VIEW batch_job_live;
CREATE VIEW batch_job_live AS
  SELECT id, a * 10 AS ten_a, a, b, c, (SELECT count(*) FROM batch_job o WHERE o.type = batch_job.type) AS of_type,
         priority::text COLLATE "C" AS sorted, 'x' AS fixed
    FROM batch_job WHERE deleted_at IS NULL;
-- without our trigger it is a view like any other
SELECT batch_job.live_view('batch_job');
SELECT batch_job.attach('batch_job');
\echo :LAST_ERROR_SQLSTATE
CREATE TRIGGER mine INSTEAD OF DELETE ON batch_job_live FOR EACH ROW EXECUTE FUNCTION batch_job.delete_live_row();
ALTER TABLE batch_job RENAME COLUMN a TO t;
ALTER TABLE batch_job RENAME COLUMN b TO a;
ALTER TABLE batch_job RENAME COLUMN t TO b;
SELECT batch_job.attach('batch_job');
SELECT columns_of('batch_job_live');
SELECT reloptions FROM pg_class WHERE oid = 'batch_job_live'::regclass;
SELECT ten_a, a, b, c, of_type, sorted, fixed, priority, queue FROM batch_job_live;
SELECT attname, attcollation::regcollation FROM pg_attribute WHERE attrelid = 'batch_job_live'::regclass AND attname IN ('id', 'type', 'sorted') ORDER BY 1;

-- a new column of the table has the name of a column of the owner's: it keeps its old name in the view, or is not shown
ALTER TABLE batch_job RENAME COLUMN c TO ten_a;
ALTER TABLE batch_job ADD COLUMN fixed boolean DEFAULT true;
SELECT batch_job.attach('batch_job');
SELECT columns_of('batch_job_live');
SELECT ten_a, c, fixed FROM batch_job_live;
-- until the owner's column is renamed
ALTER VIEW batch_job_live RENAME COLUMN fixed TO constant;
ALTER VIEW batch_job_live RENAME COLUMN ten_a TO tenfold;
SELECT batch_job.attach('batch_job');
SELECT columns_of('batch_job_live');
SELECT tenfold, ten_a, constant, fixed FROM batch_job_live;
DELETE FROM batch_job_live RETURNING id;

-- a column shown twice, a system column, the whole row, ORDER BY a column that is not shown; a column dropped and added again
DROP VIEW batch_job_live;
CREATE VIEW batch_job_live AS
  SELECT type AS kind, id, priority AS p, priority AS rank, xmin AS version, j AS whole, fixed AND true AS "Fixed"
    FROM batch_job j WHERE deleted_at IS NULL ORDER BY created_at, lower(type);
CREATE TRIGGER mine INSTEAD OF DELETE ON batch_job_live FOR EACH ROW EXECUTE FUNCTION batch_job.delete_live_row();
ALTER TABLE batch_job DROP COLUMN note, DROP COLUMN queue;
ALTER TABLE batch_job ADD COLUMN queue int DEFAULT 7;
SELECT batch_job.attach('batch_job');
SELECT columns_of('batch_job_live');
ALTER TABLE batch_job RENAME COLUMN priority TO weight;
ALTER TABLE batch_job ADD COLUMN "Added Late" int;
SELECT batch_job.attach('batch_job');
SELECT columns_of('batch_job_live');
UPDATE batch_job SET deleted_at = NULL;
INSERT INTO batch_job (id, type, created_at, weight) VALUES ('j0', 'first', '2024-01-01', 1);
SELECT type, id, weight, rank, version IS NOT NULL AS version, (whole).id AS whole, "Fixed", queue, "Added Late" FROM batch_job_live;
DELETE FROM batch_job_live WHERE rank = 1;
SELECT id, deleted_at IS NOT NULL AS deleted FROM batch_job ORDER BY id;

-- the view of a temporary table
SELECT batch_job.create_table('pg_temp.passing');
ALTER TABLE passing ADD COLUMN note text;
SELECT batch_job.attach('passing');
SELECT columns_of('passing_live') ~ ' note$' AS at_the_end;

-- triggers: each keeps the state that its owner has set, in each partition, whatever options are changed
CREATE TABLE parted (LIKE batch_job INCLUDING DEFAULTS, PRIMARY KEY (id, type)) PARTITION BY LIST (type);
CREATE TABLE parted_x PARTITION OF parted FOR VALUES IN ('x');
CREATE TABLE parted_y PARTITION OF parted FOR VALUES IN ('y') PARTITION BY LIST (id);
CREATE TABLE parted_y1 PARTITION OF parted_y DEFAULT;
SELECT batch_job.attach('parted', events => true);
CREATE VIEW states AS
  SELECT tgrelid::regclass::text COLLATE "C" AS relation, tgname, tgenabled AS state FROM pg_trigger
   WHERE tgfoid IN ('batch_job.maintain_row'::regproc, 'batch_job.record_events'::regproc, 'batch_job.guard_events'::regproc)
     AND tgrelid::regclass::text ~ '^parted'
   ORDER BY relation, tgname;
ALTER TABLE parted ENABLE ALWAYS TRIGGER zz_batch_job;
ALTER TABLE parted_x ENABLE REPLICA TRIGGER zz_batch_job;
ALTER TABLE parted_y DISABLE TRIGGER zz_batch_job;
ALTER TABLE ONLY parted_y1 ENABLE TRIGGER zz_batch_job;
ALTER TABLE parted DISABLE TRIGGER "00_batch_job_insert";
ALTER TABLE parted ENABLE ALWAYS TRIGGER "00_batch_job_update";
ALTER TABLE parted ENABLE REPLICA TRIGGER "00_batch_job_delete";
ALTER TABLE parted_x DISABLE TRIGGER "00_batch_job_delete";
ALTER TABLE parted_y1 ENABLE REPLICA TRIGGER "00_batch_job_update";
ALTER TABLE parted_event DISABLE TRIGGER zz_batch_job_guard;
TABLE states;
CREATE TABLE states_before AS TABLE states;
SELECT batch_job.attach('parted');
TABLE states EXCEPT TABLE states_before ORDER BY 1, 2;
SELECT batch_job.attach('parted', guard => true, notify => true, id_prefix => 'p', soft_delete => false);
TABLE states EXCEPT TABLE states_before ORDER BY 1, 2;
SELECT tgrelid::regclass, encode(tgargs, 'escape') FROM pg_trigger WHERE tgfoid = 'batch_job.maintain_row'::regproc AND tgrelid::regclass::text ~ '^parted' ORDER BY 1;
-- in a new partition as in its parent
CREATE TABLE parted_z PARTITION OF parted FOR VALUES IN ('z');
SELECT batch_job.attach('parted');
TABLE states EXCEPT TABLE states_before ORDER BY 1, 2;
-- under another name
ALTER TRIGGER zz_batch_job ON parted RENAME TO zzz_mine;
ALTER TABLE parted_z DISABLE TRIGGER zzz_mine;
SELECT batch_job.attach('parted', guard => false);
SELECT relation, state FROM states WHERE tgname = 'zzz_mine';
-- the trigger of the view always has its original state
\set VERBOSITY sqlstate
ALTER TABLE parted_live DISABLE TRIGGER zz_batch_job_live;
\set VERBOSITY default

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA again CASCADE;
