/*
 * attach.c
 *	  attach: making an existing table a job table.  detach: the way back.
 */
#include "attach.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/catalog.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "commands/defrem.h"
#include "executor/spi.h"
#include "nodes/primnodes.h"
#include "rewrite/rewriteHandler.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "backfill.h"
#include "ddl.h"
#include "job_table.h"
#include "ulid.h"

/* From this size on, filling in status under the exclusive lock is worth a NOTICE. */
#define LARGE_TABLE_BLOCKS	((BlockNumber) (100 * 1024 * 1024 / BLCKSZ))

static void
refuse(Oid relid, const char *why, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("cannot attach \"%s\": %s", get_rel_name(relid), why),
			 hint ? errhint("%s", hint) : 0));
}

/* What can be told from the catalog, before any lock is taken. */
static void
check_kind(Oid relid)
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
			   psprintf("Attach its parent: %s.",
						job_relation_name(llast_oid(get_partition_ancestors(relid)))));
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
	bool		in_key = false;

	if (attnum == InvalidAttrNumber)
		return;
	if (TupleDescAttr(RelationGetDescr(rel), attnum - 1)->atttypmod >= 0 &&
		TupleDescAttr(RelationGetDescr(rel), attnum - 1)->atttypmod < needed + (int) VARHDRSZ)
		job_fault(faults, psprintf("Column \"id\" is too short for generated ids, which have %d characters.", needed));

	RelationGetIndexList(rel);	/* finds the primary key too */
	if (OidIsValid(rel->rd_pkindex))
	{
		index = index_open(rel->rd_pkindex, AccessShareLock);
		for (int i = 0; i < IndexRelationGetNumberOfKeyAttributes(index); i++)
			in_key = in_key || index->rd_index->indkey.values[i] == attnum;
		index_close(index, AccessShareLock);
	}
	if (!in_key)
		job_fault(faults, "Column \"id\" is not in the primary key.");
}

/* All that is wrong with the table, in one error. */
static void
check_shape(Relation rel, const JobOptions *options)
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

static bool
has_column(Oid table, JobColumn column)
{
	return get_attnum(table, job_column_name(column)) != InvalidAttrNumber;
}

/* Adds what a table needs for its status; takes milliseconds, whatever its size. */
static void
add_status(Oid table)
{
	char	   *name = job_relation_name(table);

	if (!has_column(table, JOB_STATUS))
		ddl(psprintf("ALTER TABLE %s ADD COLUMN status batch_job.status", name));
	if (!ddl_has_constraint(table, STATUS_DERIVED))
		ddl(psprintf("ALTER TABLE %s ADD %s NOT VALID", name, ddl_status_check()));
}

/* Does the default of id, if there is one, call generate_id? */
static bool
id_default_is_ours(Oid table)
{
	return OidIsValid(ddl_query_oid(psprintf(
		"SELECT (SELECT d.refobjid FROM pg_catalog.pg_attrdef a, pg_catalog.pg_depend d"
		" WHERE a.adrelid OPERATOR(pg_catalog.=) %u AND a.adnum OPERATOR(pg_catalog.=) %d"
		" AND d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_attrdef'::pg_catalog.regclass"
		" AND d.objid OPERATOR(pg_catalog.=) a.oid"
		" AND d.refobjid OPERATOR(pg_catalog.=)"
		" 'batch_job.generate_id(pg_catalog.text)'::pg_catalog.regprocedure)",
		table, get_attnum(table, job_column_name(JOB_ID)))));
}

static bool
has_default(Oid table, JobColumn column)
{
	Relation	rel = table_open(table, AccessShareLock);
	AttrNumber	attnum = get_attnum(table, job_column_name(column));
	bool		result = TupleDescAttr(RelationGetDescr(rel), attnum - 1)->atthasdef;

	table_close(rel, AccessShareLock);
	return result;
}

/*
 * Defaults make a plain INSERT right before any trigger looks at it, and a
 * partition can be found by id.  A default for id of the user's own stays.
 */
void
attach_defaults(Oid table, const JobOptions *options)
{
	char	   *name = job_relation_name(table);

	ddl(psprintf("ALTER TABLE %s ALTER COLUMN status SET DEFAULT 'created'::batch_job.status", name));
	if (!has_default(table, JOB_ID) || id_default_is_ours(table))
		ddl(psprintf("ALTER TABLE %s ALTER COLUMN id SET DEFAULT batch_job.generate_id(%s::pg_catalog.text)",
					 name, quote_literal_cstr(options->id_prefix)));
}

