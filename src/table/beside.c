/*
 * beside.c
 *	  Finding or making the tables beside a job table.
 */
#include "table/beside.h"

#include "access/table.h"
#include "catalog/pg_inherits.h"
#include "commands/defrem.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "job/columns.h"
#include "job/job_table.h"
#include "job/trigger_table.h"
#include "table/catalog.h"
#include "table/ddl.h"

/* A table whose triggers name this one; InvalidOid: nobody's do. */
Oid
beside_user(Oid table, const Beside *kind)
{
	const char *sql =
		"SELECT t.tgrelid FROM pg_catalog.pg_depend d, pg_catalog.pg_trigger t"
		" WHERE d.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_trigger'::pg_catalog.regclass"
		" AND d.refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass"
		" AND d.refobjid OPERATOR(pg_catalog.=) %u AND t.oid OPERATOR(pg_catalog.=) d.objid"
		" AND t.tgfoid OPERATOR(pg_catalog.=) 'batch_job.%s()'::pg_catalog.regprocedure";

	return catalog_oid(psprintf(sql, table, kind->function));
}

static char *
name_beside(Oid job_table, const Beside *kind)
{
	return makeObjectName(get_rel_name(job_table), NULL, kind->suffix);
}

/* Whatever has the name "<table>_<suffix>"; InvalidOid: nothing. */
Oid
beside_by_name(Oid job_table, const Beside *kind)
{
	return get_relname_relid(name_beside(job_table, kind), get_rel_namespace(job_table));
}

/* It is its owner's alone, whatever default privileges say. */
static Oid
make(Oid job_table, const Beside *kind)
{
	char	   *schema = get_namespace_name(get_rel_namespace(job_table));
	Oid			table;

	kind->make(quote_qualified_identifier(schema, name_beside(job_table, kind)), job_table);
	table = beside_by_name(job_table, kind);
	ddl_revoke_from_others(table);
	return table;
}

/* Error: 42P07. */
static void
check_not_used(Oid table, Oid job_table, const Beside *kind)
{
	Oid			user = beside_user(table, kind);

	if (OidIsValid(user) && user != job_table)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("relation \"%s\" is there already and belongs to table \"%s\"",
						get_rel_name(table), get_rel_name(user)),
				 errhint("Rename it: that table goes on with it under any name.")));
}

/*
 * beside_take
 *		The table of a kind beside a job table, and locks it: the one that the
 *		job table's triggers name already (known); else one that is there under
 *		the name, where what was switched off is taken up again; else a new one.
 *		The caller is connected to SPI.
 *
 * Errors: 42P07 something else has the name, or another job table's triggers
 * name it, 42501 it is somebody else's; those of the kind's check.
 */
Oid
beside_take(Oid job_table, Oid known, const Beside *kind)
{
	Oid			there = OidIsValid(known) ? known : beside_by_name(job_table, kind);
	Oid			table = OidIsValid(there) ? there : make(job_table, kind);
	Relation	rel;

	if (OidIsValid(there) && !OidIsValid(known))
		check_not_used(table, job_table, kind);
	rel = job_table_lock(table, AccessShareLock);
	job_trigger_table_check_owner(rel);
	kind->check(table);
	if (OidIsValid(there) && !OidIsValid(known))
		ereport(NOTICE,
				(errmsg("going on with table \"%s\", which is there already", RelationGetRelationName(rel))));
	table_close(rel, NoLock);
	return table;
}

/* A join of job_id and id must not have to choose between two collations. */
char *
beside_id_collation(Oid job_table)
{
	Relation	rel = job_table_lock(job_table, AccessShareLock);
	JobLayout	layout;
	Oid			collation;

	job_layout_of_table(rel, &layout);
	collation = TupleDescAttr(RelationGetDescr(rel), layout.attnum[JOB_ID] - 1)->attcollation;
	table_close(rel, NoLock);
	return generate_collation_name(collation);
}

/* Switches off what the triggers do, in partitions too; the table stays. */
void
beside_drop_triggers(Oid job_table, const Beside *kind)
{
	ListCell   *cell;

	foreach(cell, find_all_inheritors(job_table, NoLock, NULL))
	{
		if (owns_relation(lfirst_oid(cell)))
			ddl_drop_triggers(lfirst_oid(cell), kind->function);
	}
}
