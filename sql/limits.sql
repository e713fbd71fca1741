-- What docs/limits.md says, so that it stays true. More of them: sql/partition, isolation/specs/delete_live, test/t/090.
\set SHOW_CONTEXT never
\pset null -
SET client_min_messages = warning;
CREATE SCHEMA limits_test AUTHORIZATION regress_job_owner;
SET search_path = limits_test;
SET ROLE regress_job_owner;
SELECT batch_job.create_table(events => true, guard => false);
CREATE FUNCTION jobs(pattern text) RETURNS TABLE (id text, type text, deleted boolean) LANGUAGE sql AS $$
  SELECT id, type, deleted_at IS NOT NULL FROM batch_job WHERE id LIKE pattern ORDER BY id
$$;
CREATE FUNCTION events(job text) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT concat_ws(' ', event, 'to', to_status) FROM batch_job_event WHERE job_id = job ORDER BY seq
$$;
-- an error's code is the same in all versions
CREATE FUNCTION code_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE statement;
  RETURN 'none';
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE;
END $$;

-- Deletion: an id stays taken
INSERT INTO batch_job (id, type, deleted_at) VALUES ('taken', 'x', now());
SELECT code_of($$INSERT INTO batch_job_live (id, type) VALUES ('taken', 'y')$$);
INSERT INTO batch_job_live (id, type) VALUES ('taken', 'y') ON CONFLICT DO NOTHING;
\echo :ROW_COUNT
SELECT code_of($$INSERT INTO batch_job_live (id, type) VALUES ('taken', 'y') ON CONFLICT (id) DO UPDATE SET type = 'z'$$) IN ('none', '55000') AS either;
SELECT id, deleted FROM jobs('taken');
-- RETURNING shows the row as it was
INSERT INTO batch_job (id, type) SELECT 'd' || n, 'x' FROM generate_series(1, 9) n;
DELETE FROM batch_job_live WHERE id = 'd1' RETURNING id, deleted_at;
-- MERGE: on the table all of it; on the view, from 17 on, DELETE alone or all else
MERGE INTO batch_job j USING (VALUES ('d1'), ('d2'), ('d0')) v (id) ON j.id = v.id
 WHEN MATCHED AND j.deleted_at IS NULL THEN DELETE WHEN MATCHED THEN UPDATE SET deleted_at = NULL WHEN NOT MATCHED THEN INSERT (id, type) VALUES (v.id, 'y');
SELECT * FROM jobs('d_') LIMIT 3;
SELECT current_setting('server_version_num')::int >= 170000 AS from_17 \gset
SELECT code_of('MERGE INTO batch_job_live j USING batch_job b ON j.id = b.id AND false WHEN MATCHED AND j.type = ''z'' THEN DELETE WHEN MATCHED THEN UPDATE SET type = NULL') AS several;
SELECT CASE WHEN :'from_17' THEN 'none' ELSE '0A000' END =
       ALL (SELECT code_of('MERGE INTO batch_job_live j USING (VALUES (''d3'')) v (id) ON j.id = v.id ' || clauses)
              FROM unnest(ARRAY['WHEN MATCHED THEN UPDATE SET type = ''z'' WHEN NOT MATCHED THEN INSERT (type) VALUES (''y'')', 'WHEN MATCHED THEN DELETE']) clauses) AS as_said;
