-- A shop on a busy afternoon, for the picture and for the figures that are compared: the jobs of the day before, and open
-- jobs of every state, made by the calls that workers make. Then the clocks of their runs are set, so that nobody has to
-- wait, and who looks sees the same each time.
CREATE EXTENSION batch_job;
SELECT batch_job.create_table(runs => true);
INSERT INTO batch_job_type (type, max_running, max_running_per_owner) VALUES
  ('product-import', 2, 1), ('price-export', 4, NULL), ('image-resize', 3, NULL);

-- Of each type so many jobs, of which each so manyth has failed, and about how many seconds their stages took.
INSERT INTO batch_job (type, dry_run, created_at, start_after, pre_processed_at, confirmed_at, processing_at, completed_at,
                       failed_at, result)
SELECT type, review > 0, created, created, created + preparing * s, created + (preparing + review) * s,
       created + (preparing + review + waiting) * s, CASE WHEN error IS NULL THEN finished END,
       CASE WHEN error IS NOT NULL THEN finished END,
       CASE WHEN error IS NOT NULL THEN jsonb_build_object('errors', jsonb_build_array(error)) END
  FROM (VALUES
    ('product-import', 38, 31, 48, 1260, 9, 1080,
     '{"code": "bad_row", "message": "row 17,204: \"price\" is no number: \"12,-\""}'::jsonb),
    ('price-export', 96, 70, 1.2, 0, 14, 190, '"503 Service Unavailable: ftp.marketplace.example does not answer"'),
    ('order-export', 24, NULL, 0.4, 0, 6, 41, NULL),
    ('stock-sync', 288, 190, 0.2, 0, 3.1, 22,
     '{"code": "worker_lost", "message": "worker sync-2 has not been heard for 2 minutes"}'),
    ('image-resize', 140, 85, 2, 0, 160, 365, '"ENOSPC: no space left on device, write /var/media/cache"')
  ) AS t (type, jobs, fails, preparing, review, waiting, processing, errors),
  generate_series(1, jobs) AS n,
  LATERAL (SELECT now() - interval '20 hours' * n / jobs - interval '2 hours' AS created,
                  -- some are quicker, and some take much longer
                  interval '1 second' * (0.6 + 0.5 * abs(sin(n)) + CASE WHEN n % 11 = 0 THEN 1.2 ELSE 0 END) AS s,
                  CASE WHEN n % fails = 3 THEN errors END AS error) AS a,
  LATERAL (SELECT created + (preparing + review + waiting + processing) * s AS finished) AS b;

-- What is open: confirmed so long ago, to be done from then on or later.
INSERT INTO batch_job (type, created_by, created_at, pre_processed_at, confirmed_at, start_after)
SELECT type, created_by, at, at, at, at + after
  FROM (VALUES
    ('price-export', NULL, 1, '70 min', '0'::interval), ('price-export', NULL, 1, '25 min', '0'),
    ('product-import', 'ann', 1, '14 min', '0'), ('stock-sync', NULL, 1, '9 min', '0'),
    ('image-resize', NULL, 26, '8 min', '0'), ('product-import', 'ann', 1, '4 min', '0'),
    ('order-export', NULL, 1, '3 min', '0'), ('order-export', NULL, 1, '2 min', '0'),
    ('price-export', NULL, 1, '1 min', '8 hours')
  ) AS t (type, created_by, jobs, ago, after), generate_series(1, jobs) AS n,
  LATERAL (SELECT now() - ago::interval - interval '1 second' * n AS at) AS a;
INSERT INTO batch_job (type, created_by, dry_run, created_at, pre_processed_at, result)
VALUES ('product-import', 'bob', true, now() - interval '51 hours', now() - interval '51 hours', '{"count": 1250}');

-- A worker claims a job, and says how far it is.
CREATE FUNCTION pg_temp.work(type text, worker text, done bigint, total bigint, message text, OUT id text, OUT run text) AS $$
BEGIN
  SELECT c.id, c.run INTO STRICT id, run FROM batch_job.claim(ARRAY[type], worker => work.worker) AS c;
  PERFORM batch_job.heartbeat(id, run, done, total, message);
END $$ LANGUAGE plpgsql;

SELECT batch_job.retry(id, run, '503 Service Unavailable: ftp.marketplace.example does not answer', '0')
  FROM pg_temp.work('price-export', 'exporter-2', 900, 12000, 'Switzerland, CHF');
SELECT batch_job.retry(id, run, '503 Service Unavailable: ftp.marketplace.example does not answer')
  FROM pg_temp.work('price-export', 'exporter-1', 4980, 12000, 'Switzerland, CHF');
SELECT pg_temp.work('price-export', 'exporter-2', 7310, 12000, 'Germany, EUR');
SELECT pg_temp.work('product-import', 'importer-1', 31200, 40000, 'row 31,200, winter jackets');
SELECT pg_temp.work('stock-sync', 'sync-1', 8120, NULL, 'warehouse Leipzig');
SELECT batch_job.pause(id), batch_job.release(id, run)
  FROM pg_temp.work('image-resize', 'render-1', 412, 1000, 'banners');
SELECT pg_temp.work('image-resize', 'render-2', 610, 1000, 'thumbnails of lamps');
INSERT INTO batch_job (type, created_at, pre_processed_at, confirmed_at, processing_at)
SELECT 'order-export', at, at, at, at FROM (SELECT now() - interval '2 hours 10 min') AS started (at);

-- Since when they work, when they were heard last, when they came further, and how long their lease goes on.
UPDATE batch_job_run
   SET claimed_at = now() - since::interval, heartbeat_at = now() - heard::interval,
       progress_at = now() - progress::interval, lease_until = now() + lease::interval
  FROM (VALUES
    ('exporter-2', '25 min', '12 s', '14 min', '1 hour'), ('importer-1', '14 min', '6 s', '6 s', '1 hour'),
    ('sync-1', '9 min', '15 s', '15 s', '1 hour'), ('render-2', '7 min', '85 s', '100 s', '-20 s')
  ) AS t (who, since, heard, progress, lease)
 WHERE worker = who AND state = 'running';
