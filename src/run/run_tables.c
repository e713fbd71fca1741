/*
 * run_tables.c
 *	  The two tables of the option runs: which ones they are, and the
 *	  requirements they must meet.
 *
 * They are ordinary tables beside the job table.  The trigger that removes the
 * runs of removed jobs names both: see job/trigger_table.c.
 */
#include "run/run_tables.h"

#include "access/relation.h"
#include "utils/lsyscache.h"

#include "job/job_table.h"
#include "job/options.h"
#include "job/table_columns.h"
#include "job/trigger_table.h"

static const TableColumn run_columns[] = {
	{"job_id", "pg_catalog.text", "COLLATE %s NOT NULL", "The job's id."},
	{"run", "pg_catalog.text", "COLLATE pg_catalog.\"C\" NOT NULL",
	"The fencing token: a worker gives it with each call, and it is never given twice."},
	{"type", "pg_catalog.text", "NOT NULL", "The job's type."},
	{"created_by", "pg_catalog.text", "", "Who created the job."},
	{"priority", "pg_catalog.int8", "NOT NULL",
	"The job's priority when it was claimed or given back, lower first; 0 where jobs have none."},
	{"state", "batch_job.run_state", "NOT NULL",
	"The state of the run: running; waiting or paused, when it is over and the job goes on with another one; "
	"ended. At most one run of a job has not ended."},
	{"attempt", "pg_catalog.int2", "NOT NULL", "Which attempt it is. A run that was given back does not count."},
	{"worker", "pg_catalog.text", "", "What the worker calls itself."},
	{"claimed_at", "pg_catalog.timestamptz", "NOT NULL", "When the run began."},
	{"heartbeat_at", "pg_catalog.timestamptz", "NOT NULL", "When the worker was last heard."},
	{"lease_until", "pg_catalog.timestamptz", "NOT NULL",
	"Until when the worker has the job without another heartbeat."},
	{"suspect_at", "pg_catalog.timestamptz", "",
	"When the lease was first seen to be over. If no heartbeat comes for another lease, the worker is lost."},
	{"base_at", "pg_catalog.timestamptz", "",
	"The report from which on the rate is measured, see batch_job.rate(); NULL: when it was claimed."},
	{"base_items", "pg_catalog.int8", "NOT NULL DEFAULT 0", "How many items were done then."},
	{"rate_at", "pg_catalog.timestamptz", "", "The report up to which the rate is measured."},
	{"rate_items", "pg_catalog.int8", "", "How many items were done then."},
	{"items_done", "pg_catalog.int8", "", "How many items are done."},
	{"items_total", "pg_catalog.int8", "", "How many items there are."},
	{"progress_at", "pg_catalog.timestamptz", "", "When items_done was first given, or last changed."},
	{"message", "pg_catalog.text", "", "What the worker does just now, for people."},
	{"checkpoint", "pg_catalog.jsonb", "", "Where the next run goes on."},
	{"pause_requested_at", "pg_catalog.timestamptz", "", "When somebody asked the worker to pause."},
	{"ended_at", "pg_catalog.timestamptz", "", "When the run was over."},
	{"outcome", "batch_job.run_outcome", "", "How it ended; NULL: it is running."},
	{"error", "pg_catalog.jsonb", "", "Why the attempt failed."},
	{"retry_at", "pg_catalog.timestamptz", "", "From when a waiting job may be claimed again."},
};

static const TableColumn type_columns[] = {
	{"type", "pg_catalog.text", "PRIMARY KEY", "The type of the jobs."},
	{"max_running", "pg_catalog.int4", "CHECK (max_running OPERATOR(pg_catalog.>=) 0)",
	"How many jobs of the type may run at a time; NULL: any number."},
	{"max_running_per_owner", "pg_catalog.int4", "CHECK (max_running_per_owner OPERATOR(pg_catalog.>=) 0)",
	"How many of them for one created_by; NULL: any number. Jobs without created_by are not limited by it."},
	{"max_attempts", "pg_catalog.int2", "CHECK (max_attempts OPERATOR(pg_catalog.>=) 1)",
	"After how many attempts a job has failed; NULL: 3."},
	{"lease", "pg_catalog.interval", "CHECK (lease OPERATOR(pg_catalog.>) '0'::pg_catalog.interval)",
	"How long a worker may be silent; NULL: one minute."},
	{"backoff", "pg_catalog.interval", "CHECK (backoff OPERATOR(pg_catalog.>=) '0'::pg_catalog.interval)",
	"How long a job waits after its first failed attempt, doubled after each further one, more or less 10 %; "
	"NULL: 30 seconds."},
	{"backoff_max", "pg_catalog.interval", "CHECK (backoff_max OPERATOR(pg_catalog.>=) '0'::pg_catalog.interval)",
	"The longest of these waits; NULL: one hour."},
	{"paused", "pg_catalog.bool", "NOT NULL DEFAULT false", "Whether no more jobs of the type are given to workers."},
	{"note", "pg_catalog.text", "",
	"For people. It has no effect, so a worker's role that may UPDATE it, and nothing else, can lock the row, "
	"as a claim must, but change no limit."},
};

