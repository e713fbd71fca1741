-- The trigger functions of the extension on every kind of trigger that CREATE TRIGGER allows: they work or say that they
-- cannot (39P01, 42P16, ...), no row is lost without an error, and whoever makes such a trigger harms nobody else.
\set SHOW_CONTEXT never
\set VERBOSITY terse
\pset null -
SET client_min_messages = warning;
CREATE SCHEMA trigger_misuse AUTHORIZATION regress_job_owner;
SET search_path = trigger_misuse;
SET ROLE regress_job_owner;
SELECT batch_job.create_table(events => true, runs => true);
CREATE TABLE shaped (LIKE batch_job INCLUDING DEFAULTS, PRIMARY KEY (id));
CREATE TABLE parted (LIKE batch_job INCLUDING DEFAULTS, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE parted_one PARTITION OF parted DEFAULT;
CREATE VIEW shown AS SELECT * FROM shaped;
CREATE TABLE bare (id text PRIMARY KEY, type text);

-- the outcome of a statement with such a trigger: rows or SQLSTATE; NULL if CREATE TRIGGER refuses; it is rolled back
CREATE FUNCTION fire(relation text, create_trigger text, statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  rows bigint;
  created boolean := false;
BEGIN
  EXECUTE format('INSERT INTO trigger_misuse.%I (id, type) VALUES (%L, %L)', relation, 'there', 'x');
  EXECUTE create_trigger;
  created := true;
  EXECUTE statement;
  GET DIAGNOSTICS rows = ROW_COUNT;
  RAISE SQLSTATE 'OK000';
EXCEPTION WHEN OTHERS THEN
  RETURN CASE WHEN SQLSTATE = 'OK000' THEN rows || ' rows' WHEN created THEN SQLSTATE END;
END $$;
CREATE VIEW outcome AS
  SELECT relation, proname AS function, timing, level, event,
         fire(relation, format('CREATE TRIGGER misused %s %s ON trigger_misuse.%I FOR EACH %s EXECUTE FUNCTION batch_job.%I()', timing, event, relation, level, proname),
              format(statement, relation)) AS outcome
    FROM pg_proc,
         unnest(ARRAY['shaped', 'parted', 'parted_one', 'shown', 'bare', 'batch_job_live']) relation,
         unnest(ARRAY['BEFORE', 'AFTER', 'INSTEAD OF']) timing, unnest(ARRAY['ROW', 'STATEMENT']) level,
         (VALUES ('INSERT', $$INSERT INTO trigger_misuse.%I (id, type) VALUES ('new', 'x')$$), ('UPDATE', $$UPDATE trigger_misuse.%I SET type = 'y'$$),
                 ('DELETE', 'DELETE FROM trigger_misuse.%I'), ('TRUNCATE', 'TRUNCATE trigger_misuse.%I')) e (event, statement)
   WHERE pronamespace = 'batch_job'::regnamespace AND prorettype = 'trigger'::regtype;
SELECT function, relation, outcome, string_agg(concat_ws(' ', timing, event, level), ', ' ORDER BY timing, event, level) AS triggers
  FROM outcome WHERE outcome IS NOT NULL AND outcome <> '39P01' GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
SELECT function, count(outcome) FILTER (WHERE outcome = '39P01') AS refused, count(outcome) AS fired FROM outcome GROUP BY 1 ORDER BY 1;

-- events of one statement at a time: the only other form that there is has transition tables, and must say where events go
SELECT target, fire('shaped', format('CREATE TRIGGER misused AFTER INSERT ON trigger_misuse.shaped REFERENCING NEW TABLE AS n FOR EACH STATEMENT WHEN (%s) EXECUTE FUNCTION batch_job.record_events()', target),
                    $$INSERT INTO trigger_misuse.shaped (id, type) VALUES ('new', 'x')$$) AS not_a_job_table,
               fire('batch_job', format('CREATE OR REPLACE TRIGGER "00_batch_job_insert" AFTER INSERT ON trigger_misuse.batch_job REFERENCING NEW TABLE AS n FOR EACH STATEMENT WHEN (%s) EXECUTE FUNCTION batch_job.record_events()', target),
                    $$INSERT INTO trigger_misuse.batch_job (id, type) VALUES ('new', 'x')$$) AS job_table
  FROM unnest(ARRAY['true', $$'x' IS NOT NULL$$, 'NULL::regclass IS NOT NULL', 'NULL::regclass IS NULL', $$'0'::regclass IS NOT NULL$$, $$'4294967295'::regclass IS NOT NULL$$,
                    $$'trigger_misuse.batch_job_event'::regclass IS NOT NULL$$, $$'trigger_misuse.batch_job_event'::regclass::oid IS NOT NULL$$,
                    $$'trigger_misuse.batch_job'::regclass IS NOT NULL$$, $$'trigger_misuse.batch_job_live'::regclass IS NOT NULL$$, $$'trigger_misuse.batch_job_event_pkey'::regclass IS NOT NULL$$,
                    $$'trigger_misuse.batch_job_event_seq_seq'::regclass IS NOT NULL$$, $$'trigger_misuse.bare'::regclass IS NOT NULL$$, $$'batch_job.batch_job'::regclass IS NOT NULL$$,
                    $$'pg_class'::regclass IS NOT NULL$$]) target;
-- what removes runs, likewise: it must say where they are
SELECT target, fire('shaped', format('CREATE TRIGGER misused AFTER DELETE ON trigger_misuse.shaped REFERENCING OLD TABLE AS o FOR EACH STATEMENT WHEN (%s) EXECUTE FUNCTION batch_job.remove_runs()', target),
                    'DELETE FROM trigger_misuse.shaped') AS not_a_job_table,
               fire('batch_job', format('CREATE OR REPLACE TRIGGER "00_batch_job_runs" AFTER DELETE ON trigger_misuse.batch_job REFERENCING OLD TABLE AS o FOR EACH STATEMENT WHEN (%s) EXECUTE FUNCTION batch_job.remove_runs()', target),
                    $$SET LOCAL batch_job.soft_delete = off; DELETE FROM trigger_misuse.batch_job$$) AS job_table
  FROM unnest(ARRAY['true', 'NULL::regclass IS NOT NULL', $$'0'::regclass IS NOT NULL$$, $$'4294967295'::regclass IS NOT NULL$$,
                    $$'trigger_misuse.batch_job_run'::regclass IS NOT NULL AND 'trigger_misuse.batch_job_type'::regclass IS NOT NULL$$,
                    $$'trigger_misuse.batch_job_run'::regclass IS NOT NULL$$, $$'trigger_misuse.batch_job_type'::regclass IS NOT NULL$$,
                    $$'trigger_misuse.batch_job'::regclass IS NOT NULL$$, $$'trigger_misuse.batch_job_live'::regclass IS NOT NULL$$, $$'trigger_misuse.batch_job_run_pkey'::regclass IS NOT NULL$$,
                    $$'trigger_misuse.bare'::regclass IS NOT NULL$$, $$'pg_class'::regclass IS NOT NULL$$]) target;
-- a table that is its own event table: the recursion ends like any other
CREATE TABLE ouroboros (LIKE batch_job INCLUDING DEFAULTS, PRIMARY KEY (id), seq bigint GENERATED BY DEFAULT AS IDENTITY, job_id text, event text, from_status text, to_status text, actor text,
  at timestamptz, xid xid8, horizon xid8, detail jsonb);
ALTER TABLE ouroboros ALTER type SET DEFAULT 'x';
SELECT batch_job.attach('ouroboros');
CREATE TRIGGER bite AFTER INSERT ON ouroboros REFERENCING NEW TABLE AS n FOR EACH STATEMENT WHEN ('ouroboros'::regclass IS NOT NULL) EXECUTE FUNCTION batch_job.record_events();
RESET ROLE;
SET max_stack_depth = '200kB';
SET ROLE regress_job_owner;
\set VERBOSITY sqlstate
INSERT INTO ouroboros (id) VALUES ('o');
\set VERBOSITY terse
RESET ROLE;
RESET max_stack_depth;
SET ROLE regress_job_owner;
SELECT count(*) FROM ouroboros;
DROP TABLE ouroboros CASCADE;

-- triggers of other forms
CREATE CONSTRAINT TRIGGER c AFTER INSERT ON shaped DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION batch_job.maintain_row();
INSERT INTO shaped (id, type) VALUES ('new', 'x');
\echo :LAST_ERROR_SQLSTATE
DROP TRIGGER c ON shaped;
CREATE TRIGGER c BEFORE UPDATE OF id ON shaped FOR EACH ROW WHEN (NEW.id <> OLD.id) EXECUTE FUNCTION batch_job.maintain_row('id_prefix', 'of', 'guard', 'on');
INSERT INTO shaped (id, type, status) VALUES ('new', 'x', 'failed');
UPDATE shaped SET type = 'y' RETURNING status;
UPDATE shaped SET id = 'newer';
\echo :LAST_ERROR_SQLSTATE
DROP TABLE shaped CASCADE;
RESET ROLE;
CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION batch_job.maintain_row();
\echo :LAST_ERROR_SQLSTATE
-- what only a superuser can do: declare the library's functions in another way
SELECT probin FROM pg_proc WHERE oid = 'batch_job.maintain_row()'::regprocedure \gset
CREATE FUNCTION no_trigger() RETURNS int LANGUAGE c AS :'probin', 'batch_job_maintain_row';
SELECT no_trigger();
\echo :LAST_ERROR_SQLSTATE

-- a table with rules, and with the trigger of a live view, is no live view: the list of job tables is there for everybody
SET ROLE regress_job_owner;
DROP VIEW batch_job_live;
CREATE TABLE ruled (LIKE bare);
CREATE RULE r AS ON INSERT TO ruled DO ALSO DELETE FROM batch_job WHERE id = NEW.id;
CREATE TRIGGER t BEFORE DELETE ON ruled FOR EACH ROW EXECUTE FUNCTION batch_job.delete_live_row();
SET ROLE regress_job_app;
SELECT job_table, live_view FROM batch_job.attached() WHERE job_table::text ~ 'trigger_misuse';
SET ROLE regress_job_owner;
SELECT batch_job.attach('batch_job');
SELECT batch_job.detach('batch_job');

RESET ROLE;
DROP SCHEMA trigger_misuse CASCADE;