/* Makes our trigger, or gives the one that is there, by whatever name, these options. */
void
attach_trigger(Oid table, const JobOptions *options)
{
	Relation	rel = table_open(table, NoLock);
	const Trigger *trigger = job_trigger_of_table(rel);
	const char *name = trigger != NULL ? pstrdup(trigger->tgname) : JOB_TRIGGER;
	StringInfoData sql;

	table_close(rel, NoLock);
	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE OR REPLACE TRIGGER %s BEFORE INSERT OR UPDATE OR DELETE ON %s"
					 " FOR EACH ROW EXECUTE FUNCTION batch_job.maintain_row(",
					 quote_identifier(name), job_relation_name(table));
	job_append_options(&sql, options);
	appendStringInfoChar(&sql, ')');
	ddl(sql.data);
}

static Oid
find_live_view(Oid table)
{
	return ddl_query_oid(psprintf("SELECT batch_job.live_view(%u::pg_catalog.oid::pg_catalog.regclass)",
								  table));
}

static char *
name_for_live_view(Oid table)
{
	char	   *name = makeObjectName(get_rel_name(table), NULL, "live");

	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(table)), name);
}

/* A view keeps the names that the table's columns had; make them follow. */
static void
rename_view_columns(Oid view_oid, Oid table)
{
	Relation	view = table_open(view_oid, AccessShareLock);
	StringInfoData sql;
	ListCell   *cell;

	initStringInfo(&sql);
	foreach(cell, get_view_query(view)->targetList)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, cell);
		const char *old = NameStr(TupleDescAttr(RelationGetDescr(view), entry->resno - 1)->attname);
		const char *new;

		if (!IsA(entry->expr, Var))
			continue;
		new = get_attname(table, ((Var *) entry->expr)->varattno, false);
		if (strcmp(old, new) != 0)
			appendStringInfo(&sql, "ALTER VIEW %s RENAME COLUMN %s TO %s;",
							 job_relation_name(view_oid),
							 pstrdup(quote_identifier(old)), quote_identifier(new));
	}
	table_close(view, NoLock);
	if (sql.len > 0)
		ddl(sql.data);
}

static void
append_column_list(StringInfo sql, Oid table)
{
	Relation	rel = table_open(table, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(rel);
	bool		first = true;

	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, i);

		if (attr->attisdropped)
			continue;
		appendStringInfo(sql, "%s%s", first ? "" : ", ", quote_identifier(NameStr(attr->attname)));
		first = false;
	}
	table_close(rel, NoLock);
}

/*
 * attach_live_view
 *		Makes the view of the live jobs or, if it is there, brings it up to date
 *		with the table's columns; returns its oid.
 *
 * security_invoker: the view must not give its reader the owner's rights.
 */
Oid
attach_live_view(Oid table)
{
	Oid			view = find_live_view(table);
	bool		is_new = !OidIsValid(view);
	char	   *name = is_new ? name_for_live_view(table) : job_relation_name(view);
	StringInfoData sql;

	if (!is_new)
		rename_view_columns(view, table);
	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE %s%sVIEW %s WITH (security_invoker = true) AS SELECT ",
					 is_new ? "" : "OR REPLACE ",
					 isTempNamespace(get_rel_namespace(table)) ? "TEMPORARY " : "", name);
	append_column_list(&sql, table);
	appendStringInfo(&sql, " FROM %s WHERE deleted_at IS NULL", job_relation_name(table));
	ddl(sql.data);
	if (is_new)
		ddl(psprintf("CREATE TRIGGER " LIVE_VIEW_TRIGGER " INSTEAD OF DELETE ON %s"
					 " FOR EACH ROW EXECUTE FUNCTION batch_job.delete_live_row()", name));
	return find_live_view(table);
}

static void
tell_if_large(Relation rel)
{
	BlockNumber blocks = 0;
	ListCell   *cell;

	foreach(cell, find_all_inheritors(RelationGetRelid(rel), NoLock, NULL))
	{
		Relation	part = table_open(lfirst_oid(cell), NoLock);

		if (RELKIND_HAS_STORAGE(part->rd_rel->relkind))
			blocks += RelationGetNumberOfBlocks(part);
		table_close(part, NoLock);
	}
	if (blocks >= LARGE_TABLE_BLOCKS)
		ereport(NOTICE,
				(errmsg("filling in the status of table \"%s\", %u MB, under an exclusive lock",
						RelationGetRelationName(rel), (unsigned) (blocks / (1024 * 1024 / BLCKSZ))),
				 errhint("To keep it usable meanwhile, attach with backfill => false and CALL batch_job.backfill().")));
}

/* A status column left by detach may have gone stale; it must not be shown as true. */
static void
check_status_not_stale(Relation rel)
{
	Oid			table = RelationGetRelid(rel);

	if (has_column(table, JOB_STATUS) && !ddl_has_constraint(table, STATUS_DERIVED))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("column \"status\" of table \"%s\" is there already and may be stale",
						RelationGetRelationName(rel)),
				 errhint("Drop the column first, or attach with backfill => true."),
				 errtable(rel)));
}

