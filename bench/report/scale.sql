\qecho
\qecho '## Scale'
\qecho
SELECT DISTINCT
       format('Beside so many finished jobs, each with its run and an event, %s are open, and a tenth of those have a worker.'
              || E'\nA page is of 50 jobs, anywhere in the older half. The claim from the head of the open jobs, which a session'
              || E'\nmakes once a second, comes after %s jobs that were claimed and finished without a vacuum. In ms, and in'
              || E'\npages of 8 kB that were read; × compares the ms of the last size with those of the first.',
              bench.figure((setting ->> 'open')::float), bench.figure((setting ->> 'unvacuumed')::float))
  FROM bench.median WHERE workload = 'scale';
\qecho
SELECT format(E'| | %s | × |\n| --- | %s | ---: |', string_agg(bench.figure(rows), ' | ' ORDER BY rows), string_agg('---:', ' | '))
  FROM (SELECT DISTINCT (setting ->> 'rows')::float AS rows FROM bench.median WHERE workload = 'scale') s;
SELECT format('| %s | %s | %s |', label,
              string_agg(format('%s (%s)', bench.figure(ms.median), bench.figure(pages.median)), ' | ' ORDER BY rows),
              bench.figure((array_agg(ms.median ORDER BY rows DESC))[1] / (array_agg(ms.median ORDER BY rows))[1]))
  FROM (VALUES
         (1, 'claim', '`claim`'),
         (1.5, 'claim_unvacuumed', '`claim` from the head, without a vacuum'),
         (2, 'heartbeat', '`heartbeat`'),
         (3, 'complete', '`complete`'),
         (4, 'progress', 'the view of the progress, all of it'),
         (5, 'queue_stats', '`queue_stats()`'),
         (6, 'job_stats', '`job_stats(''1 hour'')`'),
         (7, 'list_type', 'a page of a type'),
         (8, 'list_owner', 'a page of an owner'),
         (9, 'read_events', '`read_events`, 1,000 from far behind'),
         (10, 'purge', '`purge`, 10,000 a call'),
         (11, 'purge_nothing', 'the last call of a `purge`')) o (number, what, label)
  JOIN bench.median ms ON ms.metric = what || '_ms'
  JOIN bench.median pages USING (workload, setting, variant)
 CROSS JOIN LATERAL (SELECT (setting ->> 'rows')::float AS rows) r
 WHERE workload = 'scale' AND pages.metric = what || '_pages'
 GROUP BY number, label
 ORDER BY number;
\qecho
SELECT format('The purge of %s jobs took %s.', bench.figure(purged),
              string_agg(format('%s s beside %s', bench.figure(median / 1000), bench.figure(rows)), ', ' ORDER BY rows))
  FROM bench.median, LATERAL (SELECT (setting ->> 'rows')::float AS rows, (setting ->> 'purged')::float AS purged) s
 WHERE (workload, metric) = ('scale', 'purge_sum')
 GROUP BY purged;
