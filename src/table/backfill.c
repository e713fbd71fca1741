/*
 * backfill.c
 *	  Backfills the status of old rows: all at once in attach's transaction, or
 *	  in small transactions of its own, beside concurrent writes.
 */
#include "table/backfill.h"

#include "access/relation.h"
#include "access/table.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "nodes/parsenodes.h"
#include "storage/bufmgr.h"
#include "storage/itemptr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "base/argument.h"
#include "base/running.h"
#include "job/columns.h"
#include "job/job_table.h"
#include "table/ddl.h"
#include "table/owner_scope.h"
#include "table/status_column.h"

#define SECONDS_BETWEEN_NOTICES 30

/* An UPDATE that sets status; its only parameter, if any, is an array of tids. */
typedef struct Filling
{
	const char *sql;
	int			nargs;
	Datum	   *values;
} Filling;

static void
run_filling(void *argument)
{
	const Filling *filling = argument;
	Oid			types[] = {TIDARRAYOID};
	int			result = SPI_execute_with_args(filling->sql, filling->nargs, types, filling->values,
											   NULL, false, 0);

	if (result < 0)
		elog(ERROR, "SPI_execute_with_args failed: %s: %s", SPI_result_code_string(result), filling->sql);
}

static uint64
fill(Oid table, const char *sql, int nargs, Datum *values)
{
	Filling		filling = {sql, nargs, values};
	Running		running = {.kind = RUNNING_BACKFILL, .table = table};

	running_do(&running, run_filling, &filling);
	return SPI_processed;
}

/* Sets or corrects every status, in the caller's transaction. */
void
backfill_whole_table(Oid table)
{
	StringInfoData derived;

	owner_scope_check_rls(table);
	initStringInfo(&derived);
	job_append_derived_status(&derived);
	fill(table, psprintf("UPDATE %s SET status = %s WHERE status IS NULL OR status OPERATOR(pg_catalog.<>) %s",
						 job_relation_name(table), derived.data, derived.data), 0, NULL);
}

/* The progress of a backfill. */
typedef struct Progress
{
	Oid			job_table;
	Oid			table;			/* the table itself, or a leaf if it is partitioned */
	BlockNumber blocks;			/* its size at the beginning of the walk */
	ItemPointerData last;		/* rows up to this one have been looked at */
	uint64		filled;			/* rows, in all leaves */
	TimestampTz told;
} Progress;

static void
tell(Progress *progress)
{
	TimestampTz now = GetCurrentTimestamp();

	if (!TimestampDifferenceExceeds(progress->told, now, SECONDS_BETWEEN_NOTICES * 1000))
		return;
	progress->told = now;
	ereport(NOTICE,
			(errmsg("filled in the status of " UINT64_FORMAT " rows, at page %u of %u of table \"%s\"",
					progress->filled,
					Min(ItemPointerGetBlockNumber(&progress->last), progress->blocks),
					progress->blocks, get_rel_name(progress->job_table))));
}

