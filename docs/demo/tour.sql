-- A tour of batch_job for newcomers: each step says what it does, and shows its SQL and the server's answer.
\set QUIET on
\set ON_ERROR_STOP on
\pset border 1
\pset columns 100
\pset footer off
\pset null '-'
SET timezone = 'UTC';
\set ECHO queries

\echo '=== 1. Before: six timestamps say where a job is, but there is no status that SQL could ask for'
SELECT right(id, 6) AS "id ...", pre_processed_at::time(0) AS pre_processed,
       confirmed_at::time(0) AS confirmed, processing_at::time(0) AS processing,
       completed_at::time(0) AS completed, canceled_at::time(0) AS canceled,
       failed_at::time(0) AS failed
  FROM batch_job WHERE completed_at < coalesce(canceled_at, failed_at) ORDER BY id LIMIT 3;
\set ON_ERROR_STOP off
SELECT count(*) FROM batch_job WHERE status = 'failed';
\echo
\set VERBOSITY terse
INSERT INTO batch_job (type) VALUES ('product-import');
\set VERBOSITY default
\set ON_ERROR_STOP on
\echo

\echo '=== 2. The extension is installed: no superuser, no restart, and every row stays'
CREATE EXTENSION batch_job;
SELECT batch_job.attach('public.batch_job', events => true);
SELECT job_table, live_view, event_table, soft_delete, backfilled FROM batch_job.attached();

\echo '=== 3. Every job has a status (batch_job_live hides soft-deleted jobs)'
SELECT status, count(*) FROM batch_job_live GROUP BY status ORDER BY status;
\echo '-- Statuses are ordered like the life of a job: everything less than completed is open.'
SELECT type, count(*) AS open, count(*) FILTER (WHERE status = 'pre_processed') AS to_confirm
  FROM batch_job_live WHERE status < 'completed' GROUP BY type ORDER BY open DESC;
\echo '-- The open jobs of one person, the most advanced first.'
SELECT right(j.id, 6) AS "id ...", j.type, j.status, j.dry_run, (j.result ->> 'count')::int AS rows
  FROM batch_job_live j JOIN "user" u ON u.id = j.created_by
 WHERE u.email = 'yuki.tanabe@shop.example' AND j.status < 'completed'
 ORDER BY j.status DESC, j.id LIMIT 3;
\echo '-- What crashed workers left behind.'
SELECT right(id, 6) AS "id ...", type, extract(day FROM now() - processing_at) AS days,
       result ->> 'advancement_count' || ' of ' || (result ->> 'count') AS done
  FROM batch_job_live WHERE status = 'processing' AND processing_at < now() - interval '6 hours'
 ORDER BY processing_at LIMIT 4;

\echo '=== 4. The database makes the id and the status, and keeps the status correct'
INSERT INTO batch_job (type, context) VALUES ('product-import', '{"fileKey": "uploads/new.csv"}')
RETURNING id, status;
\set ECHO none
SELECT id AS job FROM batch_job WHERE context ->> 'fileKey' = 'uploads/new.csv' \gset
\set ECHO queries
\echo '-- Setting a timestamp changes the status; a wrong status is corrected.'
UPDATE batch_job SET pre_processed_at = now(), confirmed_at = now()
 WHERE id = :'job' RETURNING status;
UPDATE batch_job SET status = 'completed'
 WHERE id = :'job' RETURNING status;
\echo '-- Without the triggers, a CHECK of the table refuses it.'
BEGIN;
ALTER TABLE batch_job DISABLE TRIGGER USER;
\set ON_ERROR_STOP off
\set VERBOSITY terse
UPDATE batch_job SET status = 'completed' WHERE id = :'job';
\set VERBOSITY default
\set ON_ERROR_STOP on
ROLLBACK;
\echo

\echo '=== 5. The life cycle: a preview is reviewed, changes, is refused and confirmed; then two workers race to start the job'
\set ECHO none
SELECT id AS prices FROM batch_job.create('price-list-import', '{"fileKey": "uploads/prices.csv"}', dry_run => true) \gset
\echo 'SELECT id FROM batch_job.create(\'price-list-import\', \'{"fileKey": "uploads/prices.csv"}\','
\echo '                                dry_run => true);'
\echo :prices
\set ECHO queries
\echo
SELECT status FROM batch_job.mark_pre_processed(:'prices', '{"count": 120, "stat_descriptors": [
  {"key": "raise", "name": "Raised", "message": "118 prices go up"},
  {"key": "new", "name": "New", "message": "2 products get their first price"}]}');
