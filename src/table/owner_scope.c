/*
 * owner_scope.c
 *	  Acting as the owner of a table, without waiting long for a lock.
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

/*
 * Within an owner scope: a job table and those of its partitions that are the
 * owner's.  A statement that names a partition fires that partition's statement
 * triggers alone, and these are not inherited.  They write as its owner.
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

/* Within an owner scope, with the table locked: is the owner still the same?  Error: 42501. */
void
owner_scope_check_owner(Oid table)
{
	if (!owner_scope_owns(table))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, get_rel_name(table));
}

/* Until the end of the caller's level of settings: gives up waiting for a lock (55P03) after a short time. */
void
limit_lock_wait(void)
{
	if (LockTimeout == 0)
		set_config_option("lock_timeout", DEFAULT_LOCK_TIMEOUT, PGC_USERSET, PGC_S_SESSION,
						  GUC_ACTION_SAVE, true, 0, false);
}