/* Leaves the planner only a TID range scan, which reads in physical order. */
static void
scan_physically(int *guc_level)
{
	static const char *const others[] = {
		"enable_seqscan", "enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan"
	};

	*guc_level = NewGUCNestLevel();
	for (int i = 0; i < (int) lengthof(others); i++)
		set_config_option(others[i], "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	set_config_option("enable_tidscan", "on", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

/*
 * Locks the next rows without a status, and moves progress->last to the last
 * of them; returns their tids, or false if there are none.  It walks the table
 * in physical order: the new row versions further on already have a status.
 */
static bool
lock_batch(Progress *progress, int batch_size, bool wait, Datum *tids)
{
	Oid			types[] = {TIDOID, INT4OID};
	Datum		values[] = {PointerGetDatum(&progress->last), Int32GetDatum(batch_size)};
	char	   *sql = psprintf("SELECT pg_catalog.array_agg(batch.ctid), pg_catalog.max(batch.ctid) FROM "
							   "(SELECT ctid FROM ONLY %s WHERE ctid OPERATOR(pg_catalog.>) $1 AND status IS NULL "
							   "LIMIT $2 FOR NO KEY UPDATE%s) batch",
							   job_relation_name(progress->table), wait ? "" : " SKIP LOCKED");
	int			guc_level;
	bool		isnull;
	Datum		last;

	scan_physically(&guc_level);
	if (SPI_execute_with_args(sql, 2, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "query failed: %s", sql);
	AtEOXact_GUC(true, guc_level);
	*tids = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	if (isnull)
		return false;
	last = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull);
	ItemPointerCopy((ItemPointer) DatumGetPointer(last), &progress->last);
	return true;
}

static bool
fill_batch(Progress *progress, int batch_size, bool wait)
{
	Datum		tids;
	StringInfoData sql;

	owner_scope_check_rls(progress->table);
	if (!lock_batch(progress, batch_size, wait, &tids))
		return false;
	initStringInfo(&sql);
	appendStringInfo(&sql, "UPDATE ONLY %s SET status = ", job_relation_name(progress->table));
	job_append_derived_status(&sql);
	appendStringInfoString(&sql, " WHERE ctid OPERATOR(pg_catalog.=) ANY ($1)");
	progress->filled += fill(progress->job_table, sql.data, 1, &tids);
	return true;
}

/*
 * Begins a transaction for each step.  The connection to SPI is also its own,
 * since it keeps all its results until it is closed; so is the owner, who may
 * have changed.  It is always the owner of the job table, also for partitions
 * that belong to others.
 */
static void
begin_step(OwnerScope *scope, Oid job_table)
{
	job_table_check_owner(job_table);
	SPI_connect_ext(SPI_OPT_NONATOMIC);
	owner_scope_begin(scope, job_table);
}

static void
end_step(OwnerScope *scope)
{
	owner_scope_end(scope);
	SPI_commit();
	/* so that in the next step a row changed by others is no error */
	set_config_option("transaction_isolation", "read committed", PGC_USERSET, PGC_S_SESSION,
					  GUC_ACTION_LOCAL, true, 0, false);
	SPI_finish();
}

/* The size of a table; false if it is gone, as when retention drops partitions. */
static bool
get_size(Oid table, BlockNumber *blocks)
{
	Relation	rel = try_relation_open(table, AccessShareLock);

	if (rel == NULL)
		return false;
	*blocks = RelationGetNumberOfBlocks(rel);
	relation_close(rel, NoLock);
	return true;
}

/* Walks once through a table, batch by batch. */
static void
walk(Progress *progress, int batch_size, bool wait)
{
	BlockNumber blocks;
	bool		more = true;

	if (!get_size(progress->table, &progress->blocks))
		return;
	ItemPointerSet(&progress->last, 0, 0);
	while (more)
	{
		OwnerScope	scope;

		begin_step(&scope, progress->job_table);
		more = get_size(progress->table, &blocks);
		if (more)
		{
			table_name_keep(&scope.name, progress->table);
			more = fill_batch(progress, batch_size, wait);
		}
		end_step(&scope);
		tell(progress);
	}
}

/*
 * First skips rows that others have locked, which cannot deadlock; then goes
 * back for the remaining rows, one by one, so that it never waits for one
 * while holding another.
 */
static void
fill_table(Progress *progress, int batch_size)
{
	walk(progress, batch_size, false);
	walk(progress, 1, true);
}

/*
 * Begins a step that alters the table, with the lock that it takes, for which
 * it does not wait long; another session may have detached the table or
 * finished the backfill in the meantime.
 */
static void
begin_ddl(OwnerScope *scope, Oid table, LOCKMODE lock)
{
	Relation	rel;

	begin_step(scope, table);
	limit_lock_wait();
	rel = job_table_lock(table, lock);
	owner_scope_check_owner(table);
	table_name_keep(&scope->name, table);
	job_table_check_attached(rel);
	table_close(rel, NoLock);
}

static bool
status_is_not_null(Relation rel)
{
	JobLayout	layout;

	job_layout_of_table(rel, &layout);
	return TupleDescAttr(RelationGetDescr(rel), layout.attnum[JOB_STATUS] - 1)->attnotnull;
}

/*
 * SET NOT NULL scans the table under an exclusive lock, unless a valid CHECK
 * implies it; VALIDATE scans it beside concurrent writes.
 */
static void
make_status_certain(Oid table)
{
	char	   *name = job_relation_name(table);
	OwnerScope	scope;

	begin_ddl(&scope, table, AccessExclusiveLock);
	if (!has_constraint(table, STATUS_KNOWN))
		ddl(psprintf("ALTER TABLE %s ADD CONSTRAINT " STATUS_KNOWN
					 " CHECK (status IS NOT NULL) NOT VALID", name));
	end_step(&scope);

	begin_ddl(&scope, table, ShareUpdateExclusiveLock);
	if (has_constraint(table, STATUS_KNOWN))
		ddl(psprintf("ALTER TABLE %s VALIDATE CONSTRAINT " STATUS_KNOWN
					 ", VALIDATE CONSTRAINT " STATUS_DERIVED, name));
	end_step(&scope);

	begin_ddl(&scope, table, AccessExclusiveLock);
	if (has_constraint(table, STATUS_KNOWN))
	{
		/*
		 * a single statement would drop the CHECK before it could prove NOT
		 * NULL
		 */
		ddl(psprintf("ALTER TABLE %s ALTER COLUMN status SET NOT NULL", name));
		drop_constraint(table, STATUS_KNOWN);
	}
	end_step(&scope);
}

static List *
leaves_of(Oid table)
{
	List	   *leaves = NIL;
	ListCell   *cell;

	foreach(cell, find_all_inheritors(table, AccessShareLock, NULL))
	{
		if (get_rel_relkind(lfirst_oid(cell)) == RELKIND_RELATION)
			leaves = lappend_oid(leaves, lfirst_oid(cell));
	}
	return leaves;
}

static void
check_may_commit(FunctionCallInfo fcinfo)
{
	if (fcinfo->context == NULL || !IsA(fcinfo->context, CallContext) ||
		castNode(CallContext, fcinfo->context)->atomic)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TRANSACTION_TERMINATION),
				 errmsg("backfill commits as it goes and cannot run inside a transaction block"),
				 errhint("CALL it by itself; to fill in the status in this transaction, run batch_job.attach() with backfill => true.")));
}

