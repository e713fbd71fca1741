/*
 * id.c
 *	  Job ids: the SQL interface of ulid.c and id_form.c.
 *
 * An id is a prefix, an underscore, and a ULID:
 * batch_01ARZ3NDEKTSV4RRFFQ69G5FAV.
 */
#include "id/id.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/uuid.h"

/* PostgreSQL counts microseconds since 2000, ULIDs milliseconds since 1970. */
#define EPOCH_OFFSET_MS \
	((int64) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * MSECS_PER_DAY)
#define MSECS_PER_DAY		(SECS_PER_DAY * INT64CONST(1000))

/* How much of an id or prefix an error message shows: it may be a megabyte long. */
#define SHOWN_BYTES			64

/*
 * Random bytes are fetched in blocks: it is the system call for each id that
 * makes gen_random_uuid() slow.  A millisecond uses ULID_RANDOM_BYTES, however
 * many ids are generated in it.
 */
#define RANDOM_BLOCK		(64 * ULID_RANDOM_BYTES)

static UlidGenerator generator;
static uint8 random_block[RANDOM_BLOCK];
static int	random_used = RANDOM_BLOCK;
static int	random_pid = 0;

static bool
random_from_block(uint8_t *buf, size_t len)
{
	if (random_used + len > RANDOM_BLOCK)
	{
		if (!pg_strong_random(random_block, RANDOM_BLOCK))
			return false;
		random_used = 0;
	}
	memcpy(buf, random_block + random_used, len);
	random_used += len;
	return true;
}

/*
 * A forked process must not continue its parent's generator, or both would
 * generate the same ids. (A backend never inherits one, unless the library is
 * preloaded and something in the postmaster has generated an id.)
 */
static void
forget_generator_of_parent(void)
{
	if (likely(random_pid == MyProcPid))
		return;
	memset(&generator, 0, sizeof generator);
	random_used = RANDOM_BLOCK;
	random_pid = MyProcPid;
}

static const char *
shown(const char *str, size_t len)
{
	if (len <= SHOWN_BYTES)
		return pnstrdup(str, len);
	return psprintf("%.*s...", pg_mbcliplen(str, len, SHOWN_BYTES), str);
}

/* An id as an error message shows it. */
const char *
id_shown(const text *id)
{
	return shown(VARDATA_ANY(id), VARSIZE_ANY_EXHDR(id));
}

static void
time_out_of_range(void)
{
	ereport(ERROR,
			(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
			 errmsg("timestamp is out of range for an id"),
			 errdetail("Ids hold times from 1970-01-01 00:00:00+00 to 10889-08-02 05:31:50.655999+00.")));
}

static uint64
timestamp_to_ms(TimestampTz at)
{
	int64		ms;

	if (TIMESTAMP_NOT_FINITE(at))
		time_out_of_range();

	/* round down, also before 2000 */
	ms = at / USECS_PER_MSEC - (at % USECS_PER_MSEC < 0 ? 1 : 0);
	ms += EPOCH_OFFSET_MS;
	if (ms < 0 || ms > (int64) ULID_MAX_MS)
		time_out_of_range();
	return (uint64) ms;
}

static TimestampTz
ms_to_timestamp(uint64 ms)
{
	return ((int64) ms - EPOCH_OFFSET_MS) * USECS_PER_MSEC;
}

static Ulid
next_ulid(void)
{
	Ulid		ulid = {0};

	forget_generator_of_parent();
	switch (ulid_next(&generator, timestamp_to_ms(GetCurrentTimestamp()),
					  random_from_block, &ulid))
	{
		case ULID_OK:
			break;
		case ULID_TIME_EXHAUSTED:
			time_out_of_range();
			break;
		case ULID_NO_RANDOMNESS:
			ereport(ERROR,
					(errcode(ERRCODE_INTERNAL_ERROR),
					 errmsg("could not generate random values")));
	}
	return ulid;
}

void
id_prefix_check(const char *prefix, size_t len)
{
	if (likely(id_prefix_is_valid(prefix, len)))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid id prefix: \"%s\"", shown(prefix, len)),
			 errhint("A prefix has 1 to %d ASCII letters, digits, underscores or hyphens.",
					 ID_PREFIX_MAX)));
}

