-- Finished jobs, as many as `rows` says, each with its run and an event, as if a hundred thousand had been done a day; and beside
-- them as many that are open as `open` says, a tenth of them with a worker. With the indexes that lists by type and by owner want.
SET session_replication_role = replica;
INSERT INTO batch_job (created_at, updated_at, type, created_by, context, result, pre_processed_at, confirmed_at, processing_at,
                       completed_at, status)
SELECT at, at, 'import-' || n % 20, 'usr_' || n % 21, jsonb_build_object('file', 'products-' || n || '.csv', 'shop', n % 100),
       '{"count": 100}', at, at, at, at + interval '1 minute', 'completed'
  FROM generate_series(1, :rows) n, LATERAL (SELECT now() - (:rows - n) * interval '864 ms' - interval '1 minute' AS at) t;
INSERT INTO batch_job_run (job_id, run, type, created_by, priority, state, attempt, worker, claimed_at, heartbeat_at, lease_until,
                           ended_at, outcome)
SELECT id, batch_job.generate_id('run'), type, created_by, priority, 'ended', 1, 'worker', processing_at, completed_at, completed_at,
       completed_at, 'completed'
  FROM batch_job;
INSERT INTO batch_job_event (job_id, event, from_status, to_status, actor, at, xid, horizon)
SELECT id, 'batch.completed', 'processing', 'completed', 'worker', completed_at, pg_current_xact_id(), pg_current_xact_id()
  FROM batch_job;
RESET session_replication_role;
CREATE INDEX ON batch_job (type, id) WHERE deleted_at IS NULL;
CREATE INDEX ON batch_job (created_by, id) WHERE deleted_at IS NULL;
-- jobs of the older half, behind which a list goes on
CREATE TABLE pick AS SELECT id FROM batch_job WHERE id < (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY id) FROM batch_job)
                      ORDER BY random() LIMIT 1000;

INSERT INTO batch_job (type, created_by, pre_processed_at, confirmed_at)
SELECT 'import-' || n % 20, 'usr_' || n % 21, now(), now() FROM generate_series(1, :open) n;
SELECT count(*) FROM batch_job.claim(max => :open / 10, lease => '1 day');

-- Runs a query many times, each time in a transaction of its own, and keeps the median of what it took, in ms and in pages read.
-- What `arguments` returns is put into it.
CREATE PROCEDURE measure(what text, calls integer, query text, arguments text, workload text, setting jsonb, variant text, round integer)
LANGUAGE plpgsql AS $$
DECLARE
  given text[];
  plan json;
  ms double precision[];
  pages double precision[];
BEGIN
  FOR i IN 1 .. calls LOOP
    EXECUTE arguments INTO given;
    EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) ' || format(query, VARIADIC given) INTO plan;
    COMMIT;
    ms := ms || (plan -> 0 ->> 'Execution Time')::double precision;
    pages := pages || (plan -> 0 -> 'Plan' ->> 'Shared Hit Blocks')::double precision
                      + (plan -> 0 -> 'Plan' ->> 'Shared Read Blocks')::double precision;
  END LOOP;
  INSERT INTO bench.sample
  SELECT workload, setting, variant, round, what || metric, percentile_cont(0.5) WITHIN GROUP (ORDER BY value)
    FROM (VALUES ('_ms', ms), ('_pages', pages)) m (metric, measured), unnest(measured) value
   GROUP BY metric;
  INSERT INTO bench.sample SELECT workload, setting, variant, round, what || '_sum', sum(value) FROM unnest(ms) value;
END $$;
VACUUM ANALYZE;
CHECKPOINT;
