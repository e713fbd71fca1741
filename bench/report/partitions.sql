\qecho
\qecho '## Partitions'
\qecho
SELECT format('A table with runs and %s jobs of two years, as one table and in monthly partitions; the commit not waited for, prepared:',
              bench.figure((setting ->> 'rows')::float))
  FROM bench.sample WHERE workload = 'partitions' LIMIT 1;
\qecho
\qecho '| | one table | by `id` | by `created_at` |'
\qecho '| --- | ---: | ---: | ---: |'
SELECT format('| %s | %s |%s', what, bench.figure(one.median * unit),
              string_agg(format(' × %s |', bench.spread(r.median, r.min, r.max)), '' ORDER BY r.variant DESC))
  FROM (VALUES (1, 'partitions_insert', 'ms', 'bulk INSERT, µs a row'),
               (2, 'partitions', 'insert', 'one INSERT, ms'),
               (3, 'partitions', 'claim', '`claim`, ms'),
               (4, 'partitions', 'complete', '`complete`, ms'),
               (5, 'partitions', 'update', '`update` of a job of any month, ms'),
               (6, 'partitions', 'list', 'a page of open jobs of a status and type, ms')) line (number, workload, metric, what)
  JOIN bench.median one USING (workload, metric)
  JOIN bench.ratio r USING (workload, setting, metric)
 CROSS JOIN LATERAL (SELECT CASE number WHEN 1 THEN 1000 / (setting ->> 'rows')::float ELSE 1 END AS unit) u
 WHERE (one.variant, r.against) = ('runs', 'runs') AND r.variant <> 'runs'
 GROUP BY number, what, one.median, unit
 ORDER BY number;
