-- Extreme values: large ids, deep and long documents, infinite times, intervals and numbers that
-- overflow. The outcome is a result or an error with a fitting SQLSTATE; nothing is lost and nothing crashes.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\pset null -
SET client_min_messages = warning;
CREATE SCHEMA extremes AUTHORIZATION regress_job_owner;
SET search_path = extremes;
SET ROLE regress_job_owner;
SELECT batch_job.create_table(events => true, guard => false);
CREATE FUNCTION outcome(call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE call;
  RETURN 'ok';
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE;
END $$;

-- an id of a megabyte that nothing can compress, one that compresses well, and the longest that the indexes take
CREATE TABLE big AS SELECT n, id FROM (VALUES (1, (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 32768) i)), (2, repeat('x', 1048576)),
  (3, (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 90) i)), (4, (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 80) i))) v (n, id);
SELECT n, length(id) AS length, outcome(format('SELECT batch_job.create(%L, id => %L)', 'x', id)) AS "create", outcome(format('INSERT INTO extremes.batch_job (id, type) VALUES (%L, %L) ON CONFLICT DO NOTHING', id, 'x')) AS insert FROM big ORDER BY n;
SELECT count(*), max(length(id)) AS longest, (SELECT max(length(job_id)) FROM batch_job_event) AS longest_of_event FROM batch_job;
SELECT n, outcome(format('SELECT batch_job.start(%L)', id)) AS start, outcome(format('SELECT batch_job.cancel(%L, %L)', id, id)) AS cancel, outcome(format('SELECT batch_job.update(%L)', id)) AS update,
       outcome(format('SELECT batch_job.id_timestamp(%L)', id)) AS id_timestamp, batch_job.is_id(id) AS is_id FROM big ORDER BY n;
\set VERBOSITY default
SELECT batch_job.soft_delete(id) FROM big WHERE n = 1;
\set VERBOSITY terse
-- the id of a job does not grow beyond them either
\set VERBOSITY sqlstate
UPDATE batch_job SET id = (SELECT id FROM big WHERE n = 1);
\set VERBOSITY terse
SELECT event, length(job_id), length(detail ->> 'reason') AS reason FROM batch_job_event ORDER BY seq;
-- texts of a megabyte
SELECT length(type) AS type, length(created_by) AS created_by FROM batch_job.create(repeat('t', 1048576), created_by => repeat('u', 1048576), id => 'text');
SELECT length(batch_job.to_json(j)::text) > 2097152 AS all_of_it FROM batch_job j WHERE id = 'text';
SELECT outcome(format('SELECT batch_job.confirm(%L, %L, %L)', 'text', repeat('d', 1048576), repeat('a', 1048576))) AS digest, outcome(format('SELECT batch_job.generate_id(%L)', repeat('p', 1048576))) AS prefix;
BEGIN;
SELECT set_config('batch_job.actor', repeat('a', 1048576), true) IS NOT NULL AS set;
SELECT status FROM batch_job.cancel('text', repeat('r', 1048576));
SELECT length(actor) AS actor, length(detail ->> 'reason') AS reason FROM batch_job.read_events() WHERE event = 'batch.canceled' ORDER BY seq DESC LIMIT 1;
ROLLBACK;

