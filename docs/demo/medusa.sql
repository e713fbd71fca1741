-- A database of Medusa v1 after six busy weeks: its users and its batch jobs, with all their oddities.
-- Everything is derived from hashes of the row's number, so every run makes the same jobs; only their times, and the ids
-- that contain these times, depend on the clock.
\set QUIET on
\set ON_ERROR_STOP on
SET timezone = 'UTC';
SELECT date_trunc('minute', now()) - interval '20 minutes' AS newest \gset

-- A number in [0, 1) that looks random but depends only on n and topic.
CREATE FUNCTION pg_temp.dice(n int, topic text) RETURNS float8 LANGUAGE sql IMMUTABLE
RETURN ('x' || substr(md5(topic || n), 1, 8))::bit(32)::bigint / 4294967296.0::float8;

CREATE FUNCTION pg_temp.pick(n int, topic text, choices text[]) RETURNS text LANGUAGE sql IMMUTABLE
RETURN choices[1 + floor(pg_temp.dice(n, topic) * cardinality(choices))::int];

-- 48 bits of time and 80 bits of hash, in Crockford's base 32.
CREATE FUNCTION pg_temp.ulid(at timestamptz, seed text) RETURNS text LANGUAGE sql IMMUTABLE
RETURN (
  SELECT string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', digit + 1, 1), '' ORDER BY place)
    FROM (SELECT place, ((extract(epoch FROM at) * 1000)::bigint >> 5 * (9 - place) & 31)::int
            FROM generate_series(0, 9) place
           UNION ALL
          SELECT 10 + byte, get_byte(decode(md5(seed), 'hex'), byte) & 31
            FROM generate_series(0, 15) byte) digits (place, digit));

CREATE TYPE public.user_role_enum AS ENUM ('admin', 'member', 'developer');

CREATE TABLE public."user" (
  id varchar PRIMARY KEY,
  email varchar NOT NULL UNIQUE,
  first_name varchar,
  last_name varchar,
  role public.user_role_enum DEFAULT 'member',
  metadata jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz
);

CREATE TABLE public.batch_job (
  id varchar NOT NULL,
  type text NOT NULL,
  created_by varchar,
  context jsonb,
  result jsonb,
  dry_run boolean NOT NULL DEFAULT false,
  created_at timestamptz NOT NULL DEFAULT now(),
  pre_processed_at timestamptz,
  confirmed_at timestamptz,
  processing_at timestamptz,
  completed_at timestamptz,
  failed_at timestamptz,
  canceled_at timestamptz,
  updated_at timestamptz NOT NULL DEFAULT now(),
  deleted_at timestamptz,
  CONSTRAINT "PK_e57f84d485145d5be96bc6d871e" PRIMARY KEY (id),
  FOREIGN KEY (created_by) REFERENCES public."user" (id)
);

-- The people who ask for jobs, the first one most often.
CREATE TEMP TABLE person (
  number int, email text, first_name text, last_name text, role public.user_role_enum, joined timestamptz);
INSERT INTO person VALUES
  (1, 'nightly@shop.example', 'Nightly', 'Exports', 'developer'),
  (2, 'ines.duarte@shop.example', 'Inês', 'Duarte', 'member'),
  (3, 'oskar.lind@shop.example', 'Oskar', 'Lind', 'member'),
  (4, 'amara.okafor@shop.example', 'Amara', 'Okafor', 'admin'),
  (5, 'yuki.tanabe@shop.example', 'Yuki', 'Tanabe', 'member'),
  (6, 'petra.novak@shop.example', 'Petra', 'Novak', 'member'),
  (7, 'samuel.reyes@shop.example', 'Samuel', 'Reyes', 'member'),
  (8, 'leila.haddad@shop.example', 'Leila', 'Haddad', 'admin'),
  (9, 'tom.okeefe@shop.example', 'Tom', 'O''Keefe', 'member'),
  (10, 'mira.santos@shop.example', 'Mira', 'Santos', 'member'),
  (11, 'jan.de-vries@shop.example', 'Jan', 'de Vries', 'developer'),
  (12, 'ada.byrne@shop.example', 'Ada', 'Byrne', 'member');