SELECT count(*) = CASE WHEN :'from_17' THEN 1 ELSE 0 END AS as_said FROM jobs('d3') WHERE deleted AND type = 'z';
-- COPY: of the table; of the view only what a query gives
COPY batch_job (id, type) FROM stdin;
copied	x
\.
RESET ROLE;
SELECT code_of($$COPY batch_job_live TO '/dev/null'$$), code_of($$COPY batch_job_live FROM '/dev/null'$$);
SET ROLE regress_job_owner;
COPY (SELECT id, type, status FROM batch_job_live WHERE id = 'copied') TO stdout;
-- one job matched twice
SELECT code_of($$DELETE FROM batch_job j USING (VALUES ('d4'), ('d4')) v (id) WHERE j.id = v.id$$);
DELETE FROM batch_job_live j USING (VALUES ('d4'), ('d4')) v (id) WHERE j.id = v.id;
\echo :ROW_COUNT
-- the owner's DELETE triggers, when the job is kept
CREATE FUNCTION say() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING '% %', TG_WHEN, TG_NAME; RETURN OLD; END $$;
CREATE TRIGGER mine BEFORE DELETE ON batch_job FOR EACH ROW EXECUTE FUNCTION say();
CREATE TRIGGER zz_mine BEFORE DELETE ON batch_job FOR EACH ROW EXECUTE FUNCTION say();
CREATE TRIGGER mine_too AFTER DELETE ON batch_job FOR EACH ROW EXECUTE FUNCTION say();
DELETE FROM batch_job WHERE id = 'd5';
DELETE FROM batch_job_live WHERE id = 'd6';
BEGIN;
SET LOCAL batch_job.soft_delete = off;
DELETE FROM batch_job WHERE id = 'd6';
ROLLBACK;
DROP TRIGGER mine ON batch_job;
DROP TRIGGER zz_mine ON batch_job;
DROP TRIGGER mine_too ON batch_job;
-- without triggers: DELETE on the view counts rows but does nothing, on the table it removes them; and no event
RESET ROLE;
BEGIN;
SET LOCAL session_replication_role = replica;
DELETE FROM batch_job_live WHERE id = 'd7';
\echo :ROW_COUNT
SELECT * FROM jobs('d7');
DELETE FROM batch_job WHERE id = 'd7';
SELECT * FROM jobs('d7');
SELECT events('d7');
ROLLBACK;
SET ROLE regress_job_owner;

