-- Writes docs/reference.md: from the catalog's own comments, so what they say is changed there, in src/*/install.sql and, for the
-- columns of tables and views, in the C code that makes them.
--
--   psql -X -d shop -f docs/reference.sql -o docs/reference.md
--
-- Any database in UTF8 will do that has the extension, as a role that may create a schema there; all is rolled back. The test
-- test/t/040_pages.pl fails when the page is not what this prints. It also fails when this stops because a function stands in
-- no chapter, an option or label has no meaning, or an SQLSTATE is unknown: the lists are below.
--
-- What a comment looks like: a first sentence that says what the function does; an empty line; what else matters; an empty line;
-- and "Errors:" with a line for each SQLSTATE. A line that begins with "- name: " says what an option, a column or a label means.
-- Names with an underscore, and functions with (), become code and links here by themselves.
\set QUIET on
\set ON_ERROR_STOP on
\pset pager off
\pset footer off
\pset expanded off
\pset null ''
\pset format unaligned
\pset tuples_only on
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SET client_min_messages = warning;
BEGIN;
CREATE SCHEMA batch_job_reference;
SELECT batch_job.create_table('batch_job_reference.plain') AS made,
       batch_job.create_table('batch_job_reference.batch_job', events => true, runs => true) AS made \gset
-- What is printed does not depend on the session.
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL IntervalStyle = 'postgres';
SET LOCAL quote_all_identifiers = off;

