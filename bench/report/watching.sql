\qecho
\qecho '## Watching'
\qecho
SELECT format('`queue_stats()` of %s open jobs of ten types, a hundredth of which somebody works on, beside %s finished jobs, each with its run, and'
              || E'\nbeside few; `job_stats()` of the last second, in which no job was over; the state, percent and ETA of all open jobs from the view. In ms:',
              bench.figure((setting ->> 'open')::float), bench.figure((setting ->> 'finished')::float))
  FROM bench.sample WHERE workload = 'queue_stats' LIMIT 1;
\qecho
\qecho '| | `queue_stats` | × few | `job_stats` | the view |'
\qecho '| --- | ---: | ---: | ---: | ---: |'
SELECT bench.compared('queue_stats', 'runs.few', beside => '{job_stats,progress}');
