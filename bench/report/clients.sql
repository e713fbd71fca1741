\qecho
\qecho '## Many clients'
\qecho
\qecho '![INSERTs a second by number of clients](results/clients.svg)'
\qecho
\qecho 'INSERTs a second, one row each:'
\qecho
\qecho '| | clients | commit not waited for | × bare table | durable | × bare table |'
\qecho '| --- | ---: | ---: | ---: | ---: | ---: |'
SELECT format('| %s | %s |%s', label, clients,
              string_agg(format(' %s | %s |', bench.spread(m.median, m.min, m.max),
                                CASE WHEN m.variant = 'bare' THEN '1' ELSE bench.spread(r.median, r.min, r.max) END),
                         '' ORDER BY m.setting ->> 'commit'))
  FROM bench.median m
  JOIN bench.ratio r USING (workload, setting, metric, variant)
  JOIN bench.label USING (variant)
 CROSS JOIN LATERAL (SELECT (m.setting ->> 'clients')::integer AS clients) c
 WHERE (workload, metric, against) = ('insert_one', 'tps', 'bare') AND variant <> 'generated'
 GROUP BY number, label, clients
 ORDER BY number, clients;
