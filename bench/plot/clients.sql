-- a block for each variant, headed by its label: clients | INSERTs a second, commit not waited for | durable
SELECT label || E'||\n' || string_agg(format('%s|%s|%s', clients, off, on_disk), E'\n' ORDER BY clients) || E'\n\n'
  FROM (SELECT number, label, (setting ->> 'clients')::integer AS clients,
               max(median) FILTER (WHERE setting ->> 'commit' = 'off') AS off,
               max(median) FILTER (WHERE setting ->> 'commit' = 'on') AS on_disk
          FROM bench.median
          JOIN bench.label USING (variant)
         WHERE (workload, metric) = ('insert_one', 'tps') AND variant <> 'generated'
         GROUP BY number, label, clients) p
 GROUP BY number, label
 ORDER BY number;
