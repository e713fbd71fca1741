-- What each operation takes when so many jobs are there. As many come as are then claimed and completed.
INSERT INTO batch_job (type, created_by, pre_processed_at, confirmed_at)
SELECT 'import-7', 'usr_' || n % 21, now(), now() FROM generate_series(1, :calls) n;
VACUUM ANALYZE batch_job, batch_job_run, batch_job_event;
CHECKPOINT;
SELECT format('CALL measure(%L, %s, %L, %L, %L, %L, %L, %s)', what, calls, query, arguments, :'workload', :'setting', :'variant', :round)
  FROM (VALUES
         (1, 'claim', :calls, $$SELECT * FROM batch_job.claim('{import-7}', worker => 'worker')$$, $$SELECT '{}'::text[]$$),
         (2, 'heartbeat', :calls, $$SELECT batch_job.heartbeat(%L, %L, items_done => 60, items_total => 100)$$,
           $$SELECT ARRAY[job_id, run] FROM batch_job_run WHERE state = 'running' ORDER BY random() LIMIT 1$$),
         (3, 'complete', :calls, $$SELECT * FROM batch_job.complete(%L, '{"count": 100}', run => %L)$$,
           $$SELECT ARRAY[job_id, run] FROM batch_job_run WHERE state = 'running' ORDER BY claimed_at DESC LIMIT 1$$),
         (4, 'progress', :watched, 'SELECT * FROM batch_job_progress', $$SELECT '{}'::text[]$$),
         (5, 'queue_stats', :watched, 'SELECT * FROM batch_job.queue_stats()', $$SELECT '{}'::text[]$$),
         (6, 'job_stats', :watched, $$SELECT * FROM batch_job.job_stats('1 hour')$$, $$SELECT '{}'::text[]$$),
         (7, 'list_type', :calls, $$SELECT * FROM batch_job_live WHERE type = 'import-7' AND id > %L ORDER BY id LIMIT 50$$,
           'SELECT ARRAY[id] FROM pick ORDER BY random() LIMIT 1'),
         (8, 'list_owner', :calls, $$SELECT * FROM batch_job_live WHERE created_by = 'usr_7' AND id > %L ORDER BY id LIMIT 50$$,
           'SELECT ARRAY[id] FROM pick ORDER BY random() LIMIT 1'),
         (9, 'read_events', :calls, 'SELECT * FROM batch_job.read_events(%s, 1000)',
           'SELECT ARRAY[floor(random() * max(seq) / 2)::text] FROM batch_job_event')
       ) o (number, what, calls, query, arguments)
 ORDER BY number \gexec

-- In the last round, claims begin at the head of what is open, as each session's do once a second, after as many jobs as
-- `unvacuumed` says have been taken and finished without a vacuum. Then others that were soft-deleted a day ago, each with its
-- run, are purged, ten thousand a call, until there is nothing to purge.
SELECT :round = :rounds AS is_last \gset
\if :is_last
INSERT INTO batch_job (type, pre_processed_at, confirmed_at) SELECT 'unvacuumed', now(), now() FROM generate_series(1, :unvacuumed + 10) n;
SELECT count(j.id)
  FROM batch_job.claim('{unvacuumed}', max => :unvacuumed) c, batch_job.complete(c.id, run => c.run) j \g /dev/null
CALL measure('claim_unvacuumed', 5, $$SELECT * FROM batch_job.claim('{unvacuumed}')$$, $$SELECT '{}'::text[] FROM pg_sleep(1.1)$$,
             :'workload', :'setting', :'variant', :round);

SET session_replication_role = replica;
WITH job AS (
  INSERT INTO batch_job (type, created_by, context, completed_at, deleted_at, status)
  SELECT 'import-' || n % 20, 'usr_' || n % 21, jsonb_build_object('file', 'products-' || n || '.csv', 'shop', n % 100), now(),
         now() - interval '1 day', 'completed'
    FROM generate_series(1, :purged) n RETURNING id, type, created_by
) INSERT INTO batch_job_run (job_id, run, type, created_by, priority, state, attempt, claimed_at, heartbeat_at, lease_until,
                             ended_at, outcome)
SELECT id, batch_job.generate_id('run'), type, created_by, 0, 'ended', 1, now(), now(), now(), now(), 'completed' FROM job;
RESET session_replication_role;
VACUUM ANALYZE batch_job, batch_job_run;
CHECKPOINT;
SELECT format('CALL measure(%L, %s, %L, %L, %L, %L, %L, %s)', what, calls, $$SELECT batch_job.purge('1 hour')$$,
              $$SELECT '{}'::text[]$$, :'workload', :'setting', :'variant', :round)
  FROM (VALUES (1, 'purge', greatest(:purged / 10000, 1)), (2, 'purge_nothing', 1)) o (number, what, calls)
 ORDER BY number \gexec
\endif
