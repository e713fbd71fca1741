-- Makes a page that shows a job table: what waits and what runs, the open jobs, the last failures, and how long jobs take.
--
--   psql -X -d shop -f docs/board.sql -o board.html
--
-- If psql fails, the file is incomplete. So if you make the page regularly, write to another file, and rename that with mv
-- when psql has succeeded.
--
-- -v table=app.batch_job chooses another table than batch_job, and -v since='7 days' another period than the last day. The
-- page is one file without scripts, and loads nothing from elsewhere. The role only needs to read the table and the tables
-- beside it. Nothing is written, so it also works on a standby.
\set QUIET on
\set ON_ERROR_STOP on
\if :{?table} \else \set table batch_job \endif
\if :{?since} \else \set since '1 day' \endif
-- the maximum of open jobs and of failures to show, and after how long a job without progress is marked
\if :{?jobs} \else \set jobs 200 \endif
\if :{?failures} \else \set failures 10 \endif
\if :{?stalled} \else \set stalled '5 minutes' \endif

-- One snapshot, so that all figures are consistent. From here on, names without a schema are PostgreSQL's own.
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
SELECT :'table'::pg_catalog.regclass::pg_catalog.oid AS job_table \gset
SET LOCAL search_path = pg_catalog, pg_temp;
SET LOCAL client_encoding = 'UTF8';
SET LOCAL DateStyle = 'ISO';
SELECT :job_table::regclass AS table_name \gset

-- Three expressions that are used below.
-- escaped: the row "line" as JSON in which no text can be taken for HTML. The escaped characters do not occur in the syntax of
-- JSON itself. Every text that psql does not escape comes from there, and none goes into an attribute, where quotes would matter.
-- humane: the interval "span" for people.
-- in_words: the "error" of a job in words.
SELECT $$
  replace(replace(replace(to_jsonb(line)::text, '&', '&amp;'), '<', '&lt;'), '>', '&gt;')::jsonb
$$ AS escaped, $$
  CASE WHEN span < '10 s' THEN to_char(extract(epoch FROM span), 'FM0.0 "s"')
       WHEN span < '1 min' THEN to_char(span, 'FMSS "s"')
       WHEN span < '10 min' THEN to_char(span, 'FMMI "min" FMSS "s"')
       WHEN span < '1 h' THEN to_char(span, 'FMMI "min"')
       WHEN span < '1 day' THEN to_char(span, 'FMHH24 "h" FMMI "min"')
       ELSE to_char(justify_hours(span), 'FMDD "d" FMHH24 "h"') END
$$ AS humane, $$
  left(coalesce(nullif(concat_ws(': ', error ->> 'code', error ->> 'message'), ''), error #>> '{}'), 300)
$$ AS in_words \gset

\pset pager off
\pset numericlocale off
\pset expanded off
\pset null ''
\pset border 0
\pset footer off
\pset tableattr
\pset fieldsep ''
\pset format unaligned
\pset tuples_only on
SELECT $html$<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<style>
:root {
  --page: #f6f6f4; --card: #fff; --line: #e9e9e5; --ink: #22262b; --quiet: #6b727b;
  --blue: #3b72ca; --amber: #a86e12; --red: #c2453a; --violet: #7860bd; --slate: #5b7187; --grey: #7f868e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #15171a; --card: #1d2024; --line: #30343a; --ink: #e2e5e9; --quiet: #979ea7;
    --blue: #7da7ea; --amber: #dba653; --red: #ea8a80; --violet: #b09de6; --slate: #a3b6c9; --grey: #8b929a;
  }
}
.running { --tint: var(--blue); }
.suspect, .no_run { --tint: var(--red); }
.retrying { --tint: var(--amber); }
.unconfirmed { --tint: var(--violet); }
.paused { --tint: var(--grey); }
.waiting { --tint: var(--slate); }

* { box-sizing: border-box; margin: 0; }
body {
  max-width: 78rem; margin: 0 auto; padding: 2rem 1.5rem .75rem; background: var(--page); color: var(--ink);
  font: 14px/1.45 Inter, system-ui, sans-serif; font-variant-numeric: tabular-nums; print-color-adjust: exact;
}
header { display: flex; flex-wrap: wrap; gap: 0 .75rem; align-items: baseline; margin-bottom: 1.25rem; color: var(--quiet); }
header time { margin-left: auto; }
h1 { font-size: 1.4rem; font-weight: 650; letter-spacing: -.01em; color: var(--ink); }
h2 { font-size: 1rem; font-weight: 650; padding: .9rem 1rem .4rem; }
h2 span, small, th, dt { color: var(--quiet); font-weight: 400; font-size: .85rem; }
small { display: block; }
section {
  background: var(--card); border: 1px solid var(--line); border-radius: 10px; margin-bottom: 1.25rem; overflow-x: auto;
}
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(6.5rem, 1fr)); padding: .9rem 0 .4rem; }
dl div { padding: 0 1rem .3rem; }
dt::first-letter { text-transform: uppercase; }
dd { font: 600 1.6rem/1.25 Inter, system-ui, sans-serif; letter-spacing: -.02em; color: var(--tint, var(--grey)); }

