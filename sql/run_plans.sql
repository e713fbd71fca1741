-- The buffers that a worker's calls read do not grow with the number of jobs and runs, whatever the planner knew when a session
-- planned them: here, that the tables are empty, and nothing later.
SET client_min_messages = warning;
CREATE SCHEMA run_plans;
SET search_path = run_plans;
SELECT batch_job.create_table(runs => true);
ALTER TABLE batch_job SET (autovacuum_enabled = off);
ALTER TABLE batch_job_run SET (autovacuum_enabled = off);
ALTER TABLE batch_job_type SET (autovacuum_enabled = off);
VACUUM ANALYZE batch_job, batch_job_run, batch_job_type;

-- The buffers that a statement reads: more than these are too many. The least of three: one of them may look for lost workers,
-- or read the catalog anew.
CREATE FUNCTION buffers(query text) RETURNS bigint LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ' || query INTO plan;
  RETURN (plan -> 0 -> 'Plan' ->> 'Shared Hit Blocks')::bigint + (plan -> 0 -> 'Plan' ->> 'Shared Read Blocks')::bigint;
END $$;

CREATE FUNCTION new_jobs(count integer) RETURNS void LANGUAGE SQL SET search_path FROM CURRENT AS
  $$ INSERT INTO batch_job (type, created_by, pre_processed_at, confirmed_at)
     SELECT 'import', 'usr_' || n, now(), now() FROM generate_series(1, count) n $$;

-- takes and finishes jobs one by one, as workers do
CREATE FUNCTION work(count integer) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  job record;
BEGIN
  FOR n IN 1 .. count LOOP
    SELECT id, run INTO STRICT job FROM batch_job.claim('{import}');
    PERFORM batch_job.heartbeat(job.id, job.run, n);
    PERFORM batch_job.heartbeat(ARRAY[job.id], ARRAY[job.run]);
    PERFORM batch_job.complete(job.id, run => job.run);
  END LOOP;
END $$;

CREATE FUNCTION hand_out(count integer) RETURNS void LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  job record;
BEGIN
  FOR job IN SELECT id, run FROM batch_job.claim('{import}', max => count, lease => '1 day') LOOP
    PERFORM batch_job.release(job.id, job.run);
  END LOOP;
END $$;

-- Every statement is planned while the tables are almost empty, and statistics say so.
SELECT new_jobs(20);
SELECT work(10);
TRUNCATE batch_job, batch_job_run;
VACUUM ANALYZE batch_job, batch_job_run;
SELECT new_jobs(20);
SELECT work(10);
SELECT hand_out(5);
SELECT work(8);
SELECT count(*) FROM batch_job.claim(max => 100, lease => '1 microsecond');
SELECT count(*) FROM batch_job.rescue();
SELECT pg_sleep(0.01);
SELECT count(*) FROM batch_job.rescue();
DELETE FROM batch_job;

-- and is used with thousands in them
SELECT new_jobs(4000);
SELECT work(2000);
SELECT min(buffers($$SELECT * FROM batch_job.claim('{import}')$$)) <= 60 AS few FROM generate_series(1, 3);
SELECT buffers($$SELECT * FROM batch_job.claim('{import}', max => 100)$$) <= 5000 AS few;
SELECT hand_out(1000);
SELECT min(buffers($$SELECT * FROM batch_job.claim('{import}')$$)) <= 60 AS few FROM generate_series(1, 3);
SELECT run, id FROM batch_job.claim('{import}') \gset
SELECT min(buffers(format('SELECT batch_job.heartbeat(%L, %L, 1)', :'id', :'run'))) <= 60 AS few FROM generate_series(1, 3);
SELECT min(buffers(format('SELECT * FROM batch_job.heartbeat(ARRAY[%L], ARRAY[%L])', :'id', :'run'))) <= 60 AS few FROM generate_series(1, 3);
SELECT buffers(format('SELECT batch_job.release(%L, %L)', :'id', :'run')) <= 60 AS few;
SELECT run, id FROM batch_job.claim('{import}') \gset
SELECT buffers(format('SELECT batch_job.complete(%L, run => %L)', :'id', :'run')) <= 60 AS few;
SELECT buffers('SELECT * FROM batch_job.rescue(10)') <= 12000 AS few;
SELECT buffers('DELETE FROM batch_job WHERE id IN (SELECT id FROM batch_job LIMIT 10)') <= 200 AS few;
SELECT count(*) FROM batch_job.claim(max => 10, lease => '1 microsecond');
SELECT buffers('SELECT * FROM batch_job.rescue(10)') <= 12000 AS few;
SELECT pg_sleep(0.01);
SELECT buffers('SELECT * FROM batch_job.rescue(10)') <= 12000 AS few;
SET client_min_messages = warning;
DROP SCHEMA run_plans CASCADE;
