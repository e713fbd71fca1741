INSERT INTO batch_job (type, created_by, context)
SELECT 'import-' || n % 20, 'usr_' || n % 1000, jsonb_build_object('file', 'products-' || n || '.csv', 'shop', n % 100)
  FROM generate_series(1, :rows) n;
