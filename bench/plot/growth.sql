-- a block for each work, in the order of the panels: rows | batch_job, ms | bare table, ms
SELECT string_agg(format('%s|%s|%s', rows, extension, bare), E'\n' ORDER BY rows) || E'\n\n'
  FROM (SELECT workload, (setting ->> 'rows')::integer AS rows,
               max(median) FILTER (WHERE variant = 'extension') AS extension,
               max(median) FILTER (WHERE variant = 'bare') AS bare
          FROM bench.median
         WHERE workload ~ '^growth_' AND metric = 'ms'
         GROUP BY workload, rows) p
 GROUP BY workload
 ORDER BY array_position(
   '{growth_insert,growth_start,growth_count,growth_page,growth_soft_delete,growth_purge}', workload);
