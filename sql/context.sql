-- is_context, and the CHECK of a created table.
\set SHOW_CONTEXT never
\pset null NULL
CREATE SCHEMA context_test AUTHORIZATION regress_job_owner;
SET search_path = context_test;
SET ROLE regress_job_owner;

SELECT context, batch_job.is_context(context) FROM unnest(ARRAY[
  '{}', '{"a": 1}', NULL, '[]', '[{}]', '{"a": []}', '1', '"{}"', 'true', 'null'
]::jsonb[]) context;

-- however it is stored; of a large one that is stored elsewhere, and not compressed, only the head is read
CREATE TABLE stored (form text, context jsonb);
INSERT INTO stored SELECT 'compressed', jsonb_build_object('a', repeat('x', 10000));
INSERT INTO stored SELECT 'array, compressed', jsonb_build_array(repeat('x', 10000));
ALTER TABLE stored ALTER context SET STORAGE EXTERNAL;
INSERT INTO stored SELECT 'elsewhere', jsonb_build_object('a', repeat('x', 1000000));
INSERT INTO stored SELECT 'array, elsewhere', jsonb_build_array(repeat('x', 1000000));
ALTER TABLE stored ALTER context SET STORAGE EXTENDED;
INSERT INTO stored SELECT 'compressed elsewhere', jsonb_build_object('a', string_agg(repeat(md5(n::text), 10), '')) FROM generate_series(1, 1000) n;
SELECT form, batch_job.is_context(context), pg_column_compression(context) IS NOT NULL AS compressed FROM stored;
CREATE FUNCTION blocks_read_by(test text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE plan json;
BEGIN
  EXECUTE 'EXPLAIN (ANALYZE, BUFFERS, FORMAT json) SELECT ' || test || ' FROM stored WHERE form ~ ''(array, |^)elsewhere''' INTO plan;
  RETURN (plan #>> '{0,Plan,Shared Hit Blocks}')::int + (plan #>> '{0,Plan,Shared Read Blocks}')::int;
END $$;
SELECT blocks_read_by('batch_job.is_context(context)') < 30 AS head_only, blocks_read_by('jsonb_typeof(context)') > 200 AS all_of_it;

SELECT batch_job.create_table();
\set VERBOSITY terse
INSERT INTO batch_job (id, type, context) VALUES ('ok', 'x', '{}'), ('null', 'x', NULL);
INSERT INTO batch_job (type, context) VALUES ('x', '[]');
\echo :LAST_ERROR_SQLSTATE
INSERT INTO batch_job (type, context) VALUES ('x', 'null');
UPDATE batch_job SET context = '"done"' WHERE id = 'ok';
SELECT id FROM batch_job ORDER BY id;

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA context_test CASCADE;
