-- What a newcomer to batch_job sees: each step says what it does, prints its SQL and what the server answers.
\set QUIET on
\set ON_ERROR_STOP on
\set VERBOSITY terse
\pset border 1
\pset footer off
\pset null '-'
SET timezone = 'UTC';
\set QUIET off
\set ECHO queries

\echo '== 1. Before: only six time stamps say where a job is'
\echo
SELECT right(id, 6) AS "id ...", type, to_char(pre_processed_at, 'HH24:MI') AS pre_p,
       to_char(confirmed_at, 'HH24:MI') AS confi, to_char(processing_at, 'HH24:MI') AS proce,
       to_char(completed_at, 'HH24:MI') AS compl, to_char(canceled_at, 'HH24:MI') AS cance,
       to_char(failed_at, 'HH24:MI') AS faile
  FROM batch_job WHERE canceled_at > completed_at OR failed_at > completed_at LIMIT 3;
\set ON_ERROR_STOP off
SELECT count(*) FROM batch_job WHERE status = 'failed';
\set ON_ERROR_STOP on
\echo

\echo '== 2. Put the extension in: no superuser, no restart; the rows and the application stay as they are'
\echo
CREATE EXTENSION batch_job;
SELECT batch_job.attach('public.batch_job');
SELECT job_table, live_view, soft_delete, id_prefix, backfilled FROM batch_job.attached();

\echo '== 3. Now every job has a status, and every query can use it'
\echo
SELECT status, count(*) FROM batch_job GROUP BY status ORDER BY status;
\echo 'Statuses are in the order of the life cycle, so "not over yet" is a comparison:'
\echo
SELECT type, count(*) FILTER (WHERE status < 'completed') AS open,
       count(*) FILTER (WHERE status = 'completed') AS completed,
       count(*) FILTER (WHERE status = 'canceled') AS canceled,
       count(*) FILTER (WHERE status = 'failed') AS failed
  FROM batch_job GROUP BY type ORDER BY type;
\echo 'What one person has open, the furthest first:'
\echo
SELECT right(j.id, 6) AS "id ...", j.type, j.status, j.dry_run, j.result -> 'count' AS rows
  FROM batch_job j JOIN "user" u ON u.id = j.created_by
 WHERE u.email = 'amara.okafor@shop.example' AND j.status < 'completed' AND j.deleted_at IS NULL
 ORDER BY j.status DESC, j.created_at LIMIT 6;
\echo 'What a crashed worker left behind:'
\echo
SELECT right(id, 6) AS "id ...", type, now()::date - processing_at::date AS days,
       result -> 'advancement_count' AS done, result -> 'count' AS of
  FROM batch_job WHERE status = 'processing' AND processing_at < now() - interval '6 hours'
 ORDER BY processing_at;

\echo '== 4. The database makes the id and the status; no writer can make them lie'
\echo
INSERT INTO batch_job (type, context) VALUES ('product-import', '{"fileKey": "uploads/new.csv"}')
RETURNING id, status;
\set ECHO none
SELECT max(id) AS job FROM batch_job WHERE context ->> 'fileKey' = 'uploads/new.csv' \gset
\set ECHO queries
UPDATE batch_job SET pre_processed_at = now(), confirmed_at = now()
 WHERE id = :'job' RETURNING status;
\echo 'A writer says completed; no stamp says so:'
\echo
UPDATE batch_job SET status = 'completed' WHERE id = :'job' RETURNING status;
\echo 'Even with its triggers off, a CHECK refuses the lie:'
\echo
BEGIN;
ALTER TABLE batch_job DISABLE TRIGGER USER;
\set ON_ERROR_STOP off
UPDATE batch_job SET status = 'completed' WHERE id = :'job';
\set ON_ERROR_STOP on
ROLLBACK;
\echo

\echo '== 5. Deleting hides a job and keeps it'
\echo
DELETE FROM batch_job_live WHERE id = :'job';
SELECT (SELECT count(*) FROM batch_job_live WHERE id = :'job') AS in_view,
       (SELECT count(*) FROM batch_job WHERE id = :'job') AS in_table;
SELECT status, deleted_at FROM batch_job.restore(:'job');
\echo 'A DELETE on the table itself is soft as well; PostgreSQL then counts no row:'
\echo
DELETE FROM batch_job WHERE id = :'job';
SELECT id, to_char(deleted_at, 'HH24:MI') AS deleted FROM batch_job WHERE id = :'job';

\echo '== 6. A job as JSON, and who asked for it'
\echo
\pset format wrapped
\pset columns 100
SELECT batch_job.to_json(j) FROM batch_job j WHERE id = :'job';
\pset format aligned

