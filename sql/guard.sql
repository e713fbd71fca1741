-- The option guard: UPDATEs by hand may take the steps of the life cycle, and no others.
\set SHOW_CONTEXT never
\pset null -
CREATE SCHEMA guard_test AUTHORIZATION regress_job_owner;
SET search_path = guard_test;
SET ROLE regress_job_owner;
SELECT batch_job.create_table();
SELECT job_table, guard FROM batch_job.attached();

-- every step by hand
INSERT INTO batch_job (id, type, dry_run) VALUES ('j', 'x', true);
UPDATE batch_job SET pre_processed_at = now() WHERE id = 'j' RETURNING status;
UPDATE batch_job SET confirmed_at = now() WHERE id = 'j' RETURNING status;
UPDATE batch_job SET processing_at = now() WHERE id = 'j' RETURNING status;
UPDATE batch_job SET result = '{"count": 1}', type = 'y', context = '{}', created_by = 'u' WHERE id = 'j' RETURNING status;
UPDATE batch_job SET completed_at = now() WHERE id = 'j' RETURNING status;
UPDATE batch_job SET deleted_at = now() WHERE id = 'j' RETURNING status;
-- writing back what is there is no change
UPDATE batch_job SET id = id, created_at = created_at, confirmed_at = confirmed_at, completed_at = completed_at, failed_at = NULL, status = 'created' WHERE id = 'j' RETURNING status;

-- write-once, immutable
UPDATE batch_job SET completed_at = now() + interval '1 s' WHERE id = 'j';
\echo :LAST_ERROR_SQLSTATE :LAST_ERROR_MESSAGE
UPDATE batch_job SET confirmed_at = NULL WHERE id = 'j';
\echo :LAST_ERROR_SQLSTATE
UPDATE batch_job SET id = 'k' WHERE id = 'j';
\echo :LAST_ERROR_SQLSTATE
UPDATE batch_job SET created_at = now() - interval '1 s' WHERE id = 'j';
\echo :LAST_ERROR_SQLSTATE
UPDATE batch_job SET failed_at = now() WHERE id = 'j';
\echo :LAST_ERROR_SQLSTATE :LAST_ERROR_MESSAGE
-- of several timestamps, the error names the one that may not be set
INSERT INTO batch_job (id, type, dry_run) VALUES ('several', 'x', true);
UPDATE batch_job SET pre_processed_at = now(), confirmed_at = now() WHERE id = 'several';
UPDATE batch_job SET pre_processed_at = now(), confirmed_at = now(), processing_at = now(), dry_run = false WHERE id = 'several';
UPDATE batch_job SET canceled_at = now(), failed_at = now() WHERE id = 'several';
DELETE FROM batch_job WHERE id = 'several';

-- an INSERT may bring any state
INSERT INTO batch_job (id, type, dry_run, pre_processed_at, confirmed_at, processing_at, completed_at, canceled_at, failed_at)
SELECT 'm' || n, CASE WHEN n & 64 > 0 THEN 'dry' ELSE 'plain' END, n & 64 > 0, CASE WHEN n & 1 > 0 THEN now() END, CASE WHEN n & 2 > 0 THEN now() END, CASE WHEN n & 4 > 0 THEN now() END,
       CASE WHEN n & 8 > 0 THEN now() END, CASE WHEN n & 16 > 0 THEN now() END, CASE WHEN n & 32 > 0 THEN now() END FROM generate_series(0, 127) n;

