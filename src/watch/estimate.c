/*
 * estimate.c
 *	  Progress of a job: how much is done, how fast, and how long the rest will
 *	  take.
 *
 * The rate is the mean between two reports of a run, which heartbeat.c chooses
 * so that the rate is right for a worker that reports each item or every
 * thousandth one, evenly or in bursts, and that has loaded and counted its
 * items before.  A run that continues from a checkpoint is measured anew.
 *
 * From the later report on, the remaining time at this rate counts down by the
 * clock, so that the estimate does not jump if a worker reports every
 * thousandth item or once a minute.  But a worker that is silent for long has
 * become slower.  With f items left for each item done, e the time spent on
 * those done, and q the silence since, the estimate is at least the remaining
 * time at the rate that includes the silence, weighted by the square of its
 * share:
 *
 *	f * (e + q) * (q / (e + q))^2
 *
 * For a worker that reports evenly, this is the smaller value until the job is
 * almost done; for a silent one, it keeps the estimate from counting down to
 * zero.  There is no estimate if the worker has been silent for longer than it
 * had worked.
 */
#include "base/batch_job.h"

#include <math.h>

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/jsonb.h"
#include "utils/numeric.h"
#include "utils/timestamp.h"

/* A wait of more than a century needs no number. */
#define LONGEST_SECONDS		(100 * 365.25 * SECS_PER_DAY)

/* The time from since to until, but not less than zero; false if it is unknown. */
static bool
seconds_between(TimestampTz since, TimestampTz until, double *seconds)
{
	if (TIMESTAMP_NOT_FINITE(since) || TIMESTAMP_NOT_FINITE(until))
		return false;
	*seconds = Max((double) until - (double) since, 0) / USECS_PER_SEC;
	return true;
}

/* What a run has done since its measurement began. */
typedef struct Work
{
	double		items;
	double		seconds;
} Work;

/*
 * Work up to a report of this many items at this time; false if there is
 * nothing to measure.  The function's first arguments are base_at and
 * base_items.
 */
static bool
work_until(FunctionCallInfo fcinfo, TimestampTz at, int64 items, Work *work)
{
	work->items = (double) items - (double) PG_GETARG_INT64(1);
	return seconds_between(PG_GETARG_TIMESTAMPTZ(0), at, &work->seconds) && work->items > 0 && work->seconds > 0;
}

/*
 * percent(items_done bigint, items_total bigint) returns float8
 *
 * From 0 to 100, with two decimal places, rounded down: 100 means that all
 * items are done.  NULL if there are no items.
 */
PG_FUNCTION_INFO_V1(batch_job_percent);
Datum
batch_job_percent(PG_FUNCTION_ARGS)
{
	int64		done = Max(PG_GETARG_INT64(0), 0);
	int64		total = PG_GETARG_INT64(1);

	if (total <= 0)
		PG_RETURN_NULL();
	if (done >= total)
		PG_RETURN_FLOAT8(100);
	PG_RETURN_FLOAT8(Min(floor(10000.0 * done / total), 9999) / 100);
}

/*
 * rate(base_at timestamptz, base_items bigint, rate_at timestamptz,
 *		rate_items bigint) returns float8
 *
 * Items per second, with three significant digits; NULL if there is nothing to
 * measure yet.
 */
PG_FUNCTION_INFO_V1(batch_job_rate);
Datum
batch_job_rate(PG_FUNCTION_ARGS)
{
	Work		work;

	if (!work_until(fcinfo, PG_GETARG_TIMESTAMPTZ(2), PG_GETARG_INT64(3), &work))
		PG_RETURN_NULL();
	PG_RETURN_FLOAT8(strtod(psprintf("%.3g", work.items / work.seconds), NULL));
}

static Interval *
whole_seconds(double seconds)
{
	Interval   *interval = palloc0(sizeof(Interval));
	int64		whole = (int64) rint(seconds);

	interval->day = whole / SECS_PER_DAY;
	interval->time = whole % SECS_PER_DAY * USECS_PER_SEC;
	return interval;
}

