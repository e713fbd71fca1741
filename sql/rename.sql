-- Prepared statements inside the extension follow when tables and columns are renamed, moved, dropped and made again.
\set SHOW_CONTEXT never
CREATE SCHEMA rename_test AUTHORIZATION job_owner;
CREATE SCHEMA rename_other AUTHORIZATION job_owner;
SET search_path = rename_test;
SET ROLE job_owner;
CREATE TABLE account (id text PRIMARY KEY, name text);
INSERT INTO account VALUES ('u1', 'Ann');
SELECT batch_job.create_table();
ALTER TABLE batch_job ADD FOREIGN KEY (created_by) REFERENCES account;
INSERT INTO batch_job (id, type, created_by) VALUES ('j1', 'x', 'u1'), ('j2', 'x', 'u1');

-- one round of everything that keeps a plan
CREATE FUNCTION rename_other.round(job_table regclass) RETURNS TABLE (restored timestamptz, deleted boolean, by_trigger boolean, by_view bigint, user_name text, purged bigint)
LANGUAGE plpgsql AS $$
DECLARE
  live regclass := batch_job.live_view(job_table);
BEGIN
  deleted := (batch_job.soft_delete('j1', job_table)).deleted_at IS NOT NULL;
  restored := (batch_job.restore('j1', job_table)).deleted_at;
  EXECUTE format('DELETE FROM %s WHERE id = ''j1''', job_table);
  EXECUTE format('SELECT deleted_at IS NOT NULL FROM %s WHERE id = ''j1''', job_table) INTO by_trigger;
  PERFORM batch_job.restore('j1', job_table);
  EXECUTE format('DELETE FROM %s WHERE id = ''j1''', live);
  GET DIAGNOSTICS by_view = ROW_COUNT;
  PERFORM batch_job.restore('j1', job_table);
  user_name := batch_job.created_by_user(batch_job.restore('j1', job_table), job_table) ->> 'name';
  purged := batch_job.purge('0', job_table => job_table);
  RETURN NEXT;
END $$;

SELECT * FROM rename_other.round('batch_job');
ALTER TABLE batch_job RENAME TO jobs;
SELECT * FROM rename_other.round('jobs');
ALTER TABLE jobs SET SCHEMA rename_other;
SELECT * FROM rename_other.round('rename_other.jobs');
ALTER SCHEMA rename_other RENAME TO rename_third;
SELECT * FROM rename_third.round('rename_third.jobs');
ALTER SCHEMA rename_third RENAME TO rename_other;
ALTER TABLE rename_other.jobs ADD COLUMN extra int;
ALTER TABLE rename_other.jobs DROP COLUMN extra;
SELECT * FROM rename_other.round('rename_other.jobs');
ALTER TABLE account RENAME TO person;
ALTER TABLE person RENAME COLUMN id TO person_id;
SELECT * FROM rename_other.round('rename_other.jobs');
-- another key
ALTER TABLE rename_other.jobs DROP CONSTRAINT batch_job_pkey, ADD PRIMARY KEY (type, id);
SELECT * FROM rename_other.round('rename_other.jobs');
ALTER TABLE rename_other.jobs DROP CONSTRAINT jobs_pkey;
SELECT * FROM rename_other.round('rename_other.jobs');
ALTER TABLE rename_other.jobs ADD PRIMARY KEY (id);
SET search_path = pg_catalog;
SELECT * FROM rename_other.round('rename_other.jobs');
SET search_path = rename_test;

-- dropped and made again under the same name
DROP TABLE rename_other.jobs CASCADE;
SELECT batch_job.create_table('rename_other.jobs');
INSERT INTO rename_other.jobs (id, type) VALUES ('j1', 'x');
SELECT * FROM rename_other.round('rename_other.jobs');
-- once more, of another shape
SELECT batch_job.detach('rename_other.jobs');
DROP TABLE rename_other.jobs;
CREATE TABLE rename_other.jobs (
  id varchar(40) PRIMARY KEY, type varchar NOT NULL, created_by varchar, context jsonb, result jsonb, dry_run boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(), pre_processed_at timestamptz, confirmed_at timestamptz, processing_at timestamptz,
  completed_at timestamptz, failed_at timestamptz, canceled_at timestamptz, updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz);
INSERT INTO rename_other.jobs (id, type, created_by) VALUES ('j1', 'x', 'u1');
SELECT batch_job.attach('rename_other.jobs');
ALTER TABLE rename_other.jobs ADD FOREIGN KEY (created_by) REFERENCES person;
SELECT * FROM rename_other.round('rename_other.jobs');

-- tables come and go: their plans go with them
RESET ROLE;
SET client_min_messages = warning;
DO $$
DECLARE
  plans bigint[];
BEGIN
  FOR i IN 1 .. 60 LOOP
    PERFORM batch_job.create_table('passing');
    INSERT INTO passing (id, type) VALUES ('p', 'x');
    PERFORM batch_job.soft_delete('p', 'passing');
    DROP TABLE passing CASCADE;
    IF i IN (20, 60) THEN
      plans := plans || (SELECT count(*) FROM pg_backend_memory_contexts WHERE name = 'SPI Plan');
    END IF;
  END LOOP;
  RAISE WARNING 'plans kept after 60 tables, compared with 20: %', CASE WHEN plans[2] <= plans[1] THEN 'no more' ELSE plans::text END;
END $$;

-- the extension itself dropped and made again in this session: the enum has other oids
DROP SCHEMA rename_test CASCADE;
DROP SCHEMA rename_other CASCADE;
CREATE SCHEMA rename_test AUTHORIZATION job_owner;
SET ROLE job_owner;
SELECT batch_job.create_table();
INSERT INTO batch_job (type, failed_at) VALUES ('x', now()) RETURNING status;
DROP EXTENSION batch_job CASCADE;
CREATE EXTENSION batch_job;
SELECT batch_job.attach('batch_job');
INSERT INTO batch_job (type, failed_at) VALUES ('x', now()), ('x', NULL) RETURNING status;
SELECT status, count(*) FROM batch_job GROUP BY status ORDER BY status;

RESET ROLE;
DROP SCHEMA rename_test CASCADE;
