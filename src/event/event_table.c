/*
 * event_table.c
 *	  The event table of a job table: which one it is, and the requirements it
 *	  must meet.
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
 * Statuses are text instead of the enum, because the history must survive DROP
 * EXTENSION. read_events.c depends on the order of seq: see
 * event_table_sequence.
 */
static const TableColumn columns[] = {
	{"seq", "pg_catalog.int8", "GENERATED ALWAYS AS IDENTITY (CACHE 1) PRIMARY KEY",
	"The order of events. They may be committed in another order, so read them with batch_job.read_events()."},
	{"job_id", "pg_catalog.text", "COLLATE %s NOT NULL", "The job's id."},
	{"event", "pg_catalog.text", "NOT NULL",
	"What happened: batch.created, batch.updated and so on, see batch_job.read_events()."},
	{"from_status", "pg_catalog.text", "", "The job's status before; NULL: it was not there."},
	{"to_status", "pg_catalog.text", "",
	"The job's status afterwards; NULL: it is gone for good. That of a job's last event is its status."},
	{"actor", "pg_catalog.text", "NOT NULL",
	"Who acted, as the call says, else the setting batch_job.actor, else the session's user. What an application "
	"says here is not proved."},
	{"at", "pg_catalog.timestamptz", "NOT NULL", "When it was recorded."},
	{"xid", "pg_catalog.xid8", "NOT NULL", "The transaction that did it."},
	{"horizon", "pg_catalog.xid8", "NOT NULL",
	"The transaction id that was next when seq was taken: all transactions that can have a lower seq are below "
	"it. batch_job.read_events() goes by it."},
	{"detail", "pg_catalog.jsonb", "",
	"What the call added: the reason of cancel, the plan_digest of confirm; run, attempt and worker of "
	"what a worker did; the previous_id of an id that was changed."},
};

/* The event table of a job table, or InvalidOid. */
Oid
event_table_of(Relation job_table)
{
	const Trigger *trigger = job_trigger_calling(job_table, "record_events", 0);

	return trigger != NULL ? job_trigger_table(trigger, 0) : InvalidOid;
}

/*
 * Does a sequence return ascending values, each at the time when it is
 * requested?
 */
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
 *		The sequence of seq.  Error: 42P16 there is none, or one with which
 *		read_events would skip events: an unlogged sequence, for example,
 *		returns the same numbers again after a crash.
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
				 errmsg("table \"%s\" does not number its events", RelationGetRelationName(event_table)),
				 errdetail("The table must be logged, and column \"%s\" must be an identity column whose sequence ascends, with CACHE 1 and NO CYCLE.",
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

/* event_table(job_table regclass) returns regclass, or NULL if there is none */
PG_FUNCTION_INFO_V1(batch_job_event_table);
Datum
batch_job_event_table(PG_FUNCTION_ARGS)
{
	Relation	rel = try_relation_open(PG_GETARG_OID(0), AccessShareLock);
	Oid			table;

	if (rel == NULL)			/* dropped in the meantime */
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
 * Readers of events cast the columns, whatever types the owner has given
 * them.  With a type of the owner's own, the cast would run code of the owner
 * with the reader's rights, and so would a view.  Errors: 42P16, 42809.
 */
void
event_table_check_readable(Relation event_table)
{
	StringInfoData faults;

	job_check_is_table(RelationGetRelid(event_table));
	initStringInfo(&faults);
	for (int i = 0; i < (int) lengthof(columns); i++)
	{
		AttrNumber	attnum = get_attnum(RelationGetRelid(event_table), columns[i].name);
		Oid			type = attnum == InvalidAttrNumber ? InvalidOid :
			get_atttype(RelationGetRelid(event_table), attnum);

		if (!OidIsValid(type))
			job_fault(&faults, psprintf("Column \"%s\" is missing.", columns[i].name));
		else if (type >= FirstUnpinnedObjectId)
			job_fault(&faults, psprintf("Column \"%s\" is of type %s, which is not a built-in type.",
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

/* For CREATE TABLE; job_id gets the collation of the jobs' ids. */
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
