\qecho
\qecho '## Writing'
\qecho
\qecho '![bulk INSERT](results/insert.svg)'
\qecho
SELECT format('%s rows by one INSERT:', bench.figure((setting ->> 'rows')::float))
  FROM bench.sample WHERE workload = 'insert_bulk' LIMIT 1;
\qecho
\qecho '| | µs a row | × bare table | bytes of WAL a row | bytes on disk a row |'
\qecho '| --- | ---: | ---: | ---: | ---: |'
SELECT bench.compared('insert_bulk', 'bare', factor => 1000, by_row => true, beside => '{wal,bytes}');
\qecho
\qecho 'By one COPY:'
\qecho
\qecho '| | µs a row | × bare table | bytes of WAL a row |'
\qecho '| --- | ---: | ---: | ---: |'
SELECT bench.compared('copy', 'bare', factor => 1000, by_row => true, beside => '{wal}');
\qecho
\qecho 'One by one, prepared, two clients, each waiting until its commit is on the disk:'
\qecho
\qecho '| | ms | × bare table | bytes of WAL |'
\qecho '| --- | ---: | ---: | ---: |'
SELECT bench.compared('insert_one', 'bare', '{"clients": "2", "commit": "on"}', beside => '{wal}');
\qecho
\qecho 'The same with `synchronous_commit = off`, which shows what the disk hides:'
\qecho
\qecho '| | ms | × bare table | bytes of WAL |'
\qecho '| --- | ---: | ---: | ---: |'
SELECT bench.compared('insert_one', 'bare', '{"clients": "2", "commit": "off"}', beside => '{wal}');
