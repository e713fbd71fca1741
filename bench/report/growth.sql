\qecho
\qecho '## Growth'
\qecho
\qecho '![cost by size of the table](results/growth.svg)'
\qecho
\qecho 'A thousand jobs more in a table of so many: inserted by one statement; started one by one; the open ones counted; a page of'
\qecho 'those that run; all thousand soft-deleted by one statement; purged. In ms, and × bare table:'
\qecho
\qecho '| jobs there | insert | start | count | page | soft delete | purge |'
\qecho '| ---: | ---: | ---: | ---: | ---: | ---: | ---: |'
SELECT format('| %s |%s', bench.figure(rows),
              string_agg(format(' %s, × %s |', bench.figure(m.median), bench.figure(r.median)), ''
                ORDER BY array_position('{growth_insert,growth_start,growth_count,growth_page,growth_soft_delete,growth_purge}', workload)))
  FROM bench.median m
  JOIN bench.ratio r USING (workload, setting, metric, variant)
 CROSS JOIN LATERAL (SELECT (m.setting ->> 'rows')::float AS rows) c
 WHERE workload ~ '^growth_' AND (variant, against, metric) = ('extension', 'bare', 'ms')
 GROUP BY rows
 ORDER BY rows;
