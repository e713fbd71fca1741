-- A DELETE of many rows through the live view: each is a separate statement on the table, and is counted.
\set SHOW_CONTEXT never
CREATE SCHEMA delete_test AUTHORIZATION regress_job_owner;
GRANT USAGE ON SCHEMA delete_test TO regress_job_app;
SET search_path = delete_test;
SET ROLE regress_job_owner;
SELECT batch_job.create_table(events => true, guard => false);
GRANT SELECT, INSERT, UPDATE, DELETE ON batch_job, batch_job_live TO regress_job_app;
INSERT INTO batch_job (id, type) SELECT 'j' || lpad(g::text, 2, '0'), 'x' FROM generate_series(1, 12) g;

-- each has its event, and a trigger at the end sees them as deleted
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE NOTICE 'deleted: %', (SELECT count(deleted_at) FROM delete_test.batch_job);
  RETURN NULL;
END $$;
CREATE TRIGGER look AFTER DELETE ON batch_job_live FOR EACH STATEMENT EXECUTE FUNCTION look();
DELETE FROM batch_job_live WHERE id <= 'j03' RETURNING id, deleted_at;
DELETE FROM batch_job_live WHERE id <= 'j05';
\echo :ROW_COUNT
DROP TRIGGER look ON batch_job_live;
SELECT job_id, event, from_status, to_status FROM batch_job_event WHERE event <> 'batch.created' ORDER BY job_id;
SELECT count(*), count(DISTINCT updated_at = deleted_at) FROM batch_job WHERE deleted_at IS NOT NULL;

-- a join that matches rows twice, and rows that are deleted already
DELETE FROM batch_job_live j USING (VALUES ('j06'), ('j07'), ('j07'), ('j08'), ('j06'), ('j08')) v (id) WHERE j.id = v.id;
\echo :ROW_COUNT
DELETE FROM batch_job_live WHERE id < 'j09';
\echo :ROW_COUNT
-- two DELETEs in one statement
WITH a AS (DELETE FROM batch_job_live WHERE id IN ('j09', 'j10') RETURNING id),
  b AS (DELETE FROM batch_job_live WHERE id IN ('j11', 'j12') RETURNING id)
SELECT * FROM a UNION ALL SELECT * FROM b ORDER BY 1;
SELECT count(*) FROM batch_job_live;
-- a DELETE in WITH whose rows nobody reads, which runs after everything else
UPDATE batch_job SET deleted_at = NULL;
WITH a AS (DELETE FROM batch_job_live WHERE id < 'j05' RETURNING id) SELECT 1 AS one;
SELECT count(*) FROM batch_job_live;
-- and a trigger finds the rows of both deleted
CREATE TRIGGER look AFTER DELETE ON batch_job_live FOR EACH STATEMENT EXECUTE FUNCTION look();
UPDATE batch_job SET deleted_at = NULL;
WITH a AS (DELETE FROM batch_job_live WHERE id < 'j05'), b AS (DELETE FROM batch_job_live WHERE id > 'j10') SELECT 1 AS one;
DROP TRIGGER look ON batch_job_live;
UPDATE batch_job SET deleted_at = NULL WHERE id > 'j04';
BEGIN;
WITH a AS (DELETE FROM batch_job_live WHERE id = 'j05' RETURNING id) SELECT 1 AS one;
SELECT count(*) FROM batch_job_live;
ROLLBACK;
-- in a session that loads the library only while the statement runs
\c -
SET search_path = delete_test;
BEGIN;
WITH a AS (DELETE FROM batch_job_live WHERE id IN ('j05', 'j06', 'j07') RETURNING id) SELECT 1 AS one;
SELECT count(*) FROM batch_job_live;
WITH a AS (DELETE FROM batch_job_live WHERE id IN ('j08', 'j09', 'j10') RETURNING id) SELECT 1 AS one;
SELECT count(*) FROM batch_job_live;
ROLLBACK;
SET ROLE regress_job_owner;
-- and another WITH can read the rows
CREATE TABLE seen (n serial, id text);
WITH a AS (DELETE FROM batch_job_live WHERE id < 'j09' RETURNING id), b AS (INSERT INTO seen (id) SELECT id FROM a RETURNING id),
  c AS (INSERT INTO seen (id) SELECT id || '!' FROM b) SELECT 1 AS one;
SELECT string_agg(id, ' ' ORDER BY n) FROM seen;
DROP TABLE seen;
UPDATE batch_job SET deleted_at = NULL WHERE id > 'j04';
-- the same rows in both: each counts once
WITH a AS (DELETE FROM batch_job_live WHERE id < 'j09' RETURNING id),
  b AS (DELETE FROM batch_job_live WHERE id > 'j06' RETURNING id)
