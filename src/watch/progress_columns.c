/*
 * progress_columns.c
 *	  The progress of open jobs: query and columns for a view and a function.
 *
 * A view belongs to its owner and stays as it was created.  So whatever may
 * change some day, such as the estimates, is in functions that it calls.
 */
#include "watch/progress_columns.h"

#include "utils/builtins.h"

#include "job/job_table.h"
#include "run/type_settings.h"

typedef struct ProgressColumn
{
	const char *name;
	const char *with_runs;
	const char *without_runs;
	const char *comment;
} ProgressColumn;

#define WHILE_RUNNING(value) \
	"CASE WHEN r.state OPERATOR(pg_catalog.=) 'running'::batch_job.run_state THEN " value " END"
#define DONE_BY_RESULT	"batch_job.items(j.result, 'advancement_count'::pg_catalog.text)"
#define TOTAL_BY_RESULT	"batch_job.items(j.result, 'count'::pg_catalog.text)"
#define BY_RUN(column, by_result) \
	"CASE WHEN r.job_id IS NOT NULL THEN r." column \
	" WHEN j.status OPERATOR(pg_catalog.=) 'created'::batch_job.status" \
	" OR j.status OPERATOR(pg_catalog.=) 'processing'::batch_job.status THEN " by_result " END"
#define DONE	BY_RUN("items_done", DONE_BY_RESULT)
#define TOTAL	BY_RUN("items_total", TOTAL_BY_RESULT)
#define WORK	"COALESCE(r.base_at, r.claimed_at), r.base_items, r.rate_at, r.rate_items"
#define LAST_OF_RESULT \
	"j.result OPERATOR(pg_catalog.->) 'errors'::pg_catalog.text OPERATOR(pg_catalog.->) (-1)"

static const ProgressColumn columns[] = {
	{"id", "j.id::pg_catalog.text", "j.id::pg_catalog.text", "The job's id."},
	{"status", "j.status", "j.status", "The job's status."},
	{"state", "o.state", "o.state",
	"One of waiting (for its first worker, or given back), running, suspect (its lease is over, and nothing has "
	"been heard of its worker), retrying (an attempt failed or was lost, and it waits for the next) and paused. "
	"NULL: no worker has to do with it, because it waits for a confirmation, or is processing without a run."},
	{"type", "j.type::pg_catalog.text", "j.type::pg_catalog.text", "The job's type."},
	{"created_by", "j.created_by::pg_catalog.text", "j.created_by::pg_catalog.text", "Who created the job."},
	{"worker", "r.worker", "NULL::pg_catalog.text",
	"What its worker calls itself; the last one, if its run is over."},
	{"attempt", "CASE WHEN r.lease_until OPERATOR(pg_catalog.<>) r.claimed_at THEN r.attempt END", "NULL::pg_catalog.int2",
	"Which attempt it is, or was."},
	{"max_attempts", "COALESCE(t.max_attempts, " CppAsString2(DEFAULT_MAX_ATTEMPTS) "::pg_catalog.int2)",
	"NULL::pg_catalog.int2", "After how many attempts the job has failed."},
	{"items_done", DONE, DONE_BY_RESULT,
	"How many items are done, as its worker said by heartbeat; without a run, as its result says under "
	"advancement_count, but not between preparation and work."},
	{"items_total", TOTAL, TOTAL_BY_RESULT,
	"How many items there are; without a run, as its result says under count."},
	{"percent", "batch_job.percent(" DONE ", " TOTAL ")", "batch_job.percent(" DONE_BY_RESULT ", " TOTAL_BY_RESULT ")",
	"How much of the work is done, from 0 to 100."},
	{"rate", WHILE_RUNNING("batch_job.rate(" WORK ")"), "NULL::pg_catalog.float8",
	"Items a second, while it is running: the mean between its first report with items done and a recent one; at "
	"first, since the claim. A run that goes on from a checkpoint is measured anew."},
	{"eta", WHILE_RUNNING("batch_job.eta(" WORK ", r.progress_at, r.items_done, r.items_total, o.now)"), "NULL::pg_catalog.interval",
	"How long the rest will take at that rate; never negative. It runs down by the clock between two reports. "
	"NULL before there is anything to go by, and when items_done has not changed for longer than the worker had "
	"worked before."},
	{"message", "r.message", "NULL::pg_catalog.text", "What its worker does just now, for people."},
	{"started_at", "COALESCE(" WHILE_RUNNING("r.claimed_at") ", j.processing_at)", "j.processing_at",
	"When its run began; without one, when the job was started."},
	{"quiet_for", WHILE_RUNNING("batch_job.duration(r.heartbeat_at, o.now)"), "NULL::pg_catalog.interval",
	"For how long nothing has been heard of its worker."},
	{"stalled_for", WHILE_RUNNING("batch_job.duration(COALESCE(r.progress_at, r.claimed_at), o.now)"),
	"NULL::pg_catalog.interval", "For how long items_done has not changed."},
	{"due_at", "o.due", "o.due", "From when it may be given to a worker, while it waits for one."},
	{"retry_at", "CASE WHEN o.state OPERATOR(pg_catalog.=) 'retrying' THEN o.due END", "NULL::pg_catalog.timestamptz",
	"From when the next attempt may begin, while it is retrying."},
	{"last_error", "COALESCE((SELECT e.error FROM %s e WHERE e.job_id OPERATOR(pg_catalog.=) j.id"
		" AND e.error IS NOT NULL ORDER BY e.run DESC LIMIT 1), CASE WHEN r.job_id IS NULL THEN " LAST_OF_RESULT " END)", LAST_OF_RESULT,
	"Why the last failed attempt failed; without a run, the last error of its result."},
};

/* "SELECT ...", given an expression for the time. */
void
progress_append_query(StringInfo sql, const OpenJobs *open, const char *now)
{
	const char *runs = open->has_runs ? run_table_name(&open->tables) : NULL;

	for (int i = 0; i < (int) lengthof(columns); i++)
	{
		appendStringInfoString(sql, i == 0 ? "SELECT " : ", ");
		appendStringInfo(sql, open->has_runs ? columns[i].with_runs : columns[i].without_runs, runs);
		appendStringInfo(sql, " AS %s", columns[i].name);
	}
	open_jobs_append_source(sql, open, now);
}

/* "COMMENT ON COLUMN ... IS ...;" */
void
progress_append_comments(StringInfo sql, const char *view)
{
	for (int i = 0; i < (int) lengthof(columns); i++)
		appendStringInfo(sql, "COMMENT ON COLUMN %s.%s IS %s;", view, columns[i].name,
						 quote_literal_cstr(columns[i].comment));
}

/* "id status ... ", by which our view is recognized. */
char *
progress_column_names(void)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < (int) lengthof(columns); i++)
		appendStringInfo(&names, "%s ", columns[i].name);
	return names.data;
}
