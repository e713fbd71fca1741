/*
 * shape.c
 *	  Checks whether a table can become a job table.
 */
#include "table/shape.h"

#include "access/genam.h"
#include "catalog/catalog.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_inherits.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "id/ulid.h"
#include "job/columns.h"
#include "job/job_table.h"

static void
refuse(Oid relid, const char *why, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("cannot attach \"%s\": %s", get_rel_name(relid), why),
			 hint ? errhint("%s", hint) : 0));
}

static const char *
name_of_parent(Oid relid)
{
	List	   *ancestors = get_partition_ancestors(relid);

	return ancestors != NIL ? job_relation_name(llast_oid(ancestors)) : "it is being detached";
}

/*
 * What can be checked in the catalog before a lock is taken.  Errors: 42P01,
 * 42809.
 */
void
shape_check_kind(Oid relid)
{
	char		relkind = get_rel_relkind(relid);

	if (relkind == '\0')
		job_no_such_relation(relid);
	if (relkind == RELKIND_FOREIGN_TABLE)
		refuse(relid, "it is a foreign table", NULL);
	if (relkind == RELKIND_VIEW || relkind == RELKIND_MATVIEW)
		refuse(relid, "it is a view", "Attach the underlying table.");
	if (relkind != RELKIND_RELATION && relkind != RELKIND_PARTITIONED_TABLE)
		refuse(relid, "it is not a table", NULL);
	if (IsCatalogNamespace(get_rel_namespace(relid)) || IsCatalogRelationOid(relid))
		refuse(relid, "it is a system catalog", NULL);
	if (isOtherTempNamespace(get_rel_namespace(relid)))
		refuse(relid, "it is a temporary table of another session", NULL);
	if (get_rel_relispartition(relid))
		refuse(relid, "it is a partition",
			   psprintf("Attach its parent: %s.", name_of_parent(relid)));
}

static void
add_fault(List **faults, ShapeFaultKind kind, JobColumn column, const char *sentence)
{
	ShapeFault *fault = palloc(sizeof *fault);

	fault->kind = kind;
	fault->column = column;
	fault->sentence = sentence;
	*faults = lappend(*faults, fault);
}

static void
check_type(Relation rel, JobColumn column, AttrNumber attnum, List **faults)
{
	Oid			type;

	if (attnum == InvalidAttrNumber)
		return;
	type = TupleDescAttr(RelationGetDescr(rel), attnum - 1)->atttypid;
	if (!job_column_accepts(column, type))
		add_fault(faults, SHAPE_OTHER_TYPE, column, job_column_of_wrong_type(column, type));
}

static void
check_column(Relation rel, JobColumn column, AttrNumber attnum, List **faults)
{
	Form_pg_attribute attr;
	bool		stamp_or_deletion = column == JOB_DELETED_AT ||
		(column >= JOB_PRE_PROCESSED_AT && column <= JOB_FAILED_AT);

	if (attnum == InvalidAttrNumber)
		return;
	attr = TupleDescAttr(RelationGetDescr(rel), attnum - 1);
	if (attr->attgenerated != '\0' || attr->attidentity != '\0')
		add_fault(faults, SHAPE_GENERATED, column,
				  psprintf("Column \"%s\" is generated.", job_column_name(column)));
	if (stamp_or_deletion && attr->attnotnull)
		add_fault(faults, SHAPE_NOT_NULL, column,
				  psprintf("Column \"%s\" does not allow NULL.", job_column_name(column)));
}

/* A column status with another meaning is left alone. */
static void
check_status_column(Relation rel, AttrNumber attnum, List **faults)
{
	Oid			type;

	if (attnum == InvalidAttrNumber)
		return;
	type = TupleDescAttr(RelationGetDescr(rel), attnum - 1)->atttypid;
	if (type != job_status_type())
		add_fault(faults, SHAPE_OTHER_STATUS, JOB_STATUS,
				  psprintf("Column \"status\" already exists with another meaning: its type is %s, not %s.status.",
						   format_type_be(type), BATCH_JOB_SCHEMA));
}

/* The length in characters of the ids generated for a table. */
int
shape_id_length(const JobOptions *options)
{
	return strlen(options->id_prefix) + 1 + ULID_TEXT_LEN;
}

