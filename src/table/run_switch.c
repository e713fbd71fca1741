/*
 * run_switch.c
 *	  Switches the runs of a job table on and off: its two tables, the trigger
 *	  that names them, and the progress view.
 */
#include "table/run_switch.h"

#include "access/table.h"
#include "catalog/pg_trigger.h"
#include "utils/builtins.h"

#include "job/job_table.h"
#include "run/run_tables.h"
#include "table/ddl.h"
#include "table/make_run_tables.h"
#include "table/owner_scope.h"
#include "table/progress_view.h"

/* The name sorts before most others, as those of the event triggers do. */
#define RUN_TRIGGER		"00_batch_job_runs"

static void
make_trigger(Oid table, const RunTables *tables)
{
	ddl_make_trigger(table, "remove_runs", TRIGGER_TYPE_DELETE, RUN_TRIGGER, "AFTER DELETE",
					 psprintf("REFERENCING OLD TABLE AS old_jobs FOR EACH STATEMENT"
							  " WHEN (%s::pg_catalog.regclass IS NOT NULL AND %s::pg_catalog.regclass IS NOT NULL)"
							  " EXECUTE FUNCTION batch_job.remove_runs()",
							  quote_literal_cstr(job_relation_name(tables->runs)),
							  quote_literal_cstr(job_relation_name(tables->types))));
}

/* Both tables that the trigger names, or neither. */
static RunTables
known_tables(Oid job_table)
{
	Relation	rel = job_table_lock(job_table, AccessShareLock);
	RunTables	tables;

	if (!run_tables_of(rel, &tables))
		tables = (RunTables) {InvalidOid, InvalidOid};
	table_close(rel, NoLock);
	return tables;
}

static void
switch_on(Oid job_table)
{
	RunTables	tables = known_tables(job_table);
	ListCell   *cell;

	tables.runs = beside_take(job_table, tables.runs, &run_table_beside);
	tables.types = beside_take(job_table, tables.types, &type_table_beside);
	foreach(cell, owner_scope_parts(job_table))
		make_trigger(lfirst_oid(cell), &tables);
	progress_view_make(job_table);
}

/*
 * run_switch
 *		Makes a job table have runs, or not, as its options say; if not, its
 *		two tables stay.  The caller has locked it and its partitions, and is
 *		connected to SPI.
 *
 * Errors: those of beside_take, progress_view_make, and progress_view_drop.
 */
void
run_switch(Oid job_table, const JobOptions *options)
{
	if (options->runs)
		switch_on(job_table);
	else
		run_switch_release(job_table);
}

/*
 * Within an owner scope: makes a new partition remove the runs of its job
 * table, even if it has removed those of another one before.  The caller is
 * connected to SPI.
 */
void
run_switch_extend(Relation job_table, Oid part)
{
	RunTables	tables;
	RunTables	had = known_tables(part);

	if (!run_tables_of(job_table, &tables))
		ddl_drop_triggers(part, "remove_runs");
	else if (had.runs != tables.runs || had.types != tables.types)
		make_trigger(part, &tables);
}

/*
 * Removes the trigger and the view; the two tables become ordinary ones.  The
 * caller is as for run_switch.  Error: 2BP01.
 */
void
run_switch_release(Oid job_table)
{
	progress_view_drop(job_table);
	beside_drop_triggers(job_table, &run_table_beside);
}
