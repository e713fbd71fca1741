-- Soft deletion: DELETE on the table, by function, restore, purge.
\set SHOW_CONTEXT never
CREATE SCHEMA deletion_test AUTHORIZATION regress_job_owner;
SET search_path = deletion_test;
SET ROLE regress_job_owner;
SELECT batch_job.create_table();
INSERT INTO batch_job (id, type) SELECT 'j' || n, 'x' FROM generate_series(1, 9) n;

-- DELETE keeps the row, and reports 0 rows
DELETE FROM batch_job WHERE id = 'j1' RETURNING id;
\echo :ROW_COUNT
SELECT id, deleted_at BETWEEN created_at AND clock_timestamp() AS deleted, updated_at >= deleted_at AS updated, status FROM batch_job WHERE id = 'j1';
-- repeated: the time of the first deletion stays
SELECT deleted_at AS first FROM batch_job WHERE id = 'j1' \gset
DELETE FROM batch_job WHERE id = 'j1';
SELECT deleted_at = :'first' AS same FROM batch_job WHERE id = 'j1';
-- of many rows; USING; CURRENT OF; in a CTE
DELETE FROM batch_job j USING (VALUES ('j2'), ('j3')) v (id) WHERE j.id = v.id;
BEGIN;
DECLARE c CURSOR FOR SELECT * FROM batch_job WHERE id = 'j4';
FETCH 1 FROM c \g /dev/null
DELETE FROM batch_job WHERE CURRENT OF c;
COMMIT;
WITH d AS (DELETE FROM batch_job WHERE id = 'j5' RETURNING id) SELECT count(*) FROM d;
SELECT count(*), count(deleted_at) FROM batch_job;
-- an ORM's own soft deletion is an UPDATE like any other
UPDATE batch_job SET deleted_at = now() WHERE id = 'j6' RETURNING id;

-- the setting lets a DELETE through, within its transaction
BEGIN;
SET LOCAL batch_job.soft_delete = off;
DELETE FROM batch_job WHERE id IN ('j6', 'j7');
\echo :ROW_COUNT
COMMIT;
DELETE FROM batch_job WHERE id = 'j8' RETURNING id;
SET batch_job.soft_delete = maybe;
-- and so does the option of the table
SELECT batch_job.attach('batch_job', soft_delete => false);
DELETE FROM batch_job WHERE id = 'j8' RETURNING id;
SELECT batch_job.attach('batch_job', soft_delete => true);
-- TRUNCATE is no DELETE
CREATE TABLE kept AS SELECT id FROM batch_job;
BEGIN; TRUNCATE batch_job; SELECT count(*) FROM batch_job; ROLLBACK;

-- by function: returns the job; repeated, nothing changes
SELECT (j).id, (j).type, (j).deleted_at, (j).status, (j).updated_at FROM batch_job.restore('j1') j \gset r_
\echo :r_id :r_type :r_status :{?r_deleted_at}
SELECT (batch_job.restore('j1')).updated_at = :'r_updated_at' AS unchanged;
SELECT (batch_job.soft_delete('j1')).deleted_at IS NOT NULL AS deleted;
SELECT (batch_job.soft_delete('j1')).deleted_at = deleted_at AS unchanged FROM batch_job WHERE id = 'j1';
SELECT batch_job.soft_delete('nobody');
\echo :LAST_ERROR_SQLSTATE :LAST_ERROR_MESSAGE
SELECT batch_job.restore(repeat('nobody', 100000));
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.restore(NULL);
\echo :LAST_ERROR_SQLSTATE

-- the row returned has the type's order, whatever the table's, and status where the column is still NULL
CREATE TABLE odd (
  failed_at timestamptz, extra text, canceled_at timestamptz, completed_at timestamptz, confirmed_at timestamptz, processing_at timestamptz,
  pre_processed_at timestamptz, dry_run boolean NOT NULL DEFAULT false, result jsonb, context jsonb, created_by varchar, type varchar NOT NULL,
  deleted_at timestamptz, updated_at timestamptz NOT NULL DEFAULT now(), created_at timestamptz NOT NULL DEFAULT now(), id varchar PRIMARY KEY);
INSERT INTO odd (id, type, created_by, context, result, dry_run, completed_at) VALUES ('o1', 't', 'u', '{"c": 1}', '{"count": 2}', true, now());
SELECT batch_job.attach('odd', backfill => false);
SELECT (j).id, (j).type, (j).created_by, (j).context, (j).result, (j).dry_run, (j).completed_at IS NOT NULL AS completed, (j).status
  FROM batch_job.soft_delete('o1', 'odd') j;

-- which table: the given one, or the one that the unqualified name finds
CREATE SCHEMA deletion_other;
SELECT batch_job.create_table('deletion_other.batch_job');
INSERT INTO deletion_other.batch_job (id, type) VALUES ('other', 'x');
SET search_path = deletion_other, deletion_test;
SELECT (batch_job.soft_delete('other')).id;
SELECT (batch_job.restore('j1', 'deletion_test.batch_job')).id;
-- our composite type of the same name is ignored
SET search_path = batch_job, deletion_test;
SELECT (batch_job.soft_delete('j1')).id;
-- a temporary table comes first, as in a plain UPDATE
SELECT batch_job.create_table('pg_temp.batch_job');
INSERT INTO pg_temp.batch_job (id, type) VALUES ('temporary', 'x');
SELECT (batch_job.soft_delete('temporary')).id;
DROP TABLE pg_temp.batch_job CASCADE;
SET search_path = pg_catalog;
SELECT batch_job.soft_delete('j1');
\echo :LAST_ERROR_SQLSTATE
SET search_path = deletion_test;
SELECT batch_job.soft_delete('j1', 'batch_job_live');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.soft_delete('j1', 'kept');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.soft_delete('j1', 'batch_job_pkey');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.soft_delete('j1', 4294967295);
\echo :LAST_ERROR_SQLSTATE

