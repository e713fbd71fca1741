-- The live view: an ORM that knows nothing of soft deletion can map it, and works.
\set SHOW_CONTEXT never
CREATE SCHEMA view_test AUTHORIZATION regress_job_owner;
SET search_path = view_test;
SET ROLE regress_job_owner;
SELECT batch_job.create_table(guard => false);
SELECT batch_job.live_view('batch_job'), reloptions FROM pg_class WHERE oid = 'batch_job_live'::regclass;
SELECT is_insertable_into, is_updatable FROM information_schema.views WHERE table_name = 'batch_job_live' AND table_schema = 'view_test';

-- INSERT, UPDATE and ON CONFLICT through it
INSERT INTO batch_job_live (type) VALUES ('a') RETURNING batch_job.is_id(id), status, dry_run;
INSERT INTO batch_job_live (id, type) VALUES ('j1', 'b'), ('', 'b'), (NULL, 'b') RETURNING id = 'j1' AS given, status;
INSERT INTO batch_job_live (id, type) VALUES ('j1', 'c') ON CONFLICT (id) DO UPDATE SET completed_at = now() RETURNING id, type, status;
UPDATE batch_job_live SET confirmed_at = now(), status = 'created' WHERE type = 'a' RETURNING status;
PREPARE p (text) AS UPDATE batch_job_live SET context = '{"n": 1}' WHERE id = $1 RETURNING status;
EXECUTE p ('j1');

-- DELETE: soft, with the right count, and RETURNING shows the row as it was
DELETE FROM batch_job_live WHERE type = 'b' RETURNING type, status, deleted_at;
\echo :ROW_COUNT
SELECT count(*) FROM batch_job_live;
SELECT count(*), count(deleted_at) FROM batch_job;
-- gone from the view, so not there to delete again
DELETE FROM batch_job_live WHERE type = 'b';
\echo :ROW_COUNT
-- the ORM's own soft deletion through the view
INSERT INTO batch_job_live (id, type) VALUES ('j2', 'd');
UPDATE batch_job_live SET deleted_at = now() WHERE id = 'j2';
SELECT count(*) FROM batch_job_live WHERE id = 'j2';
SELECT (batch_job.restore('j2')).id;
-- a join, a subquery, a CTE
WITH d AS (DELETE FROM batch_job_live j USING (VALUES ('j2')) v (id) WHERE j.id = v.id RETURNING j.id) SELECT * FROM d;

-- without soft deletion the row goes for good, with the right count too
BEGIN;
SET LOCAL batch_job.soft_delete = off;
DELETE FROM batch_job_live WHERE type = 'a' RETURNING type;
SELECT count(*) FROM batch_job WHERE type = 'a';
ROLLBACK;
SELECT batch_job.attach('batch_job', soft_delete => false);
BEGIN;
DELETE FROM batch_job_live WHERE type = 'a';
\echo :ROW_COUNT
SELECT count(*) FROM batch_job WHERE type = 'a';
ROLLBACK;
SELECT batch_job.attach('batch_job', soft_delete => true);

-- a BEFORE UPDATE trigger can refuse the deletion
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER refuse BEFORE UPDATE ON batch_job FOR EACH ROW EXECUTE FUNCTION refuse();
DELETE FROM batch_job_live WHERE type = 'a';
\echo :ROW_COUNT
DROP TRIGGER refuse ON batch_job;

-- columns added to and renamed in the table: attach again, and the view follows; its grants stay
GRANT SELECT ON batch_job_live TO regress_job_reader;
ALTER TABLE batch_job ADD COLUMN note text DEFAULT 'n', ADD COLUMN "Odd Name" int;
\set VERBOSITY sqlstate
SELECT note FROM batch_job_live;
\set VERBOSITY default
SELECT batch_job.attach('batch_job');
SELECT note, "Odd Name" FROM batch_job_live WHERE type = 'a';
ALTER TABLE batch_job RENAME COLUMN note TO remark;
SELECT batch_job.attach('batch_job');
SELECT remark FROM batch_job_live WHERE type = 'a';
SELECT has_table_privilege('regress_job_reader', 'batch_job_live', 'SELECT');
-- a part of a longer primary key renamed: the view still finds its row
ALTER TABLE batch_job ADD COLUMN tenant int NOT NULL DEFAULT 1, DROP CONSTRAINT batch_job_pkey, ADD PRIMARY KEY (tenant, id);
DELETE FROM batch_job_live WHERE type = 'a';
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.attach('batch_job');
ALTER TABLE batch_job RENAME COLUMN tenant TO org;
INSERT INTO batch_job (id, type, org) VALUES ('twice', 'k', 1), ('twice', 'k', 2);
DELETE FROM batch_job_live WHERE id = 'twice' AND tenant = 2;
\echo :ROW_COUNT
SELECT id, org, deleted_at IS NOT NULL AS deleted FROM batch_job WHERE id = 'twice' ORDER BY org;

-- view and table renamed, moved to another schema: still found
CREATE SCHEMA view_other;
ALTER VIEW batch_job_live RENAME TO current_jobs;
ALTER VIEW current_jobs SET SCHEMA view_other;
ALTER TABLE batch_job RENAME TO all_jobs;
SELECT batch_job.live_view('all_jobs');
DELETE FROM view_other.current_jobs WHERE id = 'twice';
SELECT batch_job.attach('all_jobs');
-- dropped: attach makes it again, under the table's name now
DROP VIEW view_other.current_jobs;
SELECT batch_job.live_view('all_jobs');
SELECT batch_job.attach('all_jobs');

-- somebody else's relation has the name: an error, and nothing half done
SELECT batch_job.detach('all_jobs');
CREATE VIEW all_jobs_live AS SELECT 1 AS one;
SELECT batch_job.attach('all_jobs');
\echo :LAST_ERROR_SQLSTATE
SELECT count(*) FROM batch_job.attached() WHERE job_table = 'all_jobs'::regclass;
TABLE all_jobs_live;

-- a name of 63 bytes leaves room for _live
SELECT batch_job.create_table(repeat('n', 63));
SELECT length(live_view::text), live_view::text ~ '_live$' AS ends FROM batch_job.attached() WHERE length(job_table::text) = 63;
SELECT batch_job.create_table('"Mixed Case; DROP TABLE ""x"""');
INSERT INTO "Mixed Case; DROP TABLE ""x""" (type) VALUES ('x');
DELETE FROM "Mixed Case; DROP TABLE ""x""_live";
SELECT job_table, live_view FROM batch_job.attached() WHERE live_view::text ~ 'Mixed';

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA view_test CASCADE;
DROP SCHEMA view_other CASCADE;
