-- backfill: status of old rows filled in later, by a procedure that commits as it goes.
\set SHOW_CONTEXT never
-- the server's own messages for each statement would appear among the debug messages below
SET log_statement = 'none';
SET log_duration = off;
SET log_min_duration_statement = -1;
CREATE SCHEMA backfill_test AUTHORIZATION regress_job_owner;
SET search_path = backfill_test;
SET ROLE regress_job_owner;
CREATE TABLE batch_job (
  id varchar PRIMARY KEY, type text NOT NULL, created_by varchar, context jsonb, result jsonb, dry_run boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(), pre_processed_at timestamptz, confirmed_at timestamptz, processing_at timestamptz,
  completed_at timestamptz, failed_at timestamptz, canceled_at timestamptz, updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz);
INSERT INTO batch_job (id, type, completed_at, failed_at, updated_at)
SELECT 'job_' || n, 'x', CASE WHEN n % 2 = 0 THEN now() END, CASE WHEN n % 3 = 0 THEN now() END, '2024-01-01' FROM generate_series(1, 3000) n;

-- no rewrite, no scan; the status of old rows is NULL until it is filled in
SELECT pg_relation_filenode('batch_job') AS node \gset
SELECT batch_job.attach('batch_job', backfill => false);
SELECT pg_relation_filenode('batch_job') = :node AS not_rewritten;
SELECT status, count(*) FROM batch_job GROUP BY status;
SELECT backfilled FROM batch_job.attached();
-- new and changed rows have it at once; functions return the right status of old rows
INSERT INTO batch_job (id, type, canceled_at) VALUES ('new', 'x', now()) RETURNING status;
UPDATE batch_job SET processing_at = now() WHERE id = 'job_2' RETURNING status;
DELETE FROM batch_job WHERE id = 'job_3';
SELECT status FROM batch_job WHERE id = 'job_3';
SELECT batch_job.to_json(j) ->> 'status' AS json, j.status AS column FROM batch_job j WHERE id = 'job_6';

-- not in a transaction, nor in a function; not by others; not with nonsense
BEGIN;
CALL batch_job.backfill();
\echo :LAST_ERROR_SQLSTATE
ROLLBACK;
CREATE FUNCTION call_it() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CALL batch_job.backfill(); END $$;
SELECT call_it();
\echo :LAST_ERROR_SQLSTATE
CALL batch_job.backfill(batch_size => 0);
\echo :LAST_ERROR_SQLSTATE
CALL batch_job.backfill(batch_size => NULL);
RESET ROLE;
GRANT ALL ON SCHEMA backfill_test TO regress_job_app;
GRANT ALL ON batch_job TO regress_job_app;
SET ROLE regress_job_app;
CALL batch_job.backfill();
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_job_owner;

-- odd sizes of batches; a DO block may call it
DO $$ BEGIN CALL batch_job.backfill('batch_job', 7); END $$;
SELECT status, count(*) FROM batch_job GROUP BY status ORDER BY status;
SELECT count(*) FROM batch_job WHERE updated_at = '2024-01-01';
SELECT backfilled FROM batch_job.attached();
SELECT conname, convalidated FROM pg_constraint WHERE conrelid = 'batch_job'::regclass AND contype = 'c';
-- again: nothing to do
CALL batch_job.backfill();

-- half done, as if it had been stopped: it continues where it was
SELECT batch_job.detach('batch_job', drop_status => true);
SELECT batch_job.attach('batch_job', backfill => false);
UPDATE batch_job SET type = type WHERE substr(id, 5)::int % 2 = 0 AND id <> 'new';
ALTER TABLE batch_job ADD CONSTRAINT batch_job_status_known CHECK (status IS NOT NULL) NOT VALID;
CALL batch_job.backfill();
SELECT conname, convalidated FROM pg_constraint WHERE conrelid = 'batch_job'::regclass AND contype = 'c';
-- or finished by attach
SELECT batch_job.detach('batch_job', drop_status => true);
SELECT batch_job.attach('batch_job', backfill => false);
ALTER TABLE batch_job ADD CONSTRAINT batch_job_status_known CHECK (status IS NOT NULL) NOT VALID;
SELECT batch_job.attach('batch_job');
SELECT conname, convalidated FROM pg_constraint WHERE conrelid = 'batch_job'::regclass AND contype = 'c';
SELECT backfilled FROM batch_job.attached();

