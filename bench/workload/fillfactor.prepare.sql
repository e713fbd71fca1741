INSERT INTO batch_job (id, type, created_by, context, pre_processed_at, confirmed_at, processing_at)
SELECT 'job_' || n, 'product-import', 'usr_7', jsonb_build_object('file', 'products-' || n || '.csv'), now(), now(), now()
  FROM generate_series(1, :rows) n;
VACUUM ANALYZE batch_job;
