/*
 * make_event_table.c
 *	  Creates the event table of a job table.
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
	appendStringInfo(&sql, "COMMENT ON TABLE %s IS 'The events of the jobs of a table, in the order of seq: history and outbox."
					 " Read them with batch_job.read_events(). Only its owner may change it by hand, or empty it.';", name);
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
