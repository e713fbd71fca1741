/*
 * columns.c
 *	  Recognizes a job and its columns.  No other file knows the names and
 *	  types of a job's columns.
 */
#include "job/columns.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#define MAX_TYPES	5

typedef struct JobColumnDefinition
{
	const char *name;
	Oid			types[MAX_TYPES];	/* accepted types, up to InvalidOid; if none, any */
	const char *type_name;		/* in a created table */
	const char *constraint;		/* in a created table */
	const char *comment;		/* in a created table */
} JobColumnDefinition;

/*
 * Domains over these are accepted, too.  The only values that would bypass
 * their CHECKs are the ids that the trigger generates, which it checks itself.
 */
#define TEXT_TYPES		{TEXTOID, VARCHAROID}, "pg_catalog.text"
#define USER_TYPES		{TEXTOID, VARCHAROID, UUIDOID, INT4OID, INT8OID}, "pg_catalog.text"
#define STAMP_TYPE		{TIMESTAMPTZOID}, "pg_catalog.timestamptz"
#define JSONB_TYPE		{JSONBOID}, "pg_catalog.jsonb"
#define NOW				"NOT NULL DEFAULT pg_catalog.clock_timestamp()"

static const JobColumnDefinition columns[JOB_COLUMNS] = {
	[JOB_ID] = {"id", TEXT_TYPES, "COLLATE pg_catalog.\"C\" PRIMARY KEY",
	"What names the job. Generated where it is not given, NULL or empty: a prefix, an underscore and a ULID, "
	"which rises with time. An attached table may have it as varchar or a domain."},
	[JOB_CREATED_AT] = {"created_at", STAMP_TYPE, NOW, "When the job was asked for. Filled in where it is NULL."},
	[JOB_UPDATED_AT] = {"updated_at", STAMP_TYPE, NOW,
	"When the row was last changed. Moves on every UPDATE, at least by a microsecond."},
	[JOB_DELETED_AT] = {"deleted_at", STAMP_TYPE, "", "When the job was soft-deleted; NULL: it is live."},
	[JOB_TYPE] = {"type", TEXT_TYPES, "NOT NULL",
	"What kind of job it is, for example product-import. An attached table may have it as varchar or a domain."},
	[JOB_CREATED_BY] = {"created_by", USER_TYPES, "",
	"The id of the user who asked for the job. Its type is text, varchar, uuid, integer or bigint, as that of the "
	"users' ids."},
	[JOB_CONTEXT] = {"context", JSONB_TYPE,
		"CONSTRAINT " CONTEXT_OBJECT " CHECK (batch_job.is_context(context))",
	"What the job needs to know: an object."},
	[JOB_RESULT] = {"result", JSONB_TYPE,
		"CONSTRAINT " RESULT_SOUND " CHECK (batch_job.is_result(result))",
	"What came of the job: an object, see batch_job.result_problems()."},
	[JOB_DRY_RUN] = {"dry_run", {BOOLOID}, "pg_catalog.bool", "NOT NULL DEFAULT false",
	"Whether the job is only prepared, until a person confirms it."},
	[JOB_PRE_PROCESSED_AT] = {"pre_processed_at", STAMP_TYPE, "", "When the job was prepared."},
	[JOB_PROCESSING_AT] = {"processing_at", STAMP_TYPE, "", "When a worker started the job."},
	[JOB_CONFIRMED_AT] = {"confirmed_at", STAMP_TYPE, "", "When the job was confirmed."},
	[JOB_COMPLETED_AT] = {"completed_at", STAMP_TYPE, "", "When the job was done."},
	[JOB_CANCELED_AT] = {"canceled_at", STAMP_TYPE, "", "When the job was given up."},
	[JOB_FAILED_AT] = {"failed_at", STAMP_TYPE, "", "When the job failed."},
	[JOB_STATUS] = {"status", {InvalidOid}, "batch_job.status", "NOT NULL",
	"Where the job is in its life cycle: derived from the six timestamps from pre_processed_at to failed_at. "
	"What is written here is replaced."},
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

/* Adds a sentence to a list, one per line, which becomes the DETAIL of an error. */
void
job_fault(StringInfo faults, const char *sentence)
{
	appendStringInfo(faults, "%s%s", faults->len > 0 ? "\n" : "", sentence);
}

/*
 * The job column of this name, or JOB_COLUMNS. Tables mostly have them in our
 * order, so the search starts after the last one found.
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

/* May a job table's column, other than status, be of this type? */
bool
job_column_accepts(JobColumn column, Oid type)
{
	const Oid  *types = columns[column].types;

	for (int i = 0; i < MAX_TYPES && types[i] != InvalidOid; i++)
		if (type == types[i])
			return true;
	return types[0] == TEXTOID && getBaseType(type) != type &&
		job_column_accepts(column, getBaseType(type));
}

/* "text, uuid or integer" */
char *
job_column_types(JobColumn column)
{
	const Oid  *types = columns[column].types;
	StringInfoData list;

	initStringInfo(&list);
	for (int i = 0; i < MAX_TYPES && types[i] != InvalidOid; i++)
	{
		bool		last = i + 1 == MAX_TYPES || types[i + 1] == InvalidOid;

		appendStringInfo(&list, "%s%s", i == 0 ? "" : last ? " or " : ", ", format_type_be(types[i]));
	}
	return list.data;
}

/* The type in a created table, without its schema if that is pg_catalog. */
const char *
job_column_type_name(JobColumn column)
{
	static const char prefix[] = "pg_catalog.";
	const char *name = columns[column].type_name;

	return strncmp(name, prefix, strlen(prefix)) == 0 ? name + strlen(prefix) : name;
}

/* The same as an OID; not for status. */
Oid
job_column_type(JobColumn column)
{
	return columns[column].types[0];
}

/* What may be wrong with a column, as sentences. */
char *
job_column_missing(JobColumn column)
{
	return psprintf("Column \"%s\" (%s) is missing.", columns[column].name,
					format_type_be(columns[column].types[0]));
}

char *
job_column_of_wrong_type(JobColumn column, Oid type)
{
	return psprintf("Column \"%s\" is of type %s, must be %s.", columns[column].name,
					format_type_be(type), job_column_types(column));
}

/*
 * Finds the columns of a job in desc; unless faults is NULL, adds to it those
 * that occur twice.
 */
static void
locate(TupleDesc desc, JobLayout *layout, StringInfo faults)
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
		if (layout->attnum[c] != InvalidAttrNumber && faults != NULL)
			job_fault(faults, psprintf("Column \"%s\" occurs more than once.", columns[c].name));
		layout->attnum[c] = attr->attnum;
	}
}

