/*
 * id_form.h
 *	  The form of an id: a prefix, an underscore, and a ULID.
 *
 * Pure C like ulid.h: it does not depend on PostgreSQL, so that it can be
 * fuzzed alone.
 */
#ifndef ID_FORM_H
#define ID_FORM_H

#include "id/ulid.h"

#define ID_PREFIX_MAX		63
#define ID_LEN(prefix_len)	((prefix_len) + 1 + ULID_TEXT_LEN)

extern bool id_prefix_is_valid(const char *prefix, size_t len);
extern void id_write(const char *prefix, size_t len, Ulid ulid, char *str);
extern const char *id_problem(const char *id, size_t len, Ulid *ulid);

#endif							/* ID_FORM_H */
