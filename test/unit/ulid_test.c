/*
 * ulid_test.c
 *	  Tests of src/id/ulid.c with the clock and the randomness set by the test.
 *	  Prints TAP.
 */
#include <stdio.h>
#include <string.h>

#include "id/ulid.h"

static int	tests = 0;
static int	failures = 0;

static void
ok(bool passed, const char *name)
{
	tests++;
	if (!passed)
		failures++;
	printf("%sok %d - %s\n", passed ? "" : "not ", tests, name);
}

/* Randomness as the test wants it: every byte the same, or no randomness. */
static uint8_t random_byte;
static bool random_works = true;
static int	random_calls;

static bool
test_random(uint8_t *buf, size_t len)
{
	random_calls++;
	if (random_works)
		memset(buf, random_byte, len);
	return random_works;
}

static UlidGenerator generator;

static void
reset(uint8_t byte)
{
	memset(&generator, 0, sizeof generator);
	random_byte = byte;
	random_works = true;
	random_calls = 0;
}

/* The text of the next ULID, or the reason why there is none. */
static const char *
next_text(uint64_t now_ms)
{
	static char str[ULID_TEXT_LEN + 1];
	Ulid		ulid;

	switch (ulid_next(&generator, now_ms, test_random, &ulid))
	{
		case ULID_TIME_EXHAUSTED:
			return "time exhausted";
		case ULID_NO_RANDOMNESS:
			return "no randomness";
		case ULID_OK:
			break;
	}
	ulid_encode(ulid, str);
	return str;
}

static void
next_is(uint64_t now_ms, const char *expected, const char *name)
{
	const char *got = next_text(now_ms);

	ok(strcmp(got, expected) == 0, name);
	if (strcmp(got, expected) != 0)
		printf("# got %s, expected %s\n", got, expected);
}

static bool
decodes(const char *str)
{
	Ulid		ulid;

	return ulid_decode(str, strlen(str), &ulid);
}

static bool
decodes_to(const char *str, const char *canonical)
{
	Ulid		ulid;
	char		again[ULID_TEXT_LEN + 1] = "";

	if (!ulid_decode(str, strlen(str), &ulid))
		return false;
	ulid_encode(ulid, again);
	return strcmp(again, canonical) == 0;
}

static void
test_specification_vectors(void)
{
	Ulid		ulid;

	/* 1469918176385 is the specification's own example of a time */
	ok(ulid_decode("01ARYZ6S410000000000000000", 26, &ulid) &&
	   ulid_ms(ulid) == UINT64_C(1469918176385), "01ARYZ6S41 is 1469918176385");
	reset(0);
	next_is(UINT64_C(1469918176385), "01ARYZ6S410000000000000000", "1469918176385 is 01ARYZ6S41");
	ok(ulid_decode("01ARZ3NDEKTSV4RRFFQ69G5FAV", 26, &ulid) &&
	   ulid_ms(ulid) == UINT64_C(1469922850259), "time of 01ARZ3NDEKTSV4RRFFQ69G5FAV");
	ok(decodes_to("7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"), "the largest ULID");
	ok(ulid_decode("7ZZZZZZZZZZZZZZZZZZZZZZZZZ", 26, &ulid) &&
	   ulid_ms(ulid) == ULID_MAX_MS, "its time is the last of 48 bits");
	ok(!decodes("80000000000000000000000000"), "one above the largest is refused");
	ok(!decodes("8ZZZZZZZZZZZZZZZZZZZZZZZZZ"), "the specification's overflow example is refused");
	ok(!decodes("ZZZZZZZZZZZZZZZZZZZZZZZZZZ"), "so is the largest text");
}

static void
test_reading(void)
{
	ok(decodes_to("01arz3ndektsv4rrffq69g5fav", "01ARZ3NDEKTSV4RRFFQ69G5FAV"), "lower case is read");
	ok(decodes_to("0IARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAV"), "I is 1");
	ok(decodes_to("0iARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAV"), "i is 1");
	ok(decodes_to("0LARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAV"), "L is 1");
	ok(decodes_to("0lARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAV"), "l is 1");
	ok(decodes_to("O1ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAV"), "O is 0");
	ok(decodes_to("o1ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAV"), "o is 0");
	ok(!decodes("01ARZ3NDEKTSV4RRFFQ69G5FAU"), "U is not of the alphabet");
	ok(!decodes("01ARZ3NDEKTSV4RRFFQ69G5FAu"), "nor is u");
	ok(!decodes("01ARZ3NDEK-SV4RRFFQ69G5FAV"), "nor is a hyphen");
	ok(!decodes("01ARZ3NDEK\xC3\xA9V4RRFFQ69G5FA"), "nor is a byte above 127");
	ok(!decodes(""), "the empty text is refused");
	ok(!decodes("01ARZ3NDEKTSV4RRFFQ69G5FA"), "25 characters are refused");
	ok(!decodes("01ARZ3NDEKTSV4RRFFQ69G5FAVV"), "27 characters are refused");
}

