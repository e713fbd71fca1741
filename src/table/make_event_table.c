/*
 * make_event_table.c
 *	  Making the event table of a job table, or finding the one that is there.
 */
#include "table/make_event_table.h"

#include "access/table.h"
#include "commands/defrem.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"

#include "event/event_table.h"
#include "job/columns.h"
#include "job/job_table.h"
#include "table/catalog.h"
#include "table/ddl.h"

/* A join of job_id and id must not have to choose between two collations. */
static char *
collation_of_id(Oid job_table)
{
	Relation	rel = job_table_lock(job_table, AccessShareLock);
	JobLayout	layout;
	Oid			collation;

	job_layout_of_table(rel, &layout);
	collation = TupleDescAttr(RelationGetDescr(rel), layout.attnum[JOB_ID] - 1)->attcollation;
	table_close(rel, NoLock);
	return generate_collation_name(collation);
}

static void
make_table(const char *name, Oid job_table)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE TABLE %s (", name);
	event_table_append_columns(&sql, collation_of_id(job_table));
	appendStringInfo(&sql, "); CREATE INDEX ON %s (job_id, seq);", name);
	appendStringInfo(&sql, "COMMENT ON TABLE %s IS 'events of the jobs of a table, in order of seq: history and outbox;"
					 " to be consumed by batch_job.read_events()';", name);
	event_table_append_comments(&sql, name);
	ddl(sql.data);
}

/* A table whose triggers write to an event table; InvalidOid: nobody's do. */
Oid
event_table_user(Oid event_table)
{
	const char *sql =
		"SELECT t.tgrelid FROM pg_catalog.pg_depend d, pg_catalog.pg_trigger t"
		" WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_trigger'::pg_catalog.regclass"
		" AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass"
		" AND d.refobjid OPERATOR(pg_catalog.=) %u AND t.oid OPERATOR(pg_catalog.=) d.objid"
		" AND t.tgfoid OPERATOR(pg_catalog.=) 'batch_job.record_events()'::pg_catalog.regprocedure";

	return catalog_oid(psprintf(sql, event_table));
}

static char *
name_for_event_table(Oid job_table)
{
	return makeObjectName(get_rel_name(job_table), NULL, "event");
}

/* Whatever has the name of the event table; InvalidOid: nothing. */
Oid
event_table_by_name(Oid job_table)
{
	return get_relname_relid(name_for_event_table(job_table), get_rel_namespace(job_table));
}

/*
 * "<table>_event" beside the job table: made, or found there, where events that
 * were switched off are taken up again.  The caller is connected to SPI.
 * Error: 42P07 it is the history of another table's jobs.
 */
Oid
event_table_make(Oid job_table, bool *found)
{
	char	   *schema = get_namespace_name(get_rel_namespace(job_table));
	Oid			there = event_table_by_name(job_table);
	Oid			other;

	*found = OidIsValid(there);
	if (!*found)
	{
		make_table(quote_qualified_identifier(schema, name_for_event_table(job_table)), job_table);
		there = event_table_by_name(job_table);
		ddl_revoke_from_others(there);
		ddl_revoke_from_others(event_table_sequence_of(there));
		return there;
	}
	other = event_table_user(there);
	if (OidIsValid(other))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("relation \"%s\" is there already and keeps the events of table \"%s\"",
						get_rel_name(there), get_rel_name(other)),
				 errhint("Rename it: that table goes on with it under any name.")));
	return there;
}