/* Finds a table's columns of a job, by their names only. */
void
job_layout_locate(TupleDesc desc, JobLayout *layout)
{
	locate(desc, layout, NULL);
}

/*
 * job_layout_find
 *		Finds the columns of a job in desc; adds to faults those that are
 *		missing, of another type, or there twice (as in a row of a join).
 *
 * The column status may be missing: many rows have none that can be trusted.
 */
void
job_layout_find(TupleDesc desc, JobLayout *layout, StringInfo faults)
{
	locate(desc, layout, faults);
	for (int c = 0; c < JOB_STATUS; c++)
	{
		AttrNumber	attnum = layout->attnum[c];
		Oid			type = attnum == InvalidAttrNumber ? InvalidOid : TupleDescAttr(desc, attnum - 1)->atttypid;

		if (attnum == InvalidAttrNumber)
			job_fault(faults, job_column_missing(c));
		else if (!job_column_accepts(c, type))
			job_fault(faults, job_column_of_wrong_type(c, type));
	}
}

/*
 * job_row_open
 *		Returns a slot with the value of a composite type or record, and where
 *		it has the columns of a job.  The caller drops the slot; the values in
 *		it point into the row.
 *
 * Error: 42804 the row is not a job; the DETAIL lists all that is wrong.
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
 *		Finds the columns of a job table, including status.
 *
 * Error: 42P16 one has been renamed, dropped, or retyped since the table was
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
				 errhint("Restore the columns, or run batch_job.detach() on the table."),
				 errtable(rel)));
	pfree(faults.data);
}

/* The column whose time stamp gives a job this status. */
JobColumn
job_stamp_column(JobStatus status)
{
	return stamp_columns[status];
}