/* The options that the table has, or the defaults; then what the caller asks for. */
static void
requested_options(FunctionCallInfo fcinfo, Relation rel, JobOptions *options)
{
	job_options_of_table(rel, options);
	if (!PG_ARGISNULL(1))
		options->soft_delete = PG_GETARG_BOOL(1);
	if (!PG_ARGISNULL(2))
		job_options_set_prefix(options, PG_GETARG_TEXT_PP(2));
}

static Oid
checked_table_argument(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(0))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("job_table must not be null")));
	check_kind(PG_GETARG_OID(0));
	job_table_check_owner(PG_GETARG_OID(0));
	return PG_GETARG_OID(0);
}

/* Locks the table and its partitions against everybody, or fails soon. */
static Relation
lock_table(Oid table)
{
	ddl_limit_lock_wait();
	find_all_inheritors(table, AccessExclusiveLock, NULL);
	return table_open(table, AccessExclusiveLock);
}

/*
 * attach(job_table regclass, soft_delete boolean, id_prefix text,
 *		  backfill boolean) returns regclass
 *
 * Makes a table a job table, in the caller's transaction, and returns its live
 * view; run again, changes options (NULL: as they are) and brings the view up
 * to date.  With backfill false the status of old rows stays NULL until
 * backfill() is called.
 *
 * Errors: 42809 not a table that can be one, 42501 not the owner, 42P16 its
 * shape, 22023 options, 42P07 the view's name is taken, 55P03 the lock was not
 * to be had, 55000 backfill false on a stale status column.
 */
PG_FUNCTION_INFO_V1(batch_job_attach);
Datum
batch_job_attach(PG_FUNCTION_ARGS)
{
	Oid			table = checked_table_argument(fcinfo);
	bool		backfill = PG_ARGISNULL(3) || PG_GETARG_BOOL(3);
	JobOptions	options;
	OwnerScope	scope;
	Relation	rel;
	Oid			view;

	owner_scope_begin(&scope, table);
	SPI_connect();
	rel = lock_table(table);
	requested_options(fcinfo, rel, &options);
	check_shape(rel, &options);
	if (backfill)
		tell_if_large(rel);
	else
		check_status_not_stale(rel);
	table_close(rel, NoLock);	/* ALTER TABLE wants nobody to have it open */

	add_status(table);
	if (backfill)
	{
		backfill_whole_table(table);
		ddl_make_status_certain(table);
	}
	attach_defaults(table, &options);
	attach_trigger(table, &options);
	view = attach_live_view(table);
	SPI_finish();
	owner_scope_end(&scope);
	PG_RETURN_OID(view);
}

static void
drop_trigger(Oid table)
{
	Relation	rel = table_open(table, NoLock);
	char	   *name = pstrdup(job_trigger_of_table(rel)->tgname);

	table_close(rel, NoLock);
	ddl(psprintf("DROP TRIGGER %s ON %s", quote_identifier(name), job_relation_name(table)));
}

static void
drop_live_view(Oid table)
{
	Oid			view = find_live_view(table);

	if (OidIsValid(view))
		ddl(psprintf("DROP VIEW %s", job_relation_name(view)));
}

/*
 * Defaults go, and NOT NULL of status: nobody fills it in any more, and an
 * application that does not know it must be able to insert.
 */
static void
drop_defaults(Oid table, bool drop_status)
{
	char	   *name = job_relation_name(table);

	if (id_default_is_ours(table))
		ddl(psprintf("ALTER TABLE %s ALTER COLUMN id DROP DEFAULT", name));
	if (drop_status)
		ddl(psprintf("ALTER TABLE %s DROP COLUMN status", name));
	else
		ddl(psprintf("ALTER TABLE %s ALTER COLUMN status DROP DEFAULT"
					 ", ALTER COLUMN status DROP NOT NULL", name));
}

/*
 * detach(job_table regclass, drop_status boolean) returns void
 *
 * Takes away what attach or create_table put on a table; the table and its
 * data stay, and so does the column status unless drop_status is true.
 *
 * Errors: 42501 not the owner, 55P03 the lock was not to be had, 2BP01 others
 * depend on the live view or on status, those of job_table_find.
 */
PG_FUNCTION_INFO_V1(batch_job_detach);
Datum
batch_job_detach(PG_FUNCTION_ARGS)
{
	Oid			table = job_table_find(checked_table_argument(fcinfo));
	OwnerScope	scope;

	owner_scope_begin(&scope, table);
	SPI_connect();
	table_close(lock_table(table), NoLock);
	drop_live_view(table);
	drop_trigger(table);
	ddl_drop_constraints(table);
	drop_defaults(table, !PG_ARGISNULL(1) && PG_GETARG_BOOL(1));
	SPI_finish();
	owner_scope_end(&scope);
	PG_RETURN_VOID();
}
