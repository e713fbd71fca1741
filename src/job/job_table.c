/*
 * job_table.c
 *	  Is this a job, and which column is which?  The only file that knows the
 *	  names and types of a job's columns.
 */
#include "job/job_table.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_type.h"
#include "nodes/parsenodes.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "job/options.h"

/* The name that a function called without a table looks for. */
#define DEFAULT_TABLE "batch_job"

typedef struct JobColumnDefinition
{
	const char *name;
	Oid			types[2];		/* accepted; none: any */
	const char *type_name;		/* in a created table */
	const char *constraint;		/* in a created table */
} JobColumnDefinition;

#define TEXT_TYPES		{TEXTOID, VARCHAROID}, "pg_catalog.text"
#define STAMP_TYPE		{TIMESTAMPTZOID, InvalidOid}, "pg_catalog.timestamptz"
#define JSONB_TYPE		{JSONBOID, InvalidOid}, "pg_catalog.jsonb"
#define NOW				"NOT NULL DEFAULT pg_catalog.clock_timestamp()"

static const JobColumnDefinition columns[JOB_COLUMNS] = {
	[JOB_ID] = {"id", TEXT_TYPES, "COLLATE pg_catalog.\"C\" PRIMARY KEY"},
	[JOB_CREATED_AT] = {"created_at", STAMP_TYPE, NOW},
	[JOB_UPDATED_AT] = {"updated_at", STAMP_TYPE, NOW},
	[JOB_DELETED_AT] = {"deleted_at", STAMP_TYPE, ""},
	[JOB_TYPE] = {"type", TEXT_TYPES, "NOT NULL"},
	[JOB_CREATED_BY] = {"created_by", TEXT_TYPES, ""},
	[JOB_CONTEXT] = {"context", JSONB_TYPE,
	"CONSTRAINT " CONTEXT_OBJECT " CHECK (batch_job.is_context(context))"},
	[JOB_RESULT] = {"result", JSONB_TYPE,
	"CONSTRAINT " RESULT_SOUND " CHECK (batch_job.is_result(result))"},
	[JOB_DRY_RUN] = {"dry_run", {BOOLOID, InvalidOid}, "pg_catalog.bool", "NOT NULL DEFAULT false"},
	[JOB_PRE_PROCESSED_AT] = {"pre_processed_at", STAMP_TYPE, ""},
	[JOB_PROCESSING_AT] = {"processing_at", STAMP_TYPE, ""},
	[JOB_CONFIRMED_AT] = {"confirmed_at", STAMP_TYPE, ""},
	[JOB_COMPLETED_AT] = {"completed_at", STAMP_TYPE, ""},
	[JOB_CANCELED_AT] = {"canceled_at", STAMP_TYPE, ""},
	[JOB_FAILED_AT] = {"failed_at", STAMP_TYPE, ""},
	[JOB_STATUS] = {"status", {InvalidOid, InvalidOid}, "batch_job.status", "NOT NULL"},
};

static const JobColumn stamp_columns[JOB_STATUSES] = {
	[JOB_STATUS_CREATED] = JOB_CREATED_AT,
	[JOB_STATUS_PRE_PROCESSED] = JOB_PRE_PROCESSED_AT,
	[JOB_STATUS_CONFIRMED] = JOB_CONFIRMED_AT,
	[JOB_STATUS_PROCESSING] = JOB_PROCESSING_AT,
	[JOB_STATUS_COMPLETED] = JOB_COMPLETED_AT,
	[JOB_STATUS_CANCELED] = JOB_CANCELED_AT,
	[JOB_STATUS_FAILED] = JOB_FAILED_AT,
};

const char *
job_column_name(JobColumn column)
{
	return columns[column].name;
}

/* Adds a sentence to a list that becomes the DETAIL of an error, a line each. */
void
job_fault(StringInfo faults, const char *sentence)
{
	appendStringInfo(faults, "%s%s", faults->len > 0 ? "\n" : "", sentence);
}

/*
 * The job column of a name, or JOB_COLUMNS.  Tables have them mostly in our
 * order, so the search starts where the last one was found.
 */
static int
column_by_name(const char *name, int start)
{
	for (int i = 0; i < JOB_COLUMNS; i++)
	{
		int			c = (start + i) % JOB_COLUMNS;

		if (strcmp(name, columns[c].name) == 0)
			return c;
	}
	return JOB_COLUMNS;
}

static void
check_type(const JobColumnDefinition *column, Oid type, StringInfo faults)
{
	if (column->types[0] == InvalidOid ||
		type == column->types[0] || type == column->types[1])
		return;
	job_fault(faults, psprintf("Column \"%s\" is of type %s, must be %s.",
							   column->name, format_type_be(type),
							   format_type_be(column->types[0])));
}

/*
 * job_layout_find
 *		Finds the columns of a job in desc; adds to faults what is missing, of
 *		another type or there twice (as a row of a join may have it).
 *
 * A status column may be missing: many rows have none that should be believed.
 */
