/*
 * guard_events.c
 *	  The trigger of an event table that protects the history.
 */
#include "base/batch_job.h"

#include "access/xact.h"
#include "commands/trigger.h"
#include "utils/rel.h"

#include "base/argument.h"

/*
 * guard_events() returns trigger
 *
 * BEFORE INSERT, UPDATE, DELETE, or TRUNCATE of an event table, for each
 * statement: the triggers of the job table write the history as its owner, and
 * nobody but the owner may change it directly.  Errors: 39P01, 42501.
 */
PG_FUNCTION_INFO_V1(batch_job_guard_events);
Datum
batch_job_guard_events(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;

	check_trigger(fcinfo, "guard_events");
	check_fired(TRIGGER_FIRED_BEFORE(trigdata->tg_event) && TRIGGER_FIRED_FOR_STATEMENT(trigdata->tg_event),
					"guard_events", "before each statement");
	if (!owns_relation(RelationGetRelid(trigdata->tg_relation)))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("table \"%s\" is a history: only its owner may change it",
						RelationGetRelationName(trigdata->tg_relation)),
				 errhint("Events are recorded when jobs are changed."),
				 errtable(trigdata->tg_relation)));

	/* before a seq is taken, as in event_log_open */
	(void) GetTopTransactionId();
	return PointerGetDatum(NULL);
}
