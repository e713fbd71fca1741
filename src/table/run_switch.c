/*
 * run_switch.c
 *	  Switching the runs of a job table on and off: its two tables, and the
 *	  trigger that names them.
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

/* The name sorts before others of the user's, as those of events do. */
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

/* Both tables, or neither. */
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
}

/*
 * run_switch
 *		Makes a job table have runs or, by options, not; then its two tables stay.
 *		The caller has it and its partitions locked, and is connected to SPI.
 *
 * Errors: those of beside_take.
 */
void
run_switch(Oid job_table, const JobOptions *options)
{
	if (options->runs)
		switch_on(job_table);
	else
		run_switch_release(job_table);
}

/* Takes away the trigger: the two tables are ordinary ones.  Same callers. */
void
run_switch_release(Oid job_table)
{
	beside_drop_triggers(job_table, &run_table_beside);
}
