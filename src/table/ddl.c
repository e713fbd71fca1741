/*
 * ddl.c
 *	  Running DDL as text through SPI, as the table's owner, without waiting
 *	  long for a lock.
 */
#include "table/ddl.h"

#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "storage/proc.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"
#include "utils/syscache.h"

#include "job/columns.h"
#include "job/job_table.h"
#include "job/options.h"

/*
 * An ALTER TABLE that waits for its lock makes everybody else wait behind it.
 * So it gives up soon, unless the caller has said how long to wait.
 */
#define DEFAULT_LOCK_TIMEOUT "3s"

static Oid
owner_of(Oid table)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		job_no_such_relation(table);
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

/*
 * owner_scope_begin
 *		Until owner_scope_end, or an error: acts as the table's owner, so that
 *		what is made belongs to the owner and triggers of the table that fire
 *		have no more rights.
 *
 * For a caller who is not the owner, a superuser above all, it is as in CLUSTER
 * and ANALYZE: the owner's code can neither leave work behind that would run
 * later with the caller's rights, nor change the caller's settings.
 */
void
owner_scope_begin(OwnerScope *scope, Oid table)
{
	Oid			owner = owner_of(table);
	int			context = SECURITY_LOCAL_USERID_CHANGE;

	GetUserIdAndSecContext(&scope->user, &scope->security_context);
	scope->is_owner = scope->user == owner;
	if (!scope->is_owner)
		context |= SECURITY_RESTRICTED_OPERATION;
	SetUserIdAndSecContext(owner, scope->security_context | context);
	scope->guc_level = NewGUCNestLevel();
}

void
owner_scope_end(OwnerScope *scope)
{
	AtEOXact_GUC(scope->is_owner, scope->guc_level);
	SetUserIdAndSecContext(scope->user, scope->security_context);
}

/*
 * Within an owner scope: refuses where row-level security is forced on the
 * owner, rather than pass over rows that it hides.  Error: 42501.
 */
void
owner_scope_check_rls(Oid table)
{
	if (check_enable_rls(table, InvalidOid, true) != RLS_ENABLED)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("row-level security is forced on the owner of table \"%s\"", get_rel_name(table)),
			 errdetail("Rows that it hides would get no status."),
			 errhint("Use ALTER TABLE NO FORCE ROW LEVEL SECURITY meanwhile.")));
}

/* Within an owner scope: does a table belong to the very same owner?  Membership is not enough. */
bool
owner_scope_owns(Oid table)
{
	return owner_of(table) == GetUserId();
}

/* Within an owner scope, with the table locked: is the owner still the same?  Error: 42501. */
void
owner_scope_check_owner(Oid table)
{
	if (!owner_scope_owns(table))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, get_rel_name(table));
}

/* Within an owner scope: gives up waiting for a lock (55P03) after a short time. */
void
ddl_limit_lock_wait(void)
{
	if (LockTimeout == 0)
		set_config_option("lock_timeout", DEFAULT_LOCK_TIMEOUT, PGC_USERSET, PGC_S_SESSION,
						  GUC_ACTION_SAVE, true, 0, false);
}

/* Runs a statement; the caller is connected to SPI. */
void
ddl(const char *sql)
{
	int			result = SPI_execute(sql, false, 0);

	if (result < 0)
		elog(ERROR, "SPI_execute failed: %s: %s", SPI_result_code_string(result), sql);
}

/*
 * Makes a trigger, or gives the one that calls the same function of ours on the
 * same event, by whatever name, this definition; name and ENABLE ALWAYS stay as
 * the user has set them.
 */