table { width: 100%; border-collapse: collapse; }
th { text-align: left; white-space: nowrap; }
th, td { padding: .5rem 1rem; vertical-align: top; }
td { border-top: 1px solid var(--line); }
[align=right], .n { text-align: right; white-space: nowrap; }
section:not(:has(td, dd)) table { display: none; }
section:not(:has(td, dd))::after { content: "none"; display: block; padding: 0 1rem .9rem; color: var(--quiet); }

.bar { display: flex; height: 6px; margin: .3rem 0; border-radius: 3px; background: var(--line); overflow: hidden; }
.bar i { background: var(--tint, var(--blue)); }
.bar i + i { opacity: .35; }
.bar.all { height: 8px; margin: 0 1rem 1rem; gap: 2px; background: none; }
.bar.all i { opacity: 1; }
.pill {
  padding: .15rem .6rem; border-radius: 99px; font-size: .85rem; font-weight: 500; white-space: nowrap;
  color: var(--tint); background: color-mix(in srgb, var(--tint) 13%, transparent);
}
.split { display: flex; justify-content: space-between; gap: 1rem; white-space: nowrap; }
.warn { color: var(--amber); }
#queue :is(th, td):not(:first-child, :last-child) { text-align: right; }
#queue :is(th, td), #failures td:not(:nth-child(3)), #durations td:first-child { white-space: nowrap; }
#failures td:last-child { color: var(--quiet); font-size: .85rem; }
#jobs th:nth-child(3) { width: 30%; }
#jobs td, #failures td { overflow-wrap: anywhere; }
#failures td:nth-child(3) { min-width: 18rem; }

@media (max-width: 48rem) {
  body { padding: 1rem .75rem; }
  #jobs :is(table, tbody) { display: block; }
  #jobs tr { display: grid; grid-template-columns: 1fr auto; gap: .3rem 1rem; padding: .75rem 1rem; }
  #jobs tr { border-top: 1px solid var(--line); }
  #jobs tr:has(th) { display: none; }
  #jobs td { padding: 0; border: 0; text-align: left; }
  #jobs td:is(:nth-child(1), :nth-child(5)) { text-align: right; }
  #jobs td:nth-child(1) { order: 1; }
  #jobs td:nth-child(3) { order: 2; grid-column: 1 / -1; }
  #jobs td:nth-child(n + 4) { order: 3; }
}
@media print {
  body { padding: 0; max-width: none; }
  tr, dl { break-inside: avoid; }
}
</style>
$html$;

SELECT format('<title>%s</title>', safe ->> 'table_name'),
       format('<header><h1>%s</h1><span>%s</span><time>%s</time></header>', safe ->> 'table_name', safe ->> 'database', at)
  FROM (SELECT :'table_name' AS table_name, current_database() AS database, now()::timestamptz(0) AS at) AS line,
       LATERAL (SELECT :escaped AS safe) AS _;

