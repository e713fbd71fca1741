/*
 * argument.c
 *	  Checks and conversions of the arguments of functions.
 */
#include "base/argument.h"

#include "commands/trigger.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

/*
 * For arguments that must not be NULL although the function is not strict.
 * Error: 22004.
 */
void
check_not_null(FunctionCallInfo fcinfo, int argument, const char *name)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name)));
}

/*
 * The time that is this interval ago.  Errors: 22023 the interval is negative,
 * 22008 out of range.
 */
TimestampTz
time_before(Interval *interval, const char *name)
{
	Interval	zero = {0};

	if (DatumGetBool(DirectFunctionCall2(interval_lt, IntervalPGetDatum(interval),
										 IntervalPGetDatum(&zero))))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be negative", name)));
	return DatumGetTimestampTz(DirectFunctionCall2(timestamptz_mi_interval,
												   TimestampTzGetDatum(GetCurrentTimestamp()),
												   IntervalPGetDatum(interval)));
}

/* The first check of every trigger function.  Error: 39P01. */
void
check_trigger(FunctionCallInfo fcinfo, const char *function)
{
	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" was not called by trigger manager", function)));
}

/* Its further checks: was it fired as it must be?  Error: 39P01. */
void
check_fired(bool as_it_must, const char *function, const char *how)
{
	if (!as_it_must)
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"%s\" must be fired %s", function, how)));
}

/* Makes a JSON string of a text. */
Datum
text_as_json(text *string)
{
	JsonbValue	value = {
		.type = jbvString,
		.val.string = {.len = VARSIZE_ANY_EXHDR(string), .val = VARDATA_ANY(string)}
	};

	return JsonbPGetDatum(JsonbValueToJsonb(&value));
}
