-- The JSON form of a job, and the user that created it.
\set SHOW_CONTEXT never
\pset null NULL
CREATE SCHEMA json_test AUTHORIZATION regress_job_owner;
SET search_path = json_test;
SET ROLE regress_job_owner;
CREATE TABLE "user" (id varchar PRIMARY KEY, email text, first_name text);
INSERT INTO "user" VALUES ('usr_1', 'ann@example.com', 'Ann'), ('usr_2', 'ben@example.com', 'Ben');
SELECT batch_job.create_table();
INSERT INTO batch_job (id, created_at, updated_at, type, created_by, context, result, dry_run, pre_processed_at, confirmed_at)
VALUES ('batch_01ARZ3NDEKTSV4RRFFQ69G5FAV', '2022-06-27 22:00:00.1239+00', '2022-06-27 22:00:00.999999+00', 'product-import', 'usr_1',
        '{"z": 1, "a": {"é\"\n": [1, null, 1e40]}}', '{"count": 40000, "errors": []}', true, '2022-06-28 00:00:00+02', '2022-06-27 22:00:01+00');

-- the exact text: order of keys, milliseconds cut off, Z; in every TimeZone and DateStyle
SELECT batch_job.to_json(j) FROM batch_job j;
CREATE TEMP TABLE forms (form text);
SET timezone = 'Asia/Kolkata'; SET datestyle = 'German, DMY';
INSERT INTO forms SELECT batch_job.to_json(j) FROM batch_job j;
SET timezone = 'America/St_Johns'; SET datestyle = 'SQL, MDY'; SET intervalstyle = 'iso_8601'; SET extra_float_digits = -15; SET bytea_output = 'escape';
INSERT INTO forms SELECT batch_job.to_json(j) FROM batch_job j;
RESET timezone; RESET datestyle; RESET intervalstyle; RESET extra_float_digits; RESET bytea_output;
INSERT INTO forms SELECT batch_job.to_json(j) FROM batch_job j;
SELECT count(DISTINCT form) FROM forms;
SELECT string_agg(key, ', ') FROM batch_job j, json_object_keys(batch_job.to_json(j)) key;

-- rows of the table, the view, the composite type, a function, a join, another order of columns
INSERT INTO forms SELECT batch_job.to_json(j) FROM batch_job_live j;
INSERT INTO forms SELECT batch_job.to_json(ROW(id, created_at, updated_at, deleted_at, type, created_by, context, result, dry_run, pre_processed_at,
  processing_at, confirmed_at, completed_at, canceled_at, failed_at, 'failed')::batch_job.batch_job) FROM batch_job;
INSERT INTO forms SELECT batch_job.to_json(batch_job.restore('batch_01ARZ3NDEKTSV4RRFFQ69G5FAV'));
INSERT INTO forms SELECT batch_job.to_json(x) FROM (SELECT u.email, j.*, u.first_name FROM batch_job j JOIN "user" u ON u.id = j.created_by) x;
INSERT INTO forms SELECT batch_job.to_json(x) FROM (SELECT failed_at, canceled_at, completed_at, confirmed_at, processing_at, pre_processed_at, dry_run,
  result, context, created_by::varchar, type::varchar, deleted_at, updated_at, created_at, id::varchar, 'anything' AS other FROM batch_job) x;
ALTER TABLE batch_job ADD COLUMN extra text DEFAULT 'e';
INSERT INTO forms SELECT batch_job.to_json(j) FROM batch_job j;
ALTER TABLE batch_job DROP COLUMN extra;
INSERT INTO forms SELECT batch_job.to_json(j) FROM batch_job j;
SELECT count(*), count(DISTINCT form) FROM forms;

-- the status is derived from the row's timestamps, not taken from its column
SELECT batch_job.to_json(x) ->> 'status' FROM (SELECT j.*, now() AS processing_at FROM (SELECT id, created_at, updated_at, deleted_at, type, created_by, context, result, dry_run, pre_processed_at, confirmed_at, completed_at, canceled_at, failed_at, status FROM batch_job) j) x;

