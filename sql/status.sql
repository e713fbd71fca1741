-- The derived status: the rule, and that nobody can store another one.
\set SHOW_CONTEXT never
CREATE SCHEMA status_test AUTHORIZATION regress_job_owner;
SET search_path = status_test;
SET ROLE regress_job_owner;

-- all 64 combinations of stamps, against the rule as a person would write it; stamps in any order of time
SELECT count(*) AS combinations, bool_and(derived::text = expected) AS right
  FROM (SELECT batch_job.derive_status(
                 CASE WHEN n & 1 > 0 THEN now() - n * interval '1 s' END, CASE WHEN n & 2 > 0 THEN now() + interval '1 day' END,
                 CASE WHEN n & 4 > 0 THEN now() END, CASE WHEN n & 8 > 0 THEN timestamptz '-infinity' END,
                 CASE WHEN n & 16 > 0 THEN timestamptz '4000-01-01 BC' END, CASE WHEN n & 32 > 0 THEN timestamptz 'infinity' END) AS derived,
               CASE WHEN n & 32 > 0 THEN 'failed' WHEN n & 16 > 0 THEN 'canceled' WHEN n & 8 > 0 THEN 'completed'
                    WHEN n & 4 > 0 THEN 'processing' WHEN n & 2 > 0 THEN 'confirmed' WHEN n & 1 > 0 THEN 'pre_processed'
                    ELSE 'created' END AS expected
          FROM generate_series(0, 63) n) s;

SELECT batch_job.create_table(guard => false);

-- all 64 stored, whatever the writer says: nothing, NULL, a lie
INSERT INTO batch_job (id, type, pre_processed_at, confirmed_at, processing_at, completed_at, canceled_at, failed_at, status)
SELECT 'job_' || n, 'import',
       CASE WHEN n & 1 > 0 THEN now() END, CASE WHEN n & 2 > 0 THEN now() END, CASE WHEN n & 4 > 0 THEN now() END,
       CASE WHEN n & 8 > 0 THEN now() END, CASE WHEN n & 16 > 0 THEN now() END, CASE WHEN n & 32 > 0 THEN now() END,
       CASE n % 3 WHEN 0 THEN NULL WHEN 1 THEN 'failed'::batch_job.status ELSE 'created' END
  FROM generate_series(0, 63) n;
SELECT status, count(*) FROM batch_job GROUP BY status ORDER BY status;

-- RETURNING shows the derived status
INSERT INTO batch_job (id, type, completed_at, status) VALUES ('a', 'import', now(), 'created') RETURNING status;
UPDATE batch_job SET canceled_at = now() WHERE id = 'a' RETURNING status;
UPDATE batch_job SET status = 'created' WHERE id = 'a' RETURNING status;
UPDATE batch_job SET canceled_at = NULL, status = NULL WHERE id = 'a' RETURNING status;

\set VERBOSITY terse
-- a wrong status is refused with the trigger disabled
ALTER TABLE batch_job DISABLE TRIGGER USER;
INSERT INTO batch_job (id, type, completed_at) VALUES ('b', 'import', now());
\echo :LAST_ERROR_SQLSTATE
UPDATE batch_job SET status = 'failed' WHERE id = 'job_0';
\echo :LAST_ERROR_SQLSTATE
UPDATE batch_job SET failed_at = now() WHERE id = 'job_0';
\echo :LAST_ERROR_SQLSTATE
UPDATE batch_job SET status = NULL WHERE id = 'job_0';
\echo :LAST_ERROR_SQLSTATE
-- the right one is not
UPDATE batch_job SET failed_at = now(), status = 'failed' WHERE id = 'job_0';
ALTER TABLE batch_job ENABLE TRIGGER USER;

-- and in a replica, where triggers do not fire
RESET ROLE;
SET session_replication_role = replica;
INSERT INTO batch_job (id, type, status) VALUES ('c', 'import', 'completed');
\echo :LAST_ERROR_SQLSTATE
UPDATE batch_job SET completed_at = NULL WHERE id = 'a';
\echo :LAST_ERROR_SQLSTATE
COPY batch_job (id, type, status) FROM stdin;
c	import	processing
\.
\echo :LAST_ERROR_SQLSTATE
RESET session_replication_role;
SET ROLE regress_job_owner;

-- a wrong one is also refused when set by a trigger that fires after ours
CREATE FUNCTION lie() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.status := 'completed'; RETURN NEW; END $$;
CREATE TRIGGER zzz_lie BEFORE INSERT ON batch_job FOR EACH ROW EXECUTE FUNCTION lie();
INSERT INTO batch_job (id, type) VALUES ('d', 'import');
\echo :LAST_ERROR_SQLSTATE
DROP TRIGGER zzz_lie ON batch_job;
\set VERBOSITY default
-- one set by a trigger that fires before ours is corrected
CREATE TRIGGER lie BEFORE INSERT ON batch_job FOR EACH ROW EXECUTE FUNCTION lie();
INSERT INTO batch_job (id, type) VALUES ('d', 'import') RETURNING status;
DROP TRIGGER lie ON batch_job;

-- the enum sorts in the order of the life cycle, and finds the index of open jobs
SELECT DISTINCT status FROM batch_job ORDER BY status;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM batch_job WHERE status = 'confirmed' AND deleted_at IS NULL ORDER BY id LIMIT 1;
EXPLAIN (COSTS OFF) SELECT count(*) FROM batch_job WHERE status IN ('created', 'processing') AND deleted_at IS NULL;
RESET enable_seqscan;
RESET enable_bitmapscan;

-- status never reads a large context: derive_status is over the six stamps only
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'batch_job_status_derived' AND conrelid = 'batch_job'::regclass;

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA status_test CASCADE;
