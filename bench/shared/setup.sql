-- What all comparisons share: the columns of a job but id and status, which are what the shapes differ in, and the place
-- where samples are kept.
CREATE EXTENSION batch_job;
CREATE SCHEMA bench;

CREATE TYPE job_status AS ENUM (
  'created', 'pre_processed', 'confirmed', 'processing', 'completed', 'canceled', 'failed');

CREATE TABLE entity (
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  type text NOT NULL,
  created_by text,
  context jsonb,
  result jsonb,
  dry_run boolean NOT NULL DEFAULT false,
  pre_processed_at timestamptz,
  processing_at timestamptz,
  confirmed_at timestamptz,
  completed_at timestamptz,
  canceled_at timestamptz,
  failed_at timestamptz
);

-- Round 0 warms up and is not counted.
CREATE TABLE bench.sample (
  workload text,
  setting jsonb,
  variant text,
  round integer,
  metric text,
  value double precision
);

-- What calls took that the server's log has, each in the interval of its round.
CREATE TABLE bench.latency (
  holder text,
  call text,
  round integer,
  ms double precision
);
