-- Events: what each way of writing leaves in the history, who may touch it, and how it is switched on and off.
\set SHOW_CONTEXT never
\pset null -
CREATE SCHEMA events_test AUTHORIZATION regress_job_owner;
SET search_path = events_test;
SET ROLE regress_job_owner;

SELECT batch_job.create_table(events => true, guard => false);
SELECT job_table, event_table, notify FROM batch_job.attached();
SELECT batch_job.event_table('batch_job'), batch_job.event_table('batch_job_event');
-- of a table that has been dropped meanwhile
SELECT batch_job.event_table('0');
-- one event table beside the job table, of the same owner; nothing of it is the extension's
SELECT attname, format_type(atttypid, atttypmod), attnotnull, attidentity FROM pg_attribute
 WHERE attrelid = 'batch_job_event'::regclass AND attnum > 0 ORDER BY attnum;
SELECT count(col_description(attrelid, attnum)) AS comments, count(*) AS columns FROM pg_attribute WHERE attrelid = 'batch_job_event'::regclass AND attnum > 0;
SELECT relowner = 'regress_job_owner'::regrole AS owned, relacl IS NULL AS private, obj_description(oid) IS NOT NULL AS has_comment,
       (SELECT count(*) FROM pg_depend WHERE objid = c.oid AND deptype = 'e') AS member_of_extension
  FROM pg_class c WHERE oid = 'batch_job_event'::regclass;

-- what there is since it was last asked for
CREATE VIEW news AS
SELECT seq, job_id, event, from_status, to_status, CASE actor WHEN session_user THEN 'session_user' ELSE actor END AS actor, detail
  FROM batch_job_event;
CREATE TABLE seen (seq bigint);
INSERT INTO seen VALUES (0);
CREATE FUNCTION news() RETURNS TABLE (job_id text, event text, from_status text, to_status text, actor text, detail jsonb) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY SELECT n.job_id, n.event, n.from_status, n.to_status, n.actor, n.detail FROM news n WHERE n.seq > (SELECT s.seq FROM seen s) ORDER BY n.seq;
  UPDATE seen s SET seq = (SELECT max(e.seq) FROM batch_job_event e);
END $$;

-- a whole life cycle by the functions: one event for each step; that of the confirmation says who and what
SELECT (batch_job.create('import', '{"file": "a.csv"}', true, 'ann', 'j1')).status;
SELECT (batch_job.mark_pre_processed('j1', '{"count": 3}')).status;
SELECT (batch_job.confirm('j1', batch_job.plan_digest('j1'), 'ben')).status;
SET batch_job.actor = 'worker-7';
SELECT (batch_job.start('j1')).status;
SELECT (batch_job.update('j1', result => '{"advancement_count": 1}')).status;
SELECT (batch_job.complete('j1', '{"advancement_count": 3}')).status;
RESET batch_job.actor;
SELECT job_id, event, from_status, to_status, actor, detail - 'plan_digest' AS detail, detail ->> 'plan_digest' ~ '^[0-9a-f]{64}$' AS digest FROM news();
-- without a dry run the job is confirmed at the same time: two events, in this order; nobody was asked
SELECT (batch_job.create('import', id => 'j2')).status;
SELECT (batch_job.mark_pre_processed('j2')).status;
SELECT * FROM news();
-- repeated, nothing changes and nothing is recorded; failing again is an update
SELECT (batch_job.mark_pre_processed('j2')).status, (batch_job.confirm('j2')).status;
SELECT (batch_job.fail('j2', 'one')).status, (batch_job.fail('j2', 'two')).status;
SELECT (batch_job.soft_delete('j2')).status, (batch_job.soft_delete('j2')).status;
SELECT (batch_job.restore('j2')).status, (batch_job.restore('j2')).status;
SELECT * FROM news();
-- the reason of a cancellation; the actor is the setting's if the call gives none
SET batch_job.actor = 'carla';
SELECT (batch_job.create('import', id => 'j3')).status, (batch_job.cancel('j3', 'a "better" file came')).status;
SELECT (batch_job.cancel('j3', 'said again')).status;
RESET batch_job.actor;
SELECT * FROM news();
-- a refused call leaves no event, nor does one that is rolled back
SELECT batch_job.start('j3');
BEGIN;
SELECT (batch_job.soft_delete('j3')).status;
ROLLBACK;
SELECT * FROM news();
-- detail and actor of a call belong to its own event only: changes of other jobs by a trigger do not get the reason
CREATE FUNCTION cancel_others() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.canceled_at IS NOT NULL THEN
    UPDATE batch_job SET canceled_at = now() WHERE created_by = NEW.id AND canceled_at IS NULL;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER cancel_others AFTER UPDATE ON batch_job FOR EACH ROW EXECUTE FUNCTION cancel_others();
