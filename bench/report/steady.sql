\qecho
\qecho '## A steady load'
\qecho
SELECT format('%s jobs a second for %s seconds, with autovacuum. Each is claimed, reports its progress three times and is'
              || E'\ncompleted, but for one in ten, which fails, is tried again, is given back or is canceled. What is over is'
              || E'\nremoved after %s seconds, its events too. A consumer reads the events. The first %s seconds, and the last:',
              bench.figure(rate), bench.figure(rounds * interval), bench.figure(kept),
              greatest(rounds / 6, 1) * interval)
  FROM bench.load WHERE holder = 'none';
\qecho
\qecho '| | first | last | × |'
\qecho '| --- | ---: | ---: | ---: |'
SELECT format('| %s | %s | %s | %s |', label, a.text, b.text, coalesce(bench.figure(b.value / nullif(a.value, 0)), ''))
  FROM bench.load
 CROSS JOIN LATERAL greatest(rounds / 6, 1) part
 CROSS JOIN LATERAL bench.under_load(holder, rounds - part + 1, rounds) b
  LEFT JOIN LATERAL bench.under_load(holder, 1, part) a USING (number, label)
 WHERE holder = 'none'
 ORDER BY number;
