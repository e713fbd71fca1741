-- The option guard: raw UPDATEs take the steps of the life cycle, and no others.
\set SHOW_CONTEXT never
\pset null -
CREATE SCHEMA guard_test AUTHORIZATION job_owner;
SET search_path = guard_test;
SET ROLE job_owner;
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
-- of several time stamps the error names the one that has no turn
INSERT INTO batch_job (id, type, dry_run) VALUES ('several', 'x', true);
UPDATE batch_job SET pre_processed_at = now(), confirmed_at = now() WHERE id = 'several';
UPDATE batch_job SET pre_processed_at = now(), confirmed_at = now(), processing_at = now(), dry_run = false WHERE id = 'several';
UPDATE batch_job SET canceled_at = now(), failed_at = now() WHERE id = 'several';
DELETE FROM batch_job WHERE id = 'several';

-- an INSERT may bring any state
INSERT INTO batch_job (id, type, dry_run, pre_processed_at, confirmed_at, processing_at, completed_at, canceled_at, failed_at)
SELECT 'm' || n, CASE WHEN n & 64 > 0 THEN 'dry' ELSE 'plain' END, n & 64 > 0, CASE WHEN n & 1 > 0 THEN now() END, CASE WHEN n & 2 > 0 THEN now() END, CASE WHEN n & 4 > 0 THEN now() END,
       CASE WHEN n & 8 > 0 THEN now() END, CASE WHEN n & 16 > 0 THEN now() END, CASE WHEN n & 32 > 0 THEN now() END FROM generate_series(0, 127) n;

-- every subset of time stamps that can still be set, from every state: what is let through
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

-- the functions take no other steps than these
SELECT status FROM batch_job.fail('m0', 'e');
SELECT status FROM batch_job.mark_pre_processed('m64');
SELECT (batch_job.soft_delete('m64')).status;

-- deletion, restoring, upserts and merges go through the same door
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

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA guard_test CASCADE;