INSERT INTO batch_job (id, type, created_by) VALUES ('parent', 't', NULL), ('child', 't', 'parent');
SELECT (batch_job.cancel('parent', 'no need')).status;
SELECT (batch_job.create('t', dry_run => true, id => 'd')).status, (batch_job.mark_pre_processed('d')).status, (batch_job.confirm('d', actor => 'dora')).status;
SELECT * FROM news();
DROP TRIGGER cancel_others ON batch_job;

-- plain SQL: a job inserted with timestamps has taken all these steps
INSERT INTO batch_job (id, type, pre_processed_at, confirmed_at, deleted_at) VALUES ('r1', 't', NULL, NULL, NULL), ('r2', 't', now(), now(), NULL), ('r3', 't', NULL, now(), now());
SELECT * FROM news();
-- an UPDATE that skips statuses records the last one; one that sets several timestamps records each, in the order of the life cycle
UPDATE batch_job SET completed_at = now() WHERE id = 'r1';
UPDATE batch_job SET processing_at = now(), completed_at = now(), failed_at = now() WHERE id = 'r2';
-- setting a timestamp before the present status does not change the status
UPDATE batch_job SET pre_processed_at = now() WHERE id = 'r1';
-- and clearing one moves the status back
UPDATE batch_job SET failed_at = NULL WHERE id = 'r2';
UPDATE batch_job SET completed_at = NULL, canceled_at = now() WHERE id = 'r2';
UPDATE batch_job SET deleted_at = NULL, processing_at = now() WHERE id = 'r3';
-- an id that changes: the history goes on under the new one
UPDATE batch_job SET id = 'r4' WHERE id = 'r3';
UPDATE batch_job SET type = 'u' WHERE false;
SELECT * FROM news();

-- deletion in all its ways
DELETE FROM batch_job WHERE id IN ('r1', 'r2');
DELETE FROM batch_job_live WHERE id = 'r4';
UPDATE batch_job SET deleted_at = NULL WHERE id LIKE 'r_';
UPDATE batch_job SET deleted_at = now() WHERE id = 'r1';
BEGIN;
SET LOCAL batch_job.soft_delete = off;
DELETE FROM batch_job WHERE id = 'r2';
COMMIT;
SELECT batch_job.purge('0');
SELECT * FROM news();

-- one statement, one INSERT into the history: bulk, COPY, ON CONFLICT, MERGE, a CTE
INSERT INTO batch_job (id, type) SELECT 'b' || n, 't' FROM generate_series(1, 1000) n;
UPDATE batch_job SET pre_processed_at = now(), confirmed_at = now() WHERE id LIKE 'b%';
SELECT event, from_status, to_status, count(*), count(DISTINCT job_id) AS jobs FROM news() GROUP BY 1, 2, 3 ORDER BY 2 NULLS FIRST;
DELETE FROM batch_job WHERE id LIKE 'b%';
SELECT event, count(*) FROM news() GROUP BY 1;
COPY batch_job (id, type, canceled_at) FROM stdin;
c1	t	2024-05-05
c2	t	\N
\.
INSERT INTO batch_job (id, type) VALUES ('c1', 'u'), ('c3', 't') ON CONFLICT (id) DO UPDATE SET failed_at = now();
INSERT INTO batch_job (id, type) VALUES ('c1', 'u') ON CONFLICT DO NOTHING;
SELECT * FROM news();
MERGE INTO batch_job j USING (VALUES ('c1', 'delete'), ('c2', 'update'), ('c4', 'insert')) s (id, what) ON j.id = s.id
 WHEN MATCHED AND what = 'delete' THEN DELETE
 WHEN MATCHED THEN UPDATE SET confirmed_at = now()
 WHEN NOT MATCHED THEN INSERT (id, type) VALUES (s.id, 't');
