/*
 * make_event_table.c
 *	  Making the event table of a job table.
 */
#include "table/make_event_table.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "event/event_table.h"
#include "table/ddl.h"

static void
make(const char *name, Oid job_table)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE TABLE %s (", name);
	event_table_append_columns(&sql, beside_id_collation(job_table));
	appendStringInfo(&sql, "); CREATE INDEX ON %s (job_id, seq);", name);
	appendStringInfo(&sql, "COMMENT ON TABLE %s IS 'events of the jobs of a table, in order of seq: history and outbox;"
					 " to be consumed by batch_job.read_events()';", name);
	event_table_append_comments(&sql, name);
	ddl(sql.data);
	ddl_revoke_from_others(event_table_sequence_of(beside_by_name(job_table, &event_table_beside)));
}

/* Errors: 42P07, 42P16. */
static void
check(Oid event_table)
{
	event_table_check_columns(event_table);
	(void) event_table_sequence_of(event_table);
}

const Beside event_table_beside = {
	.suffix = "event",
	.function = "record_events",
	.make = make,
	.check = check,
};
