-- created_by in the type of the application's user key, and ids of a domain.
\set SHOW_CONTEXT never
\pset null -
CREATE SCHEMA created_by_test AUTHORIZATION regress_job_owner;
SET search_path = created_by_test;
SET ROLE regress_job_owner;
SET client_min_messages = warning;

-- one table of users for each type of key, with a user called Ann
CREATE DOMAIN user_no AS bigint CHECK (VALUE > 0);
CREATE DOMAIN login AS varchar(20) COLLATE "C" CHECK (VALUE <> '');
CREATE TABLE kind (name text PRIMARY KEY, type text, ann text, other text, spelled text, no_id text);
INSERT INTO kind VALUES
  ('text', 'text', 'usr_ann', 'usr_bob', 'usr_ann', 'anything'),
  ('varchar', 'varchar(20)', 'usr_ann', 'usr_bob', 'usr_ann', 'what is longer than twenty characters'),
  ('uuid', 'uuid', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a12', '{A0EEBC99-9C0B4EF8-BB6D-6BB9BD380A11}', 'postgres'),
  ('integer', 'integer', '42', '43', ' 042', 'postgres'),
  ('bigint', 'bigint', '5000000000', '43', '+5000000000 ', '50000000000000000000'),
  ('number', 'user_no', '42', '43', '0042', '-'),
  ('name', 'login', 'usr_ann', 'usr_bob', 'usr_ann', '');
CREATE FUNCTION run(statement text, VARIADIC arguments text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  EXECUTE format(statement, VARIADIC arguments) INTO result;
  RETURN result;
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT format('CREATE TABLE %I (key %s PRIMARY KEY, name text)', 'user_' || name, type), format('INSERT INTO %I VALUES (%L, ''Ann'')', 'user_' || name, ann) FROM kind \gexec
SELECT run('SELECT batch_job.create_table(%L, created_by => %L, confirm_by_other => true, events => true)', 'of_' || name, 'user_' || name) AS made FROM kind;
-- the type, the foreign key and its index
SELECT relname, format_type(a.atttypid, a.atttypmod), a.attcollation::regcollation, pg_get_constraintdef(c.oid) AS key,
       (SELECT count(*) FROM pg_index i WHERE i.indrelid = r.oid AND i.indkey[0] = a.attnum) AS indexes
  FROM pg_class r JOIN pg_attribute a ON a.attrelid = r.oid AND a.attname = 'created_by' JOIN pg_constraint c ON c.conrelid = r.oid AND c.contype = 'f'
 WHERE relname LIKE 'of\_%' ORDER BY relname;

-- a whole life cycle; who created the job is a text wherever it leaves the table
SELECT name, run('SELECT created_by FROM batch_job.create(''x'', dry_run => true, created_by => %L, id => ''j'', job_table => %L)', ann, 'of_' || name) AS created_by,
       run('SELECT batch_job.to_json(t) ->> ''created_by'' FROM %I t', 'of_' || name) AS json,
       run('SELECT batch_job.to_json(t) ->> ''created_by'' FROM batch_job.update(''j'', job_table => %L) t', 'of_' || name) AS json_of_type,
       run('SELECT batch_job.created_by_user(t) ->> ''name'' FROM %I t', 'of_' || name) AS of_row,
       run('SELECT batch_job.created_by_user(t, job_table => %L) ->> ''name'' FROM batch_job.mark_pre_processed(''j'', job_table => %1$L) t', 'of_' || name) AS of_type
  FROM kind;
-- confirm_by_other compares like SQL, in the column's type, however the actor is written; an actor that is not an id is nobody
SELECT name, run('SELECT status FROM batch_job.confirm(''j'', actor => %L, job_table => %L)', ann, 'of_' || name) AS by_herself,
       run('SELECT status FROM batch_job.confirm(''j'', actor => %L, job_table => %L)', spelled, 'of_' || name) AS spelled FROM kind;
SELECT name, run('SELECT status FROM batch_job.confirm(''j'', actor => %L, job_table => %L)', other, 'of_' || name) AS by_another,
       run('UPDATE %I SET confirmed_at = NULL WHERE id = ''j'' RETURNING status', 'of_' || name) AS guarded FROM kind;
SELECT name, run('SELECT status FROM batch_job.create(''x'', dry_run => true, created_by => %L, id => ''k'', job_table => %L)', ann, 'of_' || name) AS created,
       run('SELECT status FROM batch_job.mark_pre_processed(''k'', job_table => %L)', 'of_' || name) AS prepared,
       run('SELECT status FROM batch_job.confirm(''k'', actor => %L, job_table => %L)', nullif(no_id, ''), 'of_' || name) AS by_no_user FROM kind;
SELECT actor = session_user AS by_session FROM of_name_event WHERE event = 'batch.confirmed' AND job_id = 'k';
-- no id of a user, and one that is not there
SELECT name, run('SELECT id FROM batch_job.create(''x'', created_by => %L, job_table => %L)', no_id, 'of_' || name) AS no_id FROM kind WHERE name NOT IN ('text', 'varchar', 'name');
SELECT left(run('SELECT id FROM batch_job.create(''x'', created_by => %L, job_table => %L)', no_id, 'of_' || name), 60) AS too_long FROM kind WHERE name = 'varchar';
SELECT name, left(run('SELECT id FROM batch_job.create(''x'', created_by => %L, job_table => %L)', other, 'of_' || name), 5) AS nobody FROM kind;
-- a user goes, the jobs stay
DELETE FROM user_uuid;
SELECT id, created_by, status FROM of_uuid ORDER BY id;
SELECT event, from_status FROM batch_job.read_events(job_table => 'of_uuid') WHERE job_id = 'j' ORDER BY seq DESC LIMIT 1;

-- the type of the column changes between two calls
SELECT batch_job.create_table('changing', confirm_by_other => true);
CREATE FUNCTION preview(id text, created_by text) RETURNS batch_job.status LANGUAGE sql AS $$
  SELECT batch_job.create('x', dry_run => true, created_by => $2, id => $1, job_table => 'changing');
  SELECT status FROM batch_job.mark_pre_processed($1, job_table => 'changing') $$;
SELECT preview('1', '42'), run('SELECT status FROM batch_job.confirm(''1'', actor => %L, job_table => ''changing'')', '042');
DROP VIEW changing_live;
ALTER TABLE changing ALTER created_by TYPE integer USING created_by::integer;
SELECT preview('2', '42'), run('SELECT batch_job.confirm(''2'', actor => %L, job_table => ''changing'')', '042');
ALTER TABLE changing ALTER created_by TYPE user_no;
SELECT preview('3', '42'), run('SELECT batch_job.confirm(''3'', actor => %L, job_table => ''changing'')', '+42'), run('SELECT batch_job.create(''x'', created_by => %L, job_table => ''changing'')', '0');
ALTER TABLE changing ALTER created_by TYPE uuid USING NULL;
SELECT preview('4', 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'), run('SELECT batch_job.confirm(''4'', actor => %L, job_table => ''changing'')', 'a0eebc999c0b4ef8bb6d6bb9bd380a11');
SELECT batch_job.attach('changing');
SELECT created_by, status FROM changing_live WHERE id = '4';
-- nor is another type taken
DROP VIEW changing_live;
ALTER TABLE changing ALTER created_by TYPE numeric USING NULL;
SELECT batch_job.create('x', job_table => 'changing');
\echo :LAST_ERROR_SQLSTATE

-- what cannot be a table of users
CREATE TABLE no_key (id text);
CREATE TABLE two_keys (a text, b text, PRIMARY KEY (a, b));
CREATE TABLE deferrable_key (id text PRIMARY KEY DEFERRABLE);
CREATE TABLE other_key (id numeric PRIMARY KEY);
CREATE VIEW a_view AS SELECT * FROM no_key;
SELECT name, run('SELECT batch_job.create_table(''none'', created_by => %L)', name) AS refused FROM unnest(ARRAY['no_key', 'two_keys', 'deferrable_key', 'other_key', 'a_view']) name;
SELECT batch_job.create_table('none', created_by => 0);
\echo :LAST_ERROR_SQLSTATE
-- a partitioned one can, and one whose names need quotes
CREATE TABLE "User List" ("User Id" uuid PRIMARY KEY) PARTITION BY HASH ("User Id");
SELECT batch_job.create_table('none', created_by => '"User List"');
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'none'::regclass AND contype = 'f';
-- who may not refer to the users makes no table
RESET ROLE;
CREATE TABLE secret_user (id int PRIMARY KEY);
SET ROLE regress_job_owner;
SELECT run('SELECT batch_job.create_table(''of_secret'', created_by => %L)', 'secret_user');

-- id and type of a domain; an id made by the trigger has to pass the domain's CHECK, like a default
CREATE DOMAIN job_id AS varchar(40) COLLATE "C" CHECK (VALUE LIKE 'imp\_%');
CREATE DOMAIN job_type AS text CHECK (VALUE <> '');
CREATE TABLE jobs (
  id job_id PRIMARY KEY, created_at timestamptz NOT NULL DEFAULT now(), updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz, type job_type NOT NULL,
  created_by login, context jsonb, result jsonb, dry_run boolean NOT NULL DEFAULT false, pre_processed_at timestamptz, processing_at timestamptz,
  confirmed_at timestamptz, completed_at timestamptz, canceled_at timestamptz, failed_at timestamptz);
SELECT batch_job.attach('jobs', id_prefix => 'imp', events => true);
INSERT INTO jobs (type) VALUES ('x') RETURNING left(id, 4) AS id, status;
INSERT INTO jobs (id, type) VALUES (NULL, 'x') RETURNING left(id, 4) AS id, status;
SELECT left(id, 4) AS id, status FROM batch_job.create('x', created_by => 'ann', job_table => 'jobs');
SELECT id, status FROM batch_job.create('x', id => 'imp_1', job_table => 'jobs');
SELECT id, status FROM batch_job.mark_pre_processed('imp_1', job_table => 'jobs');
DELETE FROM jobs_live WHERE id = 'imp_1' RETURNING id;
SELECT id FROM batch_job.restore('imp_1', 'jobs');
DELETE FROM jobs WHERE id = 'imp_1';
SELECT batch_job.to_json(j) ->> 'id' AS id, batch_job.to_json(j) ->> 'type' AS type FROM jobs j WHERE id = 'imp_1';
SELECT job_id, event FROM batch_job.read_events(job_table => 'jobs') WHERE job_id = 'imp_1';
SELECT batch_job.purge('0', job_table => 'jobs');
-- attached again, our default is recognized; with another prefix, ids do not fit the domain
SELECT batch_job.attach('jobs', id_prefix => 'exp');
INSERT INTO jobs (type) VALUES ('x');
\echo :LAST_ERROR_SQLSTATE
INSERT INTO jobs (id, type) VALUES (NULL, 'x');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.detach('jobs');
SELECT column_default FROM information_schema.columns WHERE table_schema = 'created_by_test' AND table_name = 'jobs' AND column_name = 'id';
-- too short, by way of a domain
CREATE DOMAIN short_id AS varchar(20);
ALTER TABLE jobs ALTER id TYPE short_id USING right(id, 20);
SELECT batch_job.attach('jobs');
\echo :LAST_ERROR_SQLSTATE

-- a created table's columns are described, and those of its view
SELECT count(col_description('of_text'::regclass, attnum)) AS "table", count(col_description('of_text_live'::regclass, attnum)) AS view
  FROM pg_attribute WHERE attrelid = 'of_text'::regclass AND attnum > 0;
SELECT count(col_description('jobs'::regclass, attnum)) FROM pg_attribute WHERE attrelid = 'jobs'::regclass;

RESET ROLE;
DROP SCHEMA created_by_test CASCADE;
