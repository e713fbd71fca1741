-- As many jobs to do as `jobs` says, and beside them one in a hundred that somebody works on: where nobody does, the planner
-- looks for a job by hand among those that are processing, which there are more of every moment, and not by its key.
SELECT CASE split_part(:'variant', '.', 1) WHEN 'by_hand' THEN ', status' ELSE '' END AS column,
       CASE split_part(:'variant', '.', 1) WHEN 'by_hand' THEN ', status::job_status' ELSE '' END AS value \gset
INSERT INTO batch_job (type, created_by, context, pre_processed_at, confirmed_at, processing_at :column)
SELECT 'import', 'usr_' || n % 1000, jsonb_build_object('file', 'products-' || n || '.csv', 'shop', n % 100),
       now(), now(), CASE status WHEN 'processing' THEN now() END
       :value
  FROM generate_series(1, :jobs + :jobs / 100) n, LATERAL (SELECT CASE WHEN n <= :jobs THEN 'confirmed' ELSE 'processing' END AS status) s;
VACUUM ANALYZE;
CHECKPOINT;
