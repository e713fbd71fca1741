-- Jobs that are finished, each with its run, others that somebody works on, and some that are due tomorrow.
\set finished :rows
\ir claim_growth.prepare.sql
INSERT INTO batch_job (type, pre_processed_at, confirmed_at, start_after)
SELECT 'import', now(), now(), CASE n % 2 WHEN 0 THEN now() ELSE now() + interval '1 day' END FROM generate_series(1, :rows / 10) n;
SELECT count(*) FROM batch_job.claim(max => :rows / 20, lease => '1 day');
VACUUM ANALYZE;

CREATE FUNCTION claim_explained() RETURNS TABLE (buffers bigint, wal bigint) LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE $query$EXPLAIN (ANALYZE, BUFFERS, WAL, TIMING OFF, FORMAT JSON) SELECT * FROM batch_job.claim('{import}')$query$ INTO plan;
  plan := plan -> 0 -> 'Plan';
  RETURN QUERY SELECT (plan ->> 'Shared Hit Blocks')::bigint + (plan ->> 'Shared Read Blocks')::bigint, (plan ->> 'WAL Bytes')::bigint;
END $$;
