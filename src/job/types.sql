CREATE TYPE batch_job.status AS ENUM
  ('created', 'pre_processed', 'confirmed', 'processing', 'completed', 'canceled', 'failed');
COMMENT ON TYPE batch_job.status IS 'where a batch job is in its life cycle: the last of these whose time stamp is set';

CREATE TYPE batch_job.batch_job AS (
  id text,
  created_at timestamp with time zone,
  updated_at timestamp with time zone,
  deleted_at timestamp with time zone,
  type text,
  created_by text,
  context jsonb,
  result jsonb,
  dry_run boolean,
  pre_processed_at timestamp with time zone,
  processing_at timestamp with time zone,
  confirmed_at timestamp with time zone,
  completed_at timestamp with time zone,
  canceled_at timestamp with time zone,
  failed_at timestamp with time zone,
  status batch_job.status
);
COMMENT ON TYPE batch_job.batch_job IS 'a batch job, as functions return it, whatever the order of its table''s columns';
