-- A partition that a job table gets after attach gets its statement-level triggers, however it is added: writing by its
-- own name leaves events, and deleting by its own name removes runs.
CREATE SCHEMA attach_partition_test AUTHORIZATION regress_job_owner;
SET search_path = attach_partition_test;
SET ROLE regress_job_owner;
SELECT batch_job.create_table('shape');
CREATE TABLE job (LIKE shape INCLUDING DEFAULTS, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE job_a PARTITION OF job FOR VALUES FROM ('a') TO ('b');
SELECT batch_job.attach('job', soft_delete => false, events => true, notify => true, runs => true);
CREATE FUNCTION triggers(part regclass) RETURNS TABLE (name name, definition text) STABLE LANGUAGE sql AS $$
  SELECT tgname, regexp_replace(pg_get_triggerdef(oid), '.* EXECUTE', 'EXECUTE')
    FROM pg_trigger WHERE tgrelid = part AND tgparentid = 0 ORDER BY 1 $$;
CREATE FUNCTION write(part regclass, id text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('INSERT INTO %s (id, type) VALUES (%L, %L)', part, id, 'x');
  INSERT INTO job_run (job_id, run, type, priority, state, attempt, claimed_at, heartbeat_at, lease_until)
  VALUES (id, 'r', 'x', 0, 'ended', 1, now(), now(), now());
  EXECUTE format('UPDATE %s SET canceled_at = now()', part);
  EXECUTE format('DELETE FROM %s', part);
  RETURN (SELECT string_agg(event, ' ' ORDER BY seq) FROM job_event WHERE job_id = id)
    || (SELECT format(', runs left: %s', count(*)) FROM job_run WHERE job_id = id);
END $$;

-- made as one
CREATE TABLE job_b PARTITION OF job FOR VALUES FROM ('b') TO ('c');
SELECT * FROM triggers('job_a') EXCEPT SELECT * FROM triggers('job_b');
SELECT * FROM triggers('job_b');
SELECT write('job_b', 'b1');
-- made before, with other numbers of columns
CREATE TABLE job_c (gone int, LIKE job INCLUDING CONSTRAINTS);
ALTER TABLE job_c DROP gone;
ALTER TABLE job ATTACH PARTITION job_c FOR VALUES FROM ('c') TO ('d');
SELECT write('job_c', 'c1');
-- partitioned itself, made as such, and attached with what it has
CREATE TABLE job_d PARTITION OF job FOR VALUES FROM ('d') TO ('e') PARTITION BY HASH (id);
CREATE TABLE job_d_0 PARTITION OF job_d FOR VALUES WITH (MODULUS 1, REMAINDER 0);
SELECT write('job_d', 'd1'), write('job_d_0', 'd2');
CREATE TABLE job_e (LIKE job INCLUDING ALL) PARTITION BY HASH (id);
CREATE TABLE job_e_0 PARTITION OF job_e FOR VALUES WITH (MODULUS 1, REMAINDER 0);
SELECT count(*) FROM triggers('job_e_0');
ALTER TABLE job ATTACH PARTITION job_e FOR VALUES FROM ('e') TO ('f');
SELECT write('job_e', 'e1'), write('job_e_0', 'e2');
-- by a function, in a transaction that is rolled back, and again
CREATE FUNCTION make_partition(name text, low text, high text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TABLE %I PARTITION OF job FOR VALUES FROM (%L) TO (%L)', name, low, high);
END $$;
BEGIN;
SELECT make_partition('job_f', 'f', 'g');
SELECT write('job_f', 'f1');
ROLLBACK;
SELECT make_partition('job_f', 'f', 'g');
SELECT write('job_f', 'f1');
-- detached and attached again; the table and its other partitions get no stronger locks than PostgreSQL's own
ALTER TABLE job DETACH PARTITION job_f;
BEGIN;
ALTER TABLE job ATTACH PARTITION job_f FOR VALUES FROM ('f') TO ('g');
SELECT relation::regclass, mode FROM pg_locks
 WHERE pid = pg_backend_pid() AND relation::regclass::text ~ '^job(_[a-z])?(_0)?$' ORDER BY 1, 2;
COMMIT;
-- sub-partitions and other changes do not lock the table at all, because a session that has locked it may wait for the partition
CREATE TABLE job_l PARTITION OF job FOR VALUES FROM ('l') TO ('m') PARTITION BY HASH (id);
BEGIN;
CREATE TABLE job_l_0 PARTITION OF job_l FOR VALUES WITH (MODULUS 1, REMAINDER 0);
ALTER TABLE job_b SET (fillfactor = 90);
SELECT relation::regclass, mode FROM pg_locks
 WHERE pid = pg_backend_pid() AND relation::regclass::text ~ '^job(_[a-z])?(_0)?$' ORDER BY 1, 2;
SELECT write('job_l_0', 'l1');
ROLLBACK;
DROP TABLE job_l;
SELECT * FROM triggers('job_b') EXCEPT SELECT * FROM triggers('job_f');
SELECT write('job_f', 'f2');
-- restoring a dump creates every trigger, with other commands on the same tables in between; these must not create it first
DROP TRIGGER "00_batch_job_insert" ON job_b;
DROP TRIGGER "00_batch_job_update" ON job_b;
DROP TRIGGER "00_batch_job_delete" ON job_b;
DROP TRIGGER "00_batch_job_runs" ON job_b;
ALTER TABLE job ENABLE ALWAYS TRIGGER zz_batch_job;
ALTER TABLE job ENABLE TRIGGER zz_batch_job;
ALTER TABLE job_b ADD CONSTRAINT job_b_type CHECK (type <> '');
CREATE TABLE job_l PARTITION OF job FOR VALUES FROM ('l') TO ('m');
SELECT count(*) FROM triggers('job_b');
DROP TABLE job_l;
SELECT batch_job.attach('job');
-- moved to another job table, which does not notify and has no runs; and again, once that records no events either
CREATE TABLE job_l PARTITION OF job FOR VALUES FROM ('l') TO ('m');
CREATE TABLE archive (LIKE shape INCLUDING DEFAULTS, PRIMARY KEY (id)) PARTITION BY RANGE (id);
SELECT batch_job.attach('archive', soft_delete => false, events => true);
ALTER TABLE job DETACH PARTITION job_l;
ALTER TABLE archive ATTACH PARTITION job_l FOR VALUES FROM ('l') TO ('m');
SELECT * FROM triggers('job_l');
ALTER TABLE archive DETACH PARTITION job_l;
SELECT batch_job.attach('archive', events => false);
ALTER TABLE archive ATTACH PARTITION job_l FOR VALUES FROM ('l') TO ('m');
SELECT name FROM triggers('job_l');
DROP TABLE archive CASCADE;
-- attach finds nothing to do
SELECT batch_job.attach('job');
SELECT t.tgrelid::regclass, count(*) FROM pg_trigger t JOIN pg_partition_tree('job') p ON t.tgrelid = p.relid
 GROUP BY 1 HAVING count(*) <> (SELECT count(*) FROM pg_trigger WHERE tgrelid = 'job'::regclass);

-- with a schema of its own
RESET ROLE;
CREATE SCHEMA AUTHORIZATION regress_job_owner
  CREATE TABLE job_g PARTITION OF attach_partition_test.job FOR VALUES FROM ('g') TO ('h');
SET ROLE regress_job_owner;
SELECT write('regress_job_owner.job_g', 'g1');

-- a partition of another owner gets no triggers, as with attach; it gets them when it gets the owner, whose rights a superuser does not use
RESET ROLE;
CREATE TABLE job_h PARTITION OF job FOR VALUES FROM ('h') TO ('i');
SELECT count(*) FROM triggers('job_h');
ALTER TABLE job_h OWNER TO regress_job_owner;
SET ROLE regress_job_owner;
SELECT write('job_h', 'h1');

-- nor does one in a schema that the owner may not use; a superuser's command does not fail for that
RESET ROLE;
CREATE SCHEMA attach_partition_closed;
CREATE TABLE attach_partition_closed.job_l PARTITION OF job FOR VALUES FROM ('l') TO ('m');
ALTER TABLE attach_partition_closed.job_l OWNER TO regress_job_owner;
SELECT count(*) FROM triggers('attach_partition_closed.job_l');
DROP SCHEMA attach_partition_closed CASCADE;
-- a role that may not use our schema can still make partitions of other tables
BEGIN;
REVOKE USAGE ON SCHEMA batch_job FROM PUBLIC;
GRANT ALL ON SCHEMA attach_partition_test TO regress_job_app;
SET LOCAL ROLE regress_job_app;
CREATE TABLE stranger (id int) PARTITION BY RANGE (id);
CREATE TABLE stranger_1 PARTITION OF stranger FOR VALUES FROM (1) TO (2);
ALTER TABLE stranger DETACH PARTITION stranger_1;
ROLLBACK;
SET ROLE regress_job_owner;
-- a table that is no job table, with triggers of its owner's that call our functions wrongly, is left alone
CREATE TABLE no_job (id int) PARTITION BY RANGE (id);
CREATE TRIGGER nowhere AFTER INSERT ON no_job FOR EACH STATEMENT EXECUTE FUNCTION batch_job.record_events();
CREATE TRIGGER nonsense AFTER UPDATE ON no_job FOR EACH STATEMENT EXECUTE FUNCTION batch_job.record_events('x', 'y');
CREATE TABLE no_job_1 PARTITION OF no_job FOR VALUES FROM (1) TO (2);
ALTER TABLE no_job ADD more int;
DROP TABLE no_job;

-- a partition gets only what the table has
SELECT batch_job.attach('job', events => false);
CREATE TABLE job_i PARTITION OF job FOR VALUES FROM ('i') TO ('j');
SELECT name FROM triggers('job_i');
SELECT batch_job.attach('job', runs => false);
CREATE TABLE job_j PARTITION OF job FOR VALUES FROM ('j') TO ('k');
SELECT name FROM triggers('job_j');
SELECT batch_job.attach('job', events => true);
SELECT name, definition FROM triggers('job_j');
SELECT batch_job.detach('job');
CREATE TABLE job_k PARTITION OF job FOR VALUES FROM ('k') TO ('l');
SELECT name FROM triggers('job_k');
-- no job table
CREATE TABLE other (id int) PARTITION BY RANGE (id);
CREATE TABLE other_1 PARTITION OF other FOR VALUES FROM (1) TO (2);
SELECT name FROM triggers('other_1');
-- not to be called
SELECT batch_job.attach_partition();
\echo :LAST_ERROR_SQLSTATE

RESET ROLE;
-- nor by another kind of event
CREATE EVENT TRIGGER regress_attach_partition ON ddl_command_start WHEN TAG IN ('COMMENT')
EXECUTE FUNCTION batch_job.attach_partition();
COMMENT ON TABLE other IS 'x';
\echo :LAST_ERROR_SQLSTATE
DROP EVENT TRIGGER regress_attach_partition;
SET client_min_messages = warning;
DROP SCHEMA regress_job_owner CASCADE;
DROP SCHEMA attach_partition_test CASCADE;
