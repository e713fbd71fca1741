/*
 * id_form.c
 *	  Fuzz target: ids, which are a prefix, an underscore and a ULID.
 *
 * A text is an id just when it can be cut into a valid prefix, an underscore
 * and a ULID; put together again it is the same id, in canonical form.
 */
#include "fuzz.h"
#include "id/id_form.h"

static const char prefix_characters[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

/* The rule of prefixes once more. */
static bool
is_prefix(const char *str, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (str[i] == '\0' || strchr(prefix_characters, str[i]) == NULL)
			return false;
	return len >= 1 && len <= 63;
}

/* Where the prefix of an id ends; -1 when the text is none. */
static int
end_of_prefix(const char *id, size_t len, Ulid *ulid)
{
	for (size_t i = 0; i < len; i++)
		if (id[i] == '_' && is_prefix(id, i) && ulid_decode(id + i + 1, len - i - 1, ulid))
			return (int) i;
	return -1;
}

static void
write_again(const char *prefix, size_t len, Ulid ulid)
{
	char	   *id = malloc(ID_LEN(len));
	Ulid		read;

	HOLDS(id != NULL);
	id_write(prefix, len, ulid, id);
	HOLDS(id_problem(id, ID_LEN(len), &read) == NULL);
	HOLDS(same_ulid(read, ulid));
	HOLDS(memcmp(id, prefix, len) == 0);
	free(id);
}

/* The last bytes as a ULID, what is before them as a prefix. */
static void
make_id(const char *input, size_t size)
{
	size_t		len = size - sizeof(Ulid);

	HOLDS(id_prefix_is_valid(input, len) == is_prefix(input, len));
	if (is_prefix(input, len))
		write_again(input, len, ulid_from_bytes((const uint8_t *) input + len));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *input = exact_copy(data, size);
	Ulid		expected;
	Ulid		ulid;
	int			prefix_len = end_of_prefix(input, size, &expected);

	HOLDS((id_problem(input, size, &ulid) == NULL) == (prefix_len >= 0));
	if (prefix_len >= 0)
	{
		HOLDS(same_ulid(ulid, expected));
		write_again(input, (size_t) prefix_len, ulid);
	}
	if (size >= sizeof(Ulid))
		make_id(input, size);
	free(input);
	return 0;
}