SELECT * FROM news() ORDER BY job_id, event;
WITH made AS (INSERT INTO batch_job (id, type) VALUES ('c5', 't') RETURNING id)
UPDATE batch_job SET canceled_at = now() FROM made WHERE batch_job.id = 'c4';
SELECT * FROM news() ORDER BY job_id;
-- rows that another trigger suppresses or leaves unchanged have no events
CREATE FUNCTION keep_out() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TRIGGER keep_out BEFORE INSERT OR UPDATE ON batch_job FOR EACH ROW WHEN (NEW.type = 'kept out') EXECUTE FUNCTION keep_out();
INSERT INTO batch_job (id, type) VALUES ('k1', 'kept out'), ('k2', 't');
UPDATE batch_job SET type = CASE id WHEN 'k2' THEN 'kept out' ELSE 'u' END, failed_at = now() WHERE id IN ('k2', 'c5');
SELECT * FROM news();
DROP TRIGGER keep_out ON batch_job;
-- foreign keys: what they do to jobs is in the history, in one statement for all of them
CREATE TABLE owner (id text PRIMARY KEY);
INSERT INTO owner VALUES ('o1'), ('o2'), ('o3');
ALTER TABLE batch_job ADD owner text REFERENCES owner ON DELETE CASCADE, ADD second text REFERENCES owner ON DELETE SET NULL;
INSERT INTO batch_job (id, type, owner, second) VALUES ('f1', 't', 'o1', NULL), ('f2', 't', 'o1', NULL), ('f3', 't', 'o2', 'o3');
SELECT count(*) FROM news();
DELETE FROM owner WHERE id IN ('o1', 'o3');
SELECT * FROM news();
-- without the triggers there is no history
TRUNCATE batch_job;
SELECT * FROM news();

-- each job ends where its history ends: rebuilt from the events, it is the same as in the table
INSERT INTO batch_job (id, type, confirmed_at) SELECT 's' || n, 't', CASE WHEN n % 2 = 0 THEN now() END FROM generate_series(1, 60) n;
UPDATE batch_job SET processing_at = now() WHERE substr(id, 2)::int % 3 = 0;
UPDATE batch_job SET failed_at = now(), completed_at = now() WHERE substr(id, 2)::int % 5 = 0;
UPDATE batch_job SET failed_at = NULL WHERE substr(id, 2)::int % 10 = 0;
UPDATE batch_job SET processing_at = NULL, deleted_at = now() WHERE substr(id, 2)::int % 9 = 0;
DELETE FROM batch_job_live WHERE substr(id, 2)::int % 7 = 0;
SELECT batch_job.purge('0', 4);
SELECT count(*) AS jobs, count(*) FILTER (WHERE j.status::text IS DISTINCT FROM e.to_status) AS wrong, count(DISTINCT j.status) AS statuses
  FROM (SELECT DISTINCT ON (job_id) job_id, to_status FROM batch_job_event WHERE job_id LIKE 's%' ORDER BY job_id, seq DESC) e
  FULL JOIN batch_job j ON j.id = e.job_id WHERE j.id LIKE 's%' OR e.job_id LIKE 's%';
