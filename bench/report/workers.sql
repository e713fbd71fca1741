\qecho
\qecho '## Workers'
\qecho
\qecho 'A worker takes a job and finishes it: `claim` and `complete`, or two UPDATEs by hand. A hundred at a time: it takes a hundred'
\qecho 'and finishes them by one statement. In ms a job, the commit not waited for, prepared:'
\qecho
\qecho '| | ms | × by hand | of it the claim | bytes of WAL a transaction |'
\qecho '| --- | ---: | ---: | ---: | ---: |'
SELECT bench.compared('claim', 'by_hand', metric => 'ms_a_job', beside => '{claim_a_job,wal}');
\qecho
SELECT format('The same beside %s finished jobs, each with its run, and beside few:', bench.figure((setting ->> 'finished')::float))
  FROM bench.sample WHERE workload = 'claim_growth' LIMIT 1;
\qecho
\qecho '| | ms | × few |'
\qecho '| --- | ---: | ---: |'
SELECT bench.compared('claim_growth', 'runs.few');
\qecho
SELECT format('The same after %s jobs have been taken and finished, while another session has held a snapshot since before, and while none has:',
              bench.figure((setting ->> 'before')::float))
  FROM bench.sample WHERE workload = 'claim_held' LIMIT 1;
\qecho
\qecho '| | ms | × no snapshot |'
\qecho '| --- | ---: | ---: |'
SELECT bench.compared('claim_held', 'runs.free');
\qecho
\qecho 'A worker says how far it is, in one of a hundred jobs with 20 kB of `result`:'
\qecho
\qecho '| | ms | × `update(result)` | bytes of WAL |'
\qecho '| --- | ---: | ---: | ---: |'
SELECT bench.compared('heartbeat', 'runs.update', beside => '{wal}');
\qecho
SELECT format('Of %s heartbeats %s of the UPDATEs were HOT; the table of runs then had %s bytes.',
              bench.figure((setting ->> 'calls')::float), bench.figure(hot.median), bench.figure(bytes.median))
  FROM bench.median hot
  JOIN bench.median bytes USING (workload, setting, variant)
 WHERE (workload, hot.metric, bytes.metric) = ('heartbeat_many', 'run_hot', 'run_bytes');
\qecho
SELECT format('A claim that finds nothing, beside %s finished jobs, a twentieth that is being worked on and one that is due tomorrow, reads'
              || E'\n%s buffers and writes %s bytes of WAL; one a second later, which looks for lost workers as well, reads %s and writes %s.',
              bench.figure((buffers.setting ->> 'rows')::float), bench.figure(buffers.median), bench.figure(wal.median),
              bench.figure(later.median), bench.figure(wal_later.median))
  FROM bench.median buffers
  JOIN bench.median wal USING (workload)
  JOIN bench.median later USING (workload)
  JOIN bench.median wal_later USING (workload)
 WHERE (workload, buffers.metric, wal.metric, later.metric, wal_later.metric)
       = ('claim_nothing', 'buffers', 'wal', 'buffers_later', 'wal_later');