-- NULL; the empty side of an outer join; a row of nothing but NULL
SELECT batch_job.to_json(NULL::batch_job), batch_job.to_json(NULL::batch_job.batch_job);
SELECT v.n, batch_job.to_json(j) FROM (VALUES (1)) v (n) LEFT JOIN batch_job j ON false;
SELECT batch_job.to_json(ROW(NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::batch_job.batch_job);

-- times that do not fit the usual form in JSON
SELECT batch_job.to_json(ROW('x', '-infinity', 'infinity', '0044-03-15 12:00:00+00 BC', 't', NULL, NULL, NULL, false, '0001-01-01 00:00:00+00 BC', '0001-01-01 00:00:00+00',
  '9999-12-31 23:59:59.999999+00', '10000-01-01 00:00:00+00', '4714-11-24 00:00:00+00 BC', '294276-12-31 23:59:59.999999+00', NULL)::batch_job.batch_job);
SELECT batch_job.to_json(ROW('x', '1999-12-31 23:59:59.999999+00', '1969-12-31 23:59:59.9999+00', '2000-02-29 00:00:00+00', 't', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::batch_job.batch_job)::jsonb -> (ARRAY['created_at', 'updated_at', 'deleted_at'])[n]
  FROM generate_series(1, 3) n;
-- control characters, quotes, and jsonb scalars
SELECT batch_job.to_json(ROW(E'a"b\\c\n\t\u0001é', now(), now(), NULL, '', '', '"s"', 'null', false, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::batch_job.batch_job)::jsonb - 'created_at' - 'updated_at';
-- a large one
SELECT length(batch_job.to_json(ROW('x', now(), now(), NULL, 't', NULL, jsonb_build_object('k', repeat('x', 2000000)), NULL, false, NULL, NULL, NULL, NULL, NULL, NULL, NULL)::batch_job.batch_job) ->> 'context');

-- rows that are no jobs
SELECT batch_job.to_json(ROW(1, 2));
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.to_json(u) FROM "user" u;
SELECT batch_job.to_json(x) FROM (SELECT j.*, u.id FROM batch_job j JOIN "user" u ON u.id = j.created_by) x;
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.to_json(x) FROM (SELECT id, created_at::text, updated_at::timestamp, deleted_at, type, created_by, context::text, result, dry_run::int, pre_processed_at, processing_at, confirmed_at, completed_at, canceled_at, failed_at FROM batch_job) x;

-- created_by_user: NULL without a foreign key
SELECT batch_job.created_by_user(j) FROM batch_job j;
ALTER TABLE batch_job ADD CONSTRAINT fk FOREIGN KEY (created_by) REFERENCES "user";
SELECT batch_job.created_by_user(j) FROM batch_job j;
SELECT batch_job.created_by_user(j) FROM batch_job_live j;
-- a row that does not show which table it is from: no guess, because that could show another user
SELECT batch_job.created_by_user(batch_job.restore('batch_01ARZ3NDEKTSV4RRFFQ69G5FAV'));
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.created_by_user(x) FROM (SELECT * FROM batch_job OFFSET 0) x;
SELECT batch_job.created_by_user(batch_job.restore('batch_01ARZ3NDEKTSV4RRFFQ69G5FAV'), 'batch_job');
SELECT batch_job.created_by_user(x, 'batch_job') FROM (SELECT j.*, 1 AS one FROM batch_job j) x;
UPDATE batch_job SET created_by = NULL;
SELECT batch_job.created_by_user(j) FROM batch_job j;
SELECT batch_job.created_by_user(NULL::batch_job);
-- many rows, one plan
INSERT INTO batch_job (type, created_by) SELECT 'many', 'usr_' || 1 + n % 2 FROM generate_series(1, 1000) n;
SELECT batch_job.created_by_user(j) ->> 'first_name' AS name, count(*) FROM batch_job j GROUP BY 1 ORDER BY 1;
SELECT batch_job.created_by_user(u) FROM "user" u;
\echo :LAST_ERROR_SQLSTATE
CREATE TABLE like_a_job (LIKE batch_job);
INSERT INTO like_a_job TABLE batch_job LIMIT 2;
SELECT count(batch_job.created_by_user(j)) FROM like_a_job j;
\echo :LAST_ERROR_SQLSTATE
-- a partitioned table of users
CREATE TABLE member (id text PRIMARY KEY, name text) PARTITION BY LIST (id);
CREATE TABLE member_1 PARTITION OF member DEFAULT;
INSERT INTO member VALUES ('usr_1', 'in a partition'), ('usr_2', 'too');
ALTER TABLE batch_job DROP CONSTRAINT fk, ADD FOREIGN KEY (created_by) REFERENCES member;
SELECT DISTINCT batch_job.created_by_user(j) ->> 'name' FROM batch_job j WHERE created_by = 'usr_1';

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA json_test CASCADE;