void
job_layout_find(TupleDesc desc, JobLayout *layout, StringInfo faults)
{
	int			next = 0;

	memset(layout, 0, sizeof *layout);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, i);
		int			c;

		if (attr->attisdropped)
			continue;
		c = column_by_name(NameStr(attr->attname), next);
		if (c == JOB_COLUMNS)
			continue;
		next = c + 1;
		if (layout->attnum[c] != InvalidAttrNumber)
			job_fault(faults, psprintf("Column \"%s\" occurs more than once.", columns[c].name));
		layout->attnum[c] = attr->attnum;
		check_type(&columns[c], attr->atttypid, faults);
	}
	for (int c = 0; c < JOB_STATUS; c++)
		if (layout->attnum[c] == InvalidAttrNumber)
			job_fault(faults, psprintf("Column \"%s\" (%s) is missing.",
									   columns[c].name, format_type_be(columns[c].types[0])));
}

/*
 * job_row_open
 *		A slot that shows the value of a composite type or record, and where it
 *		has the columns of a job.  The caller drops the slot; the values in it
 *		point into the row.
 *
 * Error: 42804 the row is no job, with all that is wrong in the DETAIL.
 */
TupleTableSlot *
job_row_open(HeapTupleHeader row, JobLayout *layout)
{
	TupleDesc	desc = lookup_rowtype_tupdesc(HeapTupleHeaderGetTypeId(row),
											  HeapTupleHeaderGetTypMod(row));
	TupleTableSlot *slot = MakeSingleTupleTableSlot(desc, &TTSOpsHeapTuple);
	HeapTuple	tuple = palloc0(sizeof(HeapTupleData));
	StringInfoData faults;

	initStringInfo(&faults);
	job_layout_find(desc, layout, &faults);
	if (faults.len > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("row is not a batch job"),
				 errdetail("%s", faults.data)));

	tuple->t_len = HeapTupleHeaderGetDatumLength(row);
	ItemPointerSetInvalid(&tuple->t_self);
	tuple->t_data = row;
	ExecStoreHeapTuple(tuple, slot, false);
	ReleaseTupleDesc(desc);		/* the slot holds it */
	return slot;
}

/*
 * job_layout_of_table
 *		Where a job table has its columns, status among them.
 *
 * Error: 42P16 somebody has renamed, dropped or retyped one since it was
 * attached.
 */
void
job_layout_of_table(Relation rel, JobLayout *layout)
{
	TupleDesc	desc = RelationGetDescr(rel);
	StringInfoData faults;

	initStringInfo(&faults);
	job_layout_find(desc, layout, &faults);
	if (layout->attnum[JOB_STATUS] == InvalidAttrNumber)
		job_fault(&faults, "Column \"status\" is missing.");
	else if (TupleDescAttr(desc, layout->attnum[JOB_STATUS] - 1)->atttypid != job_status_type())
		job_fault(&faults, "Column \"status\" is not of type batch_job.status.");
	if (faults.len > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("table \"%s\" no longer has the columns of a job table",
						RelationGetRelationName(rel)),
				 errdetail("%s", faults.data),
				 errhint("Give it its columns back, or batch_job.detach() it."),
				 errtable(rel)));
	pfree(faults.data);
}

/* The column whose stamp makes a job have this status. */
JobColumn
job_stamp_column(JobStatus status)
{
	return stamp_columns[status];
}

/* The status that the stamps of a tuple say; same rule as derive_status. */
JobStatus
job_layout_status(const JobLayout *layout, TupleTableSlot *slot)
{
	int			status = JOB_STATUSES - 1;

	while (status > JOB_STATUS_CREATED &&
		   slot_attisnull(slot, layout->attnum[stamp_columns[status]]))
		status--;
	return (JobStatus) status;
}

/* "id text ..., created_at ..." for CREATE TABLE, without DEFAULTs of ours. */
void
job_append_column_definitions(StringInfo sql)
{
	for (int c = 0; c < JOB_COLUMNS; c++)
		appendStringInfo(sql, "%s%s %s %s", c > 0 ? ", " : "",
						 columns[c].name, columns[c].type_name, columns[c].constraint);
}

/* "batch_job.derive_status(pre_processed_at, ...)" over the columns of a table */
void
job_append_derived_status(StringInfo sql)
{
	appendStringInfoString(sql, BATCH_JOB_SCHEMA ".derive_status(");
	for (int status = JOB_STATUS_CREATED + 1; status < JOB_STATUSES; status++)
		appendStringInfo(sql, "%s%s", status > JOB_STATUS_CREATED + 1 ? ", " : "",
						 columns[stamp_columns[status]].name);
	appendStringInfoChar(sql, ')');
}

/* The columns of a table as a value of the type batch_job.batch_job. */
void
job_append_row(StringInfo sql)
{
	appendStringInfoString(sql, "ROW(");
	for (int c = 0; c < JOB_STATUS; c++)
	{
		const char *cast = columns[c].types[0] == TEXTOID ? "::pg_catalog.text" : "";

		appendStringInfo(sql, "%s%s, ", columns[c].name, cast);
	}
	/* the column may still be NULL while a backfill is on its way */
	job_append_derived_status(sql);
	appendStringInfoString(sql, ")::" BATCH_JOB_SCHEMA ".batch_job");
}