/* The status by the time stamps of a tuple; the same rule as in derive_status. */
JobStatus
job_layout_status(const JobLayout *layout, TupleTableSlot *slot)
{
	int			status = JOB_STATUSES - 1;

	while (status > JOB_STATUS_CREATED &&
		   slot_attisnull(slot, layout->attnum[stamp_columns[status]]))
		status--;
	return (JobStatus) status;
}

/*
 * The status of a value of the type batch_job.batch_job, or of another row
 * that is a job.
 */
JobStatus
job_row_status(Datum job)
{
	JobLayout	layout;
	TupleTableSlot *slot = job_row_open(DatumGetHeapTupleHeader(job), &layout);
	JobStatus	status = job_layout_status(&layout, slot);

	ExecDropSingleTupleTableSlot(slot);
	return status;
}

/*
 * "id text ..., created_at ..." for CREATE TABLE, without the DEFAULTs that we
 * add later; created_by is the definition of that column, if it refers to a
 * table of users.
 */
void
job_append_column_definitions(StringInfo sql, const char *created_by)
{
	for (int c = 0; c < JOB_COLUMNS; c++)
	{
		appendStringInfo(sql, "%s%s ", c > 0 ? ", " : "", columns[c].name);
		if (c == JOB_CREATED_BY && created_by != NULL)
			appendStringInfoString(sql, created_by);
		else
			appendStringInfo(sql, "%s %s", columns[c].type_name, columns[c].constraint);
	}
}

/* "COMMENT ON COLUMN ... IS ...; ..." for a table or view that has the columns */
void
job_append_column_comments(StringInfo sql, const char *relation)
{
	for (int c = 0; c < JOB_COLUMNS; c++)
		appendStringInfo(sql, "COMMENT ON COLUMN %s.%s IS %s;", relation, columns[c].name,
						 quote_literal_cstr(columns[c].comment));
}

static void
append_derived_status(StringInfo sql, const char *table)
{
	appendStringInfoString(sql, BATCH_JOB_SCHEMA ".derive_status(");
	for (int status = JOB_STATUS_CREATED + 1; status < JOB_STATUSES; status++)
		appendStringInfo(sql, "%s%s%s", status > JOB_STATUS_CREATED + 1 ? ", " : "", table,
						 columns[stamp_columns[status]].name);
	appendStringInfoChar(sql, ')');
}

/* "batch_job.derive_status(pre_processed_at, ...)" of the columns of a table */
void
job_append_derived_status(StringInfo sql)
{
	append_derived_status(sql, "");
}

/*
 * The columns of a table as a value of the type batch_job.batch_job; table is
 * a prefix like "name." in a statement with several tables, or "".
 */
void
job_append_row_of(StringInfo sql, const char *table)
{
	appendStringInfoString(sql, "ROW(");
	for (int c = 0; c < JOB_STATUS; c++)
	{
		const char *cast = columns[c].types[0] == TEXTOID ? "::pg_catalog.text" : "";

		appendStringInfo(sql, "%s%s%s, ", table, columns[c].name, cast);
	}
	/* the column may still be NULL during a backfill */
	append_derived_status(sql, table);
	appendStringInfoString(sql, ")::" BATCH_JOB_SCHEMA ".batch_job");
}

void
job_append_row(StringInfo sql)
{
	job_append_row_of(sql, "");
}

/*
 * The value of a text column, or of created_by in its type's text form; it
 * must not be NULL.
 */
char *
job_value_as_text(TupleTableSlot *slot, AttrNumber attnum)
{
	Oid			type = TupleDescAttr(slot->tts_tupleDescriptor, attnum - 1)->atttypid;
	bool		isnull;
	Datum		value = slot_getattr(slot, attnum, &isnull);
	Oid			output;
	bool		is_varlena;

	if (type == TEXTOID || type == VARCHAROID)
		return TextDatumGetCString(value);
	getTypeOutputInfo(type, &output, &is_varlena);
	return OidOutputFunctionCall(output, value);
}