-- Each open job counts once.
SELECT '<section id="now"><dl>',
       string_agg(format('<div class="%s"><dt>%s<dd>%s</div>', CASE WHEN n > 0 THEN kind END, translate(kind, '_', ' '),
                         coalesce(n, 0)), '' ORDER BY nth),
       '</dl><div class="bar all">',
       string_agg(format('<i class="%s" style="flex:%s"></i>', kind, n), '' ORDER BY nth) FILTER (WHERE n > 0),
       '</div></section>'
  FROM (SELECT sum(suspect) AS suspect, sum(no_run) AS no_run, sum(retrying) AS retrying, sum(running) AS running,
               sum(unconfirmed) AS unconfirmed, sum(paused) AS paused, sum(waiting) AS waiting
          FROM batch_job.queue_stats(:job_table)) AS total,
       LATERAL (VALUES (1, 'suspect', suspect), (2, 'no_run', no_run), (3, 'retrying', retrying), (4, 'running', running),
                       (5, 'unconfirmed', unconfirmed), (6, 'paused', paused), (7, 'waiting', waiting)) AS _ (nth, kind, n);

\pset tuples_only off
\pset format html
\qecho '<section id="queue"><h2>Queue</h2>'
SELECT type AS "Type", nullif(due, 0) AS "Due", (SELECT :humane FROM (SELECT oldest_due AS span) AS _) AS "Oldest due",
       nullif(waiting, 0) AS "Waiting", nullif(running, 0) AS "Running", nullif(suspect, 0) AS "Suspect",
       nullif(retrying, 0) AS "Retrying", nullif(paused, 0) AS "Paused", nullif(unconfirmed, 0) AS "Unconfirmed",
       nullif(no_run, 0) AS "No run",
       concat_ws(', ', CASE WHEN type_paused THEN 'paused' END, slots_used || ' of ' || max_running,
                 owner_slots_used || ' of ' || max_running_per_owner || ' for one owner') AS "Limits"
  FROM batch_job.queue_stats(:job_table)
 ORDER BY type;
\qecho '</section>'
\pset format unaligned
\pset tuples_only on

-- Those that need attention first.
SELECT '<section id="jobs"><h2>Open jobs <span>', CASE WHEN n > :jobs THEN 'the first ' || :jobs || ' of ' END, n,
       '</span></h2>'
  FROM (SELECT coalesce(sum(suspect + no_run + retrying + running + unconfirmed + paused + waiting), 0)
          FROM batch_job.queue_stats(:job_table)) AS _ (n);
\qecho '<table><tr><th>State<th>Job<th>Progress<th class="n">When<th>Worker'
SELECT format('<tr class="%s"><td><span class="pill">%s</span>', kind, translate(kind, '_', ' ')),
       '<small>attempt ' || attempt || ' of ' || max_attempts || '</small>',
       '<td>', safe ->> 'type', '<small>', safe ->> 'id', '</small>',
       '<td>', '<div class="split"><span>' || to_char(items_done, 'FM999,999,999,999,990')
               || coalesce(' of ' || to_char(items_total, 'FM999,999,999,999,990'), ' items') || '</span>'
               || coalesce('<span>' || trunc(percent) || ' %</span>', '') || '</div>',
       '<div class="bar"><i style="width:' || percent || '%"></i></div>',
       '<small>' || (safe ->> 'message') || '</small>',
       '<small class="warn">' || (safe ->> 'error') || '</small>',
       '<td class="n">', (SELECT :humane || ' left' FROM (SELECT eta AS span) AS _),
       (SELECT CASE WHEN due > now() THEN 'in ' ELSE 'due for ' END || :humane
          FROM (SELECT greatest(due - now(), now() - due) AS span WHERE isfinite(due)) AS _),
       (SELECT 'for ' || :humane FROM (SELECT now() - started_at AS span WHERE kind = 'no_run' AND isfinite(started_at)) AS _),
       '<td>', safe ->> 'worker',
       '<small>heard ' || (SELECT :humane FROM (SELECT quiet_for AS span) AS _) || ' ago</small>',
       '<small class="warn">no progress for '
         || (SELECT :humane FROM (SELECT stalled_for AS span) AS _ WHERE span > :'stalled') || '</small>'
  FROM (SELECT *, coalesce(state, CASE status WHEN 'processing' THEN 'no_run' ELSE 'unconfirmed' END) AS kind,
               CASE WHEN state IN ('waiting', 'retrying') THEN due_at END AS due,
               CASE WHEN state <> 'running' THEN (SELECT :in_words FROM (SELECT last_error AS error) AS _) END AS error
          FROM batch_job.progress(:job_table)) AS line,
       LATERAL (SELECT :escaped AS safe) AS _
 ORDER BY array_position('{suspect,no_run,retrying,running,unconfirmed,paused,waiting}', kind),
          stalled_for DESC NULLS LAST, due, id
 LIMIT :jobs;
