-- Draws the life cycle, from what the functions do:
--
--   psql -X -d shop -f docs/life-cycle.sql -o docs/life-cycle.dot && dot -Tsvg docs/life-cycle.dot -o docs/life-cycle.svg
--
-- Any database that has the extension will do; everything is rolled back. dot is in Debian's package graphviz.
--
-- It begins with a new job, once with dry run and once without, and calls each function of the life cycle on it. Whatever state
-- that leads to is tried in the same way, until no new one comes up. test/t/042_life_cycle.pl compares the result with the
-- committed files.
\set QUIET on
\set ON_ERROR_STOP on
\pset format unaligned
\pset tuples_only on
BEGIN;
SET LOCAL client_min_messages = warning;
SET LOCAL search_path = pg_catalog, pg_temp;
DO $$ BEGIN PERFORM batch_job.create_table('pg_temp.job'); END $$;

-- The functions of the life cycle are those that take the id of a job and return the job. An argument without a default, such as
-- the error of fail, is NULL.
CREATE TABLE pg_temp.function AS
SELECT DISTINCT ON (proname) proname AS name,
       format('SELECT (batch_job.%I(id => $1%s, job_table => ''pg_temp.job'')).status', proname,
              (SELECT string_agg(format(', %I => NULL::%s', proargnames[n], proargtypes[n - 1]::regtype), '')
                 FROM generate_series(2, pronargs - pronargdefaults) n)) AS call
  FROM pg_proc
 WHERE pronamespace = 'batch_job'::regnamespace AND prorettype = 'batch_job.batch_job'::regtype AND proargnames[1] = 'id'
 ORDER BY proname, oid;

-- The state of a job: whether it is a dry run, and which of its timestamps are set.
CREATE TABLE pg_temp.state (
  n integer GENERATED ALWAYS AS IDENTITY, dry_run boolean, pre_processed boolean, confirmed boolean, processing boolean,
  completed boolean, canceled boolean, failed boolean,
  UNIQUE (dry_run, pre_processed, confirmed, processing, completed, canceled, failed));
CREATE TABLE pg_temp.step (function name, dry_run boolean, before batch_job.status, after batch_job.status);

CREATE FUNCTION pg_temp.keep_state(job_id text) RETURNS void LANGUAGE sql
BEGIN ATOMIC
  INSERT INTO pg_temp.state (dry_run, pre_processed, confirmed, processing, completed, canceled, failed)
  SELECT dry_run, pre_processed_at IS NOT NULL, confirmed_at IS NOT NULL, processing_at IS NOT NULL, completed_at IS NOT NULL,
         canceled_at IS NOT NULL, failed_at IS NOT NULL
    FROM pg_temp.job WHERE id = job_id
  ON CONFLICT DO NOTHING;
END;
CREATE FUNCTION pg_temp.job_in(state pg_temp.state, OUT id text, OUT status batch_job.status) LANGUAGE sql
BEGIN ATOMIC
  INSERT INTO pg_temp.job (type, dry_run, pre_processed_at, confirmed_at, processing_at, completed_at, canceled_at, failed_at)
  VALUES ('t', state.dry_run, CASE WHEN state.pre_processed THEN now() END, CASE WHEN state.confirmed THEN now() END,
          CASE WHEN state.processing THEN now() END, CASE WHEN state.completed THEN now() END,
          CASE WHEN state.canceled THEN now() END, CASE WHEN state.failed THEN now() END)
  RETURNING job.id, job.status;
END;

DO $$
DECLARE
  state pg_temp.state;
  function pg_temp.function;
  job record;
  after batch_job.status;
BEGIN
  PERFORM pg_temp.keep_state((batch_job."create"('t', dry_run => dry_run, job_table => 'pg_temp.job')).id)
     FROM unnest(ARRAY[false, true]) dry_run;
  LOOP
    -- the next one; numbers may be missing in between
    SELECT * INTO state FROM pg_temp.state s WHERE s.n > coalesce(state.n, 0) ORDER BY s.n LIMIT 1;
    EXIT WHEN NOT FOUND;
    FOR function IN SELECT * FROM pg_temp.function LOOP
      SELECT * INTO job FROM pg_temp.job_in(state);
      BEGIN
        EXECUTE function.call INTO after USING job.id;
        INSERT INTO pg_temp.step VALUES (function.name, state.dry_run, job.status, after);
        PERFORM pg_temp.keep_state(job.id);
      EXCEPTION WHEN object_not_in_prerequisite_state OR no_data_found THEN
      END;
    END LOOP;
  END LOOP;
END $$;

