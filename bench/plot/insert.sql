-- position | label | color | median | min | max
SELECT row_number() OVER (ORDER BY median), label, variant IN ('extension', 'events', 'notify'), median * unit, min * unit, max * unit
  FROM bench.median
  JOIN bench.label USING (variant)
 CROSS JOIN LATERAL (SELECT 1000 / (setting ->> 'rows')::float AS unit) u
 WHERE (workload, metric) = ('insert_bulk', 'ms')
 ORDER BY median;
