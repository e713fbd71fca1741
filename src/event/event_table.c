/*
 * event_table.c
 *	  The table of the events of a job table: which it is, and what it must be like.
 */
#include "event/event_table.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/pg_sequence.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "job/columns.h"
#include "job/job_table.h"
#include "job/options.h"
#include "job/table_columns.h"
#include "job/trigger_table.h"

/*
 * Statuses are text, not the enum: the history must survive DROP EXTENSION.
 * read_events.c rests on the order of seq: see event_table_sequence.
 */
static const TableColumn columns[] = {
	{"seq", "pg_catalog.int8", "GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY",
	"the order of events; commits may come in another, so read them with batch_job.read_events()"},
	{"job_id", "pg_catalog.text", "COLLATE %s NOT NULL", "the job's id"},
	{"event", "pg_catalog.text", "NOT NULL", "what happened: batch.created, batch.updated, ..."},
	{"from_status", "pg_catalog.text", "", "the job's status before; NULL: it was not there"},
	{"to_status", "pg_catalog.text", "", "the job's status afterwards; NULL: it is gone for good"},
	{"actor", "pg_catalog.text", "NOT NULL", "who acted, as the call, the setting batch_job.actor or the session says"},
	{"at", "pg_catalog.timestamptz", "NOT NULL", "when it was recorded"},
	{"xid", "pg_catalog.xid8", "NOT NULL", "the transaction that did it"},
	{"horizon", "pg_catalog.xid8", "NOT NULL",
	"the transaction id that was next when seq was taken: all transactions that can have a lower seq are below it"},
	{"detail", "pg_catalog.jsonb", "", "what the call said besides: reason, plan_digest; who did it: run, attempt, worker; or previous_id"},
};

/* The event table of a job table; InvalidOid without one. */
Oid
event_table_of(Relation job_table)
{
	const Trigger *trigger = job_trigger_calling(job_table, "record_events", 0);

	return trigger != NULL ? job_trigger_table(trigger, 0) : InvalidOid;
}

/* Does a sequence give rising values, each at the time when it is asked for? */
static bool
counts_in_order(Oid sequence)
{
	HeapTuple	tuple = SearchSysCache1(SEQRELID, ObjectIdGetDatum(sequence));
	Form_pg_sequence form;
	bool		result;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for sequence %u", sequence);
	form = (Form_pg_sequence) GETSTRUCT(tuple);
	result = form->seqincrement > 0 && form->seqcache == 1 && !form->seqcycle;
	ReleaseSysCache(tuple);
	return result;
}

/*
 * event_table_sequence
 *		The sequence of seq.  Error: 42P16 it has none, or one with which
 *		read_events would skip events: after a crash, one that is not logged
 *		gives the same numbers again.
 */
Oid
event_table_sequence(Relation event_table)
{
	AttrNumber	seq = get_attnum(RelationGetRelid(event_table), columns[0].name);
	Oid			sequence = InvalidOid;

	if (seq != InvalidAttrNumber &&
		TupleDescAttr(RelationGetDescr(event_table), seq - 1)->attidentity != '\0')
		sequence = identity_sequence(event_table, seq);
	if (!OidIsValid(sequence) || !counts_in_order(sequence) ||
		event_table->rd_rel->relpersistence == RELPERSISTENCE_UNLOGGED)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("table \"%s\" does not count its events", RelationGetRelationName(event_table)),
				 errdetail("It must be logged; column \"%s\" must be an identity column, with a sequence that ascends, has CACHE 1 and no CYCLE.",
						   columns[0].name),
				 errtable(event_table)));
	return sequence;
}

Oid
event_table_sequence_of(Oid event_table)
{
	Relation	rel = job_table_lock(event_table, AccessShareLock);
	Oid			sequence = event_table_sequence(rel);

	relation_close(rel, NoLock);
	return sequence;
}

/* event_table(job_table regclass) returns regclass: NULL without one */
PG_FUNCTION_INFO_V1(batch_job_event_table);
Datum
batch_job_event_table(PG_FUNCTION_ARGS)
{
	Relation	rel = try_relation_open(PG_GETARG_OID(0), AccessShareLock);
	Oid			table;

	if (rel == NULL)			/* dropped meanwhile */
		PG_RETURN_NULL();
	table = event_table_of(rel);
	relation_close(rel, AccessShareLock);
	if (!OidIsValid(table))
		PG_RETURN_NULL();
	PG_RETURN_OID(table);
}

/* Error: 42P07. */
void
event_table_check_columns(Oid table)
{
	table_columns_check(table, columns, lengthof(columns), "events");
}

/*
 * Whoever reads events casts what the owner has made of the columns; with a
 * type of the owner's own, the cast would be code of the owner's that runs with
 * the reader's rights.  Error: 42P16.
 */
void
event_table_check_readable(Relation event_table)
{
	StringInfoData faults;

	initStringInfo(&faults);
	for (int i = 0; i < (int) lengthof(columns); i++)
	{
		AttrNumber	attnum = get_attnum(RelationGetRelid(event_table), columns[i].name);
		Oid			type = attnum == InvalidAttrNumber ? InvalidOid :
			get_atttype(RelationGetRelid(event_table), attnum);

		if (!OidIsValid(type))
			job_fault(&faults, psprintf("Column \"%s\" is missing.", columns[i].name));
		else if (type >= FirstUnpinnedObjectId)
			job_fault(&faults, psprintf("Column \"%s\" is of type %s, which is not PostgreSQL's own.",
										columns[i].name, format_type_be(type)));
	}
	if (faults.len > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("table \"%s\" no longer has the columns of an event table",
						RelationGetRelationName(event_table)),
				 errdetail("%s", faults.data),
				 errtable(event_table)));
	pfree(faults.data);
}

/* For CREATE TABLE; job_id in the collation of the jobs' ids. */
void
event_table_append_columns(StringInfo sql, const char *id_collation)
{
	table_columns_append(sql, columns, lengthof(columns), id_collation);
}

/* "COMMENT ON COLUMN ... IS ...; ..." */
void
event_table_append_comments(StringInfo sql, const char *table)
{
	table_columns_append_comments(sql, table, columns, lengthof(columns));
}
