-- Names that contain SQL, formats or escapes, or are as long as possible: of schemas, tables, columns, roles, and in texts and options.
-- All functions work on a table with such a name, and what they make beside it can be told apart.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\pset null -
SET client_min_messages = warning;
CREATE SCHEMA names_test AUTHORIZATION regress_job_owner;
SET search_path = names_test;
SET ROLE regress_job_owner;
CREATE TABLE x (still text);
INSERT INTO x VALUES ('there');
-- NUL is the only character that no name can have; the last two are cut in the middle of a character, were bytes counted
CREATE TABLE name (n int PRIMARY KEY, name text NOT NULL);
INSERT INTO name VALUES
  (1, $$a"b'; DROP TABLE names_test.x; --$$), (2, '%s %I %n %1$s %'), (3, E'line\nbreak\ttab\\back\\\\slash'), (4, 'Select'), (5, 'user'), (6, 'a.b."c"'), (7, '$1 $$ $n$'),
  (8, '1'), (9, ' '), (10, E'\x01\x7f'), (11, '/* */'), (12, '{"json": [1]}'), (13, U&'\00e4\2028\+01f600'), (14, repeat(U&'\20ac', 21)), (15, 'x' || repeat(U&'\+01f600', 15));

-- the life of a job in schema "<name>", table "<name>", with a column, a foreign key and a table of users so called; what was refused on the way
CREATE FUNCTION live(called text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  job_table regclass;
  refused text[];
BEGIN
  EXECUTE format('CREATE SCHEMA %I', called);
  EXECUTE format('CREATE TABLE %1$I.users (%1$I text PRIMARY KEY)', called);
  EXECUTE format('INSERT INTO %I.users VALUES (%L)', called, called);
  job_table := batch_job.create_table(format('%I.%I', called, called), events => true, notify => true, confirm_by_other => true);
  EXECUTE format('ALTER TABLE %1$s ADD %2$I int DEFAULT 1, ADD CONSTRAINT %2$I FOREIGN KEY (created_by) REFERENCES %2$I.users', job_table, called);
  PERFORM batch_job.attach(job_table);
  PERFORM batch_job.create(called, jsonb_build_object(called, called), true, called, called, job_table);
  PERFORM batch_job.update(called, jsonb_build_object('more', called), jsonb_build_object(called, 1), job_table => job_table);
  PERFORM batch_job.mark_pre_processed(called, jsonb_build_object('file_key', called), job_table => job_table);
  BEGIN
    PERFORM batch_job.confirm(called, NULL, called, job_table);
  EXCEPTION WHEN OTHERS THEN refused := refused || SQLSTATE;
  END;
  BEGIN
    PERFORM batch_job.confirm(called, called, 'other', job_table);
  EXCEPTION WHEN OTHERS THEN refused := refused || SQLSTATE;
  END;
  PERFORM batch_job.confirm(called, batch_job.plan_digest(called, job_table), called || '!', job_table);
  PERFORM batch_job.start(called, job_table => job_table);
  PERFORM set_config('batch_job.actor', called, true);
  PERFORM batch_job.fail(called, called, job_table => job_table);
  PERFORM batch_job.create(called, id => called || '2', job_table => job_table);
  PERFORM batch_job.cancel(called || '2', called, job_table);
  PERFORM batch_job.soft_delete(called, job_table), batch_job.restore(called, job_table);
  BEGIN
    EXECUTE format('UPDATE %s SET id = %L', job_table, called || '!');
  EXCEPTION WHEN OTHERS THEN refused := refused || SQLSTATE;
  END;
  EXECUTE format('DELETE FROM %s WHERE id = %L AND %I = 1', batch_job.live_view(job_table), called || '2', called);
  RETURN refused;
END $$;
SELECT n, live(name) AS refused FROM name ORDER BY n;

-- the outcome: the job, its user, its error, its events; NULL where everything is as it was given
CREATE FUNCTION differences(called text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  job_table regclass := format('%I.%I', called, called);
  job jsonb;
  reader jsonb;
  reason record;
BEGIN
  EXECUTE format('SELECT batch_job.to_json(j), batch_job.created_by_user(j) FROM %s j WHERE id = %L', batch_job.live_view(job_table), called) INTO job, reader;
  SELECT detail ->> 'reason' AS reason, actor INTO reason FROM batch_job.read_events(0, 100, job_table) WHERE event = 'batch.canceled';
  RETURN concat_ws(', ',
    CASE WHEN job ->> 'id' <> called OR job ->> 'type' <> called OR job ->> 'created_by' <> called THEN 'job' END,
    CASE WHEN job -> 'context' <> jsonb_build_object(called, called) || jsonb_build_object('more', called) THEN 'context' END,
    CASE WHEN job -> 'result' <> jsonb_build_object(called, 1, 'file_key', called, 'errors', jsonb_build_array(called)) THEN 'result' END,
    CASE WHEN reader <> jsonb_build_object(called, called) THEN 'user' END,
    CASE WHEN reason IS DISTINCT FROM ROW(called, called) THEN 'event' END,
    CASE WHEN NOT EXISTS (SELECT FROM batch_job.read_events(0, 100, job_table) WHERE event = 'batch.confirmed' AND actor = called || '!') THEN 'actor' END);
END $$;
SELECT n, nullif(differences(name), '') AS differences, (SELECT count(*) FROM batch_job.read_events(0, 100, format('%I.%I', name, name)::regclass)) AS events FROM name ORDER BY n;
-- the names beside the table's
SELECT n, right(quote_ident(c.relname), 12) AS view_ends, right(quote_ident(e.relname), 12) AS event_table_ends, octet_length(c.relname) < 64 AND octet_length(e.relname) < 64 AS fit
  FROM name, batch_job.attached() a, pg_class c, pg_class e
 WHERE a.job_table = format('%I.%I', name, name)::regclass AND c.oid = a.live_view AND e.oid = a.event_table ORDER BY n;

-- detached, attached, renamed and filled in, and the extension's errors name them
DO $$
DECLARE
  called text;
  job_table regclass;
BEGIN
  FOR called IN SELECT name FROM names_test.name LOOP
    job_table := format('%I.%I', called, called);
    PERFORM batch_job.detach(job_table, drop_status => true);
    PERFORM batch_job.attach(job_table, backfill => false, events => true, notify => true);
    EXECUTE format('ALTER TABLE %I.%I RENAME TO %I', called, called, 'z' || called);
  END LOOP;
END $$;
\set ECHO none
SELECT format('CALL batch_job.backfill(%L)', format('%I.%I', name, 'z' || name)) FROM name ORDER BY n \gexec
\set ECHO all
SELECT n, (SELECT count(*) FROM batch_job.read_events(0, 100, job_table)) AS events, backfilled, notify FROM name, batch_job.attached() WHERE job_table = format('%I.%I', name, 'z' || name)::regclass ORDER BY n;
\set VERBOSITY default
SELECT batch_job.start(name, job_table => format('%I.%I', name, 'z' || name)::regclass) FROM name WHERE n = 1;
SELECT batch_job.attach(format('%I.users', name)::regclass) FROM name WHERE n = 2;
SELECT batch_job.purge('0', 1, format('%I.users', name)::regclass) FROM name WHERE n = 3;
\set VERBOSITY terse

-- prefixes of ids: ASCII letters, digits, underscores, hyphens, or an error
SELECT n, batch_job.create_table('prefixed', id_prefix => name) FROM name WHERE n IN (1) ORDER BY n;
CREATE FUNCTION outcome(call text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE call;
  RETURN 'ok';
EXCEPTION WHEN OTHERS THEN RETURN SQLSTATE;
END $$;
SELECT outcome(format('SELECT batch_job.create_table(%L, id_prefix => %L)', 'prefixed' || n, name)) AS outcome, count(*), string_agg(name, ' ') FILTER (WHERE n IN (4, 5, 8)) AS prefixes FROM name GROUP BY 1 ORDER BY 1;
-- and names of tables that are none, or too many
SELECT left(given, 40) AS given, outcome(format('SELECT batch_job.create_table(%L)', given)) AS outcome
  FROM unnest(ARRAY['', ' ', '"', '""', '.', 'a.', '.a', 'a..b', 'a.b.c', 'a.b.c.d', '"a" b', 'no_such_schema.t', 'pg_catalog.t', 'pg_toast.t', 'information_schema.t', repeat('x', 100000), 'names_test."' || repeat('y', 70) || '"']) given ORDER BY length(given), given COLLATE "C";
SELECT relname FROM pg_class WHERE relnamespace = 'names_test'::regnamespace AND relname LIKE 'yyyy%' AND relkind IN ('r', 'v') ORDER BY 1;

TABLE x;
RESET ROLE;
DO $$
DECLARE
  called text;
BEGIN
  FOR called IN SELECT name FROM names_test.name LOOP
    EXECUTE format('DROP SCHEMA %I CASCADE', called);
  END LOOP;
END $$;
DROP SCHEMA names_test CASCADE;