/*
 * backfill(job_table regclass, batch_size integer): a procedure
 *
 * Sets the status of rows that have none, batch_size of them in a transaction,
 * then proves that none is left and sets the column NOT NULL. It can be
 * stopped and called again.
 *
 * Errors: 22004, 22023 arguments, 2D000 in a transaction block, 42501 not the
 * owner, 55P03 a lock was not available, 40001 a row moved to another
 * partition, 23514 somebody writes rows without a status while triggers are
 * off, those of job_table_open.
 */
PG_FUNCTION_INFO_V1(batch_job_backfill);
Datum
batch_job_backfill(PG_FUNCTION_ARGS)
{
	Relation	rel;
	Oid			table;
	bool		done;
	int			batch_size;
	Progress	progress = {0};
	ListCell   *cell;

	check_may_commit(fcinfo);
	check_not_null(fcinfo, 1, "batch_size");
	if (PG_GETARG_INT32(1) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("batch_size must be at least 1")));
	/*
	 * checked first, so that a caller without the right need not wait for a
	 * lock to learn that
	 */
	if (!PG_ARGISNULL(0))
		job_table_check_owner(PG_GETARG_OID(0));
	rel = job_table_open_argument(fcinfo, 0, AccessShareLock);
	table = RelationGetRelid(rel);
	done = status_is_not_null(rel);
	relation_close(rel, AccessShareLock);
	batch_size = PG_GETARG_INT32(1);
	job_table_check_owner(table);

	if (!done)
	{
		List	   *leaves = leaves_of(table);
		OwnerScope	scope;

		/*
		 * end the caller's transaction, which has the caller's isolation level
		 */
		begin_step(&scope, table);
		end_step(&scope);

		progress.job_table = table;
		progress.told = GetCurrentTimestamp();
		foreach(cell, leaves)
		{
			progress.table = lfirst_oid(cell);
			fill_table(&progress, batch_size);
		}
		make_status_certain(table);
	}
	ereport(NOTICE,
			(errmsg("filled in the status of " UINT64_FORMAT " rows; every row of table \"%s\" has one",
					progress.filled, get_rel_name(table))));
	PG_RETURN_VOID();
}
