\qecho
\qecho '## Ids'
\qecho
\qecho 'Ids of which nothing is kept:'
\qecho
\qecho '| | ns each | × gen_random_uuid() |'
\qecho '| --- | ---: | ---: |'
SELECT bench.compared('make_id', 'gen_random_uuid', factor => 1e5, by_row => true);
\qecho
\qecho 'A table of ids alone, filled by one INSERT:'
\qecho
\qecho '| | µs each | × identity | bytes of WAL each | bytes of index each |'
\qecho '| --- | ---: | ---: | ---: | ---: |'
SELECT bench.compared('index_id', 'identity', factor => 1000, by_row => true, beside => '{wal,bytes}');
\qecho
\qecho 'One in a hundred more, after a checkpoint: their WAL holds each page of the index that one of them falls into.'
\qecho
\qecho '| | µs each | × identity | bytes of WAL each |'
\qecho '| --- | ---: | ---: | ---: |'
SELECT bench.compared('index_id_more', 'identity', factor => 1000, by_row => true, beside => '{wal}');
