CREATE FUNCTION batch_job.create_table(
  name text DEFAULT 'batch_job',
  soft_delete boolean DEFAULT true,
  guard boolean DEFAULT true,
  events boolean DEFAULT false,
  notify boolean DEFAULT false,
  confirm_by_other boolean DEFAULT false,
  id_prefix text DEFAULT 'batch',
  runs boolean DEFAULT false,
  created_by regclass DEFAULT NULL
) RETURNS regclass
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_create_table';
COMMENT ON FUNCTION batch_job.create_table(text, boolean, boolean, boolean, boolean, boolean, text, boolean, regclass) IS 'make a job table with its indexes, its view of the live jobs and, with events or runs, their tables; the caller owns them; created_by is the table of users that its column refers to';

CREATE FUNCTION batch_job.attach(
  job_table regclass,
  soft_delete boolean DEFAULT NULL,
  guard boolean DEFAULT NULL,
  events boolean DEFAULT NULL,
  notify boolean DEFAULT NULL,
  confirm_by_other boolean DEFAULT NULL,
  id_prefix text DEFAULT NULL,
  runs boolean DEFAULT NULL,
  backfill boolean DEFAULT true
) RETURNS regclass
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_attach';
COMMENT ON FUNCTION batch_job.attach(regclass, boolean, boolean, boolean, boolean, boolean, text, boolean, boolean) IS 'make an existing table a job table, or change its options; returns its view of the live jobs';

CREATE PROCEDURE batch_job.backfill(job_table regclass DEFAULT NULL, batch_size integer DEFAULT 1000)
LANGUAGE C
AS 'MODULE_PATHNAME', 'batch_job_backfill';
COMMENT ON PROCEDURE batch_job.backfill(regclass, integer) IS 'fill in the status of old rows of a table attached with backfill => false, committing as it goes; may be stopped and called again';

CREATE FUNCTION batch_job.detach(job_table regclass, drop_status boolean DEFAULT false) RETURNS void
LANGUAGE C VOLATILE CALLED ON NULL INPUT PARALLEL UNSAFE
AS 'MODULE_PATHNAME', 'batch_job_detach';
COMMENT ON FUNCTION batch_job.detach(regclass, boolean) IS 'make a job table an ordinary table again; its data stay';

CREATE FUNCTION batch_job.live_view(job_table regclass) RETURNS regclass
LANGUAGE C STABLE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'batch_job_live_view';
COMMENT ON FUNCTION batch_job.live_view(regclass) IS 'the view of the live jobs of a job table; NULL without one';

CREATE FUNCTION batch_job.attached(
  OUT job_table regclass,
  OUT live_view regclass,
  OUT event_table regclass,
  OUT run_table regclass,
  OUT type_table regclass,
  OUT soft_delete boolean,
  OUT guard boolean,
  OUT notify boolean,
  OUT confirm_by_other boolean,
  OUT id_prefix text,
  OUT backfilled boolean
) RETURNS SETOF record
LANGUAGE SQL STABLE PARALLEL RESTRICTED
BEGIN ATOMIC
  SELECT t.job_table,
         batch_job.live_view(t.job_table),
         batch_job.event_table(t.job_table),
         batch_job.run_table(t.job_table),
         batch_job.type_table(t.job_table),
         o.soft_delete,
         o.guard,
         o.notify,
         o.confirm_by_other,
         o.id_prefix,
         a.attnotnull
    FROM (SELECT DISTINCT tgrelid::regclass AS job_table
            FROM pg_catalog.pg_trigger
           WHERE tgfoid = 'batch_job.maintain_row()'::regprocedure
             AND tgparentid = 0) t
    JOIN pg_catalog.pg_attribute a ON a.attrelid = t.job_table AND a.attname = 'status' AND NOT a.attisdropped
   CROSS JOIN LATERAL batch_job.options(t.job_table) o
   ORDER BY t.job_table::text COLLATE "C";
END;
COMMENT ON FUNCTION batch_job.attached() IS 'the job tables of this database with their options; backfilled: every row has its status';
