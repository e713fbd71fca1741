-- Foreign keys in both directions, with every ON DELETE action: no orphan, no row lost.
\set SHOW_CONTEXT never
CREATE SCHEMA fk_test AUTHORIZATION regress_job_owner;
SET search_path = fk_test;
SET ROLE regress_job_owner;
CREATE TABLE "user" (id text PRIMARY KEY, name text);
CREATE TABLE store (region int, code text, PRIMARY KEY (region, code));
SELECT batch_job.create_table();
CREATE VIEW jobs AS SELECT id, created_by, deleted_at IS NOT NULL AS deleted FROM batch_job ORDER BY id;

-- from the job to its user, each action; a second job is of another user
CREATE FUNCTION try(action text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  SET LOCAL batch_job.soft_delete = off;
  DELETE FROM batch_job;
  RESET batch_job.soft_delete;
  ALTER TABLE batch_job DROP CONSTRAINT IF EXISTS fk;
  DELETE FROM "user";
  EXECUTE 'ALTER TABLE batch_job ADD CONSTRAINT fk FOREIGN KEY (created_by) REFERENCES "user" ON DELETE ' || action;
  ALTER TABLE batch_job ALTER created_by SET DEFAULT 'nobody';
  INSERT INTO "user" VALUES ('u1', 'Ann'), ('u2', 'Ben'), ('nobody', 'nobody');
  INSERT INTO batch_job (id, type, created_by) VALUES ('j1', 'x', 'u1'), ('j2', 'x', 'u2'), ('j3', 'x', NULL), ('j4', 'x', 'u1');
  DELETE FROM batch_job WHERE id = 'j4';
END $$;
SET client_min_messages = warning;
-- (the SQLSTATE of RESTRICT changed in 18)
CREATE FUNCTION refused(statement text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE statement;
  RETURN false;
EXCEPTION WHEN foreign_key_violation OR restrict_violation THEN
  RETURN true;
END $$;

SELECT try('CASCADE');
DELETE FROM "user" WHERE id = 'u1';
TABLE jobs;
SELECT try('SET NULL');
DELETE FROM "user" WHERE id = 'u1';
TABLE jobs;
SELECT try('SET DEFAULT');
DELETE FROM "user" WHERE id = 'u1';
TABLE jobs;
-- a soft-deleted job still refers to its user
SELECT try('RESTRICT');
SELECT refused($$DELETE FROM "user" WHERE id = 'u1'$$);
SELECT try('NO ACTION');
SELECT refused($$DELETE FROM "user" WHERE id = 'u1'$$);
\set VERBOSITY sqlstate
SELECT try('NO ACTION DEFERRABLE INITIALLY DEFERRED');
BEGIN;
DELETE FROM "user" WHERE id = 'u1';
COMMIT;
\set VERBOSITY default
TABLE jobs;
DELETE FROM batch_job WHERE created_by = 'u1';
SELECT batch_job.purge('0');
DELETE FROM "user" WHERE id = 'u1';
TABLE jobs;

-- many users at once, and an ordinary DELETE in the same transaction is still soft
SELECT try('CASCADE');
BEGIN;
DELETE FROM "user" WHERE id <> 'u2';
DELETE FROM batch_job;
COMMIT;
TABLE jobs;

-- deferred: the cascade runs at commit
SELECT try('CASCADE DEFERRABLE INITIALLY DEFERRED');
BEGIN;
DELETE FROM "user" WHERE id = 'u1';
COMMIT;
TABLE jobs;

-- two keys: one row referred to is gone, the other is there
SELECT try('CASCADE');
ALTER TABLE batch_job ADD store_region int, ADD store_code text, ADD FOREIGN KEY (store_region, store_code) REFERENCES store ON DELETE CASCADE;
INSERT INTO store VALUES (1, 'a'), (1, 'b');
UPDATE batch_job SET store_region = 1, store_code = 'a' WHERE id IN ('j1', 'j3');
UPDATE batch_job SET store_region = 1, store_code = 'b' WHERE id = 'j2';
UPDATE batch_job SET store_region = 1 WHERE id = 'j4';
DELETE FROM store WHERE code = 'a';
TABLE jobs;
DELETE FROM "user" WHERE id = 'u2';
TABLE jobs;
SELECT count(*) FROM store;

-- a cascade that fires a trigger which deletes a job of its own accord: that deletion is soft
SELECT try('CASCADE');
CREATE FUNCTION delete_j3() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DELETE FROM batch_job WHERE id = 'j3'; RETURN OLD; END $$;
CREATE TRIGGER other AFTER DELETE ON batch_job FOR EACH ROW EXECUTE FUNCTION delete_j3();
DELETE FROM "user" WHERE id = 'u1';
TABLE jobs;
DROP TRIGGER other ON batch_job;

-- the user's table is partitioned: the row is in one partition, and missing from the others
CREATE TABLE member (id text PRIMARY KEY) PARTITION BY LIST (id);
CREATE TABLE member_1 PARTITION OF member FOR VALUES IN ('u1');
CREATE TABLE member_2 PARTITION OF member FOR VALUES IN ('u2');
INSERT INTO member VALUES ('u1'), ('u2');
SELECT try('NO ACTION');
ALTER TABLE batch_job DROP CONSTRAINT fk, ADD CONSTRAINT fk2 FOREIGN KEY (created_by) REFERENCES member ON DELETE CASCADE;
CREATE TRIGGER other AFTER DELETE ON batch_job FOR EACH ROW EXECUTE FUNCTION delete_j3();
UPDATE batch_job SET created_by = 'u2' WHERE id = 'j3';
DELETE FROM member WHERE id = 'u1';
TABLE jobs;
DROP TRIGGER other ON batch_job;
ALTER TABLE batch_job DROP CONSTRAINT fk2;

-- the owner of the jobs cannot read the users; the cascade works nevertheless
RESET ROLE;
CREATE TABLE secret_user (id text PRIMARY KEY);
ALTER TABLE secret_user ENABLE ROW LEVEL SECURITY;
ALTER TABLE secret_user FORCE ROW LEVEL SECURITY;
INSERT INTO secret_user VALUES ('u1'), ('u2');
GRANT REFERENCES ON secret_user TO regress_job_owner;
SET ROLE regress_job_owner;
SELECT try('NO ACTION');
ALTER TABLE batch_job DROP CONSTRAINT fk, ADD CONSTRAINT fk3 FOREIGN KEY (created_by) REFERENCES secret_user ON DELETE CASCADE;
CREATE TRIGGER other AFTER DELETE ON batch_job FOR EACH ROW EXECUTE FUNCTION delete_j3();
UPDATE batch_job SET created_by = 'u2' WHERE id = 'j3';
RESET ROLE;
DELETE FROM secret_user WHERE id = 'u1';
SET ROLE regress_job_owner;
TABLE jobs;
DROP TRIGGER other ON batch_job;
ALTER TABLE batch_job DROP CONSTRAINT fk3;

-- to the job: soft deletion keeps what refers to it, purge follows each action
CREATE TABLE by_cascade (id int, job_id text REFERENCES batch_job ON DELETE CASCADE);
CREATE TABLE by_null (id int, job_id text REFERENCES batch_job ON DELETE SET NULL);
CREATE TABLE by_restrict (id int, job_id text REFERENCES batch_job ON DELETE RESTRICT);
SET batch_job.soft_delete = off; DELETE FROM batch_job; RESET batch_job.soft_delete;
INSERT INTO batch_job (id, type) VALUES ('j1', 'x'), ('j2', 'x');
INSERT INTO by_cascade VALUES (1, 'j1');
INSERT INTO by_null VALUES (1, 'j1');
INSERT INTO by_restrict VALUES (1, 'j2');
DELETE FROM batch_job_live;
SELECT (SELECT count(*) FROM by_cascade) AS cascade, (SELECT count(job_id) FROM by_null) AS set_null, (SELECT count(*) FROM by_restrict) AS restrict;
SELECT refused($$SELECT batch_job.purge('0')$$);
DELETE FROM by_restrict;
SELECT batch_job.purge('0');
SELECT (SELECT count(*) FROM by_cascade) AS cascade, (SELECT count(*) FROM by_null) AS kept, (SELECT count(job_id) FROM by_null) AS set_null;

-- to itself: a parent deleted softly keeps its children, a parent purged takes them along
ALTER TABLE batch_job ADD parent text REFERENCES batch_job ON DELETE CASCADE;
INSERT INTO batch_job (id, type, parent) VALUES ('p', 'x', NULL), ('c1', 'x', 'p'), ('c2', 'x', 'c1');
DELETE FROM batch_job WHERE id = 'p';
TABLE jobs;
SELECT batch_job.purge('0');
TABLE jobs;

-- a partitioned job table
CREATE TABLE part (LIKE batch_job INCLUDING DEFAULTS, PRIMARY KEY (id, type), FOREIGN KEY (created_by) REFERENCES "user" ON DELETE CASCADE) PARTITION BY LIST (type);
CREATE TABLE part_x PARTITION OF part FOR VALUES IN ('x');
CREATE TABLE part_y (extra int, LIKE part);
ALTER TABLE part_y DROP COLUMN extra;
ALTER TABLE part ATTACH PARTITION part_y FOR VALUES IN ('y');
SELECT batch_job.attach('part');
INSERT INTO part (id, type, created_by) VALUES ('j1', 'x', 'u1'), ('j2', 'y', 'u1'), ('j3', 'y', 'u2');
DELETE FROM part WHERE id = 'j2';
DELETE FROM "user" WHERE id = 'u1';
SELECT id, deleted_at IS NOT NULL AS deleted FROM part;

RESET ROLE;
DROP SCHEMA fk_test CASCADE;
