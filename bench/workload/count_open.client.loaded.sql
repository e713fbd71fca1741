-- The client loads the live jobs and counts by itself; its own work is not measured.
\ir ../shared/begin.sql
COPY (
  SELECT id, pre_processed_at, confirmed_at, processing_at, completed_at, canceled_at, failed_at
    FROM batch_job WHERE deleted_at IS NULL
) TO STDOUT \g /dev/null
\ir ../shared/end.sql