-- documents nested 10,000 deep: as deep as the stack lets jsonb go
CREATE TABLE deep (n int, document jsonb);
INSERT INTO deep VALUES (1, (repeat('{"errors":', 3000) || '1' || repeat('}', 3000))::jsonb), (2, ('{"errors":' || repeat('[', 3000) || repeat(']', 3000) || '}')::jsonb);
CREATE FUNCTION deepest(kind text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  document text := '{"errors":' || CASE kind WHEN 'object' THEN repeat('{"a":', 10000) || '1' || repeat('}', 10000) ELSE repeat('[', 10000) || repeat(']', 10000) END || '}';
BEGIN
  PERFORM batch_job.create('x', document::jsonb, id => kind);
  PERFORM batch_job.update(kind, document::jsonb);
  PERFORM batch_job.plan_digest(kind);
  PERFORM batch_job.fail(kind, document::jsonb);
  PERFORM length(batch_job.to_json(j)::text) FROM batch_job j WHERE id = kind;
  RETURN 'ok';
EXCEPTION WHEN statement_too_complex THEN RETURN 'ok';
END $$;
SELECT deepest('object'), deepest('array');
SELECT outcome($$SELECT (repeat('[', 10000000))::jsonb$$) AS deeper_still;
SELECT n, batch_job.result_problems(document), outcome(format('SELECT batch_job.create(%L, %L, id => %L)', 'x', document, 'deep' || n)) AS "create",
       outcome(format('SELECT batch_job.update(%L, %L, %L)', 'deep' || n, document, document)) AS update, outcome(format('SELECT batch_job.update(%L, %L, %L)', 'deep' || n, document, document - 'errors')) AS without_errors,
       outcome(format('SELECT batch_job.plan_digest(%L)', 'deep' || n)) AS plan_digest, outcome(format('SELECT batch_job.fail(%L, %L::jsonb)', 'deep' || n, document)) AS fail FROM deep ORDER BY n;
SELECT id, status, length(batch_job.to_json(j)::text) > 6000 AS all_of_it FROM batch_job j WHERE id LIKE 'deep_' ORDER BY id;
-- and long ones
SELECT batch_job.result_problems(jsonb_build_object('errors', jsonb_agg(n::text))) AS sound, batch_job.result_problems(jsonb_build_object('errors', jsonb_agg(n::text) || '7', 'stat_descriptors', jsonb_agg(n))) AS problems,
       batch_job.result_problems(jsonb_object_agg('key' || n, n)) AS keys FROM generate_series(1, 100000) n;
SELECT jsonb_array_length(batch_job.append_error(jsonb_build_object('errors', jsonb_agg(n::text)), '"last"') -> 'errors') AS errors FROM generate_series(1, 100000) n;
SELECT status, jsonb_array_length(result -> 'errors') AS errors FROM batch_job.fail('text', (SELECT jsonb_agg(n) FROM generate_series(1, 100000) n));
SELECT batch_job.result_problems('{"count": 1e400, "progress": -0.0000000000000000000000000000001, "file_size": 99999999999999999999999999999999999999999}');

-- extreme times in every column of times
INSERT INTO batch_job (id, type, created_at, updated_at, pre_processed_at, confirmed_at, processing_at, completed_at, canceled_at, failed_at, deleted_at)
SELECT 'time' || n, 't', at, at, at, at, at, at, at, at, CASE WHEN n > 4 THEN at END
  FROM unnest(ARRAY['infinity', '-infinity', '4714-11-24 00:00:00+00 BC', '294276-12-31 23:59:59.999999+00', 'infinity', '-infinity', '4714-11-24 00:00:00+00 BC', '294276-12-31 23:59:59.999999+00']::timestamptz[]) WITH ORDINALITY v (at, n);
SELECT id, status, batch_job.to_json(j) ->> 'failed_at' AS failed_at FROM batch_job j WHERE id LIKE 'time_' ORDER BY id;
UPDATE batch_job SET type = 'u' WHERE id LIKE 'time_';
SELECT count(*), bool_and(isfinite(updated_at)) AS finite FROM batch_job WHERE id LIKE 'time_';
SELECT batch_job.purge('1 year', 1000);
SELECT id FROM batch_job WHERE deleted_at IS NOT NULL ORDER BY id;
SELECT batch_job.derive_status('-infinity', NULL, NULL, NULL, 'infinity', NULL);
INSERT INTO batch_job (id, type, pre_processed_at) VALUES ('preview1', 't', '-infinity'), ('preview2', 't', 'infinity'), ('preview3', 't', '4714-11-24 00:00:00+00 BC');
SELECT batch_job.cancel_unconfirmed('1 day');
SELECT id, status FROM batch_job WHERE id LIKE 'preview_' ORDER BY id;

-- intervals and numbers
SELECT interval, outcome(format('SELECT batch_job.purge(%L)', interval)) AS purge, outcome(format('SELECT batch_job.cancel_unconfirmed(%L)', interval)) AS cancel_unconfirmed
  FROM unnest(ARRAY['178000000 years', '-178000000 years', '100000 years', '7000 years', '-1 microsecond', '0', '1 month -30 days', '-1 month 30 days', '1 month -31 days', '2147483647 days', '2147483647 months', '9223372036854775807 microseconds']) interval;
SELECT n, outcome(format('SELECT batch_job.purge(%L, %s)', '10 years', n)) AS purge, outcome(format('SELECT batch_job.read_events(0, %s)', n)) AS max, outcome(format('SELECT batch_job.read_events(%s)', n)) AS after
  FROM unnest(ARRAY['-9223372036854775808', '-2147483648', '-1', '0', '1', '2147483647', '2147483648', '9223372036854775807', '9223372036854775808']) n;
CALL batch_job.backfill('batch_job', 0);
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.detach('batch_job', drop_status => true);
SELECT batch_job.attach('batch_job', backfill => false, events => true);
CALL batch_job.backfill('batch_job', 2147483647);
SELECT count(*) = count(status) AS every_row FROM batch_job;
-- the last number of an event, and none after it
SELECT setval(pg_get_serial_sequence('batch_job_event', 'seq'), 9223372036854775806) IS NOT NULL AS set;
UPDATE batch_job SET type = 'last' WHERE id = 'text';
SELECT seq, event FROM batch_job.read_events(9223372036854775806);
SELECT count(*) FROM batch_job.read_events(9223372036854775807, 2147483647);
UPDATE batch_job SET type = 'one too many' WHERE id = 'text';
\echo :LAST_ERROR_SQLSTATE
SELECT type FROM batch_job WHERE id = 'text';

RESET ROLE;
DROP SCHEMA extremes CASCADE;