-- a status column left behind by detach may be stale: it is not used as it is
SELECT batch_job.detach('batch_job');
UPDATE batch_job SET canceled_at = now(), failed_at = NULL WHERE id = 'job_1' RETURNING status;
SELECT batch_job.attach('batch_job', backfill => false);
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.attach('batch_job');
SELECT status FROM batch_job WHERE id = 'job_1';

-- an index that finds the rows without a status in another order; SET NOT NULL does not scan the table again
CREATE TABLE indexed (LIKE batch_job INCLUDING DEFAULTS, PRIMARY KEY (id));
ALTER TABLE indexed DROP COLUMN status;
INSERT INTO indexed (id, type, created_at) SELECT md5(n::text), 'x', now() FROM generate_series(1, 20000) n;
SELECT batch_job.attach('indexed', backfill => false);
UPDATE indexed SET type = 'y' WHERE substr(id, 1, 1) > '0';
CREATE INDEX ON indexed (status, id);
ANALYZE indexed;
-- a DEBUG message about an event trigger contains its oid
RESET ROLE;
ALTER EVENT TRIGGER batch_job_attach_partition DISABLE;
SET ROLE regress_job_owner;
SET client_min_messages = debug1;
CALL batch_job.backfill('indexed', 100);
SET client_min_messages = notice;
RESET ROLE;
ALTER EVENT TRIGGER batch_job_attach_partition ENABLE;
SET ROLE regress_job_owner;
SELECT count(*) FROM indexed WHERE status IS NULL;

-- a partitioned table, a leaf at a time
CREATE TABLE part (LIKE batch_job INCLUDING DEFAULTS, PRIMARY KEY (id, type)) PARTITION BY LIST (type);
ALTER TABLE part DROP COLUMN status;
CREATE TABLE part_x PARTITION OF part FOR VALUES IN ('x');
CREATE TABLE part_y PARTITION OF part FOR VALUES IN ('y') PARTITION BY LIST (type);
CREATE TABLE part_y_y PARTITION OF part_y FOR VALUES IN ('y');
INSERT INTO part (id, type, completed_at) SELECT n, (ARRAY['x', 'y'])[n % 2 + 1], CASE WHEN n % 3 = 0 THEN now() END FROM generate_series(1, 100) n;
SELECT batch_job.attach('part', backfill => false);
CALL batch_job.backfill('part', 10);
SELECT status, count(*) FROM part GROUP BY status ORDER BY status;

-- a trigger of the owner that changes another job meanwhile makes an ordinary change of that job
CREATE TABLE chained (LIKE batch_job INCLUDING DEFAULTS, PRIMARY KEY (id));
ALTER TABLE chained DROP COLUMN status;
INSERT INTO chained (id, type, updated_at) VALUES ('first', 'x', '2024-01-01'), ('other', 'x', '2024-01-01'), ('third', 'x', '2024-01-01');
CREATE FUNCTION touch_other() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE chained SET context = '{"touched": true}' WHERE id = 'other'; RETURN NULL; END $$;
CREATE TRIGGER touch_other AFTER UPDATE ON chained FOR EACH ROW WHEN (NEW.id = 'first') EXECUTE FUNCTION touch_other();
SELECT batch_job.attach('chained', backfill => false);
CALL batch_job.backfill('chained');
SELECT id, status, context, updated_at > '2024-01-01' AS changed FROM chained ORDER BY id;

-- an empty table
CREATE TABLE empty (LIKE batch_job INCLUDING ALL);
ALTER TABLE empty DROP COLUMN status;
SELECT batch_job.attach('empty', backfill => false);
CALL batch_job.backfill('empty');
SELECT job_table, backfilled FROM batch_job.attached();

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA backfill_test CASCADE;
