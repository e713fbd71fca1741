-- Partitioned job tables: by range of id, by list of type; rows that move from one partition to another.
\set SHOW_CONTEXT never
CREATE SCHEMA partition_test AUTHORIZATION regress_job_owner;
SET search_path = partition_test;
SET ROLE regress_job_owner;

-- a partitioned table of the shape of a job; its owner chooses how
CREATE FUNCTION make_partitioned(name text, primary_key text, by text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format($f$CREATE TABLE %I (
    id text COLLATE "C" NOT NULL, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(),
    deleted_at timestamptz, type text NOT NULL, created_by text, context jsonb, result jsonb, dry_run boolean NOT NULL DEFAULT false,
    pre_processed_at timestamptz, processing_at timestamptz, confirmed_at timestamptz, completed_at timestamptz,
    canceled_at timestamptz, failed_at timestamptz, PRIMARY KEY (%s)) PARTITION BY %s$f$, name, primary_key, by);
END $$;

-- by range of id: a one-column primary key, and retention is a DROP
SELECT make_partitioned('by_id', 'id', 'RANGE (id)');
DO $$
BEGIN
  EXECUTE format('CREATE TABLE by_id_old PARTITION OF by_id FOR VALUES FROM (MINVALUE) TO (%L)', batch_job.id_floor('2024-01-01 00:00:00+00'));
  EXECUTE format('CREATE TABLE by_id_new PARTITION OF by_id FOR VALUES FROM (%L) TO (%L)', batch_job.id_floor('2024-01-01 00:00:00+00'), batch_job.id_floor('2124-01-01 00:00:00+00'));
END $$;
-- rows that were there before
INSERT INTO by_id (id, type, completed_at) VALUES (batch_job.id_floor('2023-05-05 00:00:00+00'), 'old', now());
SELECT batch_job.attach('by_id_old');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.attach('by_id');
SELECT tableoid::regclass, type, status FROM by_id;

-- the DEFAULT makes the id before the row is routed
INSERT INTO by_id (type) VALUES ('new') RETURNING tableoid::regclass, batch_job.is_id(id), status;
COPY by_id (type, canceled_at) FROM stdin;
copied	2024-05-05
\.
SELECT tableoid::regclass, status FROM by_id WHERE type = 'copied';
-- the partition for the id NULL is chosen before the trigger runs: the error is PostgreSQL's own
\set VERBOSITY sqlstate
INSERT INTO by_id (id, type) VALUES (NULL, 'new');
\set VERBOSITY default

-- a partition made later has the trigger and the CHECK, whatever the order of its columns
-- (without the CHECK it cannot become one)
CREATE TABLE by_id_far (LIKE by_id);
\set VERBOSITY sqlstate
ALTER TABLE by_id ATTACH PARTITION by_id_far FOR VALUES FROM ('batch_7') TO (MAXVALUE);
\set VERBOSITY default
DROP TABLE by_id_far;
CREATE TABLE by_id_far (
  failed_at timestamptz, gone int, status batch_job.status NOT NULL, type text NOT NULL, created_by text, context jsonb, result jsonb, dry_run boolean NOT NULL DEFAULT false,
  pre_processed_at timestamptz, processing_at timestamptz, confirmed_at timestamptz, completed_at timestamptz, canceled_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz, id text COLLATE "C" NOT NULL,
  CONSTRAINT batch_job_status_derived CHECK (status = batch_job.derive_status(pre_processed_at, confirmed_at, processing_at, completed_at, canceled_at, failed_at)));
ALTER TABLE by_id_far DROP COLUMN gone;
ALTER TABLE by_id ATTACH PARTITION by_id_far FOR VALUES FROM ('batch_7') TO (MAXVALUE);
INSERT INTO by_id (id, type, failed_at) VALUES ('job_1', 'far', now()) RETURNING tableoid::regclass, status;

-- an UPDATE that moves a row: no deletion, nothing lost
UPDATE by_id SET id = 'job_' || type, context = '{"moved": true}', canceled_at = now() WHERE type IN ('old', 'new')
RETURNING tableoid::regclass, id, status, deleted_at, updated_at > created_at AS later;
SELECT tableoid::regclass, CASE type WHEN 'copied' THEN '(generated)' ELSE id END AS id, status, context, deleted_at FROM by_id ORDER BY by_id.id;
-- within a statement of many rows, moving and staying
UPDATE by_id SET id = CASE id WHEN 'job_old' THEN batch_job.id_floor('2023-05-05 00:00:00+00') ELSE id END, failed_at = now() WHERE type IN ('old', 'new')
RETURNING tableoid::regclass, id, status, deleted_at;

-- with triggers of the user between ours, which change rows themselves
CREATE TABLE audit (event text, id text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO audit VALUES (TG_OP, CASE TG_OP WHEN 'DELETE' THEN OLD.id ELSE NEW.id END);
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER note BEFORE INSERT OR UPDATE OR DELETE ON by_id FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER zzz_note BEFORE INSERT OR UPDATE OR DELETE ON by_id FOR EACH ROW EXECUTE FUNCTION note();
UPDATE by_id SET id = 'job_old' WHERE type = 'old' RETURNING tableoid::regclass, id, deleted_at;
SELECT event, id, count(*) FROM audit GROUP BY event, id ORDER BY 1, 2;
DROP TRIGGER note ON by_id;
DROP TRIGGER zzz_note ON by_id;

-- a move that fails, undone, then a DELETE of the same row: that one is a deletion
BEGIN;
SAVEPOINT s;
\set VERBOSITY sqlstate
UPDATE by_id SET id = batch_job.id_floor('2023-05-05 00:00:00+00'), status = NULL, type = NULL WHERE id = 'job_old';
\set VERBOSITY default
ROLLBACK TO s;
DELETE FROM by_id WHERE id = 'job_old';
SELECT id, deleted_at IS NOT NULL AS deleted FROM by_id WHERE id = 'job_old';
ROLLBACK;
-- the same, the move suppressed by a trigger after ours
CREATE FUNCTION suppress() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER zzz_suppress BEFORE UPDATE ON by_id FOR EACH ROW WHEN (NEW.context @> '{"suppress": true}') EXECUTE FUNCTION suppress();
BEGIN;
UPDATE by_id SET id = batch_job.id_floor('2023-05-05 00:00:00+00'), context = '{"suppress": true}' WHERE id = 'job_old';
DELETE FROM by_id WHERE id = 'job_old';
SELECT id, deleted_at IS NOT NULL AS deleted FROM by_id WHERE id = 'job_old';
COMMIT;
DROP TRIGGER zzz_suppress ON by_id;
SELECT (batch_job.restore('job_old', 'by_id')).deleted_at;

-- MERGE moves too, and deletes softly
MERGE INTO by_id j USING (VALUES ('job_old', 'move'), ('job_1', 'delete')) s (id, what) ON j.id = s.id
WHEN MATCHED AND s.what = 'move' THEN UPDATE SET id = batch_job.id_floor('2023-05-05 00:00:00+00')
WHEN MATCHED THEN DELETE;
SELECT tableoid::regclass, id, deleted_at IS NOT NULL AS deleted FROM by_id WHERE type IN ('old', 'far') ORDER BY id;

-- soft deletion by the table, the view and by id, in every partition
UPDATE by_id SET deleted_at = NULL;
DELETE FROM by_id;
SELECT count(*), count(deleted_at) FROM by_id;
SELECT (batch_job.restore(id, 'by_id')).deleted_at FROM by_id;
DELETE FROM by_id_live WHERE type <> 'far' RETURNING type;
SELECT (batch_job.soft_delete('job_1', 'by_id')).type;
SELECT count(*), count(deleted_at) FROM by_id;
SELECT batch_job.purge('0', job_table => 'by_id');
SELECT count(*) FROM by_id;

-- a role with rights on the parent alone can delete; PostgreSQL checks those of the table named
GRANT USAGE ON SCHEMA partition_test TO regress_job_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON by_id, by_id_live TO regress_job_app;
INSERT INTO by_id (id, type) VALUES ('job_1', 'far'), ('job_2', 'far');
SET ROLE regress_job_app;
DELETE FROM by_id WHERE id = 'job_1';
DELETE FROM by_id_live WHERE id = 'job_2';
SELECT id, deleted_at IS NOT NULL AS deleted FROM by_id WHERE type = 'far' ORDER BY id;
SET ROLE regress_job_owner;

-- by list of type: the primary key has two columns, and one id may be there twice
SELECT make_partitioned('by_type', 'id, type', 'LIST (type)');
CREATE TABLE by_type_import PARTITION OF by_type FOR VALUES IN ('import');
CREATE TABLE by_type_other PARTITION OF by_type DEFAULT PARTITION BY RANGE (id);
CREATE TABLE by_type_other_all PARTITION OF by_type_other DEFAULT;
SELECT batch_job.attach('by_type', id_prefix => 'job');
INSERT INTO by_type (id, type) VALUES ('1', 'import'), ('1', 'export'), (DEFAULT, 'import'), ('', 'import'), (NULL, 'import')
RETURNING tableoid::regclass, id ~ '^job_' AS generated, status;
UPDATE by_type SET type = 'import', confirmed_at = now() WHERE id = '1' AND type = 'export';
UPDATE by_type SET type = 'check', confirmed_at = now() WHERE id = '1' AND type = 'import' RETURNING tableoid::regclass, status, deleted_at;
-- the view deletes the one row that it showed
DELETE FROM by_type_live WHERE id = '1' AND type = 'check';
SELECT id, type, deleted_at IS NOT NULL AS deleted FROM by_type WHERE id = '1' ORDER BY type;
SELECT (batch_job.restore('1', 'by_type')).type;
SELECT id, type, deleted_at FROM by_type WHERE id = '1' AND deleted_at IS NULL ORDER BY type;
-- by the id alone, the two jobs cannot be told apart
INSERT INTO by_type (id, type, deleted_at) VALUES ('2', 'a', now()), ('2', 'b', now());
SELECT batch_job.restore('2', 'by_type');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM by_type WHERE id = '2' AND deleted_at IS NULL;

SELECT job_table, live_view, soft_delete, id_prefix, backfilled FROM batch_job.attached();
SELECT batch_job.detach('by_type', drop_status => true);
-- options can change on a table with partitions
SELECT batch_job.attach('by_id', soft_delete => false, id_prefix => 'p');
INSERT INTO by_id (type) VALUES ('x') RETURNING tableoid::regclass, id ~ '^p_' AS prefix;
DELETE FROM by_id WHERE type = 'x';
SELECT job_table, soft_delete, id_prefix FROM batch_job.attached();

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA partition_test CASCADE;
