SELECT current_setting('data_directory') || '/bench.copy' AS file \gset
COPY (
  SELECT 'import-' || n % 20, 'usr_' || n % 1000, jsonb_build_object('file', 'products-' || n || '.csv', 'shop', n % 100)
    FROM generate_series(1, :rows) n
) TO :'file';
