/*
 * ulid_text.c
 *	  Fuzz target: ULIDs as text and as bytes.
 *
 * Any text is read just as the specification's alphabet says, and is written in
 * its canonical form; any 16 bytes survive both forms, and keep their order in
 * the text.
 */
#include "fuzz.h"

#define ULID_BYTES	16

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/* The character as it is written; 0 when it is not of the alphabet. */
static char
canonical(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char) (c - 'a' + 'A');
	if (c == 'I' || c == 'L')
		c = '1';
	if (c == 'O')
		c = '0';
	return c != '\0' && strchr(alphabet, c) != NULL ? c : '\0';
}

/* The specification once more; writes the canonical text. */
static bool
is_ulid(const char *str, size_t len, char *text)
{
	if (len != ULID_TEXT_LEN)
		return false;
	for (size_t i = 0; i < len; i++)
	{
		text[i] = canonical(str[i]);
		if (text[i] == '\0')
			return false;
	}
	return text[0] <= '7';
}

static void
read_text(const char *str, size_t len)
{
	char		expected[ULID_TEXT_LEN];
	char		written[ULID_TEXT_LEN];
	const Ulid	untouched = {1, 2};
	Ulid		ulid = untouched;
	bool		is_read = ulid_decode(str, len, &ulid);

	HOLDS(is_read == is_ulid(str, len, expected));
	if (is_read)
	{
		ulid_encode(ulid, written);
		HOLDS(memcmp(written, expected, ULID_TEXT_LEN) == 0);
	}
	else
		HOLDS(same_ulid(ulid, untouched));
}

static void
write_bytes(const uint8_t *bytes, char *text)
{
	Ulid		ulid = ulid_from_bytes(bytes);
	Ulid		read;
	uint8_t		again[ULID_BYTES];

	ulid_encode(ulid, text);
	HOLDS(ulid_decode(text, ULID_TEXT_LEN, &read));
	HOLDS(same_ulid(read, ulid));
	ulid_to_bytes(read, again);
	HOLDS(memcmp(again, bytes, ULID_BYTES) == 0);
}

static int
sign(int order)
{
	return (order > 0) - (order < 0);
}

/* A text; and, where it is long enough, two ULIDs as bytes. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t    *input = exact_copy(data, size);

	read_text((const char *) input, size);
	if (size >= 2 * ULID_BYTES)
	{
		char		first[ULID_TEXT_LEN];
		char		second[ULID_TEXT_LEN];

		write_bytes(input, first);
		write_bytes(input + ULID_BYTES, second);
		HOLDS(sign(memcmp(first, second, ULID_TEXT_LEN)) ==
			  sign(memcmp(input, input + ULID_BYTES, ULID_BYTES)));
	}
	free(input);
	return 0;
}
