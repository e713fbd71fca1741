\qecho
\qecho '## A burden on the load'
\qecho
SELECT DISTINCT
       format('The steady load before, during and after %s seconds in which a session holds a snapshot, a session holds'
              || E'\none on a physical standby with `hot_standby_feedback`, or there is a logical slot that nobody reads.',
              rounds / 3 * interval)
  FROM bench.load WHERE holder <> 'none';
SELECT format(E'\n| %s | before | during | after | during × |\n| --- | ---: | ---: | ---: | ---: |\n%s', title, rows)
  FROM (VALUES (1, 'snapshot', 'a snapshot'), (2, 'standby', 'a standby''s snapshot'), (3, 'slot', 'a logical slot'))
       h (number, holder, title)
  JOIN bench.load USING (holder)
 CROSS JOIN LATERAL (
   SELECT string_agg(format('| %s | %s | %s | %s | %s |', c.label, a.text, b.text, c.text,
                            coalesce(bench.figure(b.value / nullif(a.value, 0)), '')), E'\n' ORDER BY c.number) AS rows
     FROM (SELECT rounds / 3 AS part) p
    CROSS JOIN LATERAL bench.under_load(holder, 2 * part + 1, 3 * part) c
     LEFT JOIN LATERAL bench.under_load(holder, part + 1, 2 * part) b USING (number, label)
     LEFT JOIN LATERAL bench.under_load(holder, 1, part) a USING (number, label)) r
 ORDER BY h.number;
\qecho
\qecho 'Dead rows of the three tables together, so many seconds after it was over:'
\qecho
SELECT format(E'| | %s |\n| --- | %s |', string_agg(seconds::text, ' | ' ORDER BY seconds), string_agg('---:', ' | '))
  FROM (SELECT DISTINCT n * interval AS seconds FROM bench.load, generate_series(0, rounds / 3) n WHERE holder <> 'none') s;
SELECT format('| %s | %s |', title, string_agg(bench.figure(dead), ' | ' ORDER BY round))
  FROM (VALUES (1, 'snapshot', 'a snapshot'), (2, 'standby', 'a standby''s snapshot'), (3, 'slot', 'a logical slot'))
       h (number, holder, title)
  JOIN bench.load USING (holder)
 CROSS JOIN LATERAL (
   SELECT round, sum(value) AS dead FROM bench.sample
    WHERE workload = 'steady' AND setting ->> 'holder' = holder AND metric ~ '_dead$' AND round >= rounds / 3 * 2
    GROUP BY round) d
 GROUP BY h.number, title
 ORDER BY h.number;