static void
check_id_length(Relation rel, AttrNumber attnum, const JobOptions *options, List **faults)
{
	Form_pg_attribute attr = TupleDescAttr(RelationGetDescr(rel), attnum - 1);
	int32		typmod = attr->atttypmod;
	int			needed = shape_id_length(options);

	getBaseTypeAndTypmod(attr->atttypid, &typmod);
	if (typmod >= 0 && typmod < needed + (int) VARHDRSZ)
		add_fault(faults, SHAPE_SHORT_ID, JOB_ID,
				  psprintf("Column \"id\" is too short for generated ids, which have %d characters.", needed));
}

static void
check_id_key(Relation rel, AttrNumber attnum, List **faults)
{
	Relation	index;
	bool		in_key = false;

	RelationGetIndexList(rel);	/* also finds the primary key */
	if (OidIsValid(rel->rd_pkindex))
	{
		index = index_open(rel->rd_pkindex, AccessShareLock);
		for (int i = 0; i < IndexRelationGetNumberOfKeyAttributes(index); i++)
			in_key = in_key || (index->rd_index->indimmediate && index->rd_index->indkey.values[i] == attnum);
		index_close(index, AccessShareLock);
	}
	if (!in_key)
		add_fault(faults, SHAPE_NO_KEY, JOB_ID, "Column \"id\" is in no primary key, or in one that is deferrable.");
}

/*
 * shape_faults
 *		Everything that keeps a table from being a job table with these
 *		options, given where it has its columns: a list of ShapeFault.
 */
List *
shape_faults(Relation rel, const JobLayout *layout, const JobOptions *options)
{
	List	   *faults = NIL;
	AttrNumber	id = layout->attnum[JOB_ID];

	for (JobColumn c = JOB_ID; c < JOB_STATUS; c++)
		check_type(rel, c, layout->attnum[c], &faults);
	for (JobColumn c = JOB_ID; c < JOB_STATUS; c++)
		if (layout->attnum[c] == InvalidAttrNumber)
			add_fault(&faults, SHAPE_MISSING, c, job_column_missing(c));
	for (JobColumn c = JOB_ID; c <= JOB_STATUS; c++)
		check_column(rel, c, layout->attnum[c], &faults);
	check_status_column(rel, layout->attnum[JOB_STATUS], &faults);
	if (id != InvalidAttrNumber)
	{
		check_id_length(rel, id, options, &faults);
		check_id_key(rel, id, &faults);
	}
	if (rel->rd_rel->relkind == RELKIND_RELATION &&
		find_inheritance_children(RelationGetRelid(rel), NoLock) != NIL)
		add_fault(&faults, SHAPE_PARENT, JOB_COLUMNS, "Other tables inherit from it.");
	return faults;
}

/*
 * The hint.  If only the new prefix is too long for the id column,
 * attach_plan, which uses the table's present prefix, would find no fault.
 */
static const char *
way_out(Relation rel, const JobLayout *layout)
{
	JobOptions	options;

	job_options_of_table(rel, &options);
	if (shape_faults(rel, layout, &options) == NIL)
		return "Choose a shorter prefix, or change the type of the column to text.";
	return psprintf("SELECT * FROM batch_job.attach_plan(%s) gives the statements that change it.",
					quote_literal_cstr(job_relation_name(RelationGetRelid(rel))));
}

/* Reports all faults of the table in one error: 42P16. */
void
shape_check(Relation rel, const JobOptions *options)
{
	StringInfoData sentences;
	JobLayout	layout;
	List	   *faults;
	ListCell   *cell;

	job_layout_locate(RelationGetDescr(rel), &layout);
	faults = shape_faults(rel, &layout, options);
	if (faults == NIL)
		return;
	initStringInfo(&sentences);
	foreach(cell, faults)
		job_fault(&sentences, ((ShapeFault *) lfirst(cell))->sentence);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("table \"%s\" does not have the shape of a job table",
					RelationGetRelationName(rel)),
			 errdetail("%s", sentences.data),
			 errhint("%s", way_out(rel, &layout)),
			 errtable(rel)));
}
