/*
 * run_tables.c
 *	  The two tables of the option runs: which they are, and what they must be like.
 *
 * They are a user's tables beside the job table.  The trigger that takes the
 * runs of removed jobs along names both: see job/trigger_table.c.
 */
#include "run/run_tables.h"

#include "access/relation.h"

#include "job/job_table.h"
#include "job/options.h"
#include "job/table_columns.h"
#include "job/trigger_table.h"

static const TableColumn run_columns[] = {
	{"job_id", "pg_catalog.text", "COLLATE %s NOT NULL", "the job's id"},
	{"run", "pg_catalog.text", "COLLATE pg_catalog.\"C\" NOT NULL",
	"the fencing token: a worker gives it with each call, and it is never given twice"},
	{"type", "pg_catalog.text", "NOT NULL", "the job's type"},
	{"created_by", "pg_catalog.text", "", "who created the job"},
	{"priority", "pg_catalog.int8", "NOT NULL", "the job's priority when it was claimed or given back, lower first; 0 where jobs have none"},
	{"state", "batch_job.run_state", "NOT NULL", "running; waiting or paused: over, and the job goes on with another run; ended: over"},
	{"attempt", "pg_catalog.int2", "NOT NULL", "which attempt it is; a run that was given back does not count"},
	{"worker", "pg_catalog.text", "", "what the worker calls itself"},
	{"claimed_at", "pg_catalog.timestamptz", "NOT NULL", "when the run began"},
	{"heartbeat_at", "pg_catalog.timestamptz", "NOT NULL", "when the worker was last heard"},
	{"lease_until", "pg_catalog.timestamptz", "NOT NULL", "until when the worker has the job without another heartbeat"},
	{"suspect_at", "pg_catalog.timestamptz", "", "when the lease was first seen to be over; lost, if no heartbeat comes for another lease"},
	{"items_done", "pg_catalog.int8", "", "progress: how many of the items are done"},
	{"items_total", "pg_catalog.int8", "", "how many items there are"},
	{"progress_at", "pg_catalog.timestamptz", "", "when items_done last changed"},
	{"message", "pg_catalog.text", "", "what the worker does just now, for people"},
	{"checkpoint", "pg_catalog.jsonb", "", "where the next run goes on"},
	{"pause_requested_at", "pg_catalog.timestamptz", "", "when somebody asked the worker to pause"},
	{"ended_at", "pg_catalog.timestamptz", "", "when the run was over"},
	{"outcome", "batch_job.run_outcome", "", "how it ended; NULL: it is running"},
	{"error", "pg_catalog.jsonb", "", "why the attempt failed"},
	{"retry_at", "pg_catalog.timestamptz", "", "from when a waiting job may be claimed again"},
};

static const TableColumn type_columns[] = {
	{"type", "pg_catalog.text", "PRIMARY KEY", "the type of the jobs"},
	{"max_running", "pg_catalog.int4", "CHECK (max_running OPERATOR(pg_catalog.>=) 0)",
	"how many jobs of the type may run at a time; NULL: no limit"},
	{"max_running_per_owner", "pg_catalog.int4", "CHECK (max_running_per_owner OPERATOR(pg_catalog.>=) 0)",
	"how many of them for one created_by; NULL: no limit; jobs without created_by have none"},
	{"max_attempts", "pg_catalog.int2", "CHECK (max_attempts OPERATOR(pg_catalog.>=) 1)",
	"after how many attempts a job has failed; NULL: 3"},
	{"lease", "pg_catalog.interval", "CHECK (lease OPERATOR(pg_catalog.>) '0'::pg_catalog.interval)",
	"how long a worker may be silent; NULL: one minute"},
	{"backoff", "pg_catalog.interval", "CHECK (backoff OPERATOR(pg_catalog.>=) '0'::pg_catalog.interval)",
	"how long a job waits after its first failed attempt, doubled after each further one, more or less 10 %; NULL: 30 seconds"},
	{"backoff_max", "pg_catalog.interval", "CHECK (backoff_max OPERATOR(pg_catalog.>=) '0'::pg_catalog.interval)",
	"the longest of these waits; NULL: one hour"},
	{"paused", "pg_catalog.bool", "NOT NULL DEFAULT false", "whether no more jobs of the type are given to workers"},
	{"note", "pg_catalog.text", "",
	"for people; nothing goes by it, so a worker's role that may UPDATE it, and nothing else, can lock the row but change no limit"},
};

