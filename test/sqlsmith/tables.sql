-- Job tables of every kind, each with a job in each of the 64 states that six time stamps can make.
SET client_min_messages = warning;
CREATE EXTENSION batch_job;
ALTER DATABASE smith SET statement_timeout = '1s';

CREATE TABLE person (id text PRIMARY KEY, name text);
INSERT INTO person VALUES ('ann', 'Ann'), ('bob', 'Bob');

SELECT FROM batch_job.create_table('batch_job', events => true, notify => true, confirm_by_other => true);
ALTER TABLE batch_job ADD FOREIGN KEY (created_by) REFERENCES person;
CREATE TABLE attached (note text, LIKE batch_job INCLUDING DEFAULTS, PRIMARY KEY (id));
CREATE TABLE partitioned (LIKE batch_job INCLUDING DEFAULTS, PRIMARY KEY (id)) PARTITION BY HASH (id);
CREATE TABLE partitioned_0 PARTITION OF partitioned FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE partitioned_1 PARTITION OF partitioned FOR VALUES WITH (MODULUS 2, REMAINDER 1);
SELECT FROM batch_job.attach('attached', guard => true);
SELECT FROM batch_job.attach('partitioned', events => true);

-- values for arguments that no column of a job has
CREATE TABLE argument (job_table regclass, age interval, id_as_uuid uuid, number integer, choice boolean);
INSERT INTO argument SELECT c.oid, '1 day', gen_random_uuid(), 10, true FROM pg_class c WHERE relnamespace = 'public'::regnamespace;

-- Where sqlsmith looks for functions: among all of PostgreSQL's, ours would be too rare. (Operators are all there.)
CREATE SCHEMA first;
CREATE VIEW first.pg_proc AS
  SELECT * FROM pg_catalog.pg_proc WHERE pronamespace = 'batch_job'::regnamespace OR prokind = 'a';
ALTER DATABASE smith SET search_path = first, pg_catalog, public;

INSERT INTO batch_job (type, created_by, dry_run, pre_processed_at, confirmed_at, processing_at, completed_at, canceled_at, failed_at, context)
SELECT 'import', CASE n % 3 WHEN 0 THEN 'ann' WHEN 1 THEN 'bob' END, n % 2 = 0,
       CASE WHEN n & 1 <> 0 THEN now() END, CASE WHEN n & 2 <> 0 THEN now() END, CASE WHEN n & 4 <> 0 THEN now() END,
       CASE WHEN n & 8 <> 0 THEN now() END, CASE WHEN n & 16 <> 0 THEN now() END, CASE WHEN n & 32 <> 0 THEN now() END,
       jsonb_build_object('n', n)
  FROM generate_series(0, 63) n;
DELETE FROM batch_job_live WHERE (context ->> 'n')::int % 4 = 3;
INSERT INTO attached SELECT NULL, * FROM batch_job;
INSERT INTO partitioned SELECT * FROM batch_job;
