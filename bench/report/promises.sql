-- What the extension promises: each a ratio between two variants of a workload, or a time.
CREATE TABLE bench.bound (
  number integer GENERATED ALWAYS AS IDENTITY,
  work text,
  against_work text,
  at_most double precision,
  workload text,
  setting jsonb,
  metric text,
  variant text,
  against text
);
INSERT INTO bench.bound (work, against_work, at_most, workload, setting, metric, variant, against) VALUES
  ('one id', 'gen_random_uuid()', 0.10, 'make_id', '{}', 'ms', 'generate_id', 'gen_random_uuid'),
  ('bulk INSERT, with every trigger, CHECK and index of a created table',
    'the bare table', 1.35, 'insert_bulk', '{}', 'ms', 'extension', 'bare'),
  ('the same',
    'a trigger in PL/pgSQL', 0.40, 'insert_bulk', '{}', 'ms', 'extension', 'plpgsql'),
  ('bulk INSERT with events',
    'without', 2.0, 'insert_bulk', '{}', 'ms', 'events', 'extension'),
  ('one INSERT, 2 clients, durable',
    'the bare table', 1.05, 'insert_one', '{"clients": "2", "commit": "on"}', 'ms', 'extension', 'bare'),
  ('the same, not waiting for the disk',
    'the bare table', 1.05, 'insert_one', '{"clients": "2", "commit": "off"}', 'ms', 'extension', 'bare'),
  ('DELETE through the live view, all rows by one statement',
    'one UPDATE of the same table', 4, 'soft_delete', '{}', 'ms', 'extension', 'extension.update'),
  ('the same',
    'a trigger in PL/pgSQL on a view of the same table', 0.9, 'soft_delete', '{}', 'ms', 'extension', 'extension.plpgsql'),
  ('counting open jobs by status, 1 % of all',
    'deriving it by CASE over all', 0.01, 'count_open', '{}', 'ms', 'extension', 'client'),
  ('reading `status` where contexts have 22 kB',
    'reading `id`', 1.1, 'read_toasted', '{}', 'ms', 'extension.status', 'extension.id');
INSERT INTO bench.bound (work, against_work, at_most, workload, setting, metric, variant, against)
SELECT format('`%s`, durable', call), 'a guarded UPDATE of the bare table', 1.25,
       'life_cycle', '{"commit": "on"}', call, 'extension', 'bare'
  FROM unnest('{mark_pre_processed,confirm,start,update,complete,fail,cancel,soft_delete,restore}'::text[]) call;
INSERT INTO bench.bound (work, against_work, at_most, workload, setting, metric, variant, against) VALUES
  ('`claim` and `complete`, one job a call, not waiting for the disk',
    'the two guarded UPDATEs of the bare table by hand', 2.0, 'claim', '{}', 'ms', 'runs', 'by_hand'),
  ('the same, 100 jobs a claim, time for a job',
    'one job a claim', 0.3, 'claim', '{}', 'ms_a_job', 'runs.hundred', 'runs');
INSERT INTO bench.bound (work, against_work, at_most, workload, setting, metric, variant, against)
SELECT DISTINCT format('the same beside %s finished jobs', bench.figure((setting ->> 'finished')::float)),
       format('beside %s', bench.figure(least(10000, (setting ->> 'finished')::float / 10))), 1.2, workload, '{}'::jsonb, 'ms', 'runs.many', 'runs.few'
  FROM bench.sample WHERE workload = 'claim_growth';
INSERT INTO bench.bound (work, against_work, at_most, workload, setting, metric, variant, against)
SELECT DISTINCT format('the same while another session holds a snapshot, after %s claims', bench.figure((setting ->> 'before')::float)),
       'while none does', 1.4, workload, '{}'::jsonb, 'ms', 'runs.held', 'runs.free'
  FROM bench.sample WHERE workload = 'claim_held';
INSERT INTO bench.bound (work, against_work, at_most, workload, setting, metric, variant, against)
SELECT DISTINCT format('`queue_stats` of %s open jobs, beside %s finished ones', bench.figure((setting ->> 'open')::float), bench.figure((setting ->> 'finished')::float)),
       format('beside %s', bench.figure(least(10000, (setting ->> 'finished')::float / 10))), 1.2, workload, '{}'::jsonb, 'ms', 'runs.many', 'runs.few'
  FROM bench.sample WHERE workload = 'queue_stats';
INSERT INTO bench.bound (work, against_work, at_most, workload, setting, metric, variant, against) VALUES
  ('a heartbeat with progress, where `result` has 20 kB: WAL',
    '`update(result)`', 0.1, 'heartbeat', '{}', 'wal', 'runs', 'runs.update');

\qecho
\qecho '## What it promises'
\qecho
\qecho '| work | against | at most | measured: median (min – max) | met? |'
\qecho '| --- | --- | ---: | ---: | --- |'
SELECT format('| %s | %s | %s | %s | %s |', work, against_work, at_most, bench.spread(median, min, max),
              CASE WHEN median <= at_most THEN 'yes' ELSE '**no**' END)
  FROM bench.bound b
  JOIN bench.ratio r USING (workload, metric, variant, against)
 WHERE r.setting @> b.setting
 ORDER BY number;
SELECT format('| %s | | %s | %s | %s |', work, at_most, bench.figure(median), CASE WHEN met THEN 'yes' ELSE '**no**' END)
  FROM bench.median
  JOIN (VALUES
         (1, 'heartbeat_many', 'wal', 'bytes of its WAL', '300', 300, true),
         (2, 'heartbeat_many', 'run_hot', 'HOT, of the UPDATEs of %s heartbeats', 'at least 0.99', 0.99, false),
         (3, 'claim_nothing', 'buffers', 'a claim that finds nothing: buffers', '10', 10, true),
         (4, 'claim_nothing', 'wal', 'its WAL', '0', 0, true)) b (number, workload, metric, what, at_most, bound, is_most)
    USING (workload, metric)
 CROSS JOIN LATERAL (SELECT replace(what, '%s', coalesce(bench.figure((setting ->> 'calls')::float), '')) AS work,
                            CASE WHEN is_most THEN median <= bound ELSE median >= bound END AS met) m
 WHERE variant = 'runs'
 ORDER BY number;
SELECT format('| `queue_stats` of %s open jobs, beside %s finished ones | | 50 ms | %s ms | %s |', bench.figure((setting ->> 'open')::float),
              bench.figure((setting ->> 'finished')::float), bench.spread(median, min, max), CASE WHEN median <= 50 THEN 'yes' ELSE '**no**' END)
  FROM bench.median
 WHERE (workload, metric, variant) = ('queue_stats', 'ms', 'runs.many');
SELECT format('| `attach` with `backfill => false`, then `backfill`: longest wait of another session''s INSERT'
              || ' (%s ms without) | | 100 ms | %s ms | %s |',
              bench.figure(idle.median), bench.spread(a.median, a.min, a.max),
              CASE WHEN a.median <= 100 THEN 'yes' ELSE '**no**' END)
  FROM bench.median a
  JOIN bench.median idle USING (workload)
 WHERE (workload, a.variant, idle.variant) = ('attach', 'client.backfill', 'client.idle');
