\qecho
\qecho '## Reading'
\qecho
SELECT format('%s jobs, one in a hundred of them open. How many are there in each status?', bench.figure((setting ->> 'rows')::float))
  FROM bench.sample WHERE workload = 'count_open' LIMIT 1;
\qecho
\qecho '| | ms | × no status: CASE |'
\qecho '| --- | ---: | ---: |'
SELECT bench.compared('count_open', 'client');
\qecho
\qecho 'A page of 50 after a given one, of a status:'
\qecho
\qecho '| | ms | × bare table |'
\qecho '| --- | ---: | ---: |'
SELECT bench.compared('list', 'bare', metric => 'by_status');
\qecho
\qecho 'Of a type, where the owner has made an index for it:'
\qecho
\qecho '| | ms | × bare table |'
\qecho '| --- | ---: | ---: |'
SELECT bench.compared('list', 'bare', metric => 'by_type');
\qecho
\qecho 'Of an owner, likewise:'
\qecho
\qecho '| | ms | × bare table |'
\qecho '| --- | ---: | ---: |'
SELECT bench.compared('list', 'bare', metric => 'by_owner');
\qecho
SELECT format('One column of all %s jobs, whose contexts of 22 kB are in TOAST:', bench.figure((setting ->> 'rows')::float))
  FROM bench.sample WHERE workload = 'read_toasted' LIMIT 1;
\qecho
\qecho '| | ms | × `id` |'
\qecho '| --- | ---: | ---: |'
SELECT bench.compared('read_toasted', 'extension.id');
