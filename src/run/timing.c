/*
 * timing.c
 *	  How long a lease lasts, and how long a job waits for its next attempt.
 */
#include "run/timing.h"

#include "common/pg_prng.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

/*
 * The defaults of a type, as the documentation and the comments of
 * <table>_type state them.
 */
static const Interval default_lease = {.time = 60 * USECS_PER_SEC};
static const Interval default_backoff = {.time = 30 * USECS_PER_SEC};
static const Interval default_backoff_max = {.time = USECS_PER_HOUR};

static int
compare(const Interval *a, const Interval *b)
{
	return DatumGetInt32(DirectFunctionCall2(interval_cmp, IntervalPGetDatum(a), IntervalPGetDatum(b)));
}

static Interval *
times(const Interval *interval, double factor)
{
	return DatumGetIntervalP(DirectFunctionCall2(interval_mul, IntervalPGetDatum(interval), Float8GetDatum(factor)));
}

static int
sign_of_argument(FunctionCallInfo fcinfo, int argument)
{
	const Interval zero = {0};

	return compare(PG_GETARG_INTERVAL_P(argument), &zero);
}

/* Error: 22023. */
void
timing_check_lease(FunctionCallInfo fcinfo, int argument)
{
	if (!PG_ARGISNULL(argument) && sign_of_argument(fcinfo, argument) <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("lease must be positive")));
}

/* Error: 22023. */
void
timing_check_delay(FunctionCallInfo fcinfo, int argument)
{
	if (!PG_ARGISNULL(argument) && sign_of_argument(fcinfo, argument) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("delay must not be negative")));
}

/* Error: 22008 out of range. */
static TimestampTz
plus(TimestampTz now, const Interval *interval)
{
	return DatumGetTimestampTz(DirectFunctionCall2(timestamptz_pl_interval, TimestampTzGetDatum(now),
												   IntervalPGetDatum(interval)));
}

/*
 * When a job that waits so long may be claimed again.  Error: 22008 out of
 * range, or never.
 */
TimestampTz
timing_after(TimestampTz now, const Interval *delay)
{
	TimestampTz after = plus(now, delay);

	if (TIMESTAMP_NOT_FINITE(after))	/* since 17, an interval may be infinite */
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("a job cannot wait forever for its next attempt"),
				 errhint("batch_job.pause() stops a job until it is resumed.")));
	return after;
}

/*
 * The end of a lease that begins now: the given one, or that of the type,
 * whose settings may be NULL.
 */
TimestampTz
timing_lease(TimestampTz now, const Interval *given, const TypeSettings *settings)
{
	if (given == NULL && settings != NULL)
		given = settings->lease;
	return plus(now, given != NULL ? given : &default_lease);
}

/*
 * When a job whose attempt has failed may be claimed again: exponential
 * backoff with jitter, so that jobs that failed together do not come back
 * together.  Error: 22008.
 */
TimestampTz
timing_retry(TimestampTz now, const TypeSettings *settings, int attempt)
{
	const Interval *wait = settings != NULL && settings->backoff != NULL ? settings->backoff : &default_backoff;
	const Interval *longest = settings != NULL && settings->backoff_max != NULL ?
		settings->backoff_max : &default_backoff_max;

	for (int i = 1; i < attempt && compare(wait, longest) < 0; i++)
		wait = times(wait, 2);
	if (compare(wait, longest) > 0)
		wait = longest;
	return timing_after(now, times(wait, 0.9 + 0.2 * pg_prng_double(&pg_global_prng_state)));
}
