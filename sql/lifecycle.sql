-- The life cycle: every function from every status; what is merged; what the errors say.
\set SHOW_CONTEXT never
\pset null -
CREATE SCHEMA lifecycle_test AUTHORIZATION regress_job_owner;
SET search_path = lifecycle_test;
SET ROLE regress_job_owner;
SELECT batch_job.create_table();

-- a whole life cycle; the timestamps are in order although it is one transaction
BEGIN;
SELECT id AS job FROM batch_job.create('product-import', '{"file": "a.csv"}', true) \gset
SELECT status, context, dry_run FROM batch_job.mark_pre_processed(:'job', '{"count": 3}');
SELECT status FROM batch_job.confirm(:'job');
SELECT status FROM batch_job.start(:'job');
SELECT status, result FROM batch_job.update(:'job', result => '{"advancement_count": 1}');
SELECT status, result FROM batch_job.complete(:'job', '{"advancement_count": 3}');
SELECT created_at < pre_processed_at AND pre_processed_at < confirmed_at AND confirmed_at < processing_at AND processing_at < completed_at AS in_order FROM batch_job WHERE id = :'job';
COMMIT;

-- create: what is given, what is not
SELECT batch_job.is_id(id), type, context, dry_run, created_by, status FROM batch_job.create('t');
SELECT id, type, context, dry_run, created_by FROM batch_job.create('t', '{"a": 1}', true, 'u1', 'mine');
SELECT batch_job.is_id(id), dry_run FROM batch_job.create('t', dry_run => NULL, id => '');
\set VERBOSITY terse
-- what is not given comes from the column's default
BEGIN;
UPDATE batch_job SET context = '{}';
ALTER TABLE batch_job ALTER context SET DEFAULT '{"by": "default"}', ALTER context SET NOT NULL, ALTER dry_run SET DEFAULT true, ALTER created_by SET DEFAULT 'nobody';
SELECT context, dry_run, created_by FROM batch_job.create('t', dry_run => NULL);
SELECT context, dry_run, created_by FROM batch_job.create('t', '{}', false, 'u1');
ROLLBACK;
SELECT batch_job.create(NULL);
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.create('t', id => 'mine');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.create('t', '[]');
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY default

-- the matrix: the status before, the function, the status after; "=" where nothing changed, not even updated_at; or the SQLSTATE
CREATE FUNCTION put(status text) RETURNS text LANGUAGE sql AS $$
  INSERT INTO batch_job (type, dry_run, pre_processed_at, confirmed_at, processing_at, completed_at, canceled_at, failed_at, deleted_at)
  SELECT 'matrix', true, CASE WHEN s > 1 THEN now() END, CASE WHEN s > 2 THEN now() END, CASE WHEN s > 3 THEN now() END,
         CASE WHEN status = 'completed' THEN now() END, CASE WHEN status = 'canceled' THEN now() END, CASE WHEN status = 'failed' THEN now() END,
         CASE WHEN status = 'deleted' THEN now() END
    FROM (SELECT CASE status WHEN 'created' THEN 1 WHEN 'pre_processed' THEN 2 WHEN 'confirmed' THEN 3 ELSE 4 END) v (s)
  RETURNING id
