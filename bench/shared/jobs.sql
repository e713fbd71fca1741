-- As many jobs, of which one in a hundred is open, spread over the statuses before `completed`; the others are over.
-- Where neither the table nor its trigger makes the id or the status, this does, as a client would.
SELECT CASE split_part(:'variant', '.', 1) WHEN 'bare' THEN ', status' WHEN 'client' THEN ', id' ELSE '' END AS column,
       CASE split_part(:'variant', '.', 1)
         WHEN 'bare' THEN ', (enum_range(NULL::job_status))[step + 1]'
         WHEN 'client' THEN ', batch_job.generate_id()' ELSE '' END AS value \gset
INSERT INTO batch_job (type, created_by, context, pre_processed_at, confirmed_at, processing_at, completed_at :column)
SELECT 'import-' || n % 20, 'usr_' || n % 1000, jsonb_build_object('file', 'products-' || n || '.csv', 'shop', n % 100),
       CASE WHEN step >= 1 THEN now() END,
       CASE WHEN step >= 2 THEN now() END,
       CASE WHEN step >= 3 THEN now() END,
       CASE WHEN step >= 4 THEN now() END
       :value
  FROM generate_series(1, :rows) n, LATERAL (SELECT CASE n % 100 WHEN 0 THEN n / 100 % 4 ELSE 4 END AS step) s;
VACUUM ANALYZE batch_job;
