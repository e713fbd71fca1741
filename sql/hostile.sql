-- Malicious or merely unexpected actions: nobody gains rights, nothing crashes, nothing is trusted without a check.
\set SHOW_CONTEXT never
\pset null -
SET client_min_messages = warning;
CREATE SCHEMA hostile_test AUTHORIZATION regress_job_owner;
CREATE SCHEMA hostile_app AUTHORIZATION regress_job_app;
GRANT ALL ON SCHEMA hostile_test TO regress_job_app;
SET search_path = hostile_test;
SET ROLE regress_job_owner;
CREATE FUNCTION be_super() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user) THEN
    ALTER ROLE regress_job_owner SUPERUSER;
  END IF;
  IF TG_OP = 'INSERT' AND TG_TABLE_NAME ~ '^jobs' THEN NEW.status := NULL; END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION was_super() RETURNS boolean LANGUAGE sql AS $$ SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = 'regress_job_owner' $$;

-- backfill of a table with a partition that belongs to a superuser: not with the superuser's rights
CREATE TABLE jobs (
  id text, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz, type text,
  created_by text, context jsonb, result jsonb, dry_run boolean NOT NULL DEFAULT false, pre_processed_at timestamptz, processing_at timestamptz,
  confirmed_at timestamptz, completed_at timestamptz, canceled_at timestamptz, failed_at timestamptz, PRIMARY KEY (id, type)) PARTITION BY LIST (type);
SELECT batch_job.attach('jobs', backfill => false);
CREATE TRIGGER zzz BEFORE INSERT OR UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION be_super();
RESET ROLE;
CREATE TABLE jobs_x PARTITION OF jobs FOR VALUES IN ('x');
SET ROLE regress_job_owner;
INSERT INTO jobs (id, type) VALUES ('1', 'x') RETURNING status;
CALL batch_job.backfill('jobs');
\echo :LAST_ERROR_SQLSTATE
SELECT was_super();

-- a superuser attaches a stranger's table: its triggers leave nothing behind that runs later, and change no setting
SELECT batch_job.create_table('trap', guard => false);
INSERT INTO trap (id, type) VALUES ('1', 'x');
SELECT batch_job.detach('trap', drop_status => true);
CREATE TABLE other (i int);
CREATE CONSTRAINT TRIGGER later AFTER INSERT ON other DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION be_super();
CREATE FUNCTION spring() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO hostile_test.other VALUES (1); RETURN NEW; END $$;
CREATE TRIGGER spring BEFORE UPDATE ON trap FOR EACH ROW EXECUTE FUNCTION spring();
RESET ROLE;
SELECT batch_job.attach('trap');
\echo :LAST_ERROR_SQLSTATE
SELECT was_super();
SET ROLE regress_job_owner;
CREATE OR REPLACE FUNCTION spring() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_catalog.set_config('search_path', 'planted', false); RETURN NEW; END $$;
RESET ROLE;
SELECT batch_job.attach('trap');
SHOW search_path;
SET ROLE regress_job_owner;
CREATE OR REPLACE FUNCTION spring() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'SET ROLE NONE'; RETURN NEW; END $$;
SELECT batch_job.detach('trap', drop_status => true);
RESET ROLE;
SELECT batch_job.attach('trap');
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_job_owner;