UPDATE person SET joined = :'newest'::timestamptz - interval '1 day' * (120 + 700 * pg_temp.dice(number, 'joined'));

INSERT INTO public."user" (id, email, first_name, last_name, role, created_at, updated_at, deleted_at)
SELECT 'usr_' || pg_temp.ulid(joined, email), email, first_name, last_name, role, joined, joined,
       CASE WHEN number = 12 THEN :'newest'::timestamptz - interval '9 days' END
  FROM person
 ORDER BY number;

-- What became of a job: how many of pre_processed, confirmed, processing, completed it reached, and how it ended.
CREATE TEMP TABLE fate (name text, reached int, canceled boolean, failed boolean);
INSERT INTO fate VALUES
  ('new', 0, false, false),
  ('waits for a person', 1, false, false),
  ('waits for a worker', 2, false, false),
  ('at work', 3, false, false),
  ('done', 4, false, false),
  ('canceled', 1, true, false),
  ('canceled behind its own end', 4, true, false),
  ('failed to prepare', 0, false, true),
  ('failed at work', 3, false, true),
  ('delivered twice', 4, false, true);

CREATE TEMP TABLE job AS
SELECT n,
       pg_temp.pick(n, 'type', '{product-import,product-import,product-import,product-import,product-import,
                                 product-export,product-export,product-export,product-export,
                                 order-export,order-export,order-export,order-export,
                                 price-list-import,price-list-import,
                                 customer-export,customer-export,
                                 publish-products}') AS type,
       -- some jobs are not asked for by a person
       CASE WHEN pg_temp.dice(n, 'user') < 0.94 THEN 1 + floor(13 * pg_temp.dice(n, 'user') ^ 2)::int END AS number,
       floor(8 + 900 * pg_temp.dice(n, 'size') ^ 3)::int AS size,
       :'newest'::timestamptz - interval '42 days' * (4000 - n + pg_temp.dice(n, 'created')) / 4000 AS created_at
  FROM generate_series(1, 4000) n;

ALTER TABLE job ADD dry_run boolean, ADD became text;
UPDATE job SET dry_run = pg_temp.dice(n, 'dry_run') < CASE WHEN type LIKE '%-export' THEN 0.05 ELSE 0.8 END;
-- Person 1, a program, only exports; person 12 has left.
UPDATE job SET number = 3 WHERE number = 1 AND type NOT LIKE '%-export' OR number = 12 AND n > 3000;
UPDATE job
   SET became = CASE
         -- a moment ago: still under way
         WHEN n > 3998 THEN 'at work'
         WHEN n > 3985 THEN (ARRAY['new', 'waits for a person', 'waits for a worker'])[1 + n % 3]
         -- a worker crashed three times: nobody continues these
         WHEN n BETWEEN 3700 AND 3702 OR n BETWEEN 2500 AND 2501 OR n = 1203 THEN 'at work'
         WHEN n BETWEEN 3703 AND 3708 OR n BETWEEN 2502 AND 2505 OR n = 1204 THEN 'waits for a worker'
         -- and once no worker was there at all
         WHEN n BETWEEN 3300 AND 3302 THEN 'new'
         WHEN pg_temp.dice(n, 'fate') < 0.045 THEN 'failed to prepare'
         WHEN pg_temp.dice(n, 'fate') < 0.085 THEN 'failed at work'
         WHEN pg_temp.dice(n, 'fate') < 0.115 THEN 'canceled'
         WHEN pg_temp.dice(n, 'fate') < 0.122 THEN 'canceled behind its own end'
         WHEN pg_temp.dice(n, 'fate') < 0.126 THEN 'delivered twice'
         WHEN pg_temp.dice(n, 'fate') < 0.180 AND dry_run THEN 'waits for a person'
         ELSE 'done'
       END;

