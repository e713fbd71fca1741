/*
 * attach_partition.c
 *	  The event trigger that gives a new partition of a job table what the
 *	  table has.
 *
 * PostgreSQL creates the CHECKs and row triggers of the table on its
 * partitions, but not its statement triggers; and a statement that names the
 * partition only fires the partition's own statement triggers.
 */
#include "base/batch_job.h"

#include "catalog/partition.h"
#include "commands/event_trigger.h"
#include "executor/spi.h"
#include "nodes/parsenodes.h"
#include "nodes/pg_list.h"
#include "storage/lmgr.h"
#include "utils/relcache.h"

#include "table/catalog.h"
#include "table/event_switch.h"
#include "table/owner_scope.h"
#include "table/run_switch.h"

static bool
changes_partitions_or_owner(const AlterTableStmt *command)
{
	ListCell   *cell;

	foreach(cell, command->cmds)
	{
		const AlterTableCmd *change = lfirst_node(AlterTableCmd, cell);

		if (change->subtype == AT_ChangeOwner || (change->def != NULL && IsA(change->def, PartitionCmd)))
			return true;
	}
	return false;
}

/*
 * Most commands add no partition, and should cost no more than this check.  It
 * also keeps us out of the way of a restore: between CREATE TRIGGER commands,
 * a restore runs ALTER TABLE for keys and for triggers with another enabled
 * state, and its CREATE TRIGGER would fail if we had already created the
 * trigger.
 */
static bool
may_bring_partition(const Node *command)
{
	if (IsA(command, CreateStmt))
		return ((const CreateStmt *) command)->partbound != NULL;
	if (IsA(command, AlterTableStmt))
		return changes_partitions_or_owner((const AlterTableStmt *) command);
	return IsA(command, CreateSchemaStmt);
}

/*
 * Among the tables that the command has created or changed, and their
 * partitions at any depth: those that are partitions of a job table, have the
 * same owner, and are in a schema that the owner may use.  This runs in
 * everybody's DDL, so it locks nothing, and finds our trigger without
 * requiring USAGE on our schema.
 */
static List *
parts_of_command(void)
{
	return catalog_oids("WITH RECURSIVE part(relid) AS ("
						"SELECT c.objid FROM pg_catalog.pg_event_trigger_ddl_commands() c"
						" WHERE c.classid OPERATOR(pg_catalog.=) 'pg_catalog.pg_class'::pg_catalog.regclass"
						" UNION SELECT i.inhrelid FROM part p, pg_catalog.pg_inherits i"
						" WHERE i.inhparent OPERATOR(pg_catalog.=) p.relid)"
						" SELECT p.relid FROM part p, pg_catalog.pg_class c, pg_catalog.pg_class root"
						" WHERE c.oid OPERATOR(pg_catalog.=) p.relid AND c.relispartition"
						" AND c.relkind OPERATOR(pg_catalog.<>) 'f'"
						" AND root.oid OPERATOR(pg_catalog.=) pg_catalog.pg_partition_root(p.relid)"
						" AND root.relowner OPERATOR(pg_catalog.=) c.relowner"
						" AND pg_catalog.has_schema_privilege(c.relowner, c.relnamespace, 'USAGE')"
						" AND EXISTS (SELECT FROM pg_catalog.pg_trigger t, pg_catalog.pg_proc f, pg_catalog.pg_namespace n"
						" WHERE t.tgrelid OPERATOR(pg_catalog.=) root.oid AND f.oid OPERATOR(pg_catalog.=) t.tgfoid"
						" AND f.proname OPERATOR(pg_catalog.=) 'maintain_row'"
						" AND n.oid OPERATOR(pg_catalog.=) f.pronamespace"
						" AND n.nspname OPERATOR(pg_catalog.=) '" BATCH_JOB_SCHEMA "')");
}

/*
 * A command that adds a partition, or changes its owner, has locked it
 * exclusively.  The other partitions existed before, and must not be locked
 * here.
 */
static bool
was_brought(Oid part)
{
	Relation	rel = RelationIdGetRelation(part);
	bool		result = rel != NULL && CheckRelationLockedByMe(rel, AccessExclusiveLock, false);

	if (rel != NULL)
		RelationClose(rel);
	return result;
}

/*
 * The job table is read without a lock.  Locking it after its partition could
 * deadlock with anybody who has locked the table and waits for the partition.
 * attach, which changes what we read, must wait for the partition or its
 * parent as well, and then finds the partition itself.
 */
static void
extend(Oid part)
{
	Relation	job_table = RelationIdGetRelation(llast_oid(get_partition_ancestors(part)));
	OwnerScope	scope;

	owner_scope_begin(&scope, part);
	event_switch_extend(job_table, part);
	run_switch_extend(job_table, part);
	owner_scope_end(&scope);
	RelationClose(job_table);
}

/*
 * attach_partition() returns event_trigger
 *
 * At the end of a command that may have given a job table another partition.
 * A partition with another owner stays as it is, as with attach.
 *
 * Errors: 39P03 not fired by such an event trigger; 22023 the table's own
 * triggers have other arguments; those of CREATE TRIGGER.
 */
PG_FUNCTION_INFO_V1(batch_job_attach_partition);
Datum
batch_job_attach_partition(PG_FUNCTION_ARGS)
{
	ListCell   *cell;

	if (!CALLED_AS_EVENT_TRIGGER(fcinfo) ||
		strcmp(((EventTriggerData *) fcinfo->context)->event, "ddl_command_end") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_EVENT_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by event trigger manager", "attach_partition")));
	if (!may_bring_partition(((EventTriggerData *) fcinfo->context)->parsetree))
		PG_RETURN_NULL();
	SPI_connect();
	foreach(cell, parts_of_command())
		if (was_brought(lfirst_oid(cell)))
			extend(lfirst_oid(cell));
	SPI_finish();
	PG_RETURN_NULL();
}
