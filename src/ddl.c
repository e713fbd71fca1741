/*
 * ddl.c
 *	  Running DDL as text through SPI, as the table's owner, without waiting
 *	  long for a lock.
 */
#include "ddl.h"

#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "executor/spi.h"
#include "storage/proc.h"
#include "utils/guc.h"
#include "utils/syscache.h"

#include "job_table.h"

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
 *		have no more rights; and fails, rather than pass over rows, where
 *		row-level security is forced on the owner.
 */
void
owner_scope_begin(OwnerScope *scope, Oid table)
{
	Oid			owner = owner_of(table);

	GetUserIdAndSecContext(&scope->user, &scope->security_context);
	SetUserIdAndSecContext(owner, scope->security_context | SECURITY_LOCAL_USERID_CHANGE);
	scope->guc_level = NewGUCNestLevel();
	set_config_option("row_security", "off", PGC_USERSET, PGC_S_SESSION,
					  GUC_ACTION_SAVE, true, 0, false);
}

void
owner_scope_end(OwnerScope *scope)
{
	AtEOXact_GUC(true, scope->guc_level);
	SetUserIdAndSecContext(scope->user, scope->security_context);
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

/* The oid that a query of one column and one row gives; InvalidOid for NULL. */
Oid
ddl_query_oid(const char *sql)
{
	bool		isnull;
	Datum		value;

	ddl(sql);
	if (SPI_processed != 1)
		elog(ERROR, "query gave " UINT64_FORMAT " rows: %s", SPI_processed, sql);
	value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	return isnull ? InvalidOid : DatumGetObjectId(value);
}

bool
ddl_has_constraint(Oid table, const char *name)
{
	return OidIsValid(get_relation_constraint_oid(table, name, true));
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
