-- What the samples say. Variants are compared within each round, and then the median of the rounds is taken: what slows
-- down the machine for a while slows down all variants of a round.
CREATE VIEW bench.cost AS
SELECT s.workload, s.setting, s.variant, s.round, s.metric,
       s.value - coalesce(empty.value, 0) AS value  -- less the loop around it
  FROM bench.sample s
  LEFT JOIN bench.sample empty
    ON (empty.workload, empty.setting, empty.round, empty.metric) = (s.workload, s.setting, s.round, s.metric)
   AND empty.variant = 'loop'
 WHERE s.round > 0;

CREATE VIEW bench.median AS
SELECT workload, setting, variant, metric,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY value) AS median, min(value), max(value)
  FROM bench.cost
 GROUP BY workload, setting, variant, metric;

CREATE VIEW bench.ratio AS
SELECT a.workload, a.setting, a.metric, a.variant, b.variant AS against,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY a.value / b.value) AS median,
       min(a.value / b.value), max(a.value / b.value)
  FROM bench.cost a
  JOIN bench.cost b USING (workload, setting, metric, round)
 WHERE b.value <> 0
 GROUP BY a.workload, a.setting, a.metric, a.variant, b.variant;

CREATE TABLE bench.label (
  number integer GENERATED ALWAYS AS IDENTITY,
  variant text,
  label text
);
INSERT INTO bench.label (variant, label) VALUES
  ('extension', 'batch_job'),
  ('extension.update', 'batch_job, UPDATE by hand'),
  ('extension.plpgsql', 'batch_job, view with a trigger in PL/pgSQL'),
  ('fillfactor90', 'batch_job, fillfactor 90'),
  ('fillfactor70', 'batch_job, fillfactor 70'),
  ('events', 'batch_job, events'),
  ('notify', 'batch_job, events, notify'),
  ('runs', 'batch_job, runs'),
  ('runs.hundred', 'batch_job, runs: 100 at a time'),
  ('runs.update', 'batch_job, runs: `update(result)`'),
  ('runs.few', 'batch_job, runs: few finished'),
  ('runs.many', 'batch_job, runs: many finished'),
  ('runs.free', 'batch_job, runs: no snapshot'),
  ('runs.held', 'batch_job, runs: snapshot held'),
  ('by_hand', 'bare table, by hand'),
  ('by_hand.few', 'bare table, by hand: few finished'),
  ('by_hand.many', 'bare table, by hand: many finished'),
  ('by_hand.free', 'bare table, by hand: no snapshot'),
  ('by_hand.held', 'bare table, by hand: snapshot held'),
  ('bare', 'bare table'),
  ('generated', 'GENERATED column, UUID'),
  ('plpgsql', 'PL/pgSQL trigger'),
  ('client', 'no status: CASE'),
  ('client.open', 'no status: open by timestamps, then CASE'),
  ('client.loaded', 'no status: all loaded by the client'),
  ('client.idle', 'nothing attached'),
  ('client.backfill', 'attach without backfill, then backfill'),
  ('client.at_once', 'attach, all in one transaction'),
  ('extension.id', 'batch_job, `id`'),
  ('extension.status', 'batch_job, `status`'),
  ('bare.status', 'bare table, `status`'),
  ('generate_id', 'batch_job.generate_id(), text'),
  ('gen_random_uuid', 'gen_random_uuid(), uuid'),
  ('uuidv7', 'uuidv7(), uuid'),
  ('identity', 'identity, bigint'),
  ('PgQ', 'PgQ'),
  ('graphile-worker', 'graphile-worker'),
  ('pg-boss', 'pg-boss'),
  ('job_run_details', 'pg_cron''s records');

-- Three digits that count.
CREATE FUNCTION bench.figure(value double precision) RETURNS text LANGUAGE SQL IMMUTABLE
RETURN CASE
  WHEN value = 0 THEN '0'
  WHEN abs(value) >= 100 THEN to_char(value, 'FM999,999,999,990')
  ELSE round(value::numeric, least(6, 2 - floor(log(abs(value)))::integer))::text END;

CREATE FUNCTION bench.spread(median double precision, min double precision, max double precision) RETURNS text
LANGUAGE SQL IMMUTABLE STRICT
RETURN format('%s (%s – %s)', bench.figure(median), bench.figure(min), bench.figure(max));

