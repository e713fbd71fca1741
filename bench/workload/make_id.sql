-- Ten times as many ids, of which nothing is kept. The variant `loop` makes none: its time is taken off from the others'.
SELECT CASE :'variant'
         WHEN 'loop' THEN 'n'
         WHEN 'generate_id' THEN 'batch_job.generate_id()'
         WHEN 'plpgsql' THEN 'ulid()'
         ELSE :'variant' || '()' END AS id \gset
\ir ../shared/begin.sql
SELECT count(:id), count(:id), count(:id), count(:id), count(:id), count(:id), count(:id), count(:id), count(:id), count(:id)
  FROM generate_series(1, :rows) n \g /dev/null
\ir ../shared/end.sql
