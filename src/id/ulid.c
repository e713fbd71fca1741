/*
 * ulid.c
 *	  Generates, encodes, and decodes ULIDs.  See ulid.h.
 */
#include "id/ulid.h"

#define TIME_SHIFT		16		/* random bits in the high word */
#define HIGH_RANDOM		((UINT64_C(1) << TIME_SHIFT) - 1)

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/*
 * Value of a character plus one, so that 0 means "not in the alphabet".  I and
 * L are read as 1, O as 0; U is not used.
 */
static const uint8_t value_plus_one[256] = {
	['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5,
	['5'] = 6, ['6'] = 7, ['7'] = 8, ['8'] = 9, ['9'] = 10,
	['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16,
	['G'] = 17, ['H'] = 18, ['I'] = 2, ['J'] = 19, ['K'] = 20, ['L'] = 2,
	['M'] = 21, ['N'] = 22, ['O'] = 1, ['P'] = 23, ['Q'] = 24, ['R'] = 25,
	['S'] = 26, ['T'] = 27, ['V'] = 28, ['W'] = 29, ['X'] = 30, ['Y'] = 31,
	['Z'] = 32,
	['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
	['g'] = 17, ['h'] = 18, ['i'] = 2, ['j'] = 19, ['k'] = 20, ['l'] = 2,
	['m'] = 21, ['n'] = 22, ['o'] = 1, ['p'] = 23, ['q'] = 24, ['r'] = 25,
	['s'] = 26, ['t'] = 27, ['v'] = 28, ['w'] = 29, ['x'] = 30, ['y'] = 31,
	['z'] = 32,
};

static uint64_t
load_big_endian(const uint8_t *bytes)
{
	uint64_t	word = 0;

	for (int i = 0; i < 8; i++)
		word = word << 8 | bytes[i];
	return word;
}

static void
store_big_endian(uint64_t word, uint8_t *bytes)
{
	for (int i = 7; i >= 0; i--, word >>= 8)
		bytes[i] = (uint8_t) word;
}

/* Each millisecond starts at a random point of its 80 bits. */
static UlidResult
start_millisecond(uint64_t ms, UlidRandomSource random_source, Ulid *ulid)
{
	uint8_t		bytes[16] = {0};

	if (ms > ULID_MAX_MS)
		return ULID_TIME_EXHAUSTED;
	if (!random_source(bytes + 6, ULID_RANDOM_BYTES))
		return ULID_NO_RANDOMNESS;
	*ulid = ulid_from_bytes(bytes);
	ulid->high |= ms << TIME_SHIFT;
	return ULID_OK;
}

/* Increments the 80 random bits; false if they overflow. */
static bool
increment_randomness(Ulid *ulid)
{
	if (ulid->low == UINT64_MAX && (ulid->high & HIGH_RANDOM) == HIGH_RANDOM)
		return false;
	ulid->low++;
	if (ulid->low == 0)
		ulid->high++;
	return true;
}

/*
 * ulid_next
 *		Makes a ULID that is greater than all that this generator made before.
 *
 * now_ms is Unix time in milliseconds.  While it does not advance, or goes
 * back, the last ULID is incremented and keeps its time; when the 80 random
 * bits overflow, the next millisecond is begun early.  A failure leaves the
 * generator and *ulid unchanged.
 */
UlidResult
ulid_next(UlidGenerator *generator, uint64_t now_ms,
		  UlidRandomSource random_source, Ulid *ulid)
{
	Ulid		next = generator->last;
	uint64_t	last_ms = ulid_ms(next);
	UlidResult	result = ULID_OK;

	if (!generator->started || now_ms > last_ms)
		result = start_millisecond(now_ms, random_source, &next);
	else if (!increment_randomness(&next))
		result = start_millisecond(last_ms + 1, random_source, &next);

	if (result == ULID_OK)
	{
		generator->started = true;
		generator->last = next;
		*ulid = next;
	}
	return result;
}

/* The least ULID of a millisecond, which must not exceed ULID_MAX_MS. */
Ulid
ulid_floor(uint64_t ms)
{
	Ulid		ulid = {.high = ms << TIME_SHIFT};

	return ulid;
}

uint64_t
ulid_ms(Ulid ulid)
{
	return ulid.high >> TIME_SHIFT;
}

/* Writes the lowest bits of a word as this many digits of five bits each. */
static void
encode_digits(uint64_t word, char *str, int digits)
{
	for (int i = digits - 1; i >= 0; i--, word >>= 5)
		str[i] = alphabet[word & 31];
}

/*
 * Writes exactly ULID_TEXT_LEN characters, upper case, no terminator.  It
 * works on three parts that each fit in a word, because shifting both words
 * for each digit takes longer.
 */
void
ulid_encode(Ulid ulid, char *str)
{
	encode_digits(ulid.high >> 56, str, 2);
	encode_digits(ulid.high << 4 | ulid.low >> 60, str + 2, 12);
	encode_digits(ulid.low, str + 14, 12);
}

/*
 * Reads a ULID; false unless str has 26 characters of the alphabet, in either
 * case, and the first one is at most 7: 26 characters hold two more bits than
 * a ULID.
 */
bool
ulid_decode(const char *str, size_t len, Ulid *ulid)
{
	Ulid		read = {0};

	if (len != ULID_TEXT_LEN)
		return false;
	for (size_t i = 0; i < len; i++)
	{
		uint8_t		value = value_plus_one[(uint8_t) str[i]];

		if (value == 0 || (i == 0 && value > 8))
			return false;
		read.high = read.high << 5 | read.low >> 59;
		read.low = read.low << 5 | (uint64_t) (value - 1);
	}
	*ulid = read;
	return true;
}

/* The 16 bytes in network byte order, as in a UUID. */
void
ulid_to_bytes(Ulid ulid, uint8_t *bytes)
{
	store_big_endian(ulid.high, bytes);
	store_big_endian(ulid.low, bytes + 8);
}

Ulid
ulid_from_bytes(const uint8_t *bytes)
{
	Ulid		ulid;

	ulid.high = load_big_endian(bytes);
	ulid.low = load_big_endian(bytes + 8);
	return ulid;
}
