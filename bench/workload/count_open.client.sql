-- By a view, or a query in the client, that derives the status of each job.
PREPARE ask AS
SELECT status, count(*)
  FROM (SELECT CASE WHEN failed_at IS NOT NULL THEN 'failed'
                    WHEN canceled_at IS NOT NULL THEN 'canceled'
                    WHEN completed_at IS NOT NULL THEN 'completed'
                    WHEN processing_at IS NOT NULL THEN 'processing'
                    WHEN confirmed_at IS NOT NULL THEN 'confirmed'
                    WHEN pre_processed_at IS NOT NULL THEN 'pre_processed'
                    ELSE 'created' END AS status
          FROM batch_job WHERE deleted_at IS NULL) job
 WHERE status IN ('created', 'pre_processed', 'confirmed', 'processing')
 GROUP BY status;
\ir ../shared/ask.sql