/* How many items are left for each item done. */
static double
left_for_each(int64 done, int64 total, const Work *work)
{
	return Max((double) total - (double) done, 0) / work->items;
}

/*
 * eta(base_at timestamptz, base_items bigint, rate_at timestamptz,
 * rate_items bigint, progress_at timestamptz, items_done bigint,
 * items_total bigint, at timestamptz) returns interval
 *
 * How long the rest will take, as estimated at the time "at": whole seconds,
 * never negative. rate_at is when the rate was measured, progress_at when
 * items_done last changed.  NULL if there is nothing to measure yet, and after
 * too long a silence.
 */
PG_FUNCTION_INFO_V1(batch_job_eta);
Datum
batch_job_eta(PG_FUNCTION_ARGS)
{
	TimestampTz progress_at = PG_GETARG_TIMESTAMPTZ(4);
	TimestampTz at = PG_GETARG_TIMESTAMPTZ(7);
	int64		total = PG_GETARG_INT64(6);
	Work		measured;
	Work		work;
	double		since_measured;
	double		silence;
	double		seconds;

	if (!work_until(fcinfo, PG_GETARG_TIMESTAMPTZ(2), PG_GETARG_INT64(3), &measured) ||
		!work_until(fcinfo, progress_at, PG_GETARG_INT64(5), &work) ||
		!seconds_between(PG_GETARG_TIMESTAMPTZ(2), at, &since_measured) ||
		!seconds_between(progress_at, at, &silence))
		PG_RETURN_NULL();
	if (PG_GETARG_INT64(5) >= total)
		PG_RETURN_INTERVAL_P(whole_seconds(0));
	if (silence > work.seconds)
		PG_RETURN_NULL();
	seconds = Max(left_for_each(PG_GETARG_INT64(3), total, &measured) * measured.seconds - since_measured,
				  left_for_each(PG_GETARG_INT64(5), total, &work) * silence * silence / (work.seconds + silence));
	if (seconds > LONGEST_SECONDS)
		PG_RETURN_NULL();
	PG_RETURN_INTERVAL_P(whole_seconds(seconds));
}

/*
 * duration(since timestamptz, until timestamptz) returns interval
 *
 * In days and hours, as a difference of two timestamps is; never negative.
 * NULL if one of them is infinite.
 */
PG_FUNCTION_INFO_V1(batch_job_duration);
Datum
batch_job_duration(PG_FUNCTION_ARGS)
{
	TimestampTz since = PG_GETARG_TIMESTAMPTZ(0);
	TimestampTz until = PG_GETARG_TIMESTAMPTZ(1);
	double		seconds;

	if (!seconds_between(since, until, &seconds) || seconds > (double) PG_INT64_MAX / USECS_PER_SEC)
		PG_RETURN_NULL();
	return DirectFunctionCall2(timestamp_mi, TimestampTzGetDatum(Max(since, until)), TimestampTzGetDatum(since));
}

/*
 * items(result jsonb, key text) returns bigint
 *
 * The number under a key of a job's result, as a count; NULL if there is none,
 * or it is not a count.
 */
PG_FUNCTION_INFO_V1(batch_job_items);
Datum
batch_job_items(PG_FUNCTION_ARGS)
{
	Jsonb	   *result = PG_GETARG_JSONB_P(0);
	text	   *key = PG_GETARG_TEXT_PP(1);
	JsonbValue *value = NULL;
	double		number;

	if (JB_ROOT_IS_OBJECT(result))
		value = getKeyJsonValueFromContainer(&result->root, VARDATA_ANY(key), VARSIZE_ANY_EXHDR(key), NULL);
	if (value == NULL || value->type != jbvNumeric)
		PG_RETURN_NULL();
	number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(value->val.numeric)));
	if (!(number >= 0 && number < (double) PG_INT64_MAX))	/* false for NaN, too */
		PG_RETURN_NULL();
	return DirectFunctionCall1(numeric_int8,
							   DirectFunctionCall2(numeric_trunc, NumericGetDatum(value->val.numeric), Int32GetDatum(0)));
}
