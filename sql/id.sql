-- Ids: form, bounds, errors. Monotonic order, clock and carry are proved by test/unit/ulid_test.c.
\set SHOW_CONTEXT never
\pset null NULL

-- a new one: batch_ and 26 characters of Crockford's alphabet, upper case
SELECT batch_job.generate_id() ~ '^batch_[0-7][0-9A-HJKMNP-TV-Z]{25}$' AS well_formed;
SELECT batch_job.generate_id('import') ~ '^import_[0-7][0-9A-HJKMNP-TV-Z]{25}$' AS well_formed;
SELECT batch_job.generate_id(NULL);

-- its time is now
SELECT batch_job.id_timestamp(batch_job.generate_id()) BETWEEN now() - interval '1 minute' AND now() + interval '1 minute' AS now;

-- the ids of one session rise, whichever way they are generated, and none is generated twice
SELECT bool_and(id COLLATE "C" > previous COLLATE "C") AS rising, count(DISTINCT id)
  FROM (SELECT id, lag(id) OVER (ORDER BY n) AS previous
          FROM (SELECT n, batch_job.generate_id() AS id FROM generate_series(1, 100000) n) s) t;

-- an id is not generated again after a rollback
BEGIN;
SELECT batch_job.generate_id() AS before \gset
ROLLBACK;
SELECT batch_job.generate_id() COLLATE "C" > :'before' COLLATE "C" AS rising;

-- parallel workers would make ids of their own, in no order: only the leader makes them
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SELECT count(DISTINCT id), count(*) FROM (SELECT batch_job.generate_id() AS id FROM pg_class, generate_series(1, 20)) s
 HAVING count(DISTINCT id) <> count(*);
RESET max_parallel_workers_per_gather;
RESET parallel_setup_cost;
RESET parallel_tuple_cost;
RESET min_parallel_table_scan_size;

-- the specification's vectors
SET timezone = 'UTC';
SELECT batch_job.id_timestamp('batch_01ARYZ6S410000000000000000');
SELECT batch_job.id_timestamp('batch_01ARZ3NDEKTSV4RRFFQ69G5FAV');
SELECT batch_job.id_timestamp('batch_00000000000000000000000000');
SELECT batch_job.id_timestamp('batch_7ZZZZZZZZZZZZZZZZZZZZZZZZZ');
SELECT batch_job.id_to_uuid('batch_01ARZ3NDEKTSV4RRFFQ69G5FAV');
SELECT batch_job.id_from_uuid('01563e3a-b5d3-d676-4c61-efb99302bd5b');
SELECT batch_job.id_from_uuid('01563e3a-b5d3-d676-4c61-efb99302bd5b', 'x');
SELECT bool_and(batch_job.id_from_uuid(batch_job.id_to_uuid(id)) = id)
  FROM (SELECT batch_job.generate_id() AS id FROM generate_series(1, 1000)) s;

-- input: upper or lower case, i and l are read as 1, o as 0; output is upper case
SELECT batch_job.id_from_uuid(batch_job.id_to_uuid(id))
  FROM unnest(ARRAY['batch_01arz3ndektsv4rrffq69g5fav', 'batch_oIARZ3NDEKTSV4RRFFQ69G5FAV', 'batch_0LARZ3NDEKTSV4RRFFQ69G5FAV']) id;
SELECT id, batch_job.is_id(id)
  FROM unnest(ARRAY[
    'batch_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'x_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'a-b_C_01ARZ3NDEKTSV4RRFFQ69G5FAV',
    'batch_81ARZ3NDEKTSV4RRFFQ69G5FAV', 'batch_01ARZ3NDEKTSV4RRFFQ69G5FAU', 'batch_01ARZ3NDEKTSV4RRFFQ69G5FA',
    'batch_01ARZ3NDEKTSV4RRFFQ69G5FAVV', '01ARZ3NDEKTSV4RRFFQ69G5FAV', '_01ARZ3NDEKTSV4RRFFQ69G5FAV',
    'batch-01ARZ3NDEKTSV4RRFFQ69G5FAV', 'bätch_01ARZ3NDEKTSV4RRFFQ69G5FAV', 'job_1', '', NULL]) id;
SELECT batch_job.is_id(repeat('x', 63) || '_01ARZ3NDEKTSV4RRFFQ69G5FAV') AS longest_prefix,
       batch_job.is_id(repeat('x', 64) || '_01ARZ3NDEKTSV4RRFFQ69G5FAV') AS too_long;

-- every kind of invalid id
SELECT batch_job.id_timestamp('batch_81ARZ3NDEKTSV4RRFFQ69G5FAV');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.id_timestamp('batch_01ARZ3NDEKTSV4RRFFQ69G5FAU');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.id_timestamp('batch_01ARZ3NDEKTSV4RRFFQ69G5FA');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.id_timestamp('batch-01ARZ3NDEKTSV4RRFFQ69G5FAV');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.id_timestamp('a b_01ARZ3NDEKTSV4RRFFQ69G5FAV');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.id_timestamp('job_1');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.id_timestamp('');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.id_to_uuid('01ARZ3NDEKTSV4RRFFQ69G5FAV');
\echo :LAST_ERROR_SQLSTATE
-- the message does not repeat a megabyte, and does not cut a character in two
SELECT batch_job.id_timestamp(repeat('ä', 500000));
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.generate_id('');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.generate_id('a b');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.generate_id(repeat('x', 64));
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.id_from_uuid('01563e3a-b5d3-d676-4c61-efb99302bd5b', 'é');
\echo :LAST_ERROR_SQLSTATE

-- id_floor: the least of its millisecond
SELECT batch_job.id_floor('2016-07-30 22:36:16.385+00');
SELECT batch_job.id_floor('2016-07-30 22:36:16.385999+00') AS same_millisecond;
SELECT batch_job.id_floor('2016-07-30 22:36:16.386+00', 'import') AS next_millisecond;
SELECT batch_job.id_floor('1970-01-01 00:00:00+00') AS first, batch_job.id_floor('10889-08-02 05:31:50.655999+00') AS last;
SELECT batch_job.id_timestamp(batch_job.id_floor(at)) = at AS exact
  FROM unnest(ARRAY['1970-01-01 00:00:00.001+00', '1999-12-31 23:59:59.999+00', '2000-01-01 00:00:00+00', '10889-08-02 05:31:50.655+00']::timestamptz[]) at;
SELECT id COLLATE "C" >= batch_job.id_floor(batch_job.id_timestamp(id)) COLLATE "C" AS at_or_above,
       id COLLATE "C" < batch_job.id_floor(batch_job.id_timestamp(id) + interval '1 ms') COLLATE "C" AS below_next
  FROM (SELECT batch_job.generate_id() AS id FROM generate_series(1, 10000)) s
 GROUP BY 1, 2;
SELECT batch_job.id_floor('1969-12-31 23:59:59.999999+00');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.id_floor('10889-08-02 05:31:50.656+00');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.id_floor('infinity');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.id_floor('-infinity');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.id_floor('4713-01-01 00:00:00+00 BC');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.id_floor('294276-12-31 23:59:59.999999+00');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.id_floor(NULL), batch_job.id_floor('2020-01-01', NULL), batch_job.id_to_uuid(NULL), batch_job.id_timestamp(NULL);