/* Error: 42P01. */
void
job_no_such_relation(Oid relid)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_TABLE),
			 errmsg("relation with OID %u does not exist", relid)));
}

/* Schema-qualified and quoted as SQL wants it. */
char *
job_relation_name(Oid relid)
{
	char	   *name = get_rel_name(relid);

	if (name == NULL)
		job_no_such_relation(relid);
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)), name);
}

/*
 * The relation that an unqualified "batch_job" means in the caller's session,
 * as a plain UPDATE would find it, but for our composite type of that name.
 */
static Oid
find_default_table(void)
{
	List	   *path = fetch_search_path(true);
	ListCell   *cell;
	Oid			found = InvalidOid;

	foreach(cell, path)
	{
		Oid			relid = get_relname_relid(DEFAULT_TABLE, lfirst_oid(cell));

		if (OidIsValid(relid) && get_rel_relkind(relid) != RELKIND_COMPOSITE_TYPE)
		{
			found = relid;
			break;
		}
	}
	list_free(path);
	if (!OidIsValid(found))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("no table \"%s\" on the search path", DEFAULT_TABLE),
				 errhint("Name the table with job_table => 'schema.table', or make one with batch_job.create_table().")));
	return found;
}

/* Errors: 42809 not a table, 55000 not attached. */
void
job_table_check_attached(Relation rel)
{
	char		relkind = rel->rd_rel->relkind;

	if (relkind != RELKIND_RELATION && relkind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a table", RelationGetRelationName(rel)),
				 relkind == RELKIND_VIEW ? errhint("Name the job table itself, not a view of it.") : 0));
	if (rel->rd_rel->relispartition)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is a partition", RelationGetRelationName(rel)),
				 errhint("Name the job table that it is a partition of.")));
	if (job_trigger_of_table(rel) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" is not a job table", RelationGetRelationName(rel)),
				 errhint("batch_job.attach(%s) would make it one; batch_job.attached() lists those that are.",
						 quote_literal_cstr(job_relation_name(RelationGetRelid(rel)))),
				 errtable(rel)));
}

/* Opens a relation that may be gone, or go while we wait for its lock.  Error: 42P01. */
Relation
job_table_lock(Oid relid, LOCKMODE lock)
{
	Relation	rel = try_relation_open(relid, lock);

	if (rel == NULL)
		job_no_such_relation(relid);
	return rel;
}

/*
 * job_table_open
 *		Opens and locks a job table.
 *
 * Errors: 42P01 no such relation, 42P16 its columns, those of
 * job_table_check_attached.
 */
Relation
job_table_open(Oid relid, LOCKMODE lock)
{
	Relation	rel = job_table_lock(relid, lock);
	JobLayout	layout;

	job_table_check_attached(rel);
	job_layout_of_table(rel, &layout);
	return rel;
}

/*
 * job_table_open for an argument job_table: the table that a function works on,
 * when it is NULL the one that the search path finds.
 */
Relation
job_table_open_argument(FunctionCallInfo fcinfo, int argument, LOCKMODE lock)
{
	return job_table_open(PG_ARGISNULL(argument) ? find_default_table() : PG_GETARG_OID(argument), lock);
}

/* Who may attach, detach and backfill: the table's owner.  Errors: 42P01, 42501. */
void
job_table_check_owner(Oid relid)
{
	if (get_rel_name(relid) == NULL)
		job_no_such_relation(relid);
	if (!owns_relation(relid))
		aclcheck_error(ACLCHECK_NOT_OWNER, get_relkind_objtype(get_rel_relkind(relid)),
					   get_rel_name(relid));
}

/*
 * The table that a simple view like our live view selects from, and the number
 * by which the view's query calls it; InvalidOid when the view is not so simple.
 */
Oid
job_view_base(Relation view, Index *varno)
{
	Query	   *query = get_view_query(view);
	RangeTblEntry *entry;

	if (query->groupingSets != NIL || list_length(query->jointree->fromlist) != 1 ||
		!IsA(linitial(query->jointree->fromlist), RangeTblRef))
		return InvalidOid;
	*varno = linitial_node(RangeTblRef, query->jointree->fromlist)->rtindex;
	entry = rt_fetch(*varno, query->rtable);
	return entry->rtekind == RTE_RELATION ? entry->relid : InvalidOid;
}

/*
 * The table that users name: of a partition its topmost parent, which is
 * where they have privileges.
 */
Oid
job_table_root(Relation rel)
{
	List	   *ancestors = NIL;

	if (rel->rd_rel->relispartition)
		ancestors = get_partition_ancestors(RelationGetRelid(rel));

	/* a partition that is being detached concurrently has none any more */
	return ancestors != NIL ? llast_oid(ancestors) : RelationGetRelid(rel);
}