SELECT count(*) AS broken FROM (
  SELECT from_status, lag(to_status) OVER (PARTITION BY job_id ORDER BY seq) AS before, event FROM batch_job_event WHERE job_id LIKE 's%') e
 WHERE event <> 'batch.created' AND from_status IS DISTINCT FROM before;

-- partitions: through the parent, and by the name of the partition; a move is an UPDATE
CREATE TABLE part (LIKE batch_job INCLUDING DEFAULTS, PRIMARY KEY (id, type)) PARTITION BY LIST (type);
CREATE TABLE part_a PARTITION OF part FOR VALUES IN ('a');
CREATE TABLE part_b (gone int, LIKE part INCLUDING DEFAULTS);
ALTER TABLE part_b DROP gone;
ALTER TABLE part ATTACH PARTITION part_b FOR VALUES IN ('b');
SELECT batch_job.attach('part', events => true);
CREATE VIEW part_news AS SELECT job_id, event, from_status, to_status FROM part_event ORDER BY seq;
INSERT INTO part (id, type) VALUES ('p1', 'a'), ('p2', 'b');
INSERT INTO part_b (id, type) VALUES ('p3', 'b');
UPDATE part SET type = 'b', confirmed_at = now() WHERE id = 'p1';
UPDATE part SET canceled_at = now();
DELETE FROM part_b WHERE id = 'p3';
DELETE FROM part_live WHERE id = 'p2';
SELECT * FROM part_news;
-- so does a partition that is added later, in whatever way: see sql/attach_partition
CREATE TABLE part_c PARTITION OF part FOR VALUES IN ('c');
INSERT INTO part_c (id, type) VALUES ('p4', 'c');
SELECT batch_job.attach('part');
INSERT INTO part_c (id, type) VALUES ('p5', 'c');
-- a detached one no longer records events
ALTER TABLE part DETACH PARTITION part_b;
UPDATE part_b SET type = type, status = status;
INSERT INTO part_b (id, type) VALUES ('p6', 'b');
SELECT * FROM part_news WHERE job_id >= 'p4';
-- if a trigger keeps a row out of the partition that it moves to, the row is gone; the other one has moved
CREATE FUNCTION keep_p7_out() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN CASE WHEN NEW.id <> 'p7' THEN NEW END; END $$;
CREATE TRIGGER keep_p7_out BEFORE INSERT ON part_c FOR EACH ROW EXECUTE FUNCTION keep_p7_out();
INSERT INTO part (id, type) VALUES ('p7', 'a'), ('p8', 'a');
UPDATE part SET type = 'c', completed_at = now() WHERE id IN ('p7', 'p8');
SELECT * FROM part_news WHERE job_id >= 'p7';
SELECT id FROM part WHERE id >= 'p7';

-- changing jobs records events without any right on the event table; only its owner can write to it directly
GRANT USAGE ON SCHEMA events_test TO regress_job_app, regress_job_reader;
GRANT SELECT, INSERT, UPDATE, DELETE ON batch_job TO regress_job_app;
SELECT count(*) FROM news();
SET ROLE regress_job_app;
INSERT INTO batch_job (id, type) VALUES ('app', 't');
SELECT (batch_job.cancel('app', 'reason')).status;
\set VERBOSITY terse
SELECT * FROM batch_job.read_events();
\echo :LAST_ERROR_SQLSTATE
INSERT INTO batch_job_event (job_id, event, actor, at, xid, horizon) VALUES ('x', 'x', 'x', now(), '1', '1');
\echo :LAST_ERROR_SQLSTATE
SET ROLE regress_job_owner;
GRANT ALL ON batch_job_event TO regress_job_app;
SET ROLE regress_job_app;
\set VERBOSITY default
INSERT INTO batch_job_event (job_id, event, actor, at, xid, horizon) VALUES ('x', 'x', 'x', now(), '1', '1');
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY terse
UPDATE batch_job_event SET actor = 'somebody else';
\echo :LAST_ERROR_SQLSTATE
DELETE FROM batch_job_event;
\echo :LAST_ERROR_SQLSTATE
TRUNCATE batch_job_event;
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY default
SELECT job_id, event FROM batch_job.read_events((SELECT max(seq) - 2 FROM batch_job_event));
SET ROLE regress_job_owner;
SELECT * FROM news();
-- retention is the owner's
DELETE FROM batch_job_event WHERE at < now() - interval '1 year';
-- row-level security of the history is not in the way of writing it
ALTER TABLE batch_job_event ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
INSERT INTO batch_job (id, type) VALUES ('forced', 't');
SELECT count(*) FROM batch_job.read_events();
ALTER TABLE batch_job_event NO FORCE ROW LEVEL SECURITY;
SELECT * FROM news();

