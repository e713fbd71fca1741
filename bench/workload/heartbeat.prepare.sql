-- A hundred jobs that workers have, each with a result of 20 kB that does not compress.
INSERT INTO batch_job (type, created_by, context, result, pre_processed_at, confirmed_at)
SELECT 'import', 'usr_' || n, '{"shop": 7}', jsonb_build_object('advancement_count', 0, 'skus', (
         SELECT string_agg(gen_random_uuid()::text, '') FROM generate_series(1, 555 + 0 * n))), now(), now()
  FROM generate_series(1, 100) n;
CREATE TABLE pick (n, id, run) AS
SELECT row_number() OVER (), id, run FROM batch_job.claim(max => 100, lease => '1 day', worker => 'worker');
ALTER TABLE pick ADD PRIMARY KEY (n);
VACUUM ANALYZE;