\echo '-- What the reviewer sees, and its digest, which the reviewer\'s page keeps.'
SELECT stat ->> 'name' AS name, stat ->> 'message' AS message
  FROM batch_job, jsonb_array_elements(result -> 'stat_descriptors') stat WHERE id = :'prices';
SELECT left(batch_job.plan_digest(:'prices'), 16) || '...' AS digest_of_what_was_reviewed;
\set ECHO none
SELECT batch_job.plan_digest(:'prices') AS reviewed \gset
\set ECHO queries
\echo '-- Meanwhile somebody uploads another file. A confirmation would now approve something that nobody has seen.'
SELECT result -> 'count' AS rows FROM batch_job.update(:'prices', result => '{"count": 90000}');
\set ON_ERROR_STOP off
SELECT status FROM batch_job.confirm(:'prices', :'reviewed', actor => 'yuki.tanabe');
\set ON_ERROR_STOP on
\echo '-- After another review it is confirmed.'
SELECT status FROM batch_job.confirm(:'prices', batch_job.plan_digest(:'prices'), actor => 'yuki.tanabe');
\echo '-- Two workers in two sessions call start() at the same moment: one starts the job, the other is refused.'
\setenv JOB :prices
\! for worker in worker-1 worker-2; do PGOPTIONS="-c batch_job.actor=$worker" "$PSQL" -XqAt -d medusa -U medusa -v VERBOSITY=terse -c "SELECT status FROM batch_job.start('$JOB')" 2>&1 | sed "s/^/$worker: /" & done; wait
\echo
SET batch_job.actor = 'worker';
\echo '-- Everybody sees the progress at once.'
SELECT result ->> 'advancement_count' || ' of ' || (result ->> 'count') AS done
  FROM batch_job.update(:'prices', result => '{"advancement_count": 30000, "progress": 0.33}');
SELECT result ->> 'advancement_count' || ' of ' || (result ->> 'count') AS done
  FROM batch_job.update(:'prices', result => '{"advancement_count": 75000, "progress": 0.83}');
SELECT status FROM batch_job.complete(:'prices', '{"advancement_count": 90000, "progress": 1}');
RESET batch_job.actor;
\echo '-- Everything that happened is in the event table, written in the same transactions: a history, and an outbox for other programs.'
SELECT seq, event, from_status, to_status, actor, left(detail::text, 30) AS detail
  FROM batch_job.read_events(0) WHERE job_id = :'prices';

\echo '=== 6. A deleted job is hidden, not lost'
\set QUIET off
DELETE FROM batch_job WHERE id = :'job';
\set QUIET on
SELECT status, deleted_at::timestamp(0)
  FROM batch_job WHERE id = :'job';
SELECT status, deleted_at
  FROM batch_job.restore(:'job');
\echo '-- On the table this was DELETE 0, because the row is still there. The view reports the right count.'
\set QUIET off
DELETE FROM batch_job_live WHERE id = :'job';
\set QUIET on
\echo

\echo '=== 7. A job as JSON, and the person who asked for it'
\set ECHO none
SELECT j.id AS job FROM batch_job_live j JOIN "user" u ON u.id = j.created_by
 WHERE u.email = 'amara.okafor@shop.example' AND j.status = 'failed' AND j.pre_processed_at IS NULL
 ORDER BY j.id LIMIT 1 \gset
\set ECHO queries
\pset format unaligned
\pset tuples_only on
SELECT batch_job.to_json(j) FROM batch_job j WHERE id = :'job';
SELECT batch_job.created_by_user(j) FROM batch_job j WHERE id = :'job';
\pset format aligned
\pset tuples_only off

\echo '=== 8. Ids sort by time, so the primary key finds the jobs of the last 24 hours'
SELECT count(*), min(batch_job.id_timestamp(id))::timestamp(0) AS since
  FROM batch_job WHERE id >= batch_job.id_floor(now() - interval '1 day');
EXPLAIN (COSTS OFF)
SELECT * FROM batch_job WHERE id >= batch_job.id_floor(now() - interval '1 day');

\echo '=== 9. Jobs that were deleted long ago can be removed for good'
SELECT batch_job.purge('14 days');
SELECT count(*) AS in_table, count(deleted_at) AS deleted FROM batch_job;