-- An arrow is a function that changes the status. If it leads elsewhere with dry run than without, there are two arrows. If it
-- leads from each of several statuses to each of several others, these are put into boxes, and one arrow connects the boxes.
CREATE TABLE pg_temp.arrow AS
WITH change AS (SELECT DISTINCT * FROM pg_temp.step WHERE before <> after),
     named AS (
       SELECT DISTINCT before, after,
              function || CASE WHEN NOT function = ANY (
                  SELECT f.function FROM change f WHERE NOT dry_run AND NOT EXISTS (
                    SELECT FROM change t WHERE t.dry_run AND (t.function, t.before, t.after) = (f.function, f.before, f.after)))
                THEN '' WHEN dry_run THEN '\nwith dry run' ELSE ' without dry run' END AS label
         FROM change),
     whole AS (
       SELECT label, array_agg(DISTINCT before ORDER BY before) AS before, array_agg(DISTINCT after ORDER BY after) AS after,
              count(*) AS arrows
         FROM named GROUP BY label)
SELECT label, before, after FROM whole WHERE arrows = cardinality(before) * cardinality(after)
UNION ALL
SELECT label, ARRAY[n.before], ARRAY[n.after] FROM named n JOIN whole w USING (label)
 WHERE arrows <> cardinality(w.before) * cardinality(w.after);

-- Nodes and boxes. Boxes are made from the smallest to the largest, so that each can take in what lies in it.
CREATE TABLE pg_temp.drawn (members batch_job.status[], dot text);
CREATE FUNCTION pg_temp.name_of(members batch_job.status[]) RETURNS text LANGUAGE sql
RETURN array_to_string(members, '_');
INSERT INTO pg_temp.drawn
SELECT ARRAY[status], format(E'%s [%s]\n', status, CASE status
         WHEN 'completed' THEN 'group=main, color="#0072b2", fillcolor="#0072b2", fontcolor="#ffffff"'
         WHEN 'canceled' THEN 'color="#8c959f"' WHEN 'failed' THEN 'color="#d55e00"' ELSE 'group=main' END)
  FROM unnest(enum_range(NULL::batch_job.status)) status;
DO $$
DECLARE
  box record;
BEGIN
  FOR box IN SELECT members FROM pg_temp.arrow, LATERAL (VALUES (before), (after)) v (members)
              WHERE cardinality(members) > 1 GROUP BY members ORDER BY cardinality(members), members LOOP
    WITH inside AS (DELETE FROM pg_temp.drawn d WHERE d.members <@ box.members RETURNING *)
    INSERT INTO pg_temp.drawn
    SELECT box.members,
           format(E'subgraph cluster_%s {\n  graph [style="rounded,filled", margin=12, color="%3$s", fillcolor="%3$s"]\n  %2$s}\n',
             pg_temp.name_of(box.members),
             string_agg(rtrim(replace(dot, E'\n', E'\n  '), ' '), '  ' ORDER BY members),
             CASE WHEN box.members && ARRAY['canceled', 'failed']::batch_job.status[] THEN '#eeeeee'
                  WHEN cardinality(box.members) > 3 THEN '#e6f1f8' ELSE '#d3e6f2' END)
      FROM inside;
  END LOOP;
END $$;

\qecho '// Printed by docs/life-cycle.sql.'
\qecho 'digraph life_cycle {'
\qecho '  graph [rankdir=LR, compound=true, bgcolor="#ffffff", pad=0.15, nodesep=0.3, ranksep=0.35]'
\qecho '  node [shape=box, style="rounded,filled", fontname="sans-serif", fontsize=13, height=0.42, margin="0.12,0.06",'
\qecho '        color="#0072b2", fillcolor="#ffffff", fontcolor="#1b1f24"]'
\qecho '  edge [fontname="sans-serif", fontsize=11, color="#57606a", fontcolor="#333333", arrowsize=0.7]'
SELECT '  ' || replace(rtrim(dot, E'\n'), E'\n', E'\n  ') FROM pg_temp.drawn ORDER BY members;
-- An arrow from or to a box is drawn from or to one of its members, and cut off at the border. One that leads back is turned
-- around, with its head at the tail, so that the statuses still go from left to right.
SELECT format('  %s -> %s [label="%s"%s%s%s]', tail[cardinality(tail)], head[1], label,
              CASE WHEN leads_back THEN ', dir=back'
                   WHEN array_position(statuses, tail[1]) + 1 = array_position(statuses, head[1]) THEN ', weight=10' END,
              CASE WHEN cardinality(tail) > 1 THEN ', ltail=cluster_' || pg_temp.name_of(tail) END,
              CASE WHEN cardinality(head) > 1 THEN ', lhead=cluster_' || pg_temp.name_of(head) END)
  FROM (SELECT label, before > after AS leads_back, LEAST(before, after) AS tail, GREATEST(before, after) AS head,
               enum_range(NULL::batch_job.status) AS statuses
          FROM pg_temp.arrow) a
 ORDER BY leads_back, head, tail DESC;
\qecho '}'
ROLLBACK;
