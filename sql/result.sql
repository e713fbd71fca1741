-- is_result and result_problems, and the CHECK of a created table.
\set SHOW_CONTEXT never
\pset null NULL
CREATE SCHEMA result_test AUTHORIZATION regress_job_owner;
SET search_path = result_test;
SET ROLE regress_job_owner;

SELECT result, batch_job.is_result(result), batch_job.result_problems(result) FROM unnest(ARRAY[
  '{}', NULL,
  '{"count": 1, "advancement_count": 0, "progress": 0.5, "file_size": 1e3, "file_key": "a.csv", "errors": [], "stat_descriptors": []}',
  '{"count": null, "file_key": null, "errors": null, "stat_descriptors": null}',
  '{"errors": ["no such file key: x", {"err": {}, "code": "unknown", "message": "upload refused"}, {"code": 7, "message": ""}]}',
  '{"stat_descriptors": [{"key": "k", "name": "n", "message": "m", "more": 1}]}',
  '{"anything": [1, {"else": true}]}',
  '{"count": "1", "advancement_count": true, "progress": [], "file_size": {}, "file_key": 1}',
  '{"errors": {}}', '{"errors": "x"}', '{"errors": [1]}', '{"errors": ["ok", null]}', '{"errors": ["ok", {"message": "no code"}]}',
  '{"errors": [{"code": "no message"}]}', '{"errors": [{"code": {}, "message": "m"}]}', '{"errors": [[]]}',
  '{"stat_descriptors": 1}', '{"stat_descriptors": [{"key": "k", "name": "n"}]}', '{"stat_descriptors": [{"key": 1, "name": "n", "message": "m"}]}', '{"stat_descriptors": ["s"]}',
  '[]', '"text"', '1', 'null', '[{"count": 1}]'
]::jsonb[]) result;

-- a large array: one sentence, not one an element
SELECT batch_job.result_problems(jsonb_build_object('errors', (SELECT jsonb_agg(n) FROM generate_series(1, 100000) n)));

SELECT batch_job.create_table();
\set VERBOSITY terse
INSERT INTO batch_job (id, type, context, result) VALUES ('ok', 'x', '{}', '{}'), ('null', 'x', NULL, NULL);
INSERT INTO batch_job (type, result) VALUES ('x', '{"errors": [1]}');
\echo :LAST_ERROR_SQLSTATE
UPDATE batch_job SET result = '"done"' WHERE id = 'ok';
INSERT INTO batch_job (id) VALUES ('no type');
\echo :LAST_ERROR_SQLSTATE
SELECT id FROM batch_job ORDER BY id;

RESET ROLE;
SET client_min_messages = warning;
DROP SCHEMA result_test CASCADE;
