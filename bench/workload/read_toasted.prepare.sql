-- Contexts of 22 kB that do not compress, so each is in TOAST.
INSERT INTO batch_job (type, context)
SELECT 'product-import', jsonb_build_object('rows', (
         SELECT string_agg(gen_random_uuid()::text, '') FROM generate_series(1, 611 + 0 * n)))
  FROM generate_series(1, :rows) n;
VACUUM ANALYZE batch_job;