static void
test_bytes(void)
{
	Ulid		ulid;
	uint8_t		bytes[16];
	uint8_t		expected[16] = {
		0x01, 0x56, 0x3E, 0x3A, 0xB5, 0xD3, 0xD6, 0x76,
		0x4C, 0x61, 0xEF, 0xB9, 0x93, 0x02, 0xBD, 0x5B
	};

	ok(ulid_decode("01ARZ3NDEKTSV4RRFFQ69G5FAV", 26, &ulid), "a ULID");
	ulid_to_bytes(ulid, bytes);
	ok(memcmp(bytes, expected, 16) == 0, "has its bytes in network order");
	ulid = ulid_from_bytes(bytes);
	ulid_to_bytes(ulid, expected);
	ok(memcmp(bytes, expected, 16) == 0, "and comes back from them");
}

/* Every bit must survive writing and reading, at each of the 128 places. */
static void
test_every_bit(void)
{
	bool		all = true;

	for (int bit = 0; bit < 128; bit++)
	{
		Ulid		ulid = {0};
		Ulid		again;
		char		str[ULID_TEXT_LEN];

		if (bit < 64)
			ulid.low = UINT64_C(1) << bit;
		else
			ulid.high = UINT64_C(1) << (bit - 64);
		ulid_encode(ulid, str);
		all = all && ulid_decode(str, sizeof str, &again) &&
			again.high == ulid.high && again.low == ulid.low;
	}
	ok(all, "every bit survives encode and decode");
}

static void
test_monotonic(void)
{
	reset(0x42);
	next_is(150000, "0000004JFG89144GJ289144GJ2", "the first of a millisecond is random");
	next_is(150000, "0000004JFG89144GJ289144GJ3", "the second counts up");
	ok(random_calls == 1, "and takes no randomness");
	next_is(149999, "0000004JFG89144GJ289144GJ4", "the clock steps back: still counts up");
	next_is(0, "0000004JFG89144GJ289144GJ5", "however far it steps");
	random_byte = 0;
	next_is(150001, "0000004JFH0000000000000000", "a new millisecond is drawn anew");
	ok(random_calls == 2, "with new randomness");
}

static void
test_carry(void)
{
	reset(0xFF);
	next_is(150000, "0000004JFGZZZZZZZZZZZZZZZZ", "the last of a millisecond");
	random_byte = 0;
	next_is(150000, "0000004JFH0000000000000000", "is followed by the next millisecond");
	next_is(150000, "0000004JFH0000000000000001", "which goes on counting");
	next_is(150001, "0000004JFH0000000000000002", "also when the clock arrives there");

	/* 64 low bits full, the 16 above not: the carry stays in the randomness */
	reset(0);
	generator.started = true;
	generator.last = ulid_floor(150000);
	generator.last.low = UINT64_MAX;
	next_is(150000, "0000004JFG000G000000000000", "the carry between the words");
}

static void
test_limits(void)
{
	reset(0xFF);
	next_is(ULID_MAX_MS + 1, "time exhausted", "a clock past 48 bits is refused");
	ok(!generator.started, "and leaves the generator as it was");
	next_is(ULID_MAX_MS, "7ZZZZZZZZZZZZZZZZZZZZZZZZZ", "the very last ULID");
	next_is(ULID_MAX_MS, "time exhausted", "has none after it");
	next_is(0, "time exhausted", "not even when the clock steps back");

	reset(0);
	random_works = false;
	next_is(1, "no randomness", "no randomness, no ULID");
	random_works = true;
	next_is(1, "00000000010000000000000000", "until there is some again");
}

int
main(void)
{
	test_specification_vectors();
	test_reading();
	test_bytes();
	test_every_bit();
	test_monotonic();
	test_carry();
	test_limits();
	printf("1..%d\n", tests);
	return failures == 0 ? 0 : 1;
}
