/*
 * shape.c
 *	  Can this table become a job table?
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

/* What can be told from the catalog, before any lock is taken.  Errors: 42P01, 42809. */
void
shape_check_kind(Oid relid)
{
	char		relkind = get_rel_relkind(relid);

	if (relkind == '\0')
		job_no_such_relation(relid);
	if (relkind == RELKIND_FOREIGN_TABLE)
		refuse(relid, "it is a foreign table", NULL);
	if (relkind == RELKIND_VIEW || relkind == RELKIND_MATVIEW)
		refuse(relid, "it is a view", "Attach the table below it.");
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
check_column(Relation rel, JobColumn column, AttrNumber attnum, StringInfo faults)
{
	Form_pg_attribute attr;
	bool		stamp_or_deletion = column == JOB_DELETED_AT ||
		(column >= JOB_PRE_PROCESSED_AT && column <= JOB_FAILED_AT);

	if (attnum == InvalidAttrNumber)
		return;
	attr = TupleDescAttr(RelationGetDescr(rel), attnum - 1);
	if (attr->attgenerated != '\0' || attr->attidentity != '\0')
		job_fault(faults, psprintf("Column \"%s\" is generated.", job_column_name(column)));
	if (stamp_or_deletion && attr->attnotnull)
		job_fault(faults, psprintf("Column \"%s\" does not allow NULL.", job_column_name(column)));
}

/* A column called status that means something else stays untouched. */
static void
check_status_column(Relation rel, AttrNumber attnum, StringInfo faults)
{
	Oid			type;

	if (attnum == InvalidAttrNumber)
		return;
	type = TupleDescAttr(RelationGetDescr(rel), attnum - 1)->atttypid;
	if (type != job_status_type())
		job_fault(faults, psprintf("Column \"status\" is there already, with another meaning: its type is %s, not %s.status.",
								   format_type_be(type), BATCH_JOB_SCHEMA));
}

static void
check_id_column(Relation rel, AttrNumber attnum, const JobOptions *options, StringInfo faults)
{
	int			needed = strlen(options->id_prefix) + 1 + ULID_TEXT_LEN;
	Relation	index;
	Form_pg_attribute id;
	int32		typmod;
	bool		in_key = false;

	if (attnum == InvalidAttrNumber)
		return;
	id = TupleDescAttr(RelationGetDescr(rel), attnum - 1);
	typmod = id->atttypmod;
	(void) getBaseTypeAndTypmod(id->atttypid, &typmod);
	if (typmod >= 0 && typmod < needed + (int) VARHDRSZ)
		job_fault(faults, psprintf("Column \"id\" is too short for generated ids, which have %d characters.", needed));

	RelationGetIndexList(rel);	/* finds the primary key too */
	if (OidIsValid(rel->rd_pkindex))
	{
		index = index_open(rel->rd_pkindex, AccessShareLock);
		for (int i = 0; i < IndexRelationGetNumberOfKeyAttributes(index); i++)
			in_key = in_key || (index->rd_index->indimmediate && index->rd_index->indkey.values[i] == attnum);
		index_close(index, AccessShareLock);
	}
	if (!in_key)
		job_fault(faults, "Column \"id\" is in no primary key, or in one that is deferrable.");
}

/* All that is wrong with the table, in one error: 42P16. */
void
shape_check(Relation rel, const JobOptions *options)
{
	StringInfoData faults;
	JobLayout	layout;

	initStringInfo(&faults);
	job_layout_find(RelationGetDescr(rel), &layout, &faults);
	for (JobColumn c = JOB_ID; c <= JOB_STATUS; c++)
		check_column(rel, c, layout.attnum[c], &faults);
	check_status_column(rel, layout.attnum[JOB_STATUS], &faults);
	check_id_column(rel, layout.attnum[JOB_ID], options, &faults);
	if (rel->rd_rel->relkind == RELKIND_RELATION &&
		find_inheritance_children(RelationGetRelid(rel), NoLock) != NIL)
		job_fault(&faults, "Other tables inherit from it.");
	if (faults.len > 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("table \"%s\" does not have the shape of a job table",
						RelationGetRelationName(rel)),
				 errdetail("%s", faults.data),
				 errtable(rel)));
}
