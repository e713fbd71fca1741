/*
 * make_run_tables.c
 *	  Creates the two tables of the option runs.
 */
#include "table/make_run_tables.h"

#include "lib/stringinfo.h"

#include "run/run_tables.h"
#include "table/ddl.h"

/*
 * A heartbeat is an UPDATE that changes no indexed column: if its page has
 * room, it is HOT. Claims become slow by dead rows at the head of the index of
 * waiting runs, and most rows here are updated many times; so vacuum runs when
 * one row in fifty is dead, instead of one in five.  Statistics age as fast.
 */
#define RUN_TABLE_STORAGE \
	"fillfactor = 70, " QUEUE_VACUUM \
	", autovacuum_analyze_threshold = 500, autovacuum_analyze_scale_factor = 0.05"

/*
 * No index has a column that a heartbeat changes.  BRIN, which costs little
 * per run, finds recent runs for the statistics functions.
 */
static void
append_indexes(StringInfo sql, const char *name)
{
	appendStringInfo(sql, "CREATE UNIQUE INDEX ON %s (job_id)"
					 " WHERE state OPERATOR(pg_catalog.<>) 'ended'::batch_job.run_state;", name);
	appendStringInfo(sql, "CREATE INDEX ON %s (type, priority, retry_at, job_id)"
					 " WHERE state OPERATOR(pg_catalog.=) 'waiting'::batch_job.run_state;", name);
	appendStringInfo(sql, "CREATE INDEX ON %s (type, created_by)"
					 " WHERE state OPERATOR(pg_catalog.=) 'running'::batch_job.run_state;", name);
	appendStringInfo(sql, "CREATE INDEX ON %s USING brin (claimed_at) WITH (autosummarize = true);", name);
	appendStringInfo(sql, "CREATE INDEX ON %s USING brin (ended_at) WITH (autosummarize = true)"
					 " WHERE ended_at IS NOT NULL;", name);
}

static void
make_runs(const char *name, Oid job_table)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE TABLE %s (", name);
	run_table_append_columns(&sql, beside_id_collation(job_table));
	appendStringInfoString(&sql, ") WITH (" RUN_TABLE_STORAGE ");");
	append_indexes(&sql, name);
	appendStringInfo(&sql, "COMMENT ON TABLE %s IS 'The runs of the jobs of a table, one row for each attempt: who works on a"
					 " job, or did. Written by functions of batch_job.';", name);
	run_table_append_comments(&sql, name);
	ddl(sql.data);
}

static void
make_types(const char *name, Oid job_table)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE TABLE %s (", name);
	type_table_append_columns(&sql);
	appendStringInfo(&sql, "); COMMENT ON TABLE %s IS 'How jobs of a type are treated: a row for each type that is not treated by"
					 " default, yours to write. NULL means the default.';", name);
	type_table_append_comments(&sql, name);
	ddl(sql.data);
}

const Beside run_table_beside = {
	.suffix = "run",
	.function = "remove_runs",
	.make = make_runs,
	.check = run_table_check_columns,
};

const Beside type_table_beside = {
	.suffix = "type",
	.function = "remove_runs",
	.make = make_types,
	.check = type_table_check_columns,
};