-- our trigger on views that are no live views
CREATE TABLE a (id bigint);
INSERT INTO a VALUES (64);
CREATE VIEW v AS SELECT id FROM (SELECT id FROM a OFFSET 0) s;
CREATE TRIGGER t INSTEAD OF DELETE ON v FOR EACH ROW EXECUTE FUNCTION batch_job.delete_live_row();
DELETE FROM v;
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.create_table();
INSERT INTO batch_job (id, type, created_by) VALUES ('1', '2', '3'), ('2', 'x', NULL);
CREATE VIEW crossed AS SELECT type AS id, id AS type FROM batch_job;
CREATE TRIGGER t INSTEAD OF DELETE ON crossed FOR EACH ROW EXECUTE FUNCTION batch_job.delete_live_row();
DELETE FROM crossed WHERE type = '1';
SELECT id, deleted_at IS NOT NULL AS deleted FROM batch_job ORDER BY id;
CREATE VIEW computed AS SELECT id || '' AS id FROM batch_job;
CREATE TRIGGER t INSTEAD OF DELETE ON computed FOR EACH ROW EXECUTE FUNCTION batch_job.delete_live_row();
DELETE FROM computed;
\echo :LAST_ERROR_SQLSTATE
-- a stranger's view of the table does not pass for its live view; nor does one that reads the table besides
SET ROLE regress_job_app;
CREATE VIEW hostile_app.a_view AS SELECT * FROM hostile_test.batch_job;
CREATE TRIGGER t INSTEAD OF DELETE ON hostile_app.a_view FOR EACH ROW EXECUTE FUNCTION batch_job.delete_live_row();
SET ROLE regress_job_owner;
SELECT batch_job.create_table('second');
CREATE OR REPLACE VIEW second_live WITH (security_invoker = true) AS SELECT * FROM second WHERE deleted_at IS NULL AND NOT EXISTS (SELECT FROM batch_job);
DROP VIEW crossed, computed;
SELECT batch_job.live_view('batch_job'), batch_job.live_view('second'), batch_job.live_view('a');
DROP VIEW second_live;
DROP VIEW batch_job_live;
SELECT batch_job.live_view('batch_job');
SELECT batch_job.attach('batch_job');

-- a trigger with other arguments does not break the list for everybody
CREATE TABLE bad (id text, status text);
CREATE TRIGGER x BEFORE INSERT ON bad FOR EACH ROW EXECUTE FUNCTION batch_job.maintain_row('soft_delete');
CREATE TRIGGER y BEFORE INSERT ON bad FOR EACH ROW EXECUTE FUNCTION batch_job.maintain_row('soft_delete', 'perhaps', 'id_prefix', 'a b');
SELECT job_table, soft_delete, id_prefix FROM batch_job.attached() WHERE job_table = 'bad'::regclass ORDER BY id_prefix;
DROP TABLE bad;

-- a partition detached in mid-statement, whose columns stand elsewhere
CREATE TABLE root (n int, LIKE trap, PRIMARY KEY (n, id)) PARTITION BY RANGE (n);
CREATE TABLE leaf (LIKE trap INCLUDING DEFAULTS, n int NOT NULL);
ALTER TABLE root ATTACH PARTITION leaf FOR VALUES FROM (0) TO (100);
SELECT batch_job.attach('root');
INSERT INTO root (n, id, type) SELECT g, 'job' || g, 'x' FROM generate_series(1, 4) g;
CREATE FUNCTION detach_it() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.id = 'job2' THEN ALTER TABLE root DETACH PARTITION leaf; END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER aaa BEFORE DELETE ON leaf FOR EACH ROW EXECUTE FUNCTION detach_it();
\set VERBOSITY sqlstate
DELETE FROM leaf;
\set VERBOSITY default
SELECT count(*) FROM leaf;

-- columns dropped since: functions say so, and detach still works
SELECT batch_job.create_table('k');
ALTER TABLE k DROP COLUMN status CASCADE;
CALL batch_job.backfill('k');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.detach('k');
SELECT batch_job.create_table('k2');
ALTER TABLE k2 DROP COLUMN id CASCADE;
SELECT batch_job.purge('0', 10, 'k2');
SELECT batch_job.detach('k2', drop_status => true);
SELECT count(*) FROM batch_job.attached() WHERE job_table IN ('k'::regclass, 'k2'::regclass);