-- purge: only what has been deleted long enough, not more than asked for
SET batch_job.soft_delete = off; DELETE FROM batch_job; RESET batch_job.soft_delete;
INSERT INTO batch_job (id, type, deleted_at)
SELECT 'p' || n, 'x', now() - n * interval '1 day' FROM generate_series(0, 9) n UNION ALL VALUES ('live', 'x', NULL), ('future', 'x', now() + interval '1 day');
SELECT batch_job.purge('100 days'), batch_job.purge('8 days 12 hours');
SELECT batch_job.purge('1 day', 3), batch_job.purge('1 day', 3), batch_job.purge('1 day', 3), batch_job.purge('1 day', 3);
SELECT id FROM batch_job ORDER BY id;
SELECT batch_job.purge('0', job_table => 'batch_job');
SELECT id FROM batch_job ORDER BY id;
-- also from a table without soft deletion; and the setting is unchanged afterwards
INSERT INTO batch_job (id, type, deleted_at) VALUES ('p1', 'x', now());
SELECT batch_job.purge('0');
SHOW batch_job.soft_delete;
-- within the transaction that deleted
BEGIN;
DELETE FROM batch_job WHERE id = 'live';
SELECT batch_job.purge('0');
ROLLBACK;
SELECT batch_job.purge('-1 day');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.purge(NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.purge('1 day', 0);
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.purge('1 day', NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.purge('300000 years');
\echo :LAST_ERROR_SQLSTATE

-- ten thousand, and plans adapt when the table changes in between
INSERT INTO batch_job (type) SELECT 'many' FROM generate_series(1, 10000);
DELETE FROM batch_job_live WHERE type = 'many';
SELECT count(*), count(deleted_at) FROM batch_job WHERE type = 'many';
SELECT batch_job.purge('0', 100000);
-- rows are found by their key, with one index scan each, even if statistics know of no deleted row, when the planner would
-- read all of them for each; the same for cancel_unconfirmed
SELECT batch_job.create_table('unknown');
ALTER TABLE unknown SET (autovacuum_enabled = off);
CREATE INDEX ON unknown (pre_processed_at);
INSERT INTO unknown (type) SELECT 'x' FROM generate_series(1, 3000);
ANALYZE unknown;
DELETE FROM unknown_live;
SELECT pg_stat_force_next_flush();
BEGIN;
SELECT batch_job.purge('0', job_table => 'unknown');
SELECT idx_scan > 3000 AS by_key FROM pg_stat_xact_user_tables WHERE relname = 'unknown';
COMMIT;
INSERT INTO unknown (type, pre_processed_at) SELECT 'x', now() FROM generate_series(1, 3000);
SELECT pg_stat_force_next_flush();
BEGIN;
SELECT batch_job.cancel_unconfirmed('0', job_table => 'unknown');
SELECT idx_scan > 3000 AS by_key FROM pg_stat_xact_user_tables WHERE relname = 'unknown';
COMMIT;
-- a trigger of the user changes the table while ours deletes rows: plans in use are not freed
CREATE FUNCTION busy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.deleted_at IS NOT NULL AND NEW.id LIKE 'outer%' THEN
    CREATE INDEX ON kept (id);                            -- an invalidation, in the middle
    PERFORM batch_job.soft_delete('inner' || substr(NEW.id, 6));
    DELETE FROM batch_job WHERE id = 'inner_too' || substr(NEW.id, 6);
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER busy BEFORE UPDATE ON batch_job FOR EACH ROW EXECUTE FUNCTION busy();
INSERT INTO batch_job (id, type) SELECT name || n, 'nested' FROM unnest(ARRAY['outer', 'inner', 'inner_too']) name, generate_series(1, 20) n;
DELETE FROM batch_job WHERE id LIKE 'outer%';
SELECT count(*), count(deleted_at) FROM batch_job WHERE type = 'nested';
ANALYZE batch_job;
SELECT (batch_job.restore('outer1')).deleted_at, (batch_job.soft_delete('inner1')).id;

-- a job that says it was created in the future can be deleted and purged as any other
INSERT INTO batch_job (id, type, created_at) VALUES ('f1', 'x', 'infinity'), ('f2', 'x', now() + interval '10 years'), ('f3', 'x', 'infinity');
DELETE FROM batch_job WHERE id = 'f1';
DELETE FROM batch_job_live WHERE id = 'f2';
SELECT id FROM batch_job.soft_delete('f3');
SELECT count(*) FROM batch_job WHERE id LIKE 'f_' AND deleted_at <= clock_timestamp();
-- but its deletion is not earlier than its other timestamps
INSERT INTO batch_job (id, type, completed_at) SELECT 'g' || n, 'x', clock_timestamp() + interval '1 hour' FROM generate_series(1, 3) n;
DELETE FROM batch_job WHERE id = 'g1';
DELETE FROM batch_job_live WHERE id = 'g2';
SELECT id FROM batch_job.soft_delete('g3');
SELECT count(*) FROM batch_job WHERE id LIKE 'g_' AND deleted_at = completed_at;

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA deletion_test CASCADE;
DROP SCHEMA deletion_other CASCADE;