CREATE FUNCTION pg_temp.job_context(n int, type text) RETURNS jsonb LANGUAGE sql IMMUTABLE
RETURN CASE type
  WHEN 'product-import' THEN jsonb_build_object('fileKey', format('uploads/products-%s.csv', lpad(n::text, 4, '0')))
  WHEN 'price-list-import' THEN jsonb_build_object(
         'fileKey', format('uploads/prices-%s.csv', lpad(n::text, 4, '0')),
         'price_list_id', pg_temp.pick(n, 'list', '{pl_spring_sale,pl_wholesale,pl_staff}'))
  WHEN 'publish-products' THEN jsonb_build_object(
         'filterable_fields', jsonb_build_object('status', jsonb_build_array('draft'), 'tags', jsonb_build_array(
           pg_temp.pick(n, 'tag', '{spring,outdoor,clearance}'))))
  WHEN 'product-export' THEN jsonb_build_object(
         'list_config', '{"skip": 0, "take": 50, "order": {"created_at": "DESC"}, "relations": ["variants"]}'::jsonb,
         'filterable_fields', jsonb_build_object('status', jsonb_build_array(
           pg_temp.pick(n, 'shown', '{published,draft}'))))
  WHEN 'order-export' THEN jsonb_build_object(
         'list_config', '{"skip": 0, "take": 100, "order": {"created_at": "ASC"}, "select": ["id", "total"]}'::jsonb,
         'filterable_fields', jsonb_build_object('payment_status', jsonb_build_array(
           pg_temp.pick(n, 'paid', '{captured,awaiting,refunded}'))))
  ELSE jsonb_build_object(
         'list_config', '{"skip": 0, "take": 200}'::jsonb,
         'filterable_fields', jsonb_build_object('has_account', pg_temp.dice(n, 'account') < 0.7))
END;

CREATE FUNCTION pg_temp.job_preview(n int, type text, size int) RETURNS jsonb LANGUAGE sql IMMUTABLE
RETURN CASE WHEN type LIKE '%-import'
  THEN jsonb_build_array(
         jsonb_build_object('key', type || '-new', 'name', 'New',
                            'message', format('%s rows will be added', size / 5)),
         jsonb_build_object('key', type || '-changed', 'name', 'Changed',
                            'message', format('%s rows will change', size - size / 5)))
  ELSE jsonb_build_array(
         jsonb_build_object('key', type || '-count', 'name', 'Rows', 'message', format('%s rows match', size)))
END;

-- Medusa's plug-ins write errors as strings, as objects, or as both.
CREATE FUNCTION pg_temp.job_errors(n int, fate text, message text) RETURNS jsonb LANGUAGE sql IMMUTABLE
RETURN CASE
  WHEN fate = 'failed to prepare' THEN jsonb_build_array('cannot read file: ' || message)
  WHEN fate = 'delivered twice' THEN jsonb_build_array('cannot complete a job that is completed')
  WHEN fate = 'failed at work' AND pg_temp.dice(n, 'error') < 0.6 THEN
    jsonb_build_array(jsonb_build_object('err', '{}'::jsonb, 'code', 'unknown', 'message', message), message)
  WHEN fate = 'failed at work' THEN jsonb_build_array(jsonb_build_object('code', 'not_found', 'message', message))
END;

CREATE FUNCTION pg_temp.job_result(n int, type text, size int, fate fate) RETURNS jsonb LANGUAGE sql IMMUTABLE
RETURN jsonb_strip_nulls(
  CASE WHEN fate.reached = 0 THEN '{}' ELSE jsonb_build_object(
    'count', size,
    'advancement_count', floor(size * CASE WHEN fate.reached < 3 THEN 0 WHEN fate.reached > 3 THEN 1
                                           ELSE pg_temp.dice(n, 'done') END),
    'stat_descriptors', pg_temp.job_preview(n, type, size))
  END ||
  CASE WHEN fate.reached < 4 OR type NOT LIKE '%-export' THEN '{}' ELSE jsonb_build_object(
    'file_key', format('exports/%s-%s.csv', replace(type, '-export', 's'), lpad(n::text, 4, '0')),
    'file_size', 96 + size * 143)
  END ||
  CASE WHEN NOT fate.failed THEN '{}' ELSE jsonb_build_object(
    'errors', pg_temp.job_errors(n, fate.name,
      CASE WHEN fate.reached = 0 THEN coalesce(pg_temp.job_context(n, type) ->> 'fileKey', 'storage does not answer')
           ELSE pg_temp.pick(n, 'message', '{upload refused,unknown tax region,price without a currency}') END))
  END);

