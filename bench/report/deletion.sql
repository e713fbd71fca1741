\qecho
\qecho '## Deletion'
\qecho
SELECT format('Soft deletion of %s rows by one statement: DELETE through the live view, and through a view whose trigger is in PL/pgSQL; UPDATE for the others:',
              bench.figure((setting ->> 'rows')::float))
  FROM bench.sample WHERE workload = 'soft_delete' LIMIT 1;
\qecho
\qecho '| | µs a row | × bare table | bytes of WAL a row |'
\qecho '| --- | ---: | ---: | ---: |'
SELECT bench.compared('soft_delete', 'bare', factor => 1000, by_row => true, beside => '{wal}');
\qecho
\qecho 'Removal of rows that are soft-deleted: `purge`, or a DELETE:'
\qecho
\qecho '| | µs a row | × bare table | bytes of WAL a row |'
\qecho '| --- | ---: | ---: | ---: |'
SELECT bench.compared('purge', 'bare', factor => 1000, by_row => true, beside => '{wal}');