-- objects that only have our names are not ours: a trigger, a constraint, and also a default that calls our function
CREATE TABLE named (LIKE trap INCLUDING DEFAULTS, PRIMARY KEY (id));
CREATE TRIGGER zz_batch_job BEFORE INSERT ON named FOR EACH ROW EXECUTE FUNCTION spring();
SELECT batch_job.attach('named');
\echo :LAST_ERROR_SQLSTATE
DROP TRIGGER zz_batch_job ON named;
ALTER TABLE named ADD CONSTRAINT batch_job_status_derived CHECK (true);
SELECT batch_job.attach('named');
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE named DROP CONSTRAINT batch_job_status_derived;
ALTER TABLE named ALTER id TYPE varchar(60), ALTER id SET DEFAULT 'eu-' || batch_job.generate_id();
SELECT batch_job.attach('named');
INSERT INTO named (type) VALUES ('x') RETURNING id ~ '^eu-batch_' AS own_default;
-- our default is recognized through a cast as well
ALTER TABLE named ALTER id SET DEFAULT batch_job.generate_id('old');
SELECT batch_job.attach('named', id_prefix => 'new');
INSERT INTO named (type) VALUES ('x') RETURNING id ~ '^new_' AS our_default;
-- the owner's settings of our trigger stay; a second trigger of ours is dropped with the first
ALTER TABLE named ENABLE ALWAYS TRIGGER zz_batch_job;
CREATE TRIGGER zz_second BEFORE INSERT OR UPDATE OR DELETE ON named FOR EACH ROW EXECUTE FUNCTION batch_job.maintain_row();
SELECT batch_job.attach('named', id_prefix => 'newer');
SELECT tgname, tgenabled FROM pg_trigger WHERE tgrelid = 'named'::regclass ORDER BY 1;
SELECT batch_job.detach('named');
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'named'::regclass;

-- columns that swap their names
SELECT batch_job.create_table('swap');
ALTER TABLE swap ADD a int DEFAULT 1, ADD b int DEFAULT 2;
SELECT batch_job.attach('swap');
ALTER TABLE swap RENAME a TO c;
ALTER TABLE swap RENAME b TO a;
ALTER TABLE swap RENAME c TO b;
SELECT batch_job.attach('swap');
INSERT INTO swap (type) VALUES ('x');
SELECT v.a, v.b, t.a = v.a AND t.b = v.b AS same FROM swap t, swap_live v;

-- types planted before pg_catalog
CREATE DOMAIN hostile_test.text AS varchar(3);
CREATE DOMAIN hostile_test.jsonb AS pg_catalog.text;
SET search_path = hostile_test, pg_catalog;
SELECT batch_job.create_table('typed');
SELECT DISTINCT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'typed'::regclass AND attnum > 0 AND attname <> 'status' ORDER BY 1;
SET search_path = hostile_test;
DROP DOMAIN hostile_test.text, hostile_test.jsonb;

-- ids that are not unique any more: purge takes deleted jobs only; a view of the user's own is no live view, whatever its trigger
SELECT batch_job.create_table('np', soft_delete => false);
DROP VIEW np_live;
CREATE VIEW np_own AS SELECT * FROM np WHERE type = 'old' AND deleted_at IS NULL;
CREATE TRIGGER t INSTEAD OF DELETE ON np_own FOR EACH ROW EXECUTE FUNCTION batch_job.delete_live_row();
SELECT batch_job.live_view('np');
ALTER TABLE np DROP CONSTRAINT np_pkey;
INSERT INTO np (id, type, deleted_at) VALUES ('x', 'old', now() - interval '1 day'), ('x', 'live', NULL);
SELECT batch_job.purge('1 hour', 100, 'np');
SELECT id, type FROM np;
-- a partition is not the job table
SELECT batch_job.purge('0', 1, 'jobs_x');
\echo :LAST_ERROR_SQLSTATE

