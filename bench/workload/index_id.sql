-- As many rows that are little but an id, then, with all pages on the disk, one in a hundred more: the WAL of these has
-- a copy of each page of the index that one of them falls into.
SELECT CASE :'variant'
         WHEN 'identity' THEN 'bigint GENERATED ALWAYS AS IDENTITY'
         WHEN 'generate_id' THEN 'text COLLATE "C" DEFAULT batch_job.generate_id()'
         ELSE 'uuid DEFAULT ' || :'variant' || '()' END AS id \gset
DROP TABLE IF EXISTS indexed;
CREATE TABLE indexed (id :id PRIMARY KEY, n integer);
\ir ../shared/begin.sql
INSERT INTO indexed (n) SELECT generate_series(1, :rows);
\ir ../shared/end.sql
INSERT INTO bench.sample VALUES
  (:'workload', :'setting', :'variant', :round, 'bytes', pg_relation_size('indexed_pkey'));
\set workload index_id_more
SELECT :rows / 100 AS rows, jsonb_build_object('rows', :rows / 100) AS setting \gset
\ir ../shared/begin.sql
INSERT INTO indexed (n) SELECT generate_series(1, :rows);
\ir ../shared/end.sql
