-- What SQL says of a job table, as JSON, to be compared with the page.
\pset format unaligned
\pset tuples_only on
SELECT :'table'::regclass::oid AS oid \gset
SET search_path = pg_catalog;
SELECT :oid::regclass AS name \gset
SELECT json_build_object(
  'table', :'name',
  'database', current_database(),
  'queue', (SELECT json_agg(q) FROM (
    SELECT *, extract(epoch FROM oldest_due) AS oldest_due_s FROM batch_job.queue_stats(:oid)) q),
  'jobs', (SELECT json_agg(j) FROM (
    SELECT *, extract(epoch FROM eta) AS eta_s, extract(epoch FROM quiet_for) AS quiet_s,
           extract(epoch FROM stalled_for) AS stalled_s, extract(epoch FROM due_at - now()) AS due_s,
           extract(epoch FROM now() - started_at) AS started_s
      FROM batch_job.progress(:oid)) j),
  'failed', (SELECT json_agg(f) FROM (
    SELECT id, type, result -> 'errors' -> -1 AS error, extract(epoch FROM now() - failed_at) AS ago_s
      FROM :name WHERE status = 'failed' ORDER BY failed_at DESC LIMIT 10) f),
  'stats', (SELECT json_agg(s) FROM (
    SELECT type, completed, failed, canceled, failed_attempts, lost, ARRAY[
             extract(epoch FROM preparing_median), extract(epoch FROM review_median),
             extract(epoch FROM waiting_median), extract(epoch FROM processing_median)] AS median, ARRAY[
             extract(epoch FROM preparing_p95), extract(epoch FROM review_p95),
             extract(epoch FROM waiting_p95), extract(epoch FROM processing_p95)] AS p95
      FROM batch_job.job_stats('1 day', :oid)) s));
