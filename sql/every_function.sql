-- Every function of the extension is called here, and little else is done, for servers that are too slow for the other
-- files because of their checks (test/discard_caches). At the end, functions that were not called are listed.
CREATE SCHEMA every_function_test;
SET search_path = every_function_test;
SET client_min_messages = warning;
SET track_functions = 'all';
-- a function with a setting is not inlined, and so is counted
CREATE FUNCTION set_functions(setting text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  f regprocedure;
BEGIN
  FOR f IN
    SELECT p.oid FROM pg_proc p JOIN pg_language l ON l.oid = p.prolang
     WHERE p.pronamespace = 'batch_job'::regnamespace AND l.lanname = 'sql'
  LOOP
    EXECUTE format('ALTER FUNCTION %s %s', f, setting);
  END LOOP;
END $$;
SELECT set_functions('SET work_mem FROM CURRENT');

-- ids and the status
SELECT batch_job.is_id(batch_job.generate_id('imp'));
SELECT batch_job.id_timestamp(batch_job.id_floor('2026-01-01 00:00+00')) = '2026-01-01 00:00+00' AS same_time;
SELECT batch_job.id_from_uuid(batch_job.id_to_uuid('batch_01ARZ3NDEKTSV4RRFFQ69G5FAV'));
SELECT batch_job.derive_status(now(), now(), NULL, NULL, NULL, NULL);

-- tables
CREATE TABLE person (id text PRIMARY KEY, name text);
INSERT INTO person VALUES ('ann', 'Ann');
SELECT batch_job.create_table('batch_job', events => true, notify => true, confirm_by_other => true, runs => true);
ALTER TABLE batch_job ADD FOREIGN KEY (created_by) REFERENCES person;
SELECT batch_job.live_view('batch_job'), batch_job.event_table('batch_job'), batch_job.run_table('batch_job'), batch_job.type_table('batch_job');
SELECT job_table, live_view, event_table, run_table, type_table, backfilled FROM batch_job.attached() WHERE job_table = 'batch_job'::regclass;
SELECT * FROM batch_job.options('batch_job');

CREATE TABLE nearly (id char(26) PRIMARY KEY, status text NOT NULL, "createdAt" timestamp DEFAULT now(), context json DEFAULT '{}' CHECK (json_typeof(context) = 'object'));
SELECT statement IS NULL AS for_a_person, count(*) FROM batch_job.attach_plan('nearly') GROUP BY 1 ORDER BY 1;

-- the life cycle
SELECT status FROM batch_job.create('import', '{"file": "a"}', dry_run => true, created_by => 'ann', id => 'j1');
SELECT context FROM batch_job.update('j1', context => '{"page": 1}');
SELECT status FROM batch_job.mark_pre_processed('j1', '{"count": 2}');
SELECT batch_job.plan_digest('j1') = batch_job.digest_plan(type, context, result) AS same_digest FROM batch_job;
SELECT batch_job.confirm('j1', actor => 'ann');
SELECT status FROM batch_job.confirm('j1', batch_job.plan_digest('j1'), actor => 'bob');
SELECT status FROM batch_job.start('j1');
SELECT status FROM batch_job.complete('j1', '{"advancement_count": 2}');
SELECT status FROM batch_job.cancel('j1');
INSERT INTO batch_job (id, type, pre_processed_at) VALUES ('j2', 'import', '2024-01-01'), ('j3', 'import', now());
SELECT batch_job.cancel_unconfirmed('1 hour');
SELECT status FROM batch_job.cancel('j3', 'not needed');
SELECT status FROM batch_job.create('import', id => 'j4');
SELECT status FROM batch_job.fail('j4', 'out of paper');
SELECT result FROM batch_job.fail('j4', '{"code": 7, "message": "still"}'::jsonb);
SELECT status FROM batch_job.reopen('j4');
SELECT batch_job.merge_object('{"a": 1}', '{"b": 2}'), batch_job.append_error('{"errors": []}', '"late"'),
       batch_job.append_errors('{}', '["late", "lost"]');

-- a worker and those who watch it
SELECT batch_job.claim_problems('{none}');
SELECT status FROM batch_job.mark_pre_processed('j4');
SELECT run, id, status, attempt FROM batch_job.claim('{import}', 1, 'w', '1 min') \gset
SELECT :'id' AS id, :'status' AS status, :attempt AS attempt;
SELECT batch_job.heartbeat(:'id', :'run', 1, 2, 'half of it', '{"page": 1}');
SELECT id, directive FROM batch_job.heartbeat(ARRAY[:'id'], ARRAY[:'run']);
SELECT batch_job.pause(:'id');
SELECT batch_job.release(:'id', :'run');
SELECT batch_job.resume(:'id');
SELECT run FROM batch_job.claim() \gset
SELECT batch_job.retry(:'id', :'run', 'out of paper', '0') IS NOT NULL AS again;
SELECT run FROM batch_job.claim() \gset
SELECT batch_job.retry(:'id', :'run', '{"code": 7, "message": "still"}'::jsonb, '1 h') IS NOT NULL AS again;
SELECT batch_job.rescue();
SELECT batch_job.progress_view('batch_job');
SELECT id, state, percent FROM batch_job.progress() WHERE id = :'id';
SELECT batch_job.duration(t, t + '1 h'), batch_job.rate(t, 0, t + '10 s', 5), batch_job.eta(t, 0, t + '10 s', 5, t + '10 s', 5, 10, t + '12 s'), batch_job.percent(1, 4), batch_job.items('{"count": 4}', 'count')
  FROM (SELECT timestamptz '2026-01-01 UTC') AS at (t);
SELECT type, waiting, retrying FROM batch_job.queue_stats();
SELECT type, claimed FROM batch_job.job_stats();
SELECT status FROM batch_job.cancel(:'id');

-- as JSON
SELECT batch_job.to_json(b) ->> 'status' AS status, batch_job.created_by_user(b) FROM batch_job b WHERE id = 'j1';
SELECT batch_job.result_problems('{"count": "many"}'), batch_job.is_result('{"count": "many"}'), batch_job.is_context('{}');

-- deletion, of a row, through the view, for good
SELECT (batch_job.soft_delete('j4')).deleted_at IS NOT NULL AS deleted;
SELECT (batch_job.restore('j4')).deleted_at IS NULL AS restored;
DELETE FROM batch_job WHERE id = 'j4';
DELETE FROM batch_job_live WHERE id = 'j3' RETURNING id;
SELECT batch_job.purge('0 seconds');

-- the events, which nobody changes directly
SELECT job_id, string_agg(event, ' ' ORDER BY seq) AS events FROM batch_job.read_events() GROUP BY job_id ORDER BY job_id;
GRANT USAGE ON SCHEMA every_function_test TO regress_job_app;
GRANT SELECT, DELETE ON batch_job_event TO regress_job_app;
SET ROLE regress_job_app;
DELETE FROM batch_job_event;
RESET ROLE;

-- a partition that comes later
CREATE TABLE parted (LIKE batch_job INCLUDING DEFAULTS, PRIMARY KEY (id)) PARTITION BY RANGE (id);
SELECT batch_job.attach('parted', events => true, runs => true);
CREATE TABLE parted_a PARTITION OF parted FOR VALUES FROM ('a') TO ('b');
INSERT INTO parted_a (id, type) VALUES ('a1', 'import');
SELECT job_id, event FROM batch_job.read_events(job_table => 'parted');

-- from one kind of table to another and back
SELECT batch_job.detach('batch_job', drop_status => true);
SELECT batch_job.attach('batch_job', backfill => false);
CALL batch_job.backfill(batch_size => 1);
SELECT id, status FROM batch_job ORDER BY id;

SELECT pg_stat_force_next_flush();
SELECT p.oid::regprocedure AS not_called
  FROM pg_depend d JOIN pg_proc p ON p.oid = d.objid
 WHERE d.classid = 'pg_proc'::regclass
   AND d.refclassid = 'pg_extension'::regclass
   AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'batch_job')
   AND d.deptype = 'e'
   AND coalesce(pg_stat_get_function_calls(p.oid), 0) = 0;

SELECT set_functions('RESET work_mem');
RESET track_functions;
DROP SCHEMA every_function_test CASCADE;
