/*
 * attach.c
 *	  attach: makes an existing table a job table. detach: reverts that.
 */
#include "table/attach.h"

#include "access/table.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "rewrite/rewriteHandler.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/argument.h"
#include "job/job_table.h"
#include "table/backfill.h"
#include "table/ddl.h"
#include "table/event_switch.h"
#include "table/id_collation.h"
#include "table/id_default.h"
#include "table/live_view.h"
#include "table/owner_scope.h"
#include "table/progress_view.h"
#include "table/run_switch.h"
#include "table/shape.h"
#include "table/status_column.h"

/* From this size on, a backfill under the exclusive lock is worth a NOTICE. */
#define LARGE_TABLE_BLOCKS	((BlockNumber) (100 * 1024 * 1024 / BLCKSZ))

/* Creates our trigger, or gives an existing one these options. */
static void
make_trigger(Oid table, const JobOptions *options)
{
	StringInfoData rest;

	initStringInfo(&rest);
	appendStringInfoString(&rest, "FOR EACH ROW EXECUTE FUNCTION batch_job.maintain_row(");
	job_append_options(&rest, options);
	appendStringInfoChar(&rest, ')');
	ddl_make_trigger(table, "maintain_row", 0, JOB_TRIGGER,
					 "BEFORE INSERT OR UPDATE OR DELETE", rest.data);
}

/*
 * attach_parts
 *		Adds to a table that has all columns of a job whatever else makes it a
 *		job table; returns its live view.  The caller is connected to SPI.
 *
 * Errors: those of event_switch, run_switch, and live_view_make.
 */
Oid
attach_parts(Oid table, const JobOptions *options)
{
	job_status_check_labels();
	ddl(psprintf("ALTER TABLE %s ALTER COLUMN status SET DEFAULT 'created'::batch_job.status",
				 job_relation_name(table)));
	id_default_set(table, options->id_prefix);
	make_trigger(table, options);
	event_switch(table, options);
	run_switch(table, options);
	return live_view_make(table);
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

/*
 * Takes exclusive locks on the live view, the table, and its partitions, in
 * this order, which everybody follows, or fails soon.  If runs are switched on
 * or off, the progress view is locked as well.  The wait may have been long
 * enough for the owner to change.
 */
static Relation
lock_table(OwnerScope *scope, Oid table, bool with_progress_view)
{
	Relation	rel;

	limit_lock_wait();
	live_view_lock(table);
	if (with_progress_view)
		progress_view_lock(table);
	rel = job_table_lock(table, AccessExclusiveLock);
	find_all_inheritors(table, AccessExclusiveLock, NULL);
	owner_scope_check_owner(table);
	table_name_keep(&scope->name, table);
	return rel;
}

/*
 * attach(job_table regclass, soft_delete boolean, guard boolean,
 * events boolean, notify boolean, confirm_by_other boolean,
 * id_prefix text, runs boolean, backfill boolean)
 * returns regclass
 *
 * Makes a table a job table, in the caller's transaction, and returns its live
 * view.  Run again, it changes options (NULL leaves one as it is) and updates
 * the view.  With backfill false, the status of old rows stays NULL until
 * backfill() is called.
 *
 * Errors: 42809 not a table that can be a job table, 42501 not the owner,
 * 42P16 its shape, 22023 options, 42P07 the name of a view, or of an event or
 * run table, is taken, 55P03 a lock was not available, 55000 backfill false
 * with a stale status column, 25006 read-only; those of event_switch,
 * run_switch, and table_name_check.
 */
PG_FUNCTION_INFO_V1(batch_job_attach);
Datum
batch_job_attach(PG_FUNCTION_ARGS)
{
	bool		backfill = PG_ARGISNULL(8) || PG_GETARG_BOOL(8);
	JobOptions	options;
	OwnerScope	scope;
	Relation	rel;
	Oid			table;
	Oid			view;

	check_not_null(fcinfo, 0, "job_table");
	PreventCommandIfReadOnly("batch_job.attach()");
	table = PG_GETARG_OID(0);
	shape_check_kind(table);
	job_table_check_owner(table);

	owner_scope_begin(&scope, table);
	SPI_connect();
	rel = lock_table(&scope, table, !PG_ARGISNULL(7));
	job_options_of_table(rel, &options);
	job_options_take(&options, fcinfo);
	shape_check(rel, &options);
	id_collation_warn(rel, options.id_prefix);
	if (backfill)
		tell_if_large(rel);
	else
		status_column_check_not_stale(rel);
	table_close(rel, NoLock);	/* ALTER TABLE requires that it is not open */

	status_column_add(table);
	if (backfill)
	{
		backfill_whole_table(table);
		status_column_make_certain(table);
	}
	view = attach_parts(table, &options);
	SPI_finish();
	owner_scope_end(&scope);
	PG_RETURN_OID(view);
}

/*
 * detach(job_table regclass, drop_status boolean) returns void
 *
 * Removes what attach or create_table has added to a table.  The table and its
 * data stay, and so does the column status, unless drop_status is true, now or
 * in a later call.
 *
 * Errors: 22004 no table, 42501 not the owner, 55P03 the lock was not
 * available, 2BP01 other objects depend on the live view or on status, 25006
 * read-only, those of job_table_open and table_name_check.
 */
PG_FUNCTION_INFO_V1(batch_job_detach);
Datum
batch_job_detach(PG_FUNCTION_ARGS)
{
	bool		drop_status = !PG_ARGISNULL(1) && PG_GETARG_BOOL(1);
	Oid			table;
	OwnerScope	scope;
	Relation	rel;

	check_not_null(fcinfo, 0, "job_table");
	PreventCommandIfReadOnly("batch_job.detach()");
	table = PG_GETARG_OID(0);
	job_table_check_owner(table);

	owner_scope_begin(&scope, table);
	SPI_connect();
	rel = lock_table(&scope, table, true);
	if (!(drop_status && status_column_is_ours(table)))
		job_table_check_attached(rel);
	table_close(rel, NoLock);
	live_view_drop(table);
	event_switch_release(table);
	run_switch_release(table);
	ddl_drop_triggers(table, "maintain_row");
	drop_our_constraints(table);
	id_default_drop(table);
	status_column_release(table, drop_status);
	SPI_finish();
	owner_scope_end(&scope);
	PG_RETURN_VOID();
}