-- purge keeps to its bound whatever the plan
SELECT batch_job.create_table('burst');
INSERT INTO burst (id, type, deleted_at) SELECT g, 'x', now() FROM generate_series(1, 60) g;
SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_material = off;
SELECT batch_job.purge('0', 5, 'burst');
SELECT count(*) FROM burst;
RESET enable_hashjoin; RESET enable_mergejoin; RESET enable_indexscan; RESET enable_bitmapscan; RESET enable_material;
-- a rule keeps the jobs
BEGIN;
CREATE RULE keep AS ON DELETE TO burst DO INSTEAD NOTHING;
SELECT batch_job.purge('0', 5, 'burst');
ROLLBACK;
-- and does not read the whole table, even if most of it is deleted
INSERT INTO burst (id, type, deleted_at) SELECT g, 'x', now() - interval '1 day' FROM generate_series(1001, 6000) g;
ANALYZE burst;
BEGIN;
SELECT seq_scan AS before FROM pg_stat_xact_user_tables WHERE relid = 'burst'::regclass \gset
SELECT batch_job.purge('1 hour', 5000, 'burst');
SELECT seq_scan - :before AS read_as_a_whole FROM pg_stat_xact_user_tables WHERE relid = 'burst'::regclass;
COMMIT;
-- deletions by its triggers in other tables, or of live jobs, are ordinary ones; and so is the next one in its transaction
CREATE FUNCTION delete_more() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM batch_job WHERE id = '2';
  DELETE FROM burst WHERE id = 'live';
  RETURN NULL;
END $$;
INSERT INTO burst (id, type) VALUES ('live', 'x'), ('next', 'x');
CREATE TRIGGER more AFTER DELETE ON burst FOR EACH ROW EXECUTE FUNCTION delete_more();
BEGIN;
SELECT batch_job.purge('0', 1, 'burst');
DELETE FROM burst WHERE id = 'next';
COMMIT;
SELECT id, deleted_at IS NOT NULL AS deleted FROM burst WHERE id IN ('live', 'next') UNION ALL SELECT id, deleted_at IS NOT NULL FROM batch_job WHERE id = '2' ORDER BY 1;

-- filling in a status: changes of other jobs by triggers are ordinary changes
SELECT batch_job.detach('second', drop_status => true);
INSERT INTO second (id, type) VALUES ('s', 'x');
UPDATE batch_job SET deleted_at = NULL;
SELECT updated_at AS before FROM batch_job WHERE id = '1' \gset
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE batch_job SET dry_run = true WHERE id = '1'; RETURN NULL; END $$;
CREATE TRIGGER note AFTER UPDATE ON second FOR EACH ROW EXECUTE FUNCTION note();
SELECT batch_job.attach('second');
SELECT dry_run, updated_at > :'before' AS moved FROM batch_job WHERE id = '1';

-- a row matched twice by one DELETE: an error of PostgreSQL's own, for the first match has updated it; the view takes it
UPDATE batch_job SET deleted_at = NULL;
\set VERBOSITY sqlstate
DELETE FROM batch_job j USING (VALUES ('1'), ('1')) v (id) WHERE j.id = v.id;
\set VERBOSITY default
DELETE FROM batch_job_live j USING (VALUES ('1'), ('1')) v (id) WHERE j.id = v.id;
\echo :ROW_COUNT

-- plans become invalid while they run: none is freed while in use
SELECT batch_job.create_table('busy_job');
CREATE FUNCTION busy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.deleted_at IS NOT NULL AND NEW.id LIKE 'outer%' THEN
    GRANT SELECT ON busy_job TO regress_job_app;
    REVOKE SELECT ON busy_job FROM regress_job_app;
    ANALYZE busy_job;
    PERFORM batch_job.soft_delete('inner' || substr(NEW.id, 6), 'busy_job');
    DELETE FROM busy_job WHERE id = 'inner_too' || substr(NEW.id, 6);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER busy BEFORE UPDATE ON busy_job FOR EACH ROW EXECUTE FUNCTION busy();
