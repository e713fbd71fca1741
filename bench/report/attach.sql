\qecho
\qecho '## Attaching'
\qecho
SELECT format('The longest INSERT of another session, of one every two milliseconds, while a table of %s rows is attached:', bench.figure((setting ->> 'rows')::float))
  FROM bench.sample WHERE workload = 'attach' LIMIT 1;
\qecho
\qecho '| | ms | × nothing attached |'
\qecho '| --- | ---: | ---: |'
SELECT bench.compared('attach', 'client.idle');
