-- Job tables of several shapes; tables that they refer to and that refer to them.

CREATE EXTENSION batch_job;
CREATE TABLE person (id text PRIMARY KEY);

SELECT batch_job.create_table('created', events => true);
ALTER TABLE created ADD FOREIGN KEY (created_by) REFERENCES person ON DELETE SET NULL;

-- with columns of its own, others dropped, in another order, and a clock that ticks in milliseconds
CREATE TABLE attached (
  gone int, failed_at timestamptz, dry_run boolean NOT NULL DEFAULT false,
  label text GENERATED ALWAYS AS (type || '!') STORED, type varchar(100) NOT NULL,
  updated_at timestamptz(3) NOT NULL DEFAULT now(), context jsonb, tenant int NOT NULL DEFAULT 7,
  id varchar(100) COLLATE "C" PRIMARY KEY, result jsonb, canceled_at timestamptz, completed_at timestamptz,
  processing_at timestamptz, confirmed_at timestamptz, pre_processed_at timestamptz,
  created_by text REFERENCES person ON DELETE CASCADE, created_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz);
ALTER TABLE attached DROP gone;
SELECT batch_job.attach('attached', events => true, id_prefix => 'job');

-- generated ids go to the middle, others anywhere, '' nowhere
CREATE TABLE partitioned (LIKE created INCLUDING DEFAULTS, PRIMARY KEY (id)) PARTITION BY RANGE (id);
ALTER TABLE partitioned ADD FOREIGN KEY (created_by) REFERENCES person ON DELETE CASCADE;
CREATE TABLE part_low PARTITION OF partitioned FOR VALUES FROM ('0') TO ('b');
CREATE TABLE part_middle (gone int, LIKE partitioned INCLUDING DEFAULTS);
ALTER TABLE part_middle DROP gone;
ALTER TABLE partitioned ATTACH PARTITION part_middle FOR VALUES FROM ('b') TO ('m');
CREATE TABLE part_high PARTITION OF partitioned FOR VALUES FROM ('m') TO (MAXVALUE);
SELECT batch_job.attach('partitioned', events => true);

DO $do$
DECLARE
  job_table text;
BEGIN
  FOREACH job_table IN ARRAY ARRAY['created', 'attached', 'partitioned'] LOOP
    EXECUTE replace($$
      CREATE TABLE JOB_step (n int PRIMARY KEY, job text NOT NULL REFERENCES JOB ON DELETE CASCADE ON UPDATE CASCADE);
      CREATE TABLE JOB_note (n int PRIMARY KEY, job text REFERENCES JOB ON DELETE SET NULL ON UPDATE CASCADE);
      CREATE TABLE JOB_hold (n int PRIMARY KEY, job text REFERENCES JOB ON UPDATE CASCADE)$$, 'JOB', job_table);
  END LOOP;
END $do$;

CREATE FUNCTION remove(job_table text, id text) RETURNS bigint LANGUAGE plpgsql SET batch_job.soft_delete = off AS $$
DECLARE
  rows bigint;
BEGIN
  EXECUTE format('DELETE FROM %I WHERE id = $1', job_table) USING id;
  GET DIAGNOSTICS rows = ROW_COUNT;
  RETURN rows;
END $$;

CREATE FUNCTION update_as_replica(job_table text, change text, id text) RETURNS void LANGUAGE plpgsql
SET session_replication_role = replica AS $$
BEGIN
  EXECUTE format('UPDATE %I SET %s WHERE id = $1', job_table, change) USING id;
END $$;