void
ddl_make_trigger(Oid table, const char *function, int16 event, const char *name,
				 const char *timing, const char *rest)
{
	Relation	rel = job_table_lock(table, AccessShareLock);
	const Trigger *trigger = job_trigger_calling(rel, function, event);
	bool		always = trigger != NULL && trigger->tgenabled == TRIGGER_FIRES_ALWAYS;
	const char *create = trigger != NULL ? "CREATE OR REPLACE" : "CREATE";
	char	   *table_name;

	name = quote_identifier(trigger != NULL ? pstrdup(trigger->tgname) : name);
	table_close(rel, NoLock);
	table_name = job_relation_name(table);
	ddl(psprintf("%s TRIGGER %s %s ON %s %s", create, name, timing, table_name, rest));
	if (always)
		ddl(psprintf("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s", table_name, name));
}

/* Drops all triggers that call this function of ours; somebody may have made another. */
void
ddl_drop_triggers(Oid table, const char *function)
{
	const Trigger *trigger;

	do
	{
		Relation	rel = job_table_lock(table, AccessShareLock);
		char	   *name;

		trigger = job_trigger_calling(rel, function, 0);
		name = trigger != NULL ? pstrdup(trigger->tgname) : NULL;
		table_close(rel, NoLock);
		if (name != NULL)
			ddl(psprintf("DROP TRIGGER %s ON %s", quote_identifier(name), job_relation_name(table)));
	} while (trigger != NULL);
}

bool
ddl_has_constraint(Oid table, const char *name)
{
	return OidIsValid(get_relation_constraint_oid(table, name, true));
}

/*
 * Is the CHECK of the status there?  One that only has its name is somebody
 * else's, and proves nothing.  Error: 42710.
 */
bool
ddl_has_status_check(Oid table)
{
	const char *sql =
		"SELECT FROM pg_catalog.pg_depend"
		" WHERE classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_constraint'::pg_catalog.regclass"
		" AND objid OPERATOR(pg_catalog.=) %u"
		" AND refclassid OPERATOR(pg_catalog.=) 'pg_catalog.pg_proc'::pg_catalog.regclass"
		" AND refobjid OPERATOR(pg_catalog.=) (SELECT oid FROM pg_catalog.pg_proc"
		" WHERE proname OPERATOR(pg_catalog.=) 'derive_status'"
		" AND pronamespace OPERATOR(pg_catalog.=) 'batch_job'::pg_catalog.regnamespace)";
	Oid			constraint = get_relation_constraint_oid(table, STATUS_DERIVED, true);

	if (!OidIsValid(constraint))
		return false;
	ddl(psprintf(sql, constraint));
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("constraint \"%s\" of table \"%s\" is not the one that proves the status",
						STATUS_DERIVED, get_rel_name(table)),
				 errhint("Drop or rename it, then attach again.")));
	return true;
}

static void
drop_constraint(Oid table, const char *name)
{
	ddl(psprintf("ALTER TABLE %s DROP CONSTRAINT %s", job_relation_name(table), name));
}

/* Drops what there is of our constraints. */
void
ddl_drop_constraints(Oid table)
{
	static const char *const names[] = {
		CONTEXT_OBJECT, RESULT_SOUND, STATUS_DERIVED, STATUS_KNOWN
	};

	for (int i = 0; i < (int) lengthof(names); i++)
		if (ddl_has_constraint(table, names[i]))
			drop_constraint(table, names[i]);
}

/* "CONSTRAINT ... CHECK (status = derive_status(...))": passes while status is NULL */
const char *
ddl_status_check(void)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql, "CONSTRAINT " STATUS_DERIVED " CHECK (status OPERATOR(pg_catalog.=) ");
	job_append_derived_status(&sql);
	appendStringInfoChar(&sql, ')');
	return sql.data;
}

/* After all rows have their status: prove it, and let none be without one again. */
void
ddl_make_status_certain(Oid table)
{
	ddl(psprintf("ALTER TABLE %s VALIDATE CONSTRAINT " STATUS_DERIVED
				 ", ALTER COLUMN status SET NOT NULL", job_relation_name(table)));
	/* left by a backfill that was stopped */
	if (ddl_has_constraint(table, STATUS_KNOWN))
		drop_constraint(table, STATUS_KNOWN);
}
