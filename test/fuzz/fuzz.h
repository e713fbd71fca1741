/*
 * fuzz.h
 *	  What the fuzz targets share.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "id/ulid.h"

/* A property that must hold for every input. */
#define HOLDS(property) \
	do { \
		if (!(property)) \
		{ \
			fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #property); \
			abort(); \
		} \
	} while (0)

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Copy of bytes in memory of just their size, so that reading past their end is seen. */
static inline void *
exact_copy(const void *bytes, size_t size)
{
	void	   *copy = malloc(size);

	HOLDS(copy != NULL || size == 0);
	if (size > 0)
		memcpy(copy, bytes, size);
	return copy;
}

static inline bool
same_ulid(Ulid one, Ulid other)
{
	return one.high == other.high && one.low == other.low;
}

#endif							/* FUZZ_H */