\qecho '</table></section>'

-- This uses the index that create_table makes on the time when jobs ended.
SELECT '<section id="failures"><h2>Last failures <span>since ', (now() - :'since'::interval)::timestamptz(0), '</span></h2>';
\pset tuples_only off
\pset format html
SELECT (SELECT :humane || ' ago' FROM (SELECT now() - failed_at AS span) AS _) AS "Failed", type AS "Type",
       (SELECT :in_words FROM (SELECT result -> 'errors' -> -1 AS error) AS _) AS "Error", id AS "Job"
  FROM :table_name
 WHERE status = 'failed' AND greatest(completed_at, canceled_at, failed_at) >= now() - :'since'::interval AND deleted_at IS NULL
 ORDER BY failed_at DESC
 LIMIT :failures;
\pset format unaligned
\pset tuples_only on
\qecho '</section>'

-- In each column the longest bar is the longest duration.
\qecho '<section id="durations"><h2>Durations <span>median, and what 95 % stay below</span></h2>'
\qecho '<table><tr><th>Type<th class="n">Completed<th class="n">Failed<th class="n">Canceled'
\qecho '<th>Preparing<th>Review<th>Waiting<th>Processing'
SELECT '<tr><td>', safe ->> 'type',
       '<small class="warn">' || nullif(concat_ws(', ', 'attempts failed: ' || nullif(failed_attempts, 0),
                                                  'workers lost: ' || nullif(lost, 0)), '') || '</small>',
       format('<td class="n">%s<td class="n">%s<td class="n">%s', nullif(completed, 0), nullif(failed, 0), nullif(canceled, 0)),
       (SELECT string_agg('<td>' || coalesce(
                 '<div class="split"><span>' || (SELECT :humane FROM (SELECT median AS span) AS _) || '</span><small>'
                 || (SELECT :humane FROM (SELECT p95 AS span) AS _) || '</small></div><div class="bar"><i style="width:'
                 || round(of_longest * extract(epoch FROM median), 1) || '%"></i><i style="width:'
                 || round(of_longest * extract(epoch FROM p95 - median), 1) || '%"></i></div>', ''), '' ORDER BY nth)
          FROM (VALUES (1, preparing_median, preparing_p95, preparing), (2, review_median, review_p95, review),
                       (3, waiting_median, waiting_p95, waiting), (4, processing_median, processing_p95, processing))
                 AS stage (nth, median, p95, longest),
               LATERAL (SELECT 100 / greatest(extract(epoch FROM longest), 0.001) AS of_longest) AS _)
  FROM (SELECT *, max(preparing_p95) OVER () AS preparing, max(review_p95) OVER () AS review,
               max(waiting_p95) OVER () AS waiting, max(processing_p95) OVER () AS processing
          FROM batch_job.job_stats(:'since', :job_table)) AS line,
       LATERAL (SELECT :escaped AS safe) AS _
 ORDER BY type;
\qecho '</table></section>'
COMMIT;
