-- By what PostgreSQL has itself: a UUID, and a generated column. Nobody keeps updated_at right but who writes.
CREATE TABLE batch_job (
  id uuid DEFAULT gen_random_uuid() PRIMARY KEY,
  LIKE entity INCLUDING DEFAULTS,
  status job_status NOT NULL GENERATED ALWAYS AS (
    CASE WHEN failed_at IS NOT NULL THEN 'failed'::job_status
         WHEN canceled_at IS NOT NULL THEN 'canceled'
         WHEN completed_at IS NOT NULL THEN 'completed'
         WHEN processing_at IS NOT NULL THEN 'processing'
         WHEN confirmed_at IS NOT NULL THEN 'confirmed'
         WHEN pre_processed_at IS NOT NULL THEN 'pre_processed'
         ELSE 'created' END) STORED
);
\ir ../shared/indexes.sql
