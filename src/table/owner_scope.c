/*
 * owner_scope.c
 *	  Acts as the owner of a table, without waiting long for a lock.
 */
#include "table/owner_scope.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "storage/proc.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rls.h"
#include "utils/syscache.h"

#include "job/job_table.h"

/*
 * An ALTER TABLE that waits for its lock makes everybody else wait behind it.
 * So it gives up soon, unless the caller has set a lock_timeout.
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
 *		Acts as the table's owner until owner_scope_end or an error, so that
 *		the owner owns what is created, and triggers of the table that fire
 *		have no more rights than the owner.
 *
 * If the caller is not the owner, such as a superuser, the same restrictions
 * apply as in CLUSTER and ANALYZE: the owner's code can neither leave work
 * behind that would run later with the caller's rights, nor change the
 * caller's settings.
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
	scope->name.table = InvalidOid;
}

/* Error: that of table_name_check. */
void
owner_scope_end(OwnerScope *scope)
{
	table_name_check(&scope->name);
	AtEOXact_GUC(scope->is_owner, scope->guc_level);
	SetUserIdAndSecContext(scope->user, scope->security_context);
}

/*
 * Within an owner scope: raises an error if row-level security is forced on
 * the owner, instead of silently skipping rows that it hides.  Error: 42501.
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

/*
 * Within an owner scope: does a table belong to the very same owner?
 * Membership in the role is not enough.
 */
bool
owner_scope_owns(Oid table)
{
	return owner_of(table) == GetUserId();
}

/*
 * Within an owner scope: a job table and those of its partitions that have the
 * same owner.  A statement that names a partition only fires the partition's
 * own statement triggers, which are not inherited.  They write as its owner.
 */
List *
owner_scope_parts(Oid job_table)
{
	List	   *parts = find_all_inheritors(job_table, NoLock, NULL);
	ListCell   *cell;

	foreach(cell, parts)
	{
		if (!owner_scope_owns(lfirst_oid(cell)))
			parts = foreach_delete_current(parts, cell);
	}
	return parts;
}

/*
 * Within an owner scope, with the table locked: is the owner still the same?
 * Error: 42501.
 */
void
owner_scope_check_owner(Oid table)
{
	if (!owner_scope_owns(table))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, get_rel_name(table));
}

/*
 * Limits the wait for a lock (error 55P03) until the caller's GUC nest level
 * ends.
 */
void
limit_lock_wait(void)
{
	if (LockTimeout == 0)
		set_config_option("lock_timeout", DEFAULT_LOCK_TIMEOUT, PGC_USERSET, PGC_S_SESSION,
						  GUC_ACTION_SAVE, true, 0, false);
}