static text *
id_from_ulid(const char *prefix, size_t len, Ulid ulid)
{
	size_t		size = VARHDRSZ + ID_LEN(len);
	text	   *id;

	id_prefix_check(prefix, len);
	id = (text *) palloc(size);
	SET_VARSIZE(id, size);
	id_write(prefix, len, ulid, VARDATA(id));
	return id;
}

static Ulid
ulid_of_id(text *id)
{
	const char *str = VARDATA_ANY(id);
	int			len = VARSIZE_ANY_EXHDR(id);
	Ulid		ulid = {0};
	const char *problem = id_problem(str, len, &ulid);

	if (problem)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
				 errmsg("invalid job id: \"%s\"", id_shown(id)),
				 errdetail("%s", problem)));
	return ulid;
}

/*
 * id_generate
 *		A new id, greater than all that this session has generated before.
 *
 * Errors: 22023 prefix, 22008 clock outside 1970 ... 10889 AD.
 */
text *
id_generate(const char *prefix, size_t len)
{
	return id_from_ulid(prefix, len, next_ulid());
}

/* generate_id(prefix text) returns text: see id_generate */
PG_FUNCTION_INFO_V1(batch_job_generate_id);
Datum
batch_job_generate_id(PG_FUNCTION_ARGS)
{
	text	   *prefix = PG_GETARG_TEXT_PP(0);

	PG_RETURN_TEXT_P(id_generate(VARDATA_ANY(prefix), VARSIZE_ANY_EXHDR(prefix)));
}

/*
 * id_floor(at timestamptz, prefix text) returns text: the least id of the
 * millisecond of at, in collation "C".  Errors: 22008, 22023.
 */
PG_FUNCTION_INFO_V1(batch_job_id_floor);
Datum
batch_job_id_floor(PG_FUNCTION_ARGS)
{
	uint64		ms = timestamp_to_ms(PG_GETARG_TIMESTAMPTZ(0));
	text	   *prefix = PG_GETARG_TEXT_PP(1);

	PG_RETURN_TEXT_P(id_from_ulid(VARDATA_ANY(prefix), VARSIZE_ANY_EXHDR(prefix),
								  ulid_floor(ms)));
}

/*
 * id_timestamp(id text) returns timestamptz, in whole milliseconds.  Error:
 * 22P02.
 */
PG_FUNCTION_INFO_V1(batch_job_id_timestamp);
Datum
batch_job_id_timestamp(PG_FUNCTION_ARGS)
{
	Ulid		ulid = ulid_of_id(PG_GETARG_TEXT_PP(0));

	PG_RETURN_TIMESTAMPTZ(ms_to_timestamp(ulid_ms(ulid)));
}

/* is_id(id text) returns boolean: would id_timestamp accept it?  No errors. */
PG_FUNCTION_INFO_V1(batch_job_is_id);
Datum
batch_job_is_id(PG_FUNCTION_ARGS)
{
	text	   *id = PG_GETARG_TEXT_PP(0);
	Ulid		ulid;

	PG_RETURN_BOOL(id_problem(VARDATA_ANY(id), VARSIZE_ANY_EXHDR(id), &ulid) == NULL);
}

/* id_to_uuid(id text) returns uuid: the 16 bytes of the ULID. Error: 22P02. */
PG_FUNCTION_INFO_V1(batch_job_id_to_uuid);
Datum
batch_job_id_to_uuid(PG_FUNCTION_ARGS)
{
	Ulid		ulid = ulid_of_id(PG_GETARG_TEXT_PP(0));
	pg_uuid_t  *uuid = (pg_uuid_t *) palloc(sizeof(pg_uuid_t));

	ulid_to_bytes(ulid, uuid->data);
	PG_RETURN_UUID_P(uuid);
}

/* id_from_uuid(uuid uuid, prefix text) returns text.  Error: 22023. */
PG_FUNCTION_INFO_V1(batch_job_id_from_uuid);
Datum
batch_job_id_from_uuid(PG_FUNCTION_ARGS)
{
	pg_uuid_t  *uuid = PG_GETARG_UUID_P(0);
	text	   *prefix = PG_GETARG_TEXT_PP(1);

	PG_RETURN_TEXT_P(id_from_ulid(VARDATA_ANY(prefix), VARSIZE_ANY_EXHDR(prefix),
								  ulid_from_bytes(uuid->data)));
}
