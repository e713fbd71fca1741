-- position | label | color | ms a job: enqueue one | take and finish one | one of many at once
SELECT row_number() OVER (ORDER BY number), label, variant IN ('extension', 'runs'),
       max(median) FILTER (WHERE metric = 'enqueue_one'),
       max(median) FILTER (WHERE metric = 'finish_one'),
       max(median / (setting ->> 'batch')::float) FILTER (WHERE metric = 'enqueue_many')
  FROM bench.median
  JOIN bench.label USING (variant)
 WHERE workload = 'queue' AND setting ->> 'commit' = 'off'
 GROUP BY number, label, variant
 ORDER BY number;
