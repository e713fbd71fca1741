/*
 * delete_live_row.c
 *	  The trigger for DELETE on a live view.
 */
#include "base/batch_job.h"

#include "access/table.h"
#include "commands/trigger.h"
#include "rewrite/rewriteHandler.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/argument.h"
#include "base/session.h"
#include "job/job_table.h"
#include "job/options.h"
#include "job/row_key.h"
#include "row/delete_row.h"

/*
 * Finds the key's columns in a view, which keeps its column names when those
 * of the table change.
 */
static void
locate_key(Relation view, Relation table, Index varno, JobKey *key)
{
	Query	   *query = get_view_query(view);

	for (int i = 0; i < key->natts; i++)
	{
		ListCell   *cell;

		foreach(cell, query->targetList)
		{
			TargetEntry *entry = lfirst_node(TargetEntry, cell);

			if (job_view_shows(entry, varno) == key->attnum[i] &&
				get_atttype(RelationGetRelid(view), entry->resno) ==
				get_atttype(RelationGetRelid(table), key->attnum[i]))
				key->source[i] = entry->resno;
		}
		if (key->source[i] == InvalidAttrNumber)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
					 errmsg("view \"%s\" does not show the primary key of its table",
							RelationGetRelationName(view)),
					 errhint("Drop the view and run batch_job.attach() on the table again.")));
	}
}

/* What one DELETE on a live view knows about the underlying table. */
typedef struct LiveViewState
{
	Oid			table;
	bool		soft_delete;
	JobKey		key;
} LiveViewState;

static LiveViewState *
get_live_view_state(FmgrInfo *flinfo, Relation view)
{
	LiveViewState *state = flinfo->fn_extra;
	Relation	table;
	JobOptions	options;
	Index		varno = 0;
	Oid			base;

	if (state != NULL)
		return state;

	base = job_view_base(view, &varno);
	if (!OidIsValid(base))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("view \"%s\" is not a view of one job table", RelationGetRelationName(view))));
	state = MemoryContextAllocZero(flinfo->fn_mcxt, sizeof(LiveViewState));
	/*
	 * the lock keeps what is looked up here valid, above all the table's
	 * triggers
	 */
	table = job_table_open(base, RowExclusiveLock);
	state->table = base;
	job_options_of_table(table, &options);
	state->soft_delete = options.soft_delete;
	job_key_of_table(table, &state->key);
	locate_key(view, table, varno, &state->key);
	table_close(table, NoLock);
	flinfo->fn_extra = state;
	return state;
}

static bool
delete_below(const LiveViewState *state, TupleTableSlot *slot)
{
	Relation	table = table_open(state->table, RowExclusiveLock);
	bool		deleted = delete_row(table, &state->key, slot,
										 state->soft_delete && batch_job_soft_delete);

	table_close(table, NoLock);
	return deleted;
}

/*
 * delete_live_row() returns trigger
 *
 * INSTEAD OF DELETE on the live view, for each row: deletes the row of the
 * underlying table, softly if that table does, and reports the row as deleted,
 * so that it is counted; the trigger on the table itself can only report
 * DELETE 0.
 *
 * Errors: 39P01, 42809 the view is not a view of one job table, 42P16 it does
 * not show the key; those of the UPDATE or DELETE on the table.
 */
PG_FUNCTION_INFO_V1(batch_job_delete_live_row);
Datum
batch_job_delete_live_row(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	LiveViewState *state;

	check_trigger(fcinfo, "delete_live_row");
	check_fired(TRIGGER_FIRED_FOR_ROW(trigdata->tg_event), "delete_live_row", "for each row");
	check_fired(TRIGGER_FIRED_INSTEAD(trigdata->tg_event) &&
					TRIGGER_FIRED_BY_DELETE(trigdata->tg_event),
					"delete_live_row", "instead of DELETE");

	state = get_live_view_state(fcinfo->flinfo, trigdata->tg_relation);
	return PointerGetDatum(delete_below(state, trigdata->tg_trigslot) ? trigdata->tg_trigtuple : NULL);
}
