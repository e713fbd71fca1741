\qecho
\qecho '## Queues'
\qecho
\qecho '![queues](results/peers.svg)'
\qecho
\qecho 'batch_job is no queue, but what queues keep of a job it keeps as well. Each by its own client in Node.js, one connection,'
\qecho 'one statement after the other; ms a job:'
\qecho
\qecho '| | commit | enqueue one | take and finish one | enqueue many at once |'
\qecho '| --- | --- | ---: | ---: | ---: |'
SELECT format('| %s | %s |%s', label,
              CASE m.setting ->> 'commit' WHEN 'on' THEN 'durable' ELSE 'not waited for' END,
              (SELECT string_agg(' ' || coalesce(bench.spread(c.median / c.jobs, c.min / c.jobs, c.max / c.jobs), '') || ' |', '' ORDER BY n)
                 FROM unnest('{enqueue_one,finish_one,enqueue_many}'::text[]) WITH ORDINALITY x (metric, n)
                 LEFT JOIN LATERAL (
                      SELECT *, CASE metric WHEN 'enqueue_many' THEN (setting ->> 'batch')::float ELSE 1 END AS jobs
                        FROM bench.median
                       WHERE (workload, setting, variant, metric) = (m.workload, m.setting, m.variant, x.metric)) c ON true))
  FROM bench.median m
  JOIN bench.label USING (variant)
 WHERE (workload, metric) = ('queue', 'enqueue_one')
 ORDER BY m.setting ->> 'commit' DESC, number;
\qecho
SELECT format('The same with the commit not waited for, after %s jobs have been taken and finished:', bench.figure((setting ->> 'before')::float))
  FROM bench.sample WHERE workload = 'queue_held' LIMIT 1;
\qecho
\qecho '| | take and finish one | while another session holds a snapshot | × |'
\qecho '| --- | ---: | ---: | ---: |'
SELECT format('| %s | %s | %s | %s |', label, bench.spread(free.median, free.min, free.max),
              bench.spread(held.median, held.min, held.max), bench.figure(held.median / free.median))
  FROM bench.median free
  JOIN bench.median held USING (workload, variant, metric)
  JOIN bench.label USING (variant)
 WHERE (workload, metric, free.setting ->> 'holder', held.setting ->> 'holder') = ('queue_held', 'finish_one', 'no', 'yes')
 ORDER BY number;
\qecho
\qecho 'PgQ hands out and finishes batches, not jobs: its second figure is that of a batch with all jobs, divided by their number.'
\qecho 'graphile-worker runs its own worker, with one job at a time. pg_cron takes no jobs from others: these are the statements by'
\qecho 'which it records a run.'
