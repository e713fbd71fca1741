/*
 * beside.c
 *	  Finds or creates the tables beside a job table.
 */
#include "table/beside.h"

#include "access/table.h"
#include "catalog/pg_inherits.h"
#include "commands/defrem.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "job/columns.h"
#include "job/job_table.h"
#include "job/trigger_table.h"
#include "table/catalog.h"
#include "table/ddl.h"

/* A table whose triggers name this one, or InvalidOid. */
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
name_beside(Oid job_table, const char *suffix)
{
	return makeObjectName(get_rel_name(job_table), NULL, suffix);
}

/* The relation named "<table>_<suffix>", or InvalidOid. */
Oid
beside_by_name(Oid job_table, const Beside *kind)
{
	return get_relname_relid(name_beside(job_table, kind->suffix), get_rel_namespace(job_table));
}

/*
 * The name "<table>_<suffix>" in SQL, for a view to be created, of which
 * "what" is the description.  Error: 42P07 the name is taken.
 */
char *
beside_free_name(Oid job_table, const char *suffix, const char *what)
{
	char	   *name = name_beside(job_table, suffix);
	Oid			schema = get_rel_namespace(job_table);

	if (OidIsValid(get_relname_relid(name, schema)))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("relation \"%s\" already exists", name),
				 errdetail("It is not the %s of table \"%s\".", what, get_rel_name(job_table)),
				 errhint("Rename it, or, if the owner of the table has changed, give the view the same owner.")));
	return quote_qualified_identifier(get_namespace_name(schema), name);
}

/* Only the owner gets rights on it, whatever default privileges say. */
static Oid
make(Oid job_table, const Beside *kind)
{
	char	   *schema = get_namespace_name(get_rel_namespace(job_table));
	Oid			table;

	kind->make(quote_qualified_identifier(schema, name_beside(job_table, kind->suffix)), job_table);
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
				 errmsg("relation \"%s\" already exists and belongs to table \"%s\"",
						get_rel_name(table), get_rel_name(user)),
				 errhint("Rename it. The other table keeps using it under any name.")));
}

/*
 * beside_take
 *		Finds or creates the table of a kind beside a job table, and locks it:
 *		the one that the job table's triggers name already (known); else an
 *		existing one with the name, if the option was switched off before; else
 *		a new one.  The caller is connected to SPI.
 *
 * Errors: 42P07 the name is taken, or another job table's triggers name the
 * table, 42501 it has another owner; those of the kind's check.
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
				(errmsg("using existing table \"%s\"", RelationGetRelationName(rel))));
	table_close(rel, NoLock);
	return table;
}

/*
 * Locks a table or view beside a job table, against the lock order.  A session
 * that has read it, and goes on to the jobs or their live view, may be in our
 * way: then we give up instead of making that session the victim of a
 * deadlock.  Error: 55P03, which says what is in use.
 */
void
beside_lock_unless_in_use(Oid relation, LOCKMODE lock, const char *what)
{
	if (!ConditionalLockRelationOid(relation, lock))
		ereport(ERROR,
				(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				 errmsg("could not obtain lock on relation \"%s\"", get_rel_name(relation)),
				 errdetail("Another session is using %s.", what),
				 errhint("Try again.")));
}

/*
 * The collation for job_id, the same as that of id, so that a join of both has
 * no collation conflict.
 */
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

/* Switches off what the triggers do, in partitions, too; the table stays. */
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