-- What stands where: chapters in their order, with what their functions have in common.
CREATE TEMP TABLE chapter (n int GENERATED ALWAYS AS IDENTITY, title text, functions text, intro text);
INSERT INTO chapter (title, functions, intro) VALUES
  ('Job tables', 'create_table attach attach_plan backfill detach attached options live_view progress_view event_table run_table type_table',
   'They make a table a job table, and tell what belongs to one. How to [adopt an existing table](adopt.md) has a page of its own.'),
  ('Life cycle', 'create update mark_pre_processed plan_digest confirm cancel_unconfirmed start complete fail cancel reopen',
   'The steps of [the life cycle](life-cycle.md). Each is one atomic statement: of two sessions that take the same step, one changes
the job, and the other is told why it cannot. Each returns the job as it is afterwards. The time of a step is the database''s
clock, and never before a timestamp that the job already has, except for the rounding in columns of less precision.

A worker names the run that `claim` gave it. A run that is over is refused with `BJ002` before the job is looked at; but a call
that has ended the run may be repeated with it, because its answer may have been lost. Write `job_table` by name: some functions
have other arguments before it.'),
  ('Workers', 'claim heartbeat retry release pause resume rescue',
   'For tables with the option `runs`; [Workers](workers.md) shows how to use them. The arguments `id` and `run` are what `claim`
returned.'),
  ('Watching', 'progress queue_stats job_stats claim_problems percent rate eta items duration',
   'They read, and show what the caller may see; so they need SELECT on the job table and what is beside it.
[Monitoring](monitoring.md) shows how to use them.'),
  ('Jobs', 'soft_delete restore purge to_json created_by_user derive_status result_problems is_context is_result merge_object append_error append_errors digest_plan',
   'Deletion, and what can be asked of a job or its parts.'),
  ('Events', 'read_events',
   'For tables with the option `events`; [Events](events.md) shows how to use it.'),
  ('Ids', 'generate_id id_timestamp id_floor is_id id_to_uuid id_from_uuid',
   'What [ids](ids.md) are made of.'),
  ('Triggers', 'maintain_row record_events guard_events remove_runs delete_live_row attach_partition',
   'Job tables, and what is beside them, have these triggers; nobody calls the functions.');

-- Every SQLSTATE, with what it means in general.
CREATE TEMP TABLE sqlstate (code text, meaning text);
INSERT INTO sqlstate VALUES
  ('21000', 'More than one job has this id, as can be in a partitioned table.'),
  ('22001', 'The id column is too short for a generated id.'),
  ('22003', 'A number is out of range.'),
  ('22004', 'An argument that must not be NULL is NULL.'),
  ('22008', 'A time is out of range.'),
  ('22021', 'A text is not valid in UTF-8.'),
  ('22023', 'An option or argument is out of range, or is not a JSON object where it must be one; or a trigger has arguments that `attach` did not give it.'),
  ('2202E', 'Two arrays that go together do not have the same number of elements.'),
  ('22P02', 'A text is not an id, or not the id of a user in the type of `created_by`.'),
  ('23502', 'A value is missing: the type of a job, or the id of one that has events.'),
  ('23503', 'A foreign key is violated: another row refers to the job, or `created_by` is not the id of a user.'),
  ('23505', 'The id is taken, perhaps by a job that is deleted.'),
  ('23514', 'A status that is not derived, a context that is not an object, or a result with problems.'),
  ('25006', 'The function writes, and the transaction is read-only or the server is a standby. What only reads works there, and so does `generate_id`.'),
  ('2BP01', 'Something depends on what is to be dropped.'),
  ('2D000', '`backfill` is called in a transaction block.'),
  ('39P01', 'A trigger function is not fired as it must be, or does not know which table it writes to.'),
  ('39P03', 'The function of the event trigger is not called by it.'),
  ('40001', 'A table got another name at the moment when a statement was prepared for it; or a run began, or the row of a type with limits was changed, after the snapshot of this transaction; or a row has moved to another partition. Run it again.'),
  ('42501', 'A privilege is missing, the caller does not own the table, or row-level security or a trigger keeps a row as it is; or the option `confirm_by_other` forbids it.'),
  ('42602', 'The name of a table is not valid.'),
  ('42704', 'Somebody has renamed the enum `batch_job.status` or one of its labels.'),
  ('42710', 'A trigger or constraint of yours has the name of one of ours.'),
  ('42804', 'The row is not a job; or the users have a primary key of a type that `created_by` cannot have.'),
  ('42809', 'The relation is not a table that can be a job table, or is a partition of one; or what stands for a table of events or runs is not a table.'),
  ('42830', 'The table of users has no primary key of one column.'),
  ('42P01', 'There is no such table, or no table `batch_job` on `search_path`.'),
  ('42P07', 'The name of a table or view that is to be made is taken, or the table of that name belongs to other jobs.'),
  ('42P16', 'The table does not have what a job needs; or a table beside it lacks columns that it was made with, or does not number its events in order.'),
  ('55000', 'The job has the wrong status for this, or a worker has it, or none has it that could pause; or the table is not a job table, or lacks the option; or the option `guard` refuses an UPDATE.'),
  ('55006', '`claim` is called within a claim; or filling in the status leaves deferred triggers pending.'),
  ('55P03', 'A lock could not be obtained in time.'),
  ('BJ001', 'The plan has changed since it was reviewed.'),
  ('BJ002', 'A worker speaks for a run that is over, or that the job never had.'),
  ('P0002', 'There is no such job, or it is deleted.');

CREATE TEMP VIEW function AS
  SELECT p.*, obj_description(p.oid, 'pg_proc') AS comment, chapter.n AS chapter, place,
         CASE proname WHEN 'options' THEN 'options-1' ELSE proname END AS anchor    -- ## Options comes before
    FROM pg_proc p
    LEFT JOIN (chapter CROSS JOIN LATERAL string_to_table(functions, ' ') WITH ORDINALITY name (name, place)) ON name = proname
   WHERE pronamespace = 'batch_job'::regnamespace;

CREATE TEMP VIEW error AS
  SELECT proname, anchor, line[1] AS code, line[2] AS meaning
    FROM function, regexp_matches(comment, '^([0-9A-Z]{5}) (.*)$', 'gn') line
   UNION ALL
  SELECT NULL, NULL, line[1], line[2]
    FROM pg_namespace n, regexp_matches(obj_description(n.oid, 'pg_namespace'), '^([0-9A-Z]{5}) (.*)$', 'gn') line
   WHERE nspname = 'batch_job';

-- What a comment says of a name in a line "- name: meaning", which may go on in lines that are indented.
CREATE FUNCTION pg_temp.meaning(comment text, name text) RETURNS text LANGUAGE sql
RETURN (regexp_match(regexp_replace(comment, E'\n  ', ' ', 'g'), '^- ' || name || ': (.*)$', 'n'))[1];

-- A comment as Markdown: functions become links, and what can only be a name or SQL becomes code.
SELECT string_agg(DISTINCT proname, '|') AS names FROM function \gset
SELECT set_config('batch_job_reference.names', :'names', true) AS names \gset
CREATE FUNCTION pg_temp.markdown(comment text) RETURNS text LANGUAGE sql
RETURN regexp_replace(regexp_replace(regexp_replace(regexp_replace(comment,
         '\m(?:batch_job\.)?(' || current_setting('batch_job_reference.names') || ')\(\)', '[`\1`](#\1)', 'g'),
         '(?<![`#\w.])(\{"[^}]*\}|''\{\.\.\.\}''::\w+|\$\d::[a-z]+\[\]|<table>\w*|[A-Z]+\([a-z_, ]+\)|[a-z_]+ => \w+|\w+ < ''\w+''|(?:\w+\.)?\w*_\w+(?:\.\w+)?(?:\(\w+\))?)(?![`\w])', '`\1`', 'g'),
         '(?<=^- [^:\n]*)(?<![`\w.])([a-z][a-z.]*)(?![`\w.])(?=[^:\n]*: )', '`\1`', 'gn'),
         '^([0-9A-Z]{5}) ', '- `\1`: ', 'gn');
-- the same within a table
CREATE FUNCTION pg_temp.cell(comment text) RETURNS text LANGUAGE sql
RETURN replace(regexp_replace(pg_temp.markdown(comment), E'\n *', ' ', 'g'), '|', '\|');

CREATE FUNCTION pg_temp.type_name(type oid, typmod int DEFAULT NULL) RETURNS text LANGUAGE sql
RETURN replace(format_type(type, typmod), 'timestamp with time zone', 'timestamptz');
-- '1 day'::interval is '1 day' where the type is known anyway
CREATE FUNCTION pg_temp.without_cast(expression text) RETURNS text LANGUAGE sql
RETURN regexp_replace(expression, '^(''[^'']*''|NULL)::[\w. "]+(\[\])?$', '\1');

-- in lines of their own if they are many
CREATE FUNCTION pg_temp.fill(list text) RETURNS text LANGUAGE sql
RETURN CASE WHEN length(list) < 90 THEN list
            ELSE E'\n    ' || rtrim(regexp_replace(list || ', ', '(.{1,105},) ', E'\\1\n    ', 'g'), E', \n') END;
CREATE FUNCTION pg_temp.columns_of(function oid, modes "char"[]) RETURNS text LANGUAGE sql
RETURN (SELECT string_agg(concat_ws(' ', name, pg_temp.type_name(type), 'DEFAULT ' || pg_temp.without_cast(pg_get_function_arg_default(p.oid, n::int))), ', ' ORDER BY n)
          FROM pg_proc p, unnest(coalesce(proallargtypes, proargtypes), proargnames, proargmodes) WITH ORDINALITY argument (type, name, mode, n)
         WHERE p.oid = function AND coalesce(mode, 'i') = ANY (modes));
CREATE FUNCTION pg_temp.signature(function oid) RETURNS text LANGUAGE sql
RETURN (SELECT concat(CASE prokind WHEN 'p' THEN 'CALL ' END, 'batch_job.', proname, '(', pg_temp.fill(pg_temp.columns_of(p.oid, '{i}')), ')',
                      CASE WHEN prokind = 'f' THEN concat(CASE WHEN proargnames IS NOT NULL AND length(pg_temp.columns_of(p.oid, '{i}')) > 50 THEN E'\n ' END,
                      ' → ', CASE WHEN proretset THEN 'setof ' END,
                        CASE WHEN proargmodes IS NULL THEN pg_temp.type_name(prorettype) ELSE 'record (' || pg_temp.fill(pg_temp.columns_of(p.oid, '{o}')) || ')' END) END,
                      CASE WHEN provolatile <> 'v' OR proisstrict THEN E'\n  ' || concat_ws(' ', CASE provolatile WHEN 'i' THEN 'IMMUTABLE' WHEN 's' THEN 'STABLE' END,
                        CASE WHEN proisstrict THEN 'STRICT' END) END)
          FROM pg_proc p WHERE p.oid = function);

-- What must be so before anything is written.
DO $$
DECLARE missing text;
BEGIN
  SELECT string_agg(proname, ', ') INTO missing FROM function WHERE chapter IS NULL;
  IF missing IS NOT NULL THEN RAISE EXCEPTION 'functions in no chapter of docs/reference.sql: %', missing; END IF;
  SELECT string_agg(name, ', ') INTO missing FROM chapter, string_to_table(functions, ' ') name WHERE name NOT IN (SELECT proname FROM function);
  IF missing IS NOT NULL THEN RAISE EXCEPTION 'chapters of docs/reference.sql name functions that do not exist: %', missing; END IF;
  SELECT string_agg(DISTINCT code, ', ') INTO missing FROM error WHERE code NOT IN (SELECT code FROM sqlstate);
  IF missing IS NOT NULL THEN RAISE EXCEPTION 'SQLSTATEs without a meaning in docs/reference.sql: %', missing; END IF;
  SELECT string_agg(code, ', ') INTO missing FROM sqlstate WHERE code NOT IN (SELECT code FROM error);
  IF missing IS NOT NULL THEN RAISE EXCEPTION 'SQLSTATEs of docs/reference.sql that the comment of no function names: %', missing; END IF;
  SELECT string_agg(name, ', ') INTO missing FROM function, unnest(proargnames) WITH ORDINALITY a (name, n)
   WHERE proname = 'options' AND n > 1 AND pg_temp.meaning(comment, name) IS NULL;
  IF missing IS NOT NULL THEN RAISE EXCEPTION 'options that the comment of batch_job.options() does not explain: %', missing; END IF;
  SELECT string_agg(typname || '.' || enumlabel, ', ') INTO missing FROM pg_type t JOIN pg_enum e ON enumtypid = t.oid
   WHERE typnamespace = 'batch_job'::regnamespace AND pg_temp.meaning(obj_description(t.oid, 'pg_type'), enumlabel) IS NULL;
  IF missing IS NOT NULL THEN RAISE EXCEPTION 'labels that the comment of their type does not explain: %', missing; END IF;
END $$;

\qecho '# Reference'
\qecho
\qecho 'Here you find every function, option, type, table, column, setting and SQLSTATE of batch_job, and what it means. The page is made'
\qecho 'from the comments in the catalog, so `\\df+ batch_job.claim` in psql tells you the same; do not edit it: see `docs/reference.sql`.'
\qecho
SELECT concat('- [', title, '](#', replace(lower(title), ' ', '-'), '): ',
              (SELECT string_agg(format('[%s](#%s)', proname, anchor), ', ' ORDER BY place)
                 FROM (SELECT DISTINCT proname, anchor, place FROM function WHERE chapter = n) f))
  FROM chapter ORDER BY n;
SELECT '- [Options](#options): ' || string_agg(name, ', ' ORDER BY n)
  FROM function, unnest(proargnames) WITH ORDINALITY a (name, n) WHERE proname = 'options' AND n > 1;
SELECT '- [Types](#types): ' || string_agg(format('[%1$s](#%1$s)', typname), ', ' ORDER BY t.oid)
  FROM pg_type t WHERE typnamespace = 'batch_job'::regnamespace AND typtype IN ('e', 'c');
\qecho '- [Tables and columns](#tables-and-columns): [the job table](#the-job-table), [the live view](#the-live-view), [the event table](#the-event-table), [the run table](#the-run-table), [the type table](#the-type-table), [the progress view](#the-progress-view)'
\qecho '- [Settings](#settings) · [Errors](#errors)'
\qecho
\qecho '## All functions'
\qecho
SELECT pg_temp.markdown(regexp_replace(obj_description('batch_job'::regnamespace, 'pg_namespace'), '(^Errors .*:)$', E'\\1\n', 'n'));
\qecho
\qecho 'The sections below name what a function raises besides. A signature says `STRICT` where a NULL argument gives NULL.'
\qecho
\qecho '## Options'
\qecho
\qecho 'They are arguments of [`create_table`](#create_table), with the defaults shown here, and of [`attach`](#attach), where NULL leaves an option as'
\qecho 'it is; a table that is attached for the first time has the same defaults, but `guard` is off.'
\qecho
\qecho '| option | type | default | meaning |'
\qecho '| --- | --- | --- | --- |'
SELECT format('| `%s` | %s | %s | %s |', o.name, pg_temp.type_name(o.type), pg_temp.without_cast(pg_get_function_arg_default(c.oid, array_position(c.proargnames, o.name))),
              pg_temp.cell(pg_temp.meaning(options.comment, o.name)))
  FROM function options, unnest(options.proallargtypes, options.proargnames) WITH ORDINALITY o (type, name, n), function c
 WHERE options.proname = 'options' AND n > 1 AND c.proname = 'create_table'
 ORDER BY n;

-- the chapters; the list of the options is above
SELECT E'\n## ' || title || E'\n\n' || intro || E'\n\n' ||
       (SELECT string_agg(E'### ' || proname || E'\n\n' || sections, E'\n\n' ORDER BY place)
          FROM (SELECT proname, place,
                       string_agg(E'```text\n' || pg_temp.signature(oid) || E'\n```\n\n' ||
                                  CASE proname WHEN 'options' THEN pg_temp.markdown(rtrim(split_part(comment, E'\n- ', 1), E'\n')) || E'\n\n[Options](#options) says what each means.'
                                               ELSE pg_temp.markdown(replace(comment, E'Errors:\n', E'Errors:\n\n')) END, E'\n\n' ORDER BY oid) AS sections
                  FROM function WHERE chapter = n GROUP BY proname, place) f)
  FROM chapter ORDER BY n;

\qecho
\qecho '## Types'
\qecho
SELECT string_agg(format(E'### %s\n\n%s\n\n', typname, pg_temp.markdown(rtrim(split_part(obj_description(t.oid, 'pg_type'), E'\n- ', 1), E'\n'))) ||
                  CASE typtype WHEN 'e'
                  THEN E'| label | meaning |\n| --- | --- |\n' ||
                       (SELECT string_agg(format('| `%s` | %s |', enumlabel, pg_temp.cell(pg_temp.meaning(obj_description(t.oid, 'pg_type'), enumlabel))), E'\n' ORDER BY enumsortorder)
                          FROM pg_enum WHERE enumtypid = t.oid)
                  ELSE E'| column | type |\n| --- | --- |\n' ||
                       (SELECT string_agg(format('| `%s` | %s |', attname, pg_temp.type_name(atttypid)), E'\n' ORDER BY attnum) FROM pg_attribute WHERE attrelid = typrelid)
                  END, E'\n\n' ORDER BY t.oid)
  FROM pg_type t WHERE typnamespace = 'batch_job'::regnamespace AND typtype IN ('e', 'c');

-- Tables and views, with what differs where the options are off.
CREATE TEMP VIEW index AS
  SELECT indrelid, regexp_replace(regexp_replace(regexp_replace(pg_get_indexdef(indexrelid, 0, true), '^CREATE (UNIQUE )?INDEX \S+ ON \S+ USING (?:btree )?', '\1'),
                                  '^brin ', 'BRIN '), CASE WHEN indisprimary THEN '^UNIQUE' ELSE '^$' END, 'PRIMARY KEY') AS definition
    FROM pg_index;
CREATE FUNCTION pg_temp.columns_of(relation regclass) RETURNS text LANGUAGE sql
RETURN E'\n| column | type | | meaning |\n| --- | --- | --- | --- |\n' ||
       (SELECT string_agg(format('| `%s` | %s | %s | %s |', attname, pg_temp.type_name(atttypid, atttypmod),
                                 concat_ws(' ', CASE WHEN attnotnull THEN 'NOT NULL' END, CASE attidentity WHEN 'a' THEN 'GENERATED ALWAYS AS IDENTITY' END,
                                           'DEFAULT `' || pg_temp.without_cast(pg_get_expr(adbin, adrelid)) || '`'),
                                 CASE WHEN attrelid = 'batch_job_reference.batch_job'::regclass
                                       AND NOT EXISTS (SELECT FROM pg_attribute p WHERE p.attrelid = 'batch_job_reference.plain'::regclass AND p.attname = a.attname)
                                      THEN 'With `runs` only. ' ELSE '' END || pg_temp.cell(col_description(attrelid, attnum))), E'\n' ORDER BY attnum)
          FROM pg_attribute a LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
         WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped) ||
       coalesce(E'\n\nChecks:\n\n' ||
         (SELECT string_agg(format('- `%s`', pg_get_constraintdef(oid, true)), E'\n' ORDER BY conname COLLATE "C") FROM pg_constraint WHERE conrelid = relation AND contype = 'c'), '') ||
       coalesce(E'\n\nIndexes:\n\n' ||
         (SELECT string_agg(format('- `%s`', definition), E'\n' ORDER BY definition COLLATE "C") FROM index
           WHERE indrelid = relation AND relation <> 'batch_job_reference.batch_job'::regclass), '');

\qecho
\qecho '## Tables and columns'
\qecho
\qecho 'What `create_table` makes. The tables and views beside a job table are named after it; a name that is too long is truncated to 63 bytes. They keep their names'
\qecho 'when the job table is renamed. [`attached`](#attached) lists them.'
\qecho
\qecho '### The job table'
\qecho
\qecho 'Yours to add columns, indexes and foreign keys to. `attach` takes a table that has the first 15 columns, in any order: [Adopt](adopt.md).'
SELECT pg_temp.columns_of('batch_job_reference.batch_job'::regclass);
\qecho
\qecho 'Indexes:'
\qecho
SELECT format('- `%s`%s', definition, CASE WHEN r.definition IS NULL THEN ', without `runs` only' WHEN p.definition IS NULL THEN ', with `runs` only' END)
  FROM (SELECT definition FROM index WHERE indrelid = 'batch_job_reference.plain'::regclass) p
  FULL JOIN (SELECT definition FROM index WHERE indrelid = 'batch_job_reference.batch_job'::regclass) r USING (definition)
 ORDER BY definition COLLATE "C";
\qecho
\qecho 'With the argument `created_by` of `create_table`, there is an index on that column, too.'

SELECT format(E'\n### %s\n\n%s\n', title, name || ': ' || pg_temp.markdown(obj_description(relation, 'pg_class'))) || columns
  FROM (VALUES (1, 'The live view', '`<table>_live`', 'batch_job_reference.batch_job_live'::regclass, E'\nIt has the columns of the table.'),
               (2, 'The event table', '`<table>_event`, with `events`', 'batch_job_reference.batch_job_event', NULL),
               (3, 'The run table', '`<table>_run`, with `runs`', 'batch_job_reference.batch_job_run', NULL),
               (4, 'The type table', '`<table>_type`, with `runs`', 'batch_job_reference.batch_job_type', NULL),
               (5, 'The progress view', '`<table>_progress`, with `runs`', 'batch_job_reference.batch_job_progress', NULL)) v (n, title, name, relation, own_columns),
       LATERAL (SELECT coalesce(own_columns, pg_temp.columns_of(relation)) AS columns) c
 ORDER BY n;

\qecho
\qecho '## Settings'
\qecho
\qecho 'Everybody may SET them. In a pooled session a SET stays behind: use SET LOCAL.'
\qecho
\qecho '| setting | type | default | meaning |'
\qecho '| --- | --- | --- | --- |'
SELECT format('| `%s` | %s | %s | %s |', name, vartype, coalesce(nullif(boot_val, ''), 'empty'), pg_temp.cell(concat_ws(' ', short_desc, extra_desc)))
  FROM pg_settings WHERE name LIKE 'batch\_job.%' ORDER BY name COLLATE "C";

\qecho
\qecho '## Errors'
\qecho
\qecho 'Each error that a user can cause has an SQLSTATE. Errors of your own constraints and triggers are passed on unchanged. The functions are'
\qecho 'those whose section names the SQLSTATE; *all* are the ones that work on a job table.'
\qecho
\qecho '| SQLSTATE | meaning | functions |'
\qecho '| --- | --- | --- |'
SELECT format('| `%s` | %s | %s |', code, meaning,
              (SELECT concat_ws(', ', CASE WHEN bool_or(proname IS NULL) THEN '[all](#all-functions)' END, string_agg(DISTINCT format('[%s](#%s)', proname, anchor) COLLATE "C", ', ' ORDER BY format('[%s](#%s)', proname, anchor) COLLATE "C") FILTER (WHERE proname IS NOT NULL))
                 FROM error WHERE error.code = sqlstate.code))
  FROM sqlstate ORDER BY code COLLATE "C";
ROLLBACK;
