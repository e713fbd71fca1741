/*
 * ulid_next.c
 *	  Fuzz target: a generator of ULIDs, whatever clock and randomness do.
 *
 * Every ULID is above all before it, as a number and as text; its time is the
 * clock's unless that stands still or steps back; a failure comes only when it
 * must, and changes nothing.
 */
#include "fuzz.h"

/* What is left of the input. */
static const uint8_t *input;
static size_t left;

/* Fills a buffer from the input; false, with the rest of it lost, when that is too short. */
static bool
take(uint8_t *buf, size_t len)
{
	if (len > left)
	{
		left = 0;
		return false;
	}
	memcpy(buf, input, len);
	input += len;
	left -= len;
	return true;
}

/* Steps of a clock: mostly small ones in both directions, or to any time at all. */
static bool
take_time(uint64_t *clock)
{
	uint8_t		step;
	uint8_t		time[8];

	if (!take(&step, 1))
		return false;
	if (step < 0xF0)
		*clock += (uint64_t) step - 0x78;
	else
	{
		if (!take(time, sizeof time))
			return false;
		memcpy(clock, time, sizeof time);
		*clock >>= step & 0xF;
	}
	return true;
}

static bool
is_above(Ulid ulid, Ulid other)
{
	char		text[ULID_TEXT_LEN];
	char		other_text[ULID_TEXT_LEN];

	ulid_encode(ulid, text);
	ulid_encode(other, other_text);
	return memcmp(text, other_text, ULID_TEXT_LEN) > 0 &&
		(ulid.high > other.high || (ulid.high == other.high && ulid.low > other.low));
}

static bool
is_in_its_millisecond(Ulid ulid)
{
	uint64_t	ms = ulid_ms(ulid);

	return ms <= ULID_MAX_MS && !is_above(ulid_floor(ms), ulid) &&
		(ms == ULID_MAX_MS || is_above(ulid_floor(ms + 1), ulid));
}

/* What the next ULID of a generator must be. */
typedef struct Due
{
	uint64_t	ms;
	bool		is_random;		/* begins a millisecond */
} Due;

static Due
due(const UlidGenerator *generator, uint64_t now_ms)
{
	uint64_t	last_ms = ulid_ms(generator->last);
	bool		is_full = (generator->last.high & 0xFFFF) == 0xFFFF && generator->last.low == UINT64_MAX;

	if (!generator->started || now_ms > last_ms)
		return (Due) {now_ms, true};
	return (Due) {last_ms + is_full, is_full};
}

static UlidResult
result_due(Due due)
{
	if (due.ms > ULID_MAX_MS)
		return ULID_TIME_EXHAUSTED;
	if (due.is_random && left < ULID_RANDOM_BYTES)
		return ULID_NO_RANDOMNESS;
	return ULID_OK;
}

static void
next(UlidGenerator *generator, uint64_t now_ms)
{
	const UlidGenerator before = *generator;
	Due			expected = due(&before, now_ms);
	UlidResult	result = result_due(expected);
	const Ulid	untouched = {1, 2};
	Ulid		ulid = untouched;

	HOLDS(ulid_next(generator, now_ms, take, &ulid) == result);
	if (result == ULID_OK)
	{
		HOLDS(!before.started || is_above(ulid, before.last));
		HOLDS(ulid_ms(ulid) == expected.ms);
		HOLDS(is_in_its_millisecond(ulid));
		HOLDS(generator->started && same_ulid(generator->last, ulid));
	}
	else
	{
		HOLDS(same_ulid(ulid, untouched));
		HOLDS(generator->started == before.started && same_ulid(generator->last, before.last));
	}
}

/* Steps of the clock, each followed by the randomness that the generator takes. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t    *copy = exact_copy(data, size);
	UlidGenerator generator = {0};
	uint64_t	clock = 0;

	input = copy;
	left = size;
	while (take_time(&clock))
		next(&generator, clock);
	free(copy);
	return 0;
}
