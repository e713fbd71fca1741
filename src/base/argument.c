/*
 * argument.c
 *	  Checks of what a function was called with, and what is made of it.
 */
#include "base/argument.h"

#include "commands/trigger.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

/* For arguments without which there is no answer, not even NULL.  Error: 22004. */
void
check_not_null(FunctionCallInfo fcinfo, int argument, const char *name)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name)));
}

/* The time so long ago.  Errors: 22023 the interval is negative, 22008 out of range. */
TimestampTz
time_before(Interval *older_than)
{
	Interval	zero = {0};

	if (DatumGetBool(DirectFunctionCall2(interval_lt, IntervalPGetDatum(older_than),
										 IntervalPGetDatum(&zero))))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("older_than must not be negative")));
	return DatumGetTimestampTz(DirectFunctionCall2(timestamptz_mi_interval,
												   TimestampTzGetDatum(GetCurrentTimestamp()),
												   IntervalPGetDatum(older_than)));
}

/* The first rung of the ladder of a trigger function.  Error: 39P01. */
void
check_trigger(FunctionCallInfo fcinfo, const char *function)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by trigger manager", function)));
}

/* The others.  Error: 39P01. */
void
check_fired(bool as_it_must, const char *function, const char *how)
{
	if (!as_it_must)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired %s", function, how)));
}

/* As a JSON string. */
Datum
text_as_json(text *string)
{
	JsonbValue	value = {
		.type = jbvString,
		.val.string = {.len = VARSIZE_ANY_EXHDR(string), .val = VARDATA_ANY(string)}
	};

	return JsonbPGetDatum(JsonbValueToJsonb(&value));
}