INSERT INTO busy_job (id, type) SELECT name || n, 'x' FROM unnest(ARRAY['outer', 'inner', 'inner_too']) name, generate_series(1, 20) n;
DELETE FROM busy_job WHERE id LIKE 'outer_';
SELECT count(batch_job.soft_delete(id, 'busy_job')) FROM busy_job WHERE id LIKE 'outer1_';
DELETE FROM busy_job_live WHERE id = 'outer20';
SELECT count(*), count(deleted_at) FROM busy_job;

-- errors caught around our functions leave user, settings and plans as they were
DO $$
BEGIN
  FOR i IN 1 .. 3 LOOP
    BEGIN PERFORM batch_job.restore('outer1', 'busy_job'); RAISE EXCEPTION 'x'; EXCEPTION WHEN raise_exception THEN NULL; END;
    BEGIN PERFORM batch_job.attach('busy_job', id_prefix => 'not good'); EXCEPTION WHEN invalid_parameter_value THEN NULL; END;
    BEGIN PERFORM batch_job.purge('0', 1, 'busy_job'); RAISE EXCEPTION 'x'; EXCEPTION WHEN raise_exception THEN NULL; END;
  END LOOP;
END $$;
SELECT current_user, current_setting('lock_timeout') AS lock_timeout, current_setting('batch_job.soft_delete') AS soft_delete, count(*), count(deleted_at) FROM busy_job;

-- under a cascade, an ordinary DELETE by a trigger: NULL keys, a key to a partitioned table, one whose row only its owner sees
CREATE TABLE u (id text PRIMARY KEY);
CREATE TABLE pu (id text PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE pu1 PARTITION OF pu FOR VALUES FROM (MINVALUE) TO ('m');
CREATE TABLE pu2 PARTITION OF pu FOR VALUES FROM ('m') TO (MAXVALUE);
CREATE TABLE hidden (id text PRIMARY KEY);
INSERT INTO u VALUES ('a'), ('b');
INSERT INTO pu VALUES ('a'), ('z');
INSERT INTO hidden VALUES ('h');
ALTER TABLE hidden ENABLE ROW LEVEL SECURITY;
ALTER TABLE hidden FORCE ROW LEVEL SECURITY;
SELECT batch_job.create_table('under');
ALTER TABLE under ADD p text REFERENCES pu ON DELETE CASCADE, ADD n text REFERENCES u ON DELETE CASCADE, ADD h text;
ALTER TABLE hidden NO FORCE ROW LEVEL SECURITY;
ALTER TABLE under ADD FOREIGN KEY (h) REFERENCES hidden ON DELETE CASCADE, ADD FOREIGN KEY (created_by) REFERENCES pu ON DELETE NO ACTION;
CREATE TABLE x (uid text REFERENCES u ON DELETE CASCADE);
CREATE FUNCTION d() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM under; RETURN NULL; END $$;
CREATE TRIGGER d AFTER DELETE ON x FOR EACH ROW EXECUTE FUNCTION d();
INSERT INTO under (id, type, p, n, h, created_by) VALUES ('1', 'x', 'a', NULL, 'h', 'z'), ('2', 'x', 'z', 'b', NULL, NULL), ('3', 'x', NULL, NULL, NULL, 'a'), ('4', 'x', 'a', 'a', 'h', 'a');
INSERT INTO x VALUES ('a');
ALTER TABLE hidden FORCE ROW LEVEL SECURITY;
DELETE FROM u WHERE id = 'a';
SELECT id, deleted_at IS NOT NULL AS soft FROM under ORDER BY id;
-- created_by_user of a partitioned table of users, which has a column of a tricky name, is the whole row
ALTER TABLE pu ADD referenced text DEFAULT 'r';
SELECT id, batch_job.created_by_user(j) FROM under j WHERE created_by IS NOT NULL ORDER BY id;

RESET ROLE;
DROP SCHEMA hostile_test CASCADE;
DROP SCHEMA hostile_app CASCADE;
