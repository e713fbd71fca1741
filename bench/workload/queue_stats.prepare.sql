-- Open jobs of ten types, a hundredth of them with a worker, beside finished ones: as many as `finished` says, or few.
\ir claim_growth.prepare.sql
INSERT INTO batch_job (type, created_by, pre_processed_at, confirmed_at)
SELECT 'import-' || n % 10, 'usr_' || n % 1000, now(), now() FROM generate_series(1, :open) n;
SELECT count(*) FROM batch_job.claim(max => :open / 100, lease => '1 day');
VACUUM ANALYZE batch_job, batch_job_run;