#define RUN_COLUMNS		((int) lengthof(run_columns))
#define TYPE_COLUMNS	((int) lengthof(type_columns))

/* Names both tables, as attach has written them. */
static bool
named_by(const Trigger *trigger, RunTables *tables)
{
	tables->runs = job_trigger_table(trigger, 0);
	tables->types = job_trigger_table(trigger, 1);
	return OidIsValid(tables->runs) && OidIsValid(tables->types);
}

/* The tables of a job table; false without runs. */
bool
run_tables_of(Relation job_table, RunTables *tables)
{
	const Trigger *trigger = job_trigger_calling(job_table, "remove_runs", 0);

	return trigger != NULL && named_by(trigger, tables);
}

/* The same, for what does not go without.  Error: 55000. */
void
run_tables_need(Relation job_table, RunTables *tables)
{
	if (!run_tables_of(job_table, tables))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" has no runs", RelationGetRelationName(job_table)),
				 errhint("batch_job.attach(..., runs => true) switches them on."),
				 errtable(job_table)));
}

/* The same, and locks them until the transaction ends.  Errors: 55000, 42P01. */
void
run_tables_lock(Relation job_table, LOCKMODE lock, RunTables *tables)
{
	run_tables_need(job_table, tables);
	relation_close(job_table_lock(tables->runs, lock), NoLock);
	relation_close(job_table_lock(tables->types, lock), NoLock);
}

/* Those of an argument of SQL; false without runs, and without the job table. */
static bool
tables_of_argument(FunctionCallInfo fcinfo, RunTables *tables)
{
	Relation	rel = try_relation_open(PG_GETARG_OID(0), AccessShareLock);
	bool		found;

	if (rel == NULL)			/* dropped meanwhile */
		return false;
	found = run_tables_of(rel, tables);
	relation_close(rel, AccessShareLock);
	return found;
}

/* run_table(job_table regclass) returns regclass: NULL without one */
PG_FUNCTION_INFO_V1(batch_job_run_table);
Datum
batch_job_run_table(PG_FUNCTION_ARGS)
{
	RunTables	tables;

	if (!tables_of_argument(fcinfo, &tables))
		PG_RETURN_NULL();
	PG_RETURN_OID(tables.runs);
}

/* type_table(job_table regclass) returns regclass: NULL without one */
PG_FUNCTION_INFO_V1(batch_job_type_table);
Datum
batch_job_type_table(PG_FUNCTION_ARGS)
{
	RunTables	tables;

	if (!tables_of_argument(fcinfo, &tables))
		PG_RETURN_NULL();
	PG_RETURN_OID(tables.types);
}

/* For CREATE TABLE; job_id in the collation of the jobs' ids. */
void
run_table_append_columns(StringInfo sql, const char *id_collation)
{
	table_columns_append(sql, run_columns, RUN_COLUMNS, id_collation);
	appendStringInfoString(sql, ", PRIMARY KEY (job_id, run)");
}

void
type_table_append_columns(StringInfo sql)
{
	table_columns_append(sql, type_columns, TYPE_COLUMNS, "");
}

/* "COMMENT ON COLUMN ... IS ...; ..." */
void
run_table_append_comments(StringInfo sql, const char *table)
{
	table_columns_append_comments(sql, table, run_columns, RUN_COLUMNS);
}

void
type_table_append_comments(StringInfo sql, const char *table)
{
	table_columns_append_comments(sql, table, type_columns, TYPE_COLUMNS);
}

/* Error: 42P07. */
void
run_table_check_columns(Oid table)
{
	table_columns_check(table, run_columns, RUN_COLUMNS, "runs");
}

/* Error: 42P07. */
void
type_table_check_columns(Oid table)
{
	table_columns_check(table, type_columns, TYPE_COLUMNS, "types of jobs");
}
