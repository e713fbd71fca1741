-- Jobs whose every text would like to be part of the page, in a table with such a name.
CREATE EXTENSION batch_job;
\set name '<b>jobs</b> & "more"'
SELECT batch_job.create_table(quote_ident(:'name'), runs => true) AS job_table \gset
SELECT batch_job.run_table(:'job_table') AS runs \gset

CREATE FUNCTION pg_temp.evil(n integer) RETURNS text RETURN (ARRAY[
  '<script>document.body.textContent = "gone"</script>',
  '"><img src="https://evil.example/x.png" onerror="alert(1)">',
  '</td></table></section><iframe src=//evil.example></iframe>',
  '&lt;b&gt; &amp;amp; \u003cb\u003e %s %1$s :humane \gset '' "',
  '<style>* { display: none }</style><!--',
  E'<svg onload=alert(1)>\n<a href="javascript:alert(1)">\\'])[1 + n % 6];

INSERT INTO :"name" (id, type, pre_processed_at, confirmed_at, start_after)
SELECT pg_temp.evil(n) || ' ' || n, pg_temp.evil(n + 1), now(), now(), now() - interval '1 hour' FROM generate_series(0, 17) n;

-- A worker claims a job, and says how far it is.
CREATE FUNCTION pg_temp.work(n integer, job_table regclass, OUT id text, OUT run text) AS $$
BEGIN
  SELECT c.id, c.run INTO STRICT id, run FROM batch_job.claim(worker => pg_temp.evil(n), job_table => work.job_table) AS c;
  PERFORM batch_job.heartbeat(id, run, 1, 2, pg_temp.evil(n + 1), job_table => work.job_table);
END $$ LANGUAGE plpgsql;

-- Twelve attempts fail, then six of their jobs for good; six others are worked on, and six wait for their first worker.
SELECT batch_job.retry(id, run, pg_temp.evil(n), '1 hour', :'job_table')
  FROM generate_series(0, 11) AS n, pg_temp.work(n, :'job_table');
SELECT batch_job.fail(job_id, jsonb_build_object('code', pg_temp.evil(n), 'message', pg_temp.evil(n + 1)),
                      job_table => :'job_table')
  FROM (SELECT job_id, row_number() OVER ()::integer AS n FROM :runs LIMIT 6) AS run;
SELECT pg_temp.work(n, :'job_table') FROM generate_series(0, 5) AS n;
INSERT INTO :"name" (type, pre_processed_at, confirmed_at)
SELECT pg_temp.evil(n), now(), now() FROM generate_series(0, 5) AS n;
