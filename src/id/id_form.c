/*
 * id_form.c
 *	  Writes and reads the form of an id.  See id_form.h.
 */
#include "id/id_form.h"

#include <string.h>

/*
 * 1 to 63 ASCII letters, digits, underscores, or hyphens: safe in URLs and
 * file names.
 */
bool
id_prefix_is_valid(const char *prefix, size_t len)
{
	if (len < 1 || len > ID_PREFIX_MAX)
		return false;
	for (size_t i = 0; i < len; i++)
	{
		char		c = prefix[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
			  (c >= '0' && c <= '9') || c == '_' || c == '-'))
			return false;
	}
	return true;
}

/* Writes exactly ID_LEN(len) characters, no terminator. */
void
id_write(const char *prefix, size_t len, Ulid ulid, char *str)
{
	memcpy(str, prefix, len);
	str[len] = '_';
	ulid_encode(ulid, str + len + 1);
}

/*
 * What is wrong with an id, as a sentence; if nothing is, returns NULL and
 * sets *ulid.
 */
const char *
id_problem(const char *id, size_t len, Ulid *ulid)
{
	size_t		prefix_len;

	if (len < ID_LEN(1))
		return "An id is a prefix, an underscore and 26 characters; this one is too short.";
	prefix_len = len - ID_LEN(0);
	if (id[prefix_len] != '_')
		return "There is no underscore before the last 26 characters.";
	if (!id_prefix_is_valid(id, prefix_len))
		return "The prefix before the last 26 characters is not 1 to 63 ASCII letters, digits, underscores or hyphens.";
	if (!ulid_decode(id + prefix_len + 1, ULID_TEXT_LEN, ulid))
		return "The last 26 characters are not a ULID: Crockford base 32, the first at most 7.";
	return NULL;
}