-- Rows of a table: the variants of a workload, each with its cost, its ratio to one of them, and metrics beside it. The cost
-- is multiplied by `factor`; with `by_row` all is divided by the rows of the workload.
CREATE FUNCTION bench.compared(
  workload text,
  against text,
  setting jsonb DEFAULT '{}',
  metric text DEFAULT 'ms',
  factor double precision DEFAULT 1,
  by_row boolean DEFAULT false,
  beside text[] DEFAULT '{}'
) RETURNS SETOF text
LANGUAGE SQL STABLE
BEGIN ATOMIC
  SELECT format('| %s | %s | %s |%s', label,
                bench.spread(m.median * unit, m.min * unit, m.max * unit),
                CASE WHEN m.variant = compared.against THEN '1' ELSE bench.spread(r.median, r.min, r.max) END,
                (SELECT string_agg(format(' %s |', bench.figure(b.median / CASE b.metric WHEN 'hot' THEN 1 ELSE rows END)), ''
                                   ORDER BY number)
                   FROM unnest(beside) WITH ORDINALITY x (name, number)
                   LEFT JOIN bench.median b
                     ON (b.workload, b.setting, b.variant, b.metric) = (m.workload, m.setting, m.variant, name)))
    FROM bench.median m
    JOIN bench.label USING (variant)
    LEFT JOIN bench.ratio r
      ON (r.workload, r.setting, r.metric, r.variant, r.against)
         = (m.workload, m.setting, m.metric, m.variant, compared.against)
   CROSS JOIN LATERAL (SELECT CASE WHEN by_row THEN (m.setting ->> 'rows')::double precision ELSE 1 END AS rows) n
   CROSS JOIN LATERAL (SELECT compared.factor / rows AS unit) u
   WHERE m.workload = compared.workload AND m.setting @> compared.setting AND m.metric = compared.metric
   ORDER BY label.number;
END;

-- How the tables and the workers were under a steady load, from one round to another: rates on average, sizes at the end.
CREATE FUNCTION bench.under_load(holder text, first integer, last integer)
RETURNS TABLE (number integer, label text, value double precision, text text)
LANGUAGE SQL STABLE
BEGIN ATOMIC
  WITH sample AS (
    SELECT round, metric, s.value
      FROM bench.sample s
     WHERE workload = 'steady' AND setting ->> 'holder' = under_load.holder AND round BETWEEN first AND last
  ), latency AS (
    SELECT call, half, percentile_cont(CASE half WHEN 0 THEN 0.5 ELSE 0.99 END) WITHIN GROUP (ORDER BY ms) AS value
      FROM bench.latency l, generate_series(0, 1) half
     WHERE l.holder = under_load.holder AND round BETWEEN first AND last
     GROUP BY call, half
  ), of_table AS (
    SELECT 40 + 4 * t.number::integer AS at, name, metric, round, sample.value
      FROM unnest('{batch_job,batch_job_run,batch_job_event}'::text[]) WITH ORDINALITY t (name, number)
      JOIN sample ON metric IN (name || '_bytes', name || '_index_bytes', name || '_dead', name || '_vacuums')
  )
  SELECT 1, 'jobs completed a second', avg(sample.value), bench.figure(avg(sample.value))
    FROM sample WHERE metric = 'completed'
   UNION ALL
  SELECT 2, 'jobs that wait at the end', sample.value, bench.figure(sample.value)
    FROM sample WHERE (metric, round) = ('due', last)
   UNION ALL
  SELECT 10 + 2 * array_position('{claim,heartbeat,complete,queue_stats,progress,read_events,purge}', call) + half,
         format('`%s`: %s, ms', call, CASE half WHEN 0 THEN 'median' ELSE '99 %' END), latency.value, bench.figure(latency.value)
    FROM latency
   UNION ALL
  SELECT at, name || ': table, MB', t.value, bench.figure(t.value / 1e6)
    FROM of_table t WHERE metric = name || '_bytes' AND round = last
   UNION ALL
  SELECT at + 1, name || ': indexes, MB', t.value, bench.figure(t.value / 1e6)
    FROM of_table t WHERE metric = name || '_index_bytes' AND round = last
   UNION ALL
  SELECT at + 2, name || ': dead rows, at most; at the end', max(t.value),
         bench.figure(max(t.value)) || '; ' || bench.figure(max(t.value) FILTER (WHERE round = last))
    FROM of_table t WHERE metric = name || '_dead' GROUP BY at, name
   UNION ALL
  SELECT at + 3, name || ': vacuums so far', t.value, bench.figure(t.value)
    FROM of_table t WHERE metric = name || '_vacuums' AND round = last
   UNION ALL
  SELECT 60, 'WAL that a slot keeps, MB', sample.value, bench.figure(sample.value / 1e6)
    FROM sample WHERE (metric, round) = ('wal_bytes', last);
END;

-- The rounds of a load, and how long each was.
CREATE VIEW bench.load AS
SELECT setting ->> 'holder' AS holder, (setting ->> 'rate')::float AS rate,
       (setting ->> 'interval')::integer AS interval, (setting ->> 'kept')::float AS kept, max(round) AS rounds
  FROM bench.sample
 WHERE workload = 'steady'
 GROUP BY setting;
