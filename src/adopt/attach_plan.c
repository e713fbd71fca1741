/*
 * attach_plan.c
 *	  attach_plan: the statements that prepare a table for attach.
 *
 * It answers each fault that shape.c finds, either with a statement or with a
 * row that says why there is none and what a person can do.  The compiler
 * checks that no kind of fault is forgotten.
 */
#include "adopt/attach_plan.h"

#include "access/table.h"
#include "catalog/pg_inherits.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "base/argument.h"
#include "job/job_table.h"
#include "table/shape.h"

/* Adds a row: a statement, or NULL, and the reason. */
void
attach_plan_statement(AttachPlan *plan, const char *statement, const char *why)
{
	Datum		values[2];
	bool		nulls[2] = {statement == NULL, false};

	values[0] = statement == NULL ? (Datum) 0 : CStringGetTextDatum(statement);
	values[1] = CStringGetTextDatum(why);
	tuplestore_putvalues(plan->rows->setResult, plan->rows->setDesc, values, nulls);
}

/* Adds a step that a person has to take. */
void
attach_plan_cannot(AttachPlan *plan, const char *why)
{
	attach_plan_statement(plan, NULL, why);
}

/*
 * Adds an ALTER TABLE with these clauses, on separate lines if there are
 * several.
 */
void
attach_plan_alter(AttachPlan *plan, List *clauses, const char *why)
{
	const char *between = list_length(clauses) > 1 ? "\n  " : " ";
	StringInfoData sql;
	ListCell   *cell;

	initStringInfo(&sql);
	appendStringInfo(&sql, "ALTER TABLE %s", plan->table);
	foreach(cell, clauses)
		appendStringInfo(&sql, "%s%s%s", foreach_current_index(cell) > 0 ? "," : "", between, (char *) lfirst(cell));
	appendStringInfoChar(&sql, ';');
	attach_plan_statement(plan, sql.data, why);
}

/* The table's column that is this one, or will be. */
Form_pg_attribute
attach_plan_attribute(const AttachPlan *plan, JobColumn column)
{
	return TupleDescAttr(RelationGetDescr(plan->rel), plan->layout.attnum[column] - 1);
}

static void
plan_not_generated(AttachPlan *plan, JobColumn column)
{
	Form_pg_attribute attr = attach_plan_attribute(plan, column);
	const char *name = job_column_name(column);
	const char *what = psprintf("Column \"%s\" is generated, so it cannot be written.", name);

	if (column == JOB_STATUS && plan->legacy_status != NULL)
		return;					/* it has another name now */
	if (attach_plan_type_stays(plan, column))
		return;					/* another row explains it */
	if (attr->attinhcount > 0)
		attach_plan_cannot(plan, psprintf("%s\nIt is inherited from another table: change it there.", what));
	else if (attr->attidentity != '\0')
		attach_plan_alter(plan, list_make1(psprintf("ALTER COLUMN %s DROP IDENTITY", name)), what);
	else if (attr->attgenerated == ATTRIBUTE_GENERATED_STORED)
		attach_plan_alter(plan, list_make1(psprintf("ALTER COLUMN %s DROP EXPRESSION", name)),
						  psprintf("%s\nIts values stay.", what));
	else
		attach_plan_cannot(plan, psprintf("%s\nIt is virtual: add an ordinary column, put its values there, and drop it.", what));
}

static void
plan_nullable(AttachPlan *plan, List *faults)
{
	Bitmapset  *key;
	List	   *clauses = NIL;
	ListCell   *cell;

	key = bms_union(attach_plan_key_columns(plan), RelationGetIndexAttrBitmap(plan->rel, INDEX_ATTR_BITMAP_IDENTITY_KEY));
	foreach(cell, faults)
	{
		JobColumn	column = ((ShapeFault *) lfirst(cell))->column;
		const char *name = job_column_name(column);
		Form_pg_attribute attr = attach_plan_attribute(plan, column);

		if (bms_is_member(attr->attnum - FirstLowInvalidHeapAttributeNumber, key))
			attach_plan_cannot(plan, psprintf("Column \"%s\" is in the primary key or the replica identity, and so does not allow NULL.\n"
											  "Make another one, without it.", name));
		else if (attr->attinhcount > 0)
			attach_plan_cannot(plan, psprintf("Column \"%s\" does not allow NULL, as in the table that it is inherited from: change it there.", name));
		else
		{
			clauses = lappend(clauses, psprintf("ALTER COLUMN %s DROP NOT NULL", name));
			if (attr->atthasdef && attr->attgenerated == '\0')
				clauses = lappend(clauses, psprintf("ALTER COLUMN %s DROP DEFAULT", name));
		}
	}
	if (clauses != NIL)
		attach_plan_alter(plan, clauses, "NULL means that it has not happened yet, as in a new job.");
}

static void
plan_childless(AttachPlan *plan)
{
	Oid			child = linitial_oid(find_inheritance_children(RelationGetRelid(plan->rel), NoLock));

	attach_plan_cannot(plan, psprintf("Other tables inherit from it, as %s does.\n"
									  "Make it a partitioned table, or take them out: ALTER TABLE %s NO INHERIT %s;",
									  job_relation_name(child), job_relation_name(child), plan->table));
}