-- every subset of timestamps that can still be set, from every state: which are allowed
CREATE FUNCTION try(job batch_job, setting int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  new text;
BEGIN
  UPDATE batch_job SET pre_processed_at = CASE WHEN setting & 1 > 0 THEN now() ELSE pre_processed_at END, confirmed_at = CASE WHEN setting & 2 > 0 THEN now() ELSE confirmed_at END,
         processing_at = CASE WHEN setting & 4 > 0 THEN now() ELSE processing_at END, completed_at = CASE WHEN setting & 8 > 0 THEN now() ELSE completed_at END,
         canceled_at = CASE WHEN setting & 16 > 0 THEN now() ELSE canceled_at END, failed_at = CASE WHEN setting & 32 > 0 THEN now() ELSE failed_at END
   WHERE id = job.id RETURNING status INTO new;
  RAISE EXCEPTION USING ERRCODE = 'ZZ000', MESSAGE = new;
EXCEPTION WHEN SQLSTATE 'ZZ000' THEN
  RETURN SQLERRM;
WHEN SQLSTATE '55000' THEN
  RETURN NULL;
END $$;
SELECT j.dry_run, j.status AS "from", try(j, setting) AS "to", setting, count(*) AS states
  FROM batch_job j, generate_series(1, 63) setting
 WHERE j.id LIKE 'm%' AND substr(j.id, 2)::int & setting = 0 AND try(j, setting) IS NOT NULL
 GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 4;

-- the functions only take these steps
SELECT status FROM batch_job.fail('m0', 'e');
SELECT status FROM batch_job.mark_pre_processed('m64');
SELECT (batch_job.soft_delete('m64')).status;

-- deletion, restoring, upserts and merges follow the same rules
DELETE FROM batch_job WHERE id = 'm1';
INSERT INTO batch_job (id, type) VALUES ('m2', 'x') ON CONFLICT (id) DO UPDATE SET completed_at = now();
\echo :LAST_ERROR_SQLSTATE
MERGE INTO batch_job j USING (VALUES ('m2')) v (id) ON j.id = v.id WHEN MATCHED THEN UPDATE SET processing_at = now();
SELECT status FROM batch_job WHERE id = 'm2';

-- off for attach, and switched by running it again; other options stay
SELECT batch_job.detach('batch_job');
SELECT batch_job.attach('batch_job');
SELECT guard FROM batch_job.attached();
UPDATE batch_job SET confirmed_at = NULL WHERE id = 'j' RETURNING status;
SELECT batch_job.attach('batch_job', guard => true, id_prefix => 'g');
SELECT batch_job.attach('batch_job', soft_delete => false);
SELECT soft_delete, guard, id_prefix FROM batch_job.attached();
UPDATE batch_job SET confirmed_at = now() WHERE id = 'j';
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.attach('batch_job', guard => false);
UPDATE batch_job SET confirmed_at = now() WHERE id = 'j' RETURNING status;

-- JavaScript's Date has milliseconds: an object that is read and written back has lost its microseconds, which is no change.
-- The old times are kept, in every way of writing
CREATE TABLE dated (LIKE batch_job INCLUDING DEFAULTS, PRIMARY KEY (id, created_at)) PARTITION BY RANGE (created_at);
CREATE TABLE dated_old PARTITION OF dated FOR VALUES FROM (MINVALUE) TO ('2024-01-01 00:00:00.1234+00');
CREATE TABLE dated_new (gone int, LIKE batch_job INCLUDING DEFAULTS);
ALTER TABLE dated_new DROP gone, DROP created_at;
ALTER TABLE dated_new ADD created_at timestamptz NOT NULL DEFAULT now();
ALTER TABLE dated ATTACH PARTITION dated_new FOR VALUES FROM ('2024-01-01 00:00:00.1234+00') TO (MAXVALUE);
SELECT batch_job.attach('dated', guard => true, events => true);
CREATE VIEW read_by_javascript AS
  SELECT id, date_trunc('milliseconds', created_at) AS created_at, date_trunc('milliseconds', updated_at) AS updated_at, deleted_at, type, created_by, context, result, dry_run,
         date_trunc('milliseconds', pre_processed_at) AS pre_processed_at, date_trunc('milliseconds', processing_at) AS processing_at, date_trunc('milliseconds', confirmed_at) AS confirmed_at,
         date_trunc('milliseconds', completed_at) AS completed_at, date_trunc('milliseconds', canceled_at) AS canceled_at, date_trunc('milliseconds', failed_at) AS failed_at, status
    FROM batch_job;
CREATE FUNCTION times(j jsonb) RETURNS text LANGUAGE sql AS $$
  SELECT string_agg(t.value, ' ' ORDER BY t.key) FROM jsonb_each_text(j) t WHERE t.key LIKE '%_at' AND t.key <> 'updated_at' $$;
-- in every way of writing; the stored times stay, also before 1970, in the last millisecond, with nothing to cut off, and infinite ones
TRUNCATE batch_job;
SELECT batch_job.attach('batch_job', guard => true);
INSERT INTO batch_job (id, type, created_at, pre_processed_at, confirmed_at, processing_at, completed_at, canceled_at, failed_at)
SELECT 't' || n, 'x', at, at, at, at, at, at, at
  FROM unnest(ARRAY['2024-01-01 00:00:00.123456+00', '2024-01-01 00:00:00.999999+00', '2024-01-01 00:00:00.123+00', '1999-12-31 23:59:59.999999+00', '1969-12-31 23:59:59.000001+00',
                    '0044-03-15 12:00:00.000999+00 BC', 'infinity', '-infinity']::timestamptz[]) WITH ORDINALITY v (at, n);
CREATE TABLE before AS SELECT id, times(to_jsonb(j)) AS times FROM batch_job j;
CREATE VIEW changed AS SELECT id, b.times AS before, times(to_jsonb(j)) AS after FROM batch_job j FULL JOIN before b USING (id) WHERE b.times IS DISTINCT FROM times(to_jsonb(j));
UPDATE batch_job j SET (created_at, updated_at, pre_processed_at, processing_at, confirmed_at, completed_at, canceled_at, failed_at) =
       (r.created_at, r.updated_at, r.pre_processed_at, r.processing_at, r.confirmed_at, r.completed_at, r.canceled_at, r.failed_at) FROM read_by_javascript r WHERE r.id = j.id;
\echo :ROW_COUNT
SELECT * FROM changed;
UPDATE batch_job_live j SET (created_at, completed_at, canceled_at) = (r.created_at, r.completed_at, r.canceled_at) FROM read_by_javascript r WHERE r.id = j.id;
\echo :ROW_COUNT
INSERT INTO batch_job SELECT * FROM read_by_javascript
ON CONFLICT (id) DO UPDATE SET (created_at, pre_processed_at, processing_at, confirmed_at, completed_at, canceled_at, failed_at) =
   (EXCLUDED.created_at, EXCLUDED.pre_processed_at, EXCLUDED.processing_at, EXCLUDED.confirmed_at, EXCLUDED.completed_at, EXCLUDED.canceled_at, EXCLUDED.failed_at);
\echo :ROW_COUNT
INSERT INTO batch_job_live SELECT * FROM read_by_javascript ON CONFLICT (id) DO UPDATE SET created_at = EXCLUDED.created_at, failed_at = EXCLUDED.failed_at;
\echo :ROW_COUNT
MERGE INTO batch_job j USING read_by_javascript r ON j.id = r.id WHEN MATCHED THEN UPDATE SET created_at = r.created_at, processing_at = r.processing_at;
\echo :ROW_COUNT
SELECT * FROM changed;
-- RETURNING tells what is stored
UPDATE batch_job SET created_at = '2024-01-01 00:00:00.123+00' WHERE id = 't1' RETURNING extract(microseconds FROM created_at) AS microseconds;
-- a step may be taken with it
INSERT INTO batch_job (id, type, created_at, pre_processed_at, confirmed_at) VALUES ('step', 'x', '2024-01-01 00:00:00.123456+00', '2024-01-01 00:00:01.123456+00', '2024-01-01 00:00:02.123456+00');
UPDATE batch_job SET created_at = '2024-01-01 00:00:00.123+00', pre_processed_at = '2024-01-01 00:00:01.123+00', confirmed_at = '2024-01-01 00:00:02.123+00', processing_at = '2024-01-01 00:00:03.123+00'
 WHERE id = 'step' RETURNING status, times(to_jsonb(batch_job));
-- any other time is another
CREATE FUNCTION outcome(assignment text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('UPDATE guard_test.batch_job SET %s WHERE id = ''step''', assignment);
  RETURN 'ok';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE || ' ' || SQLERRM;
END $$;
SELECT assignment, outcome(assignment) FROM unnest(ARRAY['created_at = ''2024-01-01 00:00:00.123455+00''', 'created_at = ''2024-01-01 00:00:00.1234+00''', 'created_at = ''2024-01-01 00:00:00.124+00''',
  'created_at = ''2024-01-01 00:00:00.122+00''', 'created_at = ''2024-01-01 00:00:00+00''', 'created_at = NULL', 'created_at = ''-infinity''', 'confirmed_at = ''2024-01-01 00:00:02.12345+00''',
  'confirmed_at = ''2024-01-01 00:00:02.124+00''', 'confirmed_at = ''2024-01-01 00:00:02+00''', 'confirmed_at = NULL', 'confirmed_at = ''2024-01-01 00:00:02.123+00''', 'processing_at = ''2024-01-01 00:00:03.122999+00''']) assignment;
-- in a partition with another order of columns, and although the written time would belong to another partition; with events it is one change
INSERT INTO dated (id, type, created_at, failed_at) VALUES ('p', 'x', '2024-01-01 00:00:00.123456+00', '2024-01-01 00:00:00.123456+00');
UPDATE dated SET created_at = '2024-01-01 00:00:00.123+00', failed_at = '2024-01-01 00:00:00.123+00' WHERE id = 'p' RETURNING tableoid::regclass, times(to_jsonb(dated)), status;
UPDATE dated_live SET created_at = '2024-01-01 00:00:00.123+00', failed_at = '2024-01-01 00:00:00.123+00' WHERE id = 'p' RETURNING times(to_jsonb(dated_live));
SELECT event, from_status, to_status FROM batch_job.read_events(job_table => 'dated');
-- without guard, what an application writes is stored
SELECT batch_job.attach('dated', guard => false, events => false);
UPDATE dated SET created_at = '2024-01-01 00:00:00.123+00', failed_at = '2024-01-01 00:00:00.123+00' WHERE id = 'p' RETURNING tableoid::regclass, times(to_jsonb(dated));

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA guard_test CASCADE;
