/*
 * event.c
 *	  The events of a job: their names and details.
 */
#include "event/event.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"

static const char *const event_names[JOB_EVENTS] = {
	[JOB_EVENT_CREATED] = "batch.created",
	[JOB_EVENT_PRE_PROCESSED] = "batch.pre_processed",
	[JOB_EVENT_CONFIRMED] = "batch.confirmed",
	[JOB_EVENT_PROCESSING] = "batch.processing",
	[JOB_EVENT_COMPLETED] = "batch.completed",
	[JOB_EVENT_CANCELED] = "batch.canceled",
	[JOB_EVENT_FAILED] = "batch.failed",
	[JOB_EVENT_UPDATED] = "batch.updated",
	[JOB_EVENT_DELETED] = "batch.deleted",
	[JOB_EVENT_RESTORED] = "batch.restored",
	[JOB_EVENT_REOPENED] = "batch.reopened",
};

/*
 * The name of an event in the event table and in notifications: Medusa's names
 * and three more.
 */
const char *
event_name(JobEvent event)
{
	return event_names[event];
}

/* {"key": "value"}, as jsonb */
Datum
event_detail(const char *key, const char *value)
{
	StringInfoData json;

	initStringInfo(&json);
	appendStringInfo(&json, "{\"%s\": ", key);
	escape_json(&json, value);
	appendStringInfoChar(&json, '}');
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json.data));
}