-- An interval between two numbers of milliseconds.
CREATE FUNCTION pg_temp.wait(n int, topic text, low float8, high float8) RETURNS interval LANGUAGE sql IMMUTABLE
RETURN interval '1 ms' * floor(low + (high - low) * pg_temp.dice(n, topic) ^ 3);

INSERT INTO public.batch_job (id, type, created_by, context, result, dry_run, created_at, pre_processed_at,
                              confirmed_at, processing_at, completed_at, failed_at, canceled_at, updated_at, deleted_at)
SELECT 'batch_' || pg_temp.ulid(job.created_at + interval '3 ms', 'job ' || n),
       job.type,
       "user".id,
       pg_temp.job_context(n, job.type),
       CASE WHEN reached > 0 OR failed THEN pg_temp.job_result(n, job.type, size, fate) END,
       job.dry_run,
       job.created_at,
       CASE WHEN reached >= 1 THEN prepared END,
       CASE WHEN reached >= 2 THEN confirmed END,
       CASE WHEN reached >= 3 THEN started END,
       CASE WHEN reached >= 4 THEN finished END,
       CASE WHEN failed THEN stopped END,
       CASE WHEN canceled THEN stopped END,
       written,
       CASE WHEN n < 3200 AND reached <> 3 AND (reached = 4 OR failed) AND pg_temp.dice(n, 'deleted') < 0.025
            THEN written + pg_temp.wait(n, 'kept', 300e3, 600e6) END
  FROM job
  JOIN fate ON fate.name = became
  LEFT JOIN person USING (number)
  LEFT JOIN public."user" USING (email)
 -- The timestamps are of the application's clock, in milliseconds: when each step is done, if it is reached.
 CROSS JOIN LATERAL (SELECT date_trunc('milliseconds', job.created_at)) a (asked)
 CROSS JOIN LATERAL (SELECT asked + pg_temp.wait(n, 'prepare', 400 + 2 * size, 4000 + 3 * size)) b (prepared)
 CROSS JOIN LATERAL (SELECT prepared + CASE WHEN job.dry_run AND n <= 3985 THEN pg_temp.wait(n, 'confirm', 30e3, 5e6)
                                            ELSE pg_temp.wait(n, 'confirm', 4, 9) END) c (confirmed)
 CROSS JOIN LATERAL (SELECT confirmed + pg_temp.wait(n, 'start', 20, 900)) d (started)
 CROSS JOIN LATERAL (SELECT started + pg_temp.wait(n, 'work', 1500 + 10 * size, 5000 + 90 * size)) e (finished)
 CROSS JOIN LATERAL (SELECT (ARRAY[asked, prepared, confirmed, started, finished])[1 + reached]) f (last)
 CROSS JOIN LATERAL (SELECT last + pg_temp.wait(n, 'stop', 1000, 21000)) g (stopped)
 -- updated_at is the start of the last transaction that wrote, so it is earlier than the timestamps written by it.
 CROSS JOIN LATERAL (SELECT CASE WHEN canceled OR failed THEN stopped
                                 WHEN reached = 0 THEN job.created_at + interval '12 ms'
                                 WHEN reached = 4 THEN started
                                 ELSE last END - 0.01 * pg_temp.wait(n, 'begin', 150, 990)) h (written)
 ORDER BY n;

ANALYZE public."user", public.batch_job;

SELECT count(*) AS jobs, count(DISTINCT type) AS types, count(deleted_at) AS deleted,
       (SELECT count(*) FROM public."user") AS users
  FROM public.batch_job \gset
\echo 'An existing Medusa database, owned by the role' :USER
\echo '  public."user":    ' :users 'people'
\echo '  public.batch_job: ' :jobs 'jobs of' :types 'types from the last six weeks,' :deleted 'of them soft-deleted'
\echo