SELECT id, count(*) FROM (TABLE a UNION ALL TABLE b) c GROUP BY id ORDER BY id;

-- an error, in the middle and at the end: nothing is left of it, and the next one works
UPDATE batch_job SET deleted_at = NULL;
CREATE FUNCTION fail_at(id text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  IF id = 'j05' THEN RAISE 'in the middle'; END IF;
  RETURN true;
END $$;
BEGIN;
SAVEPOINT s;
DELETE FROM batch_job_live WHERE fail_at(id);
ROLLBACK TO s;
SELECT count(*) FROM batch_job_live;
ALTER TABLE batch_job ADD CONSTRAINT keep CHECK (id <> 'j05' OR deleted_at IS NULL);
SAVEPOINT s;
\set VERBOSITY sqlstate
DELETE FROM batch_job_live;
\set VERBOSITY default
ROLLBACK TO s;
DO $$
BEGIN
  DELETE FROM delete_test.batch_job_live;
EXCEPTION WHEN check_violation THEN
  DELETE FROM delete_test.batch_job_live WHERE id > 'j10';
END $$;
SELECT count(*) FROM batch_job_live;
ROLLBACK;

-- a DELETE on the same view within the DELETE: by a function in it, and by a trigger that it fires
CREATE FUNCTION delete_pair(id text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  n bigint;
BEGIN
  IF id <> 'j02' THEN RETURN true; END IF;
  DELETE FROM delete_test.batch_job_live v WHERE v.id IN ('j11', 'j12');
  GET DIAGNOSTICS n = ROW_COUNT;
  RAISE NOTICE '% within, % left', n, (SELECT count(*) FROM delete_test.batch_job WHERE deleted_at IS NULL);
  RETURN true;
END $$;
BEGIN;
DELETE FROM batch_job_live WHERE id < 'j05' AND delete_pair(id);
\echo :ROW_COUNT
SELECT string_agg(id, ' ' ORDER BY id) FROM batch_job_live;
ROLLBACK;
-- what the outer statement has already counted is not counted again
CREATE FUNCTION delete_all(id text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  n bigint;
BEGIN
  IF id <> 'j04' THEN RETURN true; END IF;
  DELETE FROM delete_test.batch_job_live;
  GET DIAGNOSTICS n = ROW_COUNT;
  RAISE NOTICE '% within', n;
  RETURN true;
END $$;
BEGIN;
DELETE FROM batch_job_live WHERE id < 'j07' AND delete_all(id);
\echo :ROW_COUNT
SELECT count(*), count(deleted_at) FROM batch_job;
ROLLBACK;
CREATE FUNCTION delete_more() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM new_rows WHERE id = 'j03') THEN
    DELETE FROM delete_test.batch_job_live WHERE id IN ('j09', 'j10', 'j11');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER more AFTER UPDATE ON batch_job REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION delete_more();
BEGIN;
DELETE FROM batch_job_live WHERE id < 'j05';
\echo :ROW_COUNT
SELECT string_agg(id, ' ' ORDER BY id) FROM batch_job_live;
ROLLBACK;
DROP TRIGGER more ON batch_job;

-- a function that changes rows that the outer statement has deleted
CREATE FUNCTION change(job text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  UPDATE delete_test.batch_job b SET type = 'y' WHERE b.id = job;
  RETURN job;
END $$;
BEGIN;
DELETE FROM batch_job_live WHERE id < 'j07' AND (id <> 'j04' OR change('j02') > '');
\echo :ROW_COUNT
SELECT id, type FROM batch_job WHERE deleted_at IS NOT NULL ORDER BY id;
ROLLBACK;
BEGIN;
DELETE FROM batch_job_live WHERE id < 'j04' RETURNING change(id), type;
SELECT id, type FROM batch_job WHERE deleted_at IS NOT NULL ORDER BY id;
ROLLBACK;
-- a function that deletes a row itself whose turn comes later, and which is not counted then, or whose turn is over
CREATE FUNCTION delete_by_hand(job text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  UPDATE delete_test.batch_job b SET deleted_at = now() WHERE b.id = job;
  RETURN true;
END $$;
BEGIN;
DELETE FROM batch_job_live WHERE id < 'j07' AND (id <> 'j04' OR delete_by_hand('j06'));
\echo :ROW_COUNT
DELETE FROM batch_job_live WHERE id > 'j06' AND (id <> 'j10' OR delete_by_hand('j08'));
\echo :ROW_COUNT
SELECT count(*) FROM batch_job_live;
ROLLBACK;
-- what the statement has changed before is deleted
BEGIN;
WITH changed AS (UPDATE batch_job SET type = 'y' WHERE id < 'j05' RETURNING id)
DELETE FROM batch_job_live WHERE id IN (SELECT id FROM changed);
\echo :ROW_COUNT
SELECT id, type FROM batch_job WHERE deleted_at IS NOT NULL ORDER BY id;
ROLLBACK;

-- two views in one statement, and a trigger of one table that changes rows of the other
SELECT batch_job.create_table('other');
INSERT INTO other (type) SELECT 'x' FROM generate_series(1, 3);
CREATE FUNCTION change_all() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE delete_test.batch_job SET type = 'y';
  RETURN NULL;
END $$;
CREATE TRIGGER change_all AFTER UPDATE ON other FOR EACH STATEMENT EXECUTE FUNCTION change_all();
BEGIN;
WITH a AS (DELETE FROM batch_job_live WHERE id < 'j05' RETURNING id), b AS (DELETE FROM other_live RETURNING id)
SELECT count(a.id), count(b.id) FROM a FULL JOIN b ON false;
SELECT count(deleted_at) FROM other;
SELECT id, type FROM batch_job WHERE deleted_at IS NOT NULL ORDER BY id;
ROLLBACK;
DROP TABLE other CASCADE;

-- the count is right if a trigger, a rule or a policy keeps rows
CREATE FUNCTION keep_some() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW.id IN ('j03', 'j04') THEN RETURN NULL; END IF; RETURN NEW; END $$;
BEGIN;
CREATE TRIGGER keep_some BEFORE UPDATE ON batch_job FOR EACH ROW EXECUTE FUNCTION keep_some();
DELETE FROM batch_job_live WHERE id < 'j06';
\echo :ROW_COUNT
SELECT string_agg(id, ' ' ORDER BY id) FROM batch_job_live WHERE id < 'j06';
ROLLBACK;
BEGIN;
CREATE RULE keep AS ON UPDATE TO batch_job WHERE old.id IN ('j03', 'j04') DO INSTEAD NOTHING;
DELETE FROM batch_job_live WHERE id < 'j06';
\echo :ROW_COUNT
SELECT string_agg(id, ' ' ORDER BY id) FROM batch_job_live WHERE id < 'j06';
ROLLBACK;
BEGIN;
CREATE RULE keep AS ON UPDATE TO batch_job DO INSTEAD NOTHING;
DELETE FROM batch_job_live WHERE id < 'j06';
\echo :ROW_COUNT
DROP RULE keep ON batch_job;
DELETE FROM batch_job_live WHERE id < 'j06';
\echo :ROW_COUNT
SELECT count(*) FROM batch_job_live WHERE id < 'j06';
ROLLBACK;
BEGIN;
ALTER TABLE batch_job ENABLE ROW LEVEL SECURITY;
CREATE POLICY read ON batch_job FOR SELECT TO regress_job_app USING (true);
CREATE POLICY write ON batch_job FOR UPDATE TO regress_job_app USING (id NOT IN ('j03', 'j04')) WITH CHECK (true);
SET LOCAL ROLE regress_job_app;
DELETE FROM batch_job_live WHERE id < 'j06';
\echo :ROW_COUNT
SELECT string_agg(id, ' ' ORDER BY id) FROM batch_job_live WHERE id < 'j06';
ROLLBACK;
-- with rights to just the columns that it takes
BEGIN;
REVOKE ALL ON batch_job FROM regress_job_app;
GRANT SELECT (id, created_at, updated_at, deleted_at, type, created_by, context, result, dry_run, pre_processed_at,
              processing_at, confirmed_at, completed_at, canceled_at, failed_at, status), UPDATE (deleted_at) ON batch_job TO regress_job_app;
SET LOCAL ROLE regress_job_app;
DELETE FROM batch_job_live WHERE id < 'j06';
\echo :ROW_COUNT
ROLLBACK;
-- rows of a table that inherits have the same ctids
BEGIN;
CREATE TABLE child () INHERITS (batch_job);
INSERT INTO child (id, type) SELECT 'c' || lpad(g::text, 2, '0'), 'x' FROM generate_series(1, 12) g;
DELETE FROM batch_job_live WHERE id IN ('j01', 'j02', 'j03', 'c02', 'c03', 'c04');
\echo :ROW_COUNT
SELECT string_agg(id, ' ' ORDER BY id) FROM batch_job WHERE deleted_at IS NOT NULL;
ROLLBACK;
-- a deferrable key does not count as a key
BEGIN;
CREATE TABLE deferred (LIKE batch_job INCLUDING DEFAULTS, PRIMARY KEY (id) DEFERRABLE);
SAVEPOINT s;
SELECT batch_job.attach('deferred');
ROLLBACK TO s;
ALTER TABLE batch_job DROP CONSTRAINT batch_job_pkey, ADD CONSTRAINT batch_job_pkey PRIMARY KEY (id) DEFERRABLE;
DELETE FROM batch_job_live WHERE id < 'j06';
\echo :ROW_COUNT
SELECT count(*) FROM batch_job_live;
ROLLBACK;
-- in a transaction with one snapshot
BEGIN ISOLATION LEVEL REPEATABLE READ;
DELETE FROM batch_job_live WHERE id < 'j06';
\echo :ROW_COUNT
ROLLBACK;
BEGIN ISOLATION LEVEL SERIALIZABLE;
DELETE FROM batch_job_live WHERE id < 'j06';
\echo :ROW_COUNT
ROLLBACK;
-- a key of a row type
BEGIN;
CREATE TYPE pair AS (a int, b text);
CREATE TABLE of_pairs (LIKE batch_job INCLUDING DEFAULTS, p pair, PRIMARY KEY (p, id));
SELECT batch_job.attach('of_pairs');
INSERT INTO of_pairs (type, p) SELECT 'x', ROW(g, 'b')::pair FROM generate_series(1, 4) g;
DELETE FROM of_pairs_live;
\echo :ROW_COUNT
SELECT count(deleted_at) FROM of_pairs;
ROLLBACK;

-- without UPDATE on the table one may not delete
BEGIN;
REVOKE UPDATE ON batch_job FROM regress_job_app;
GRANT UPDATE (type) ON batch_job TO regress_job_app;
SET LOCAL ROLE regress_job_app;
DELETE FROM batch_job_live;
ROLLBACK;
\echo :LAST_ERROR_SQLSTATE

-- for good, and in a partitioned table
BEGIN;
SET LOCAL batch_job.soft_delete = off;
DELETE FROM batch_job_live WHERE id < 'j06';
\echo :ROW_COUNT
SELECT count(*) FROM batch_job;
ROLLBACK;
CREATE TABLE parted (LIKE batch_job INCLUDING DEFAULTS, PRIMARY KEY (id, type)) PARTITION BY LIST (type);
CREATE TABLE parted_x PARTITION OF parted FOR VALUES IN ('x');
CREATE TABLE parted_y PARTITION OF parted FOR VALUES IN ('y');
SELECT batch_job.attach('parted');
INSERT INTO parted (id, type) VALUES ('1', 'x'), ('2', 'x'), ('3', 'y');
DELETE FROM parted_live;
\echo :ROW_COUNT
SELECT count(deleted_at) FROM parted;

-- a longer key, of several types, whose collations and names need care; renamed between two statements
CREATE TABLE long_key (LIKE batch_job INCLUDING DEFAULTS, "Tenant No" int, code varchar(10) COLLATE "POSIX", PRIMARY KEY (code, "Tenant No", id));
SELECT batch_job.attach('long_key');
INSERT INTO long_key (id, type, "Tenant No", code) SELECT 'j' || i, 'x', t, c FROM generate_series(1, 2) i, generate_series(1, 2) t, unnest(ARRAY['a', 'b']) c;
DELETE FROM long_key_live WHERE "Tenant No" = 1;
\echo :ROW_COUNT
ALTER TABLE long_key RENAME COLUMN "Tenant No" TO "key";
ALTER TABLE long_key RENAME TO job;
DELETE FROM long_key_live WHERE code = 'b';
\echo :ROW_COUNT
SELECT code, "key", id FROM job WHERE deleted_at IS NULL ORDER BY 1, 2, 3;
-- a key that is an array, of a type whose operators are another's
CREATE TABLE array_key (LIKE batch_job INCLUDING DEFAULTS, tags varchar(9)[], PRIMARY KEY (id, tags));
SELECT batch_job.attach('array_key');
INSERT INTO array_key (id, type, tags) VALUES ('1', 'x', '{a}'), ('1', 'x', '{b}'), ('2', 'x', '{}');
DELETE FROM array_key_live WHERE id = '1';
\echo :ROW_COUNT
SELECT id, tags FROM array_key WHERE deleted_at IS NULL;

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA delete_test CASCADE;