#define RUN_COLUMNS		((int) lengthof(run_columns))
#define TYPE_COLUMNS	((int) lengthof(type_columns))

/* Reads both tables from the trigger, as attach has written it. */
static bool
named_by(const Trigger *trigger, RunTables *tables)
{
	tables->runs = job_trigger_table(trigger, 0);
	tables->types = job_trigger_table(trigger, 1);
	return OidIsValid(tables->runs) && OidIsValid(tables->types);
}

/* The run tables of a job table; false if it has none. */
bool
run_tables_of(Relation job_table, RunTables *tables)
{
	const Trigger *trigger = job_trigger_calling(job_table, "remove_runs", 0);

	return trigger != NULL && named_by(trigger, tables);
}

/*
 * The same for a table that is not locked, before or after; also false if the
 * table is gone.
 */
bool
run_tables_of_oid(Oid job_table, RunTables *tables)
{
	Relation	rel = try_relation_open(job_table, AccessShareLock);
	bool		found;

	if (rel == NULL)			/* dropped in the meantime */
		return false;
	found = run_tables_of(rel, tables);
	relation_close(rel, AccessShareLock);
	return found;
}

/* The same for callers that require runs.  Error: 55000. */
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

/*
 * The same, and locks both tables until the transaction ends.  Errors: 55000,
 * 42P01.
 */
void
run_tables_lock(Relation job_table, LOCKMODE lock, RunTables *tables)
{
	run_tables_need(job_table, tables);
	relation_close(job_table_lock(tables->runs, lock), NoLock);
	relation_close(job_table_lock(tables->types, lock), NoLock);
}

/*
 * For a statement.  The owner may have changed the tables since they were
 * created, and values of another type must not be read as ours.  A statement
 * is built anew after each change, so this is the place to check.
 */
static char *
name_of(Oid table, const TableColumn *columns, int count)
{
	char	   *faults;

	job_check_is_table(table);
	faults = table_columns_faults(table, columns, count);
	if (faults[0] != '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("table \"%s\" no longer has the columns that it was made with", get_rel_name(table)),
				 errdetail("%s", faults)));
	return job_relation_name(table);
}

/* The run table's name in SQL. Errors: 42P16 its columns, 42809 not a table. */
char *
run_table_name(const RunTables *tables)
{
	return name_of(tables->runs, run_columns, RUN_COLUMNS);
}

/* The type table's name in SQL; same errors. */
char *
type_table_name(const RunTables *tables)
{
	return name_of(tables->types, type_columns, TYPE_COLUMNS);
}

/* run_table(job_table regclass) returns regclass, or NULL if there is none */
PG_FUNCTION_INFO_V1(batch_job_run_table);
Datum
batch_job_run_table(PG_FUNCTION_ARGS)
{
	RunTables	tables;

	if (!run_tables_of_oid(PG_GETARG_OID(0), &tables))
		PG_RETURN_NULL();
	PG_RETURN_OID(tables.runs);
}

/* type_table(job_table regclass) returns regclass, or NULL if there is none */
PG_FUNCTION_INFO_V1(batch_job_type_table);
Datum
batch_job_type_table(PG_FUNCTION_ARGS)
{
	RunTables	tables;

	if (!run_tables_of_oid(PG_GETARG_OID(0), &tables))
		PG_RETURN_NULL();
	PG_RETURN_OID(tables.types);
}

/* For CREATE TABLE; job_id gets the collation of the jobs' ids. */
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
