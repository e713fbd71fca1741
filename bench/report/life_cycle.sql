\qecho
\qecho '## Life cycle'
\qecho
\qecho 'Each call against an UPDATE of the bare table by hand that has the same guard in its WHERE; one client, prepared. In ms:'
\qecho
\qecho '| call | commit not waited for | by hand | ratio | durable | by hand | ratio |'
\qecho '| --- | ---: | ---: | ---: | ---: | ---: | ---: |'
SELECT format('| `%s` |%s', call, (
         SELECT string_agg(format(' %s | %s | %s |', bench.figure(m.median), bench.figure(by_hand.median),
                                  bench.spread(r.median, r.min, r.max)), '' ORDER BY m.setting ->> 'commit')
           FROM bench.median m
           JOIN bench.median by_hand USING (workload, setting, metric)
           JOIN bench.ratio r USING (workload, setting, metric)
          WHERE (workload, metric) = ('life_cycle', call)
            AND (m.variant, by_hand.variant, r.variant, r.against) = ('extension', 'bare', 'extension', 'bare')))
  FROM unnest('{create,mark_pre_processed,confirm,start,update,complete,fail,cancel,soft_delete,restore}'::text[])
       WITH ORDINALITY c (call, number)
 ORDER BY number;
\qecho
\qecho 'A job reports its progress: `update`, or an UPDATE of `result`. HOT is the share of UPDATEs that touch no index.'
\qecho
\qecho '| | ms | × bare table | bytes of WAL | HOT |'
\qecho '| --- | ---: | ---: | ---: | ---: |'
SELECT bench.compared('progress', 'bare', metric => 'progress', beside => '{wal,hot}');
