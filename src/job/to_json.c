/*
 * to_json.c
 *	  The JSON form of a job: to_json.
 */
#include "base/batch_job.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/json.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "job/columns.h"

/*
 * A time as ECMAScript's Date.toISOString writes it: in UTC, with milliseconds
 * (truncated, not rounded, so that no time is shown before it was reached),
 * and with a sign and six digits for years outside 0 ... 9999, where year 0 is
 * 1 BC. Infinity, which ECMAScript does not have, is written as by
 * PostgreSQL's to_json.
 */
static void
append_time(StringInfo out, TimestampTz at)
{
	struct pg_tm tm;
	fsec_t		usec;
	int			year;

	if (TIMESTAMP_NOT_FINITE(at))
	{
		appendStringInfoString(out, TIMESTAMP_IS_NOBEGIN(at) ? "\"-infinity\"" : "\"infinity\"");
		return;
	}
	/* without a time zone: in UTC */
	if (timestamp2tm(at, NULL, &tm, &usec, NULL, NULL) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	year = tm.tm_year;			/* 0 is 1 BC here, as in ISO 8601 */
	if (year >= 0 && year <= 9999)
		appendStringInfo(out, "\"%04d", year);
	else
		appendStringInfo(out, "\"%c%06d", year < 0 ? '-' : '+', abs(year));
	appendStringInfo(out, "-%02d-%02dT%02d:%02d:%02d.%03dZ\"", tm.tm_mon, tm.tm_mday,
					 tm.tm_hour, tm.tm_min, tm.tm_sec, (int) (usec / 1000));
}

static void
append_value(StringInfo out, JobColumn column, TupleTableSlot *slot, AttrNumber attnum)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, attnum, &isnull);

	switch (column)
	{
		case JOB_ID:
		case JOB_TYPE:
		case JOB_CREATED_BY:
			escape_json(out, job_value_as_text(slot, attnum));
			break;
		case JOB_CONTEXT:
		case JOB_RESULT:
			{
				Jsonb	   *jsonb = DatumGetJsonbP(value);

				JsonbToCString(out, &jsonb->root, VARSIZE(jsonb));
			}
			break;
		case JOB_DRY_RUN:
			appendStringInfoString(out, DatumGetBool(value) ? "true" : "false");
			break;
		default:
			append_time(out, DatumGetTimestampTz(value));
	}
}

static void
append_job(StringInfo out, TupleTableSlot *slot, const JobLayout *layout)
{
	for (JobColumn c = JOB_ID; c < JOB_STATUS; c++)
	{
		appendStringInfo(out, "%c\"%s\":", c == JOB_ID ? '{' : ',', job_column_name(c));
		if (slot_attisnull(slot, layout->attnum[c]))
			appendStringInfoString(out, "null");
		else
			append_value(out, c, slot, layout->attnum[c]);
	}
	appendStringInfo(out, ",\"%s\":\"%s\"}", job_column_name(JOB_STATUS),
					 job_status_name(job_layout_status(layout, slot)));
}

/*
 * to_json(job record) returns json
 *
 * The 16 attributes in the order of the type batch_job.batch_job, whatever the
 * order and number of the row's columns; status is derived from the row's time
 * stamps.  Error: 42804 not a job.
 */
PG_FUNCTION_INFO_V1(batch_job_to_json);
Datum
batch_job_to_json(PG_FUNCTION_ARGS)
{
	JobLayout	layout;
	TupleTableSlot *slot = job_row_open(PG_GETARG_HEAPTUPLEHEADER(0), &layout);
	StringInfoData json;

	initStringInfo(&json);
	append_job(&json, slot, &layout);
	ExecDropSingleTupleTableSlot(slot);
	PG_RETURN_TEXT_P(cstring_to_text_with_len(json.data, json.len));
}