-- attach again: options stay, or change; the history is the same table also when one of them has another name
SELECT batch_job.attach('batch_job', notify => true);
SELECT event_table, notify FROM batch_job.attached() WHERE job_table = 'batch_job'::regclass;
ALTER TABLE batch_job_event RENAME TO history;
ALTER TABLE batch_job RENAME TO job;
SELECT batch_job.attach('job', guard => true);
SELECT job_table, event_table, guard, notify FROM batch_job.attached() WHERE job_table = 'job'::regclass;
INSERT INTO job (id, type) VALUES ('renamed', 't');
SELECT job_id, event FROM history ORDER BY seq DESC LIMIT 1;
ALTER TABLE job RENAME TO batch_job;
ALTER TABLE history RENAME TO batch_job_event;
-- off: the history stays, and continues when events are on again
SELECT batch_job.attach('batch_job', events => false);
INSERT INTO batch_job (id, type) VALUES ('unrecorded', 't');
SELECT (batch_job.cancel('unrecorded', 'lost')).status;
SELECT event_table, notify FROM batch_job.attached() WHERE job_table = 'batch_job'::regclass;
SELECT batch_job.read_events(0, 1, 'batch_job');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.attach('batch_job', events => true);
INSERT INTO batch_job (id, type) VALUES ('recorded', 't');
SELECT count(*) FILTER (WHERE job_id = 'renamed') AS old, count(*) FILTER (WHERE job_id = 'unrecorded') AS unrecorded, count(*) FILTER (WHERE job_id = 'recorded') AS new FROM batch_job_event;
-- filling in or correcting a status is not an event
ALTER TABLE batch_job DISABLE TRIGGER USER;
ALTER TABLE batch_job DROP CONSTRAINT batch_job_status_derived;
UPDATE batch_job SET status = 'failed' WHERE id = 'recorded';
ALTER TABLE batch_job ENABLE TRIGGER USER;
SELECT batch_job.attach('batch_job');
SELECT status FROM batch_job WHERE id = 'recorded';
SELECT count(*) FROM batch_job_event WHERE job_id = 'recorded';
-- the history cannot be dropped by mistake; without it there are no events
\set VERBOSITY terse
DROP TABLE batch_job_event;
\echo :LAST_ERROR_SQLSTATE
BEGIN;
DROP TABLE batch_job_event CASCADE;
INSERT INTO batch_job (id, type) VALUES ('after', 't');
SELECT event_table FROM batch_job.attached() WHERE job_table = 'batch_job'::regclass;
SELECT batch_job.attach('batch_job', events => true);
INSERT INTO batch_job (id, type) VALUES ('again', 't');
SELECT job_id, event FROM batch_job_event;
ROLLBACK;
-- detach leaves it as well
BEGIN;
SELECT batch_job.detach('batch_job');
SELECT count(*) FROM pg_trigger WHERE tgrelid IN ('batch_job'::regclass, 'batch_job_event'::regclass) AND NOT tgisinternal;
SELECT count(*) > 0 AS history FROM batch_job_event;
ROLLBACK;