-- a partition manager moves rows out of a default partition
CREATE TABLE parted (LIKE batch_job INCLUDING DEFAULTS, PRIMARY KEY (id, created_at)) PARTITION BY RANGE (created_at);
CREATE TABLE parted_default PARTITION OF parted DEFAULT;
SELECT batch_job.attach('parted', events => true);
CREATE TABLE parted_2024 (LIKE parted INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
INSERT INTO parted (id, type, created_at, completed_at) VALUES ('p1', 'x', '2024-05-05', now());
PREPARE move AS WITH moved AS (DELETE FROM parted_default WHERE created_at < '2025-01-01' RETURNING *) INSERT INTO parted_2024 SELECT * FROM moved;
CREATE VIEW parts AS
  SELECT tableoid::regclass AS part, id, status, deleted_at IS NOT NULL AS deleted FROM parted
   UNION ALL SELECT NULL, event, to_status::batch_job.status, NULL FROM parted_event WHERE event <> 'batch.created';
BEGIN;
EXECUTE move;
TABLE parts;
ROLLBACK;
BEGIN;
SET LOCAL batch_job.soft_delete = off;
EXECUTE move;
ALTER TABLE parted ATTACH PARTITION parted_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
TABLE parts;
ROLLBACK;
RESET ROLE;
BEGIN;
SET LOCAL session_replication_role = replica;
EXECUTE move;
ALTER TABLE parted ATTACH PARTITION parted_2024 FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
TABLE parts;
ROLLBACK;
SET ROLE regress_job_owner;
DEALLOCATE move;

-- Sessions: a setting stays until it is reset
SET batch_job.actor = 'ann';
BEGIN;
SET LOCAL batch_job.actor = 'ben';
SET batch_job.soft_delete = off;
COMMIT;
SHOW batch_job.actor;
SHOW batch_job.soft_delete;
RESET batch_job.actor;
RESET batch_job.soft_delete;
-- ids of a millisecond count up
SELECT count(*) > 0 AS some, bool_and(number - previous = 1) AS next_to_each_other
  FROM (SELECT number, at, lag(number) OVER w AS previous, lag(at) OVER w AS previous_at
          FROM (SELECT id, batch_job.id_timestamp(id) AS at, ('x' || right(batch_job.id_to_uuid(id)::text, 12))::bit(48)::bigint AS number
                  FROM (SELECT batch_job.generate_id() AS id FROM generate_series(1, 10000)) made) ids
        WINDOW w AS (ORDER BY id COLLATE "C")) s
 WHERE at = previous_at;
-- a prepared SELECT * has to be prepared again when attach has added the column
CREATE TABLE plain (LIKE batch_job INCLUDING DEFAULTS, PRIMARY KEY (id));
ALTER TABLE plain DROP status;
INSERT INTO plain (id, type) VALUES ('1', 'x');
PREPARE every AS SELECT * FROM plain;
PREPARE named AS SELECT id, type FROM plain;
EXECUTE named;
\o /dev/null
EXECUTE every;
\o
SELECT batch_job.attach('plain');
\set VERBOSITY sqlstate
EXECUTE every;
\set VERBOSITY default
EXECUTE named;
DEALLOCATE every;
PREPARE every AS SELECT * FROM plain;
\o /dev/null
EXECUTE every;
\o
-- an id that the trigger cannot make, because the partition is chosen before
CREATE TABLE by_id (LIKE batch_job INCLUDING DEFAULTS, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE by_id_part PARTITION OF by_id FOR VALUES FROM ('a') TO ('z');
SELECT batch_job.attach('by_id');
SELECT code_of($$INSERT INTO by_id (id, type) VALUES (NULL, 'x')$$), code_of($$INSERT INTO by_id (id, type) VALUES ('', 'x')$$),
       code_of($$INSERT INTO by_id (type) VALUES ('x')$$);
-- triggers that wait for the end of the transaction
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
CREATE TABLE waited_for (LIKE plain INCLUDING DEFAULTS, PRIMARY KEY (id));
ALTER TABLE waited_for DROP status;
INSERT INTO waited_for (id, type) VALUES ('1', 'x');
CREATE CONSTRAINT TRIGGER later AFTER UPDATE ON waited_for DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION nothing();
SELECT code_of($$SELECT batch_job.attach('waited_for')$$);
RESET ROLE;
SELECT code_of($$SELECT batch_job.attach('waited_for')$$);
SET ROLE regress_job_owner;
SELECT batch_job.attach('waited_for', backfill => false);
CALL batch_job.backfill('waited_for');
SELECT id, status FROM waited_for;

-- the events of a row-level trigger that changes the same job come first
CREATE FUNCTION confirm_too() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE limits_test.batch_job SET confirmed_at = now() WHERE id = NEW.id AND confirmed_at IS NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER confirm_too AFTER UPDATE ON batch_job FOR EACH ROW WHEN (NEW.confirmed_at IS NULL) EXECUTE FUNCTION confirm_too();
UPDATE batch_job SET pre_processed_at = now() WHERE id = 'd8';
SELECT events('d8');
DROP TRIGGER confirm_too ON batch_job;
CREATE CONSTRAINT TRIGGER confirm_too AFTER UPDATE ON batch_job DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.confirmed_at IS NULL) EXECUTE FUNCTION confirm_too();
UPDATE batch_job SET pre_processed_at = now() WHERE id = 'd9';
SELECT events('d9');
DROP TRIGGER confirm_too ON batch_job;
-- lastval
CREATE SEQUENCE mine START 1000000;
SELECT nextval('mine');
INSERT INTO batch_job (id, type) VALUES ('last', 'x');
SELECT lastval() = (SELECT max(seq) FROM batch_job_event) AS of_event;
-- a statement that PL/pgSQL reads in part is run to its end
SELECT max(seq) AS seq FROM batch_job_event \gset
DO $$
DECLARE
  job record;
BEGIN
  FOR job IN UPDATE limits_test.batch_job SET type = 'read' WHERE id ~ '^d' RETURNING id LOOP
    EXIT;
  END LOOP;
END $$;
SELECT count(*), (SELECT count(*) FROM batch_job_event e WHERE event = 'batch.updated' AND job_id ~ '^d' AND seq > :seq) AS events FROM batch_job WHERE type = 'read';

-- Replication: a publication's row filter
RESET ROLE;
SET client_min_messages = error;
\set VERBOSITY sqlstate
CREATE PUBLICATION limits_status FOR TABLE limits_test.batch_job WHERE (status < 'completed');
\set VERBOSITY default
CREATE PUBLICATION limits_stamp FOR TABLE limits_test.batch_job WHERE (completed_at IS NULL);
SELECT limits_test.code_of($$UPDATE limits_test.batch_job SET type = 'y' WHERE id = 'd9'$$);
ALTER TABLE batch_job REPLICA IDENTITY FULL;
SELECT limits_test.code_of($$UPDATE limits_test.batch_job SET type = 'y' WHERE id = 'd9'$$);
DROP PUBLICATION limits_stamp;

DROP SCHEMA limits_test CASCADE;