$$;
CREATE FUNCTION try(status text, call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  job text := put(status);
  old batch_job;
  new batch_job;
BEGIN
  SELECT * INTO old FROM batch_job WHERE id = job;
  EXECUTE format('SELECT batch_job.%s', format(call, job));
  SELECT * INTO new FROM batch_job WHERE id = job;
  RETURN CASE WHEN new = old THEN '= ' ELSE '' END || CASE WHEN new.deleted_at IS NULL THEN new.status::text ELSE 'deleted' END;
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE;
END $$;
SELECT call, max(result) FILTER (WHERE status = 'created') AS created, max(result) FILTER (WHERE status = 'pre_processed') AS pre_processed,
       max(result) FILTER (WHERE status = 'confirmed') AS confirmed, max(result) FILTER (WHERE status = 'processing') AS processing,
       max(result) FILTER (WHERE status = 'completed') AS completed, max(result) FILTER (WHERE status = 'canceled') AS canceled,
       max(result) FILTER (WHERE status = 'failed') AS failed, max(result) FILTER (WHERE status = 'deleted') AS deleted
  FROM (SELECT c.n, split_part(c.call, '(', 1) AS call, s.status, try(s.status, c.call) AS result
          FROM unnest(ARRAY['mark_pre_processed(%L)', 'confirm(%L)', 'start(%L)', 'complete(%L)', 'fail(%L, ''e'')', 'cancel(%L)',
                            'update(%L, ''{"a": 1}'')', 'soft_delete(%L)', 'restore(%L)', 'reopen(%L)']) WITH ORDINALITY c (call, n),
               unnest(ARRAY['created', 'pre_processed', 'confirmed', 'processing', 'completed', 'canceled', 'failed', 'deleted']) s (status)) t
 GROUP BY n, call ORDER BY n;

-- without a dry run there is nothing to confirm
SELECT id AS job FROM batch_job.create('t', id => 'plain') \gset
SELECT status, confirmed_at >= pre_processed_at AS in_order FROM batch_job.mark_pre_processed(:'job');
SELECT status FROM batch_job.mark_pre_processed(:'job');

-- what the errors say
SELECT batch_job.complete(:'job');
SELECT status FROM batch_job.start(:'job');
SELECT batch_job.start(:'job');
\echo :LAST_ERROR_SQLSTATE :LAST_ERROR_MESSAGE
SELECT batch_job.cancel('nobody');
\echo :LAST_ERROR_SQLSTATE
SELECT (batch_job.soft_delete(:'job')).status;
SELECT batch_job.complete(:'job');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.update('x', '[1]');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.complete('x', '"done"');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.start(NULL);
\echo :LAST_ERROR_SQLSTATE

-- and which fields drivers get
CREATE FUNCTION fields_of(statement text) RETURNS TABLE (code text, "table" text, "column" text, detail boolean, hint boolean) LANGUAGE plpgsql AS $$
DECLARE
  d text;
  h text;
BEGIN
  EXECUTE statement;
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS code = RETURNED_SQLSTATE, "table" = TABLE_NAME, "column" = COLUMN_NAME, d = PG_EXCEPTION_DETAIL, h = PG_EXCEPTION_HINT;
  detail := d <> '';
  hint := h <> '';
  RETURN NEXT;
END $$;
CREATE TABLE no_jobs (LIKE batch_job INCLUDING ALL);
INSERT INTO batch_job (id, type, dry_run, pre_processed_at) VALUES ('asked', 't', true, now());
SELECT statement, f.* FROM unnest(ARRAY[
  $$SELECT batch_job.start('mine')$$, $$SELECT batch_job.start('nobody')$$, $$SELECT batch_job.start('plain')$$, $$SELECT batch_job.start(NULL)$$,
  $$SELECT batch_job.confirm('asked', 'x')$$, $$SELECT batch_job.cancel('x', job_table => 'no_jobs')$$, $$SELECT batch_job.cancel('x', job_table => 'batch_job_live')$$,
  $$UPDATE batch_job SET completed_at = now() WHERE id = 'asked'$$, $$UPDATE batch_job SET pre_processed_at = NULL WHERE id = 'asked'$$,
  $$UPDATE batch_job SET id = 'other' WHERE id = 'asked'$$, $$SELECT batch_job.read_events(job_table => 'batch_job')$$]) statement, fields_of(statement) f;

-- merging: the top level; NULL leaves as it is; a key with JSON null is set to it
SELECT id AS job FROM batch_job.create('t', '{"a": 1, "b": {"x": 1}}') \gset
SELECT context, result FROM batch_job.update(:'job', '{"b": {"y": 2}, "c": null}', '{"count": 1}');
SELECT context, result FROM batch_job.update(:'job', NULL, '{"progress": 0.5}');
SELECT context, result FROM batch_job.update(:'job');

-- errors: text or JSON, repeatedly, added to whatever is there; failed_at keeps its first value
SELECT status, result FROM batch_job.fail(:'job', 'no such file');
SELECT failed_at AS first FROM batch_job WHERE id = :'job' \gset
SELECT result, failed_at = :'first' AS first FROM batch_job.fail(:'job', '{"message": "upload refused", "code": "unknown", "err": {}}'::jsonb);
SELECT result -> 'errors' -> -1 AS last FROM batch_job.fail(:'job', '{"message": "no code"}'::jsonb);
SELECT result -> 'errors' -> -1 AS last FROM batch_job.fail(:'job', '[1, 2]'::jsonb);
SELECT jsonb_array_length(result -> 'errors') AS errors FROM batch_job.fail(:'job', NULL::jsonb);
SELECT result, batch_job.append_error(result, '"e"') FROM unnest(ARRAY[
  NULL, 'null', '{}', '{"errors": null}', '{"errors": []}', '{"errors": ["a"]}', '{"errors": "a"}', '{"errors": {"message": "m"}}', '{"errors": [], "count": 1}', '[1]', '"text"']::jsonb[]) result;
SELECT added, batch_job.append_errors('{"errors": ["e"]}', added) FROM unnest(ARRAY[
  NULL, 'null', '[]', '["a", {"code": 1, "message": "b"}]', '[1, ["c"], null]', '"a"', '{"code": 1, "message": "b"}', '{}']::jsonb[]) added;
SELECT batch_job.append_errors(NULL, NULL), batch_job.append_errors(NULL, '["a"]'), batch_job.append_errors('[1]', '["a", "b"]');
SELECT old, new, batch_job.merge_object(old, new) FROM (VALUES
  (NULL::jsonb, NULL::jsonb), ('{"a": 1}', NULL), (NULL, '{"a": 1}'), ('null', '{"a": 1}'), ('[1]', '{"a": 1}'), ('{"a": 1, "b": 1}', '{"b": {"c": 1}}')) v (old, new);

-- reopen: the timestamps from before processing stay, and so does the result
SELECT (batch_job.create('t', dry_run => true, id => 'again')).status, (batch_job.mark_pre_processed('again')).status, (batch_job.confirm('again')).status, (batch_job.start('again')).status;
SELECT status, result FROM batch_job.fail('again', 'power cut');
SELECT pre_processed_at, confirmed_at FROM batch_job WHERE id = 'again' \gset
SELECT status, result, (pre_processed_at, confirmed_at) = (:'pre_processed_at', :'confirmed_at') AS as_before, processing_at, failed_at FROM batch_job.reopen('again');
SELECT batch_job.reopen('again');
SELECT (batch_job.start('again')).status, (batch_job.complete('again')).status;
SELECT batch_job.reopen('again');
\echo :LAST_ERROR_SQLSTATE
INSERT INTO batch_job (id, type, failed_at, deleted_at) VALUES ('gone', 't', now(), now());
SELECT batch_job.reopen('gone');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.reopen('nobody');
\echo :LAST_ERROR_SQLSTATE
-- a run is for a table with runs
SELECT batch_job.start('again', 'run_1');
\echo :LAST_ERROR_SQLSTATE

-- an attached table before its statuses are filled in: the time stamps count
CREATE TABLE old_job (
  id varchar PRIMARY KEY, type text NOT NULL, created_by varchar, context jsonb, result jsonb, dry_run boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(), pre_processed_at timestamptz, confirmed_at timestamptz, processing_at timestamptz,
  completed_at timestamptz, failed_at timestamptz, canceled_at timestamptz, updated_at timestamptz NOT NULL DEFAULT now(), deleted_at timestamptz);
INSERT INTO old_job (id, type, confirmed_at, completed_at, context, result) VALUES ('o1', 't', now(), NULL, '[1]', '"r"'), ('o2', 't', now(), now(), NULL, NULL);
SELECT batch_job.attach('old_job', backfill => false);
SELECT batch_job.start('o2', job_table => 'old_job');
SELECT status FROM batch_job.start('o1', job_table => 'old_job');
SELECT context, result FROM batch_job.update('o1', '{"a": 1}', '{"b": 2}', job_table => 'old_job');
-- a partitioned one
CREATE TABLE part (LIKE batch_job INCLUDING DEFAULTS, PRIMARY KEY (id, type)) PARTITION BY LIST (type);
CREATE TABLE part_t PARTITION OF part FOR VALUES IN ('t');
SELECT batch_job.attach('part');
SELECT id AS job FROM batch_job.create('t', job_table => 'part') \gset
SELECT status FROM batch_job.mark_pre_processed(:'job', job_table => 'part');

-- a trigger that keeps the row out
CREATE FUNCTION keep_out() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER keep_out BEFORE INSERT ON batch_job FOR EACH ROW EXECUTE FUNCTION keep_out();
SELECT batch_job.create('t');
\echo :LAST_ERROR_SQLSTATE
DROP TRIGGER keep_out ON batch_job;

-- the caller's rights decide
GRANT USAGE ON SCHEMA lifecycle_test TO regress_job_app;
GRANT SELECT ON batch_job TO regress_job_app;
SET ROLE regress_job_app;
\set VERBOSITY terse
SELECT batch_job.create('t');
SELECT batch_job.cancel('mine');
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_job_owner;
GRANT INSERT, UPDATE ON batch_job TO regress_job_app;
ALTER TABLE batch_job ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON batch_job USING (created_by = current_user);
SET ROLE regress_job_app;
SELECT id AS job FROM batch_job.create('t', created_by => 'regress_job_app') \gset
SELECT status FROM batch_job.cancel(:'job');
SELECT batch_job.cancel('mine');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.create('t', created_by => 'somebody');
\echo :LAST_ERROR_SQLSTATE

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA lifecycle_test CASCADE;