static void
answer(AttachPlan *plan, ShapeFaultKind kind, List *faults)
{
	ListCell   *cell;

	switch (kind)
	{
		case SHAPE_OTHER_STATUS:
			attach_plan_status(plan);
			break;
		case SHAPE_GENERATED:
			foreach(cell, faults)
				plan_not_generated(plan, ((ShapeFault *) lfirst(cell))->column);
			break;
		case SHAPE_NOT_NULL:
			plan_nullable(plan, faults);
			break;
		case SHAPE_MISSING:
			attach_plan_missing(plan, faults);
			break;
		case SHAPE_OTHER_TYPE:
			attach_plan_types(plan, faults);
			break;
		case SHAPE_SHORT_ID:
			attach_plan_short_id(plan);
			break;
		case SHAPE_NO_KEY:
			attach_plan_key(plan);
			break;
		case SHAPE_PARENT:
			plan_childless(plan);
			break;
	}
}

static List *
faults_of_kind(List *faults, ShapeFaultKind kind)
{
	List	   *found = NIL;
	ListCell   *cell;

	foreach(cell, faults)
		if (((ShapeFault *) lfirst(cell))->kind == kind)
			found = lappend(found, lfirst(cell));
	return found;
}

/*
 * A row written by this transaction is checked again when attach writes it.
 * Checks deferred to the commit would make the ALTER TABLE after that fail.
 */
static void
plan_checks_at_once(AttachPlan *plan)
{
	const char *sql =
		"SELECT pg_catalog.string_agg(pg_catalog.format('%%I.%%I', n.nspname, c.conname), ', ' ORDER BY c.conname)"
		" FROM pg_catalog.pg_constraint c"
		" JOIN pg_catalog.pg_namespace n ON n.oid OPERATOR(pg_catalog.=) c.connamespace"
		" WHERE c.conrelid OPERATOR(pg_catalog.=) %u AND c.contype OPERATOR(pg_catalog.=) ANY ('{f,t}')"
		" AND c.condeferred";
	char	   *names;

	if (SPI_execute(psprintf(sql, RelationGetRelid(plan->rel)), true, 0) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "query failed: %s", sql);
	names = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	if (names != NULL)
		attach_plan_statement(plan, psprintf("SET CONSTRAINTS %s IMMEDIATE;", names),
							  "Checks that wait for the commit keep attach() from running in the same transaction.\n"
							  "Outside of a transaction this only gives a warning.");
}

/* A table created OF a type has exactly the columns of the type. */
static void
plan_own_columns(AttachPlan *plan, bool has_faults)
{
	bool		lacks_status = plan->layout.attnum[JOB_STATUS] == InvalidAttrNumber;

	if (OidIsValid(plan->rel->rd_rel->reloftype) && (has_faults || lacks_status))
		attach_plan_alter(plan, list_make1("NOT OF"),
						  psprintf("The columns of the table are those of type %s, and can be changed only when the table is no longer OF that type.",
								   format_type_be(plan->rel->rd_rel->reloftype)));
}

static void
make_plan(AttachPlan *plan)
{
	JobOptions	options;
	List	   *faults;

	job_options_of_table(plan->rel, &options);
	plan->id_length = shape_id_length(&options);
	job_layout_locate(RelationGetDescr(plan->rel), &plan->layout);
	plan_own_columns(plan, shape_faults(plan->rel, &plan->layout, &options) != NIL);
	attach_plan_names(plan);
	faults = shape_faults(plan->rel, &plan->layout, &options);
	for (ShapeFaultKind kind = 0; kind < SHAPE_FAULT_KINDS; kind++)
	{
		List	   *of_kind = faults_of_kind(faults, kind);

		if (of_kind != NIL)
			answer(plan, kind, of_kind);
	}
	attach_plan_find_legacy_status(plan);
	if (plan->writes_rows || plan->legacy_status != NULL)
		plan_checks_at_once(plan);
	if (plan->legacy_status != NULL)
		attach_plan_status_skeleton(plan);
}

/* Accepts whatever AT TIME ZONE accepts; anything else is an error, 22023. */
static char *
zone_literal(text *zone)
{
	DirectFunctionCall2(timestamp_zone, PointerGetDatum(zone), TimestampGetDatum(0));
	return quote_literal_cstr(text_to_cstring(zone));
}

/*
 * attach_plan(job_table regclass, zone text)
 * returns setof (statement text, why text)
 *
 * The statements that prepare a table for attach, in order; NULL where a
 * person has to act.  No rows if attach can take the table as it is.  Changes
 * nothing.
 *
 * Errors: 22004, 22023 arguments, 42P01 no such table, 42809 not a table that
 * can be attached.
 */
PG_FUNCTION_INFO_V1(batch_job_attach_plan);
Datum
batch_job_attach_plan(PG_FUNCTION_ARGS)
{
	AttachPlan	plan = {0};
	Oid			table;
	ListCell   *cell;

	check_not_null(fcinfo, 0, "job_table");
	check_not_null(fcinfo, 1, "zone");
	table = PG_GETARG_OID(0);
	plan.zone = zone_literal(PG_GETARG_TEXT_PP(1));
	shape_check_kind(table);

	InitMaterializedSRF(fcinfo, 0);
	SPI_connect();
	plan.rows = (ReturnSetInfo *) fcinfo->resultinfo;
	plan.rel = job_table_lock(table, AccessShareLock);
	plan.tables = find_all_inheritors(table, AccessShareLock, NULL);
	plan.table = job_relation_name(table);
	make_plan(&plan);
	foreach(cell, plan.tables)
		if (lfirst_oid(cell) != table)
			UnlockRelationOid(lfirst_oid(cell), AccessShareLock);
	table_close(plan.rel, AccessShareLock);
	SPI_finish();
	return (Datum) 0;
}
