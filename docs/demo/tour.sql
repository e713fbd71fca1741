-- What a newcomer to batch_job sees: each step says what it does, shows its SQL and what the server answers.
\set QUIET on
\set ON_ERROR_STOP on
\pset border 1
\pset footer off
\pset null '-'
\pset columns 100
SET timezone = 'UTC';
\set ECHO queries

\echo '=== 1. Before: six time stamps say where a job is, and SQL has no word for it'
\echo
SELECT right(id, 6) AS "id ...", to_char(pre_processed_at, 'HH24:MI:SS') AS pre_processed,
       to_char(confirmed_at, 'HH24:MI:SS') AS confirmed, to_char(processing_at, 'HH24:MI:SS') AS processing,
       to_char(completed_at, 'HH24:MI:SS') AS completed, to_char(canceled_at, 'HH24:MI:SS') AS canceled,
       to_char(failed_at, 'HH24:MI:SS') AS failed
  FROM batch_job WHERE completed_at IS NOT NULL ORDER BY canceled_at, failed_at, id LIMIT 3;
\set ON_ERROR_STOP off
SELECT count(*) FROM batch_job WHERE status = 'failed';
\echo
\set VERBOSITY terse
INSERT INTO batch_job (type) VALUES ('product-import');
\set VERBOSITY default
\set ON_ERROR_STOP on
\echo

\echo '=== 2. The extension comes in: no superuser, no restart, all rows stay'
\echo
CREATE EXTENSION batch_job;
SELECT batch_job.attach('public.batch_job');
SELECT job_table, live_view, soft_delete, id_prefix, backfilled FROM batch_job.attached();

\echo '=== 3. Every job has a status'
\echo '-- batch_job_live shows the jobs that are not soft-deleted.'
SELECT status, count(*) FROM batch_job_live GROUP BY status ORDER BY status;
\echo '-- Statuses are ordered as in the life of a job: less than completed is still open.'
SELECT type, count(*) FILTER (WHERE status < 'completed') AS open,
       count(*) FILTER (WHERE status = 'completed') AS completed,
       count(*) FILTER (WHERE status = 'canceled') AS canceled,
       count(*) FILTER (WHERE status = 'failed') AS failed
  FROM batch_job_live GROUP BY type ORDER BY type;
\echo '-- What one person has open, the furthest first.'
SELECT right(j.id, 6) AS "id ...", j.type, j.status, j.dry_run, (j.result ->> 'count')::int AS rows
  FROM batch_job_live j JOIN "user" u ON u.id = j.created_by
 WHERE u.email = 'amara.okafor@shop.example' AND j.status < 'completed'
 ORDER BY j.status DESC, j.id LIMIT 5;
\echo '-- What crashed workers left behind.'
SELECT right(id, 6) AS "id ...", type, extract(day FROM now() - processing_at) AS days,
       result ->> 'advancement_count' || ' of ' || (result ->> 'count') AS done
  FROM batch_job_live WHERE status = 'processing' AND processing_at < now() - interval '6 hours'
 ORDER BY processing_at;

\echo '=== 4. The database makes the id and the status, and nobody can make them lie'
\echo
INSERT INTO batch_job (type, context) VALUES ('product-import', '{"fileKey": "uploads/new.csv"}')
RETURNING id, status;
\set ECHO none
SELECT id AS job FROM batch_job WHERE context ->> 'fileKey' = 'uploads/new.csv' \gset
\set ECHO queries
\echo '-- Whoever sets a stamp changes the status.'
UPDATE batch_job SET pre_processed_at = now(), confirmed_at = now()
 WHERE id = :'job' RETURNING status;
\echo '-- Whoever says "completed" without its stamp is not believed.'
UPDATE batch_job SET status = 'completed'
 WHERE id = :'job' RETURNING status;
\echo '-- With the triggers off, the table''s CHECK refuses.'
BEGIN;
ALTER TABLE batch_job DISABLE TRIGGER USER;
\set ON_ERROR_STOP off
\set VERBOSITY terse
UPDATE batch_job SET status = 'completed' WHERE id = :'job';
\set VERBOSITY default
\set ON_ERROR_STOP on
ROLLBACK;
\echo

\echo '=== 5. A deleted job is hidden, not lost'
\echo
\set QUIET off
DELETE FROM batch_job_live WHERE id = :'job';
\set QUIET on
\echo
SELECT to_char(deleted_at, 'HH24:MI:SS') AS deleted, status
  FROM batch_job WHERE id = :'job';
SELECT deleted_at, status
  FROM batch_job.restore(:'job');
\echo '-- A DELETE on the table is soft too, but PostgreSQL does not count the row.'
\set QUIET off
DELETE FROM batch_job WHERE id = :'job';
\set QUIET on
\echo
SELECT to_char(deleted_at, 'HH24:MI:SS') AS deleted, status
  FROM batch_job WHERE id = :'job';

\echo '=== 6. A job as JSON, and the person who asked for it'
\echo
\set ECHO none
SELECT j.id AS job FROM batch_job_live j JOIN "user" u ON u.id = j.created_by
 WHERE u.email = 'amara.okafor@shop.example' AND j.status = 'failed' AND j.pre_processed_at IS NULL
 ORDER BY j.id LIMIT 1 \gset
\set ECHO queries
\pset format wrapped
\pset linestyle old-ascii
SELECT batch_job.to_json(j) FROM batch_job j WHERE id = :'job';
SELECT batch_job.created_by_user(j) FROM batch_job j WHERE id = :'job';
\pset format aligned
\pset linestyle ascii

\echo '=== 7. Ids are in the order of time, so the primary key finds a span of time'
\echo
SELECT count(*), to_char(min(batch_job.id_timestamp(id)), 'HH24:MI:SS') AS since
  FROM batch_job WHERE id >= batch_job.id_floor(now() - interval '1 day');
EXPLAIN (COSTS OFF) SELECT * FROM batch_job WHERE id >= batch_job.id_floor(now() - interval '1 day');

\echo '=== 8. What was deleted long enough ago can go for good'
\echo
SELECT count(*) AS in_table, count(deleted_at) AS deleted FROM batch_job;
SELECT batch_job.purge('14 days');
SELECT count(*) AS in_table, count(deleted_at) AS deleted FROM batch_job;

\echo '=== The way back is SELECT batch_job.detach(''public.batch_job''). What to read next: README.md'
