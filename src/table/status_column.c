/*
 * status_column.c
 *	  The column status of a job table, and the CHECK that proves it.
 */
#include "table/status_column.h"

#include "catalog/pg_constraint.h"
#include "utils/lsyscache.h"

#include "job/columns.h"
#include "job/job_table.h"
#include "table/catalog.h"
#include "table/ddl.h"

bool
has_constraint(Oid table, const char *name)
{
	return OidIsValid(get_relation_constraint_oid(table, name, true));
}

void
drop_constraint(Oid table, const char *name)
{
	ddl(psprintf("ALTER TABLE %s DROP CONSTRAINT %s", job_relation_name(table), name));
}

/* Drops our constraints, as far as they exist. */
void
drop_our_constraints(Oid table)
{
	static const char *const names[] = {
		CONTEXT_OBJECT, RESULT_SOUND, STATUS_DERIVED, STATUS_KNOWN
	};

	for (int i = 0; i < (int) lengthof(names); i++)
		if (has_constraint(table, names[i]))
			drop_constraint(table, names[i]);
}

/*
 * "CONSTRAINT ... CHECK (status = derive_status(...))", which passes while
 * status is NULL
 */
const char *
status_check(void)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "CONSTRAINT " STATUS_DERIVED " CHECK (status OPERATOR(pg_catalog.=) ");
	job_append_derived_status(&sql);
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

/*
 * Does the table have our CHECK of the status?  A constraint that only has its
 * name is somebody else's and proves nothing.  Error: 42710.
 */
static bool
has_status_check(Oid table)
{
	const char *sql =
		"SELECT objid FROM pg_catalog.pg_depend"
		" WHERE classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_constraint'::pg_catalog.regclass"
		" AND objid OPERATOR(pg_catalog.=) %u"
		" AND refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass"
		" AND refobjid OPERATOR(pg_catalog.=) (SELECT oid FROM pg_catalog.pg_proc"
		" WHERE proname OPERATOR(pg_catalog.=) 'derive_status'"
		" AND pronamespace OPERATOR(pg_catalog.=) 'batch_job'::pg_catalog.regnamespace)";
	Oid			constraint = get_relation_constraint_oid(table, STATUS_DERIVED, true);

	if (!OidIsValid(constraint))
		return false;
	if (!OidIsValid(catalog_oid(psprintf(sql, constraint))))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("constraint \"%s\" of table \"%s\" is not the one that proves the status",
						STATUS_DERIVED, get_rel_name(table)),
				 errhint("Drop or rename it, then attach again.")));
	return true;
}

static AttrNumber
attnum_of_status(Oid table)
{
	return get_attnum(table, job_column_name(JOB_STATUS));
}

/*
 * Adds to a table what its status needs; takes milliseconds, whatever the
 * table's size.
 */
void
status_column_add(Oid table)
{
	char	   *name = job_relation_name(table);

	if (attnum_of_status(table) == InvalidAttrNumber)
		ddl(psprintf("ALTER TABLE %s ADD COLUMN status batch_job.status", name));
	if (!has_status_check(table))
		ddl(psprintf("ALTER TABLE %s ADD %s NOT VALID", name, status_check()));
}

/*
 * A column left behind by detach may be stale, and must not be trusted.
 * Error: 55000.
 */
void
status_column_check_not_stale(Relation rel)
{
	Oid			table = RelationGetRelid(rel);

	if (attnum_of_status(table) != InvalidAttrNumber && !has_status_check(table))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("column \"status\" of table \"%s\" already exists and may be stale",
						RelationGetRelationName(rel)),
				 errhint("Drop the column first, or attach with backfill => true."),
				 errtable(rel)));
}

/* When all rows have their status: proves it, and forbids rows without one. */
void
status_column_make_certain(Oid table)
{
	ddl(psprintf("ALTER TABLE %s VALIDATE CONSTRAINT " STATUS_DERIVED
				 ", ALTER COLUMN status SET NOT NULL", job_relation_name(table)));
	/* left behind by an interrupted backfill */
	if (has_constraint(table, STATUS_KNOWN))
		drop_constraint(table, STATUS_KNOWN);
}

/*
 * False if the user has dropped or retyped it; true also if an earlier detach
 * has left it behind.
 */
bool
status_column_is_ours(Oid table)
{
	AttrNumber	attnum = attnum_of_status(table);

	return attnum != InvalidAttrNumber && get_atttype(table, attnum) == job_status_type();
}

/*
 * Nothing sets the column any more.  So it is dropped, or allows NULL from now
 * on, since an application that does not know it must be able to insert.
 */
void
status_column_release(Oid table, bool drop)
{
	char	   *name = job_relation_name(table);

	if (!status_column_is_ours(table))
		return;
	if (drop)
		ddl(psprintf("ALTER TABLE %s DROP COLUMN status", name));
	else
		ddl(psprintf("ALTER TABLE %s ALTER COLUMN status DROP DEFAULT"
					 ", ALTER COLUMN status DROP NOT NULL", name));
}
