-- Jobs of the last two years, spread evenly; one in a hundred is open, and nobody may take it.
INSERT INTO batch_job (id, created_at, type, created_by, pre_processed_at, confirmed_at, processing_at, completed_at, start_after)
SELECT batch_job.id_floor(at), at, 'import-' || n % 20, 'usr_' || n % 1000, at, at, at, CASE WHEN n % 100 > 0 THEN at END, at
  FROM generate_series(1, :rows) n, LATERAL (SELECT now() - n * (interval '2 years' / :rows) AS at) a;
CREATE TABLE pick AS SELECT row_number() OVER (ORDER BY id) AS n, id FROM batch_job WHERE completed_at IS NULL;
ALTER TABLE pick ADD PRIMARY KEY (n);
VACUUM ANALYZE;