-- what is refused
SELECT batch_job.create_table('n', notify => true);
\echo :LAST_ERROR_SQLSTATE
CREATE TABLE taken_event (seq int, event text);
SELECT batch_job.create_table('taken', events => true);
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY default
CREATE VIEW viewed_event AS SELECT * FROM batch_job_event;
SELECT batch_job.create_table('viewed', events => true);
\echo :LAST_ERROR_SQLSTATE
-- no history is written that would be read with gaps
ALTER TABLE batch_job_event ALTER seq SET CACHE 20;
INSERT INTO batch_job (type) VALUES ('t');
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE batch_job_event ALTER seq SET CACHE 1;
-- jobs and history have one owner
RESET ROLE;
ALTER TABLE batch_job_event OWNER TO regress_job_app;
SET ROLE regress_job_owner;
INSERT INTO batch_job (type) VALUES ('t');
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.attach('batch_job');
\echo :LAST_ERROR_SQLSTATE
RESET ROLE;
ALTER TABLE batch_job_event OWNER TO regress_job_owner;
SET ROLE regress_job_owner;
-- columns of other types, which somebody made of them
DROP VIEW news, viewed_event;
ALTER TABLE batch_job_event ALTER event TYPE varchar(20), ALTER detail TYPE json, ADD note text;
INSERT INTO batch_job (id, type, canceled_at) VALUES ('typed', 't', NULL);
SELECT (batch_job.cancel('typed', 'reason')).status;
SELECT job_id, event, from_status, to_status, detail FROM batch_job.read_events((SELECT min(seq) - 1 FROM batch_job_event WHERE job_id = 'typed'));

-- trigger functions fired in a wrong way
\set VERBOSITY terse
SELECT batch_job.record_events();
\echo :LAST_ERROR_SQLSTATE
SELECT batch_job.guard_events();
\echo :LAST_ERROR_SQLSTATE
CREATE TABLE plain (LIKE batch_job INCLUDING DEFAULTS);
CREATE TRIGGER wrong BEFORE INSERT ON plain FOR EACH ROW EXECUTE FUNCTION batch_job.record_events();
INSERT INTO plain (id, type) VALUES ('x', 'x');
\echo :LAST_ERROR_SQLSTATE
CREATE OR REPLACE TRIGGER wrong AFTER INSERT ON plain FOR EACH STATEMENT EXECUTE FUNCTION batch_job.record_events();
INSERT INTO plain (id, type) VALUES ('x', 'x');
\echo :LAST_ERROR_SQLSTATE
CREATE OR REPLACE TRIGGER wrong AFTER INSERT ON plain REFERENCING NEW TABLE AS n FOR EACH STATEMENT EXECUTE FUNCTION batch_job.record_events();
INSERT INTO plain (id, type) VALUES ('x', 'x');
\echo :LAST_ERROR_SQLSTATE
DROP TRIGGER wrong ON plain;
CREATE TRIGGER wrong AFTER TRUNCATE ON plain FOR EACH STATEMENT EXECUTE FUNCTION batch_job.record_events();
TRUNCATE plain;
\echo :LAST_ERROR_SQLSTATE
CREATE TRIGGER wrong BEFORE INSERT ON taken_event FOR EACH ROW EXECUTE FUNCTION batch_job.guard_events();
INSERT INTO taken_event VALUES (1, 'owner');
\echo :LAST_ERROR_SQLSTATE
-- a trigger that points at the event table of somebody else
GRANT CREATE ON SCHEMA events_test TO regress_job_app;
SET ROLE regress_job_app;
CREATE TABLE planted (LIKE batch_job INCLUDING ALL);
SELECT batch_job.attach('planted');
CREATE TRIGGER planted AFTER INSERT ON planted REFERENCING NEW TABLE AS n FOR EACH STATEMENT
  WHEN ('batch_job_event'::regclass IS NOT NULL) EXECUTE FUNCTION batch_job.record_events('notify', 'off');
INSERT INTO planted (id, type) VALUES ('x', 'x');
\echo :LAST_ERROR_SQLSTATE

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA events_test CASCADE;
