\qecho
\qecho '## Life cycle'
\qecho
\qecho 'Each call against an UPDATE of the bare table by hand that has the same guard in its WHERE; one client, prepared. The'
\qecho 'same UPDATE of the extension''s own table shows what of it the table costs, with its trigger and CHECKs, and what the call. In ms:'
\qecho
\qecho '| call | durable | bare table, by hand | × | commit not waited for | bare table, by hand | × | own table, by hand: × |'
\qecho '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |'
SELECT format('| `%s` |%s %s |', call, (
         SELECT string_agg(format(' %s | %s | %s |', bench.figure(m.median), bench.figure(by_hand.median),
                                  bench.spread(r.median, r.min, r.max)), '' ORDER BY m.setting ->> 'commit' DESC)
           FROM bench.median m
           JOIN bench.median by_hand USING (workload, setting, metric)
           JOIN bench.ratio r USING (workload, setting, metric)
          WHERE (workload, metric) = ('life_cycle', call)
            AND (m.variant, by_hand.variant, r.variant, r.against) = ('extension', 'bare', 'extension', 'bare')),
         (SELECT bench.spread(median, min, max) FROM bench.ratio
           WHERE (workload, metric, variant, against) = ('life_cycle', call, 'extension.update', 'bare')))
  FROM unnest('{create,mark_pre_processed,confirm,start,update,complete,fail,cancel,soft_delete,restore}'::text[])
       WITH ORDINALITY c (call, number)
 ORDER BY number;
\qecho
\qecho 'A job reports its progress: `update`, or an UPDATE of `result`. HOT is the share of UPDATEs that touch no index.'
\qecho
\qecho '| | ms | × bare table | bytes of WAL | HOT |'
\qecho '| --- | ---: | ---: | ---: | ---: |'
SELECT bench.compared('progress', 'bare', metric => 'progress', beside => '{wal,hot}');
\qecho
SELECT format('Each of %s jobs reports its progress, in any order, by an UPDATE, again and again; with pages that keep space for new'
              || E'\nversions of their rows, and as they come:', bench.figure((setting ->> 'rows')::float))
  FROM bench.sample WHERE workload = 'fillfactor' LIMIT 1;
\qecho
\qecho '| | ms | × batch_job | bytes of WAL | HOT | bytes on disk |'
\qecho '| --- | ---: | ---: | ---: | ---: | ---: |'
SELECT bench.compared('fillfactor', 'extension', beside => '{wal,hot,bytes}');
