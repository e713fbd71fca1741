-- Jobs that were finished, each with its run: as many as `finished` says, or with the variant `few` ten thousand.
SELECT CASE WHEN :'variant' LIKE '%.few' THEN least(10000, :finished / 10) ELSE :finished END AS count,
       :'variant' LIKE 'runs.%' AS has_runs,
       CASE WHEN :'variant' LIKE 'by_hand.%' THEN ', status' ELSE '' END AS column,
       CASE WHEN :'variant' LIKE 'by_hand.%' THEN ', ''completed''' ELSE '' END AS value \gset
INSERT INTO batch_job (type, created_by, context, result, pre_processed_at, confirmed_at, processing_at, completed_at :column)
SELECT 'import', 'usr_' || n % 1000, jsonb_build_object('file', 'products-' || n || '.csv', 'shop', n % 100), '{"count": 100}',
       now(), now(), now(), now() :value
  FROM generate_series(1, :count) n;
\if :has_runs
INSERT INTO batch_job_run (job_id, run, type, created_by, priority, state, attempt, worker, claimed_at, heartbeat_at, lease_until,
                           ended_at, outcome)
SELECT id, batch_job.generate_id('run'), type, created_by, priority, 'ended', 1, 'worker', now(), now(), now() + interval '1 min',
       now(), 'completed'
  FROM batch_job;
\endif
