-- Whoever knows which timestamps an open job lacks lets the server read no others' CASE.
PREPARE ask AS
SELECT CASE WHEN processing_at IS NOT NULL THEN 'processing'
            WHEN confirmed_at IS NOT NULL THEN 'confirmed'
            WHEN pre_processed_at IS NOT NULL THEN 'pre_processed'
            ELSE 'created' END AS status, count(*)
  FROM batch_job
 WHERE deleted_at IS NULL AND completed_at IS NULL AND canceled_at IS NULL AND failed_at IS NULL
 GROUP BY 1;
\ir ../shared/ask.sql
