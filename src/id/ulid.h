/*
 * ulid.h
 *	  ULIDs: 48 bits of Unix time in milliseconds, then 80 random bits, written
 *	  as 26 characters of Crockford's base 32.
 *
 * Pure C: it does not depend on PostgreSQL and has neither a clock nor a
 * source of randomness of its own, so that tests can set both, and it can be
 * fuzzed alone.
 *
 * Source of the format and of the monotonic rule: the ULID specification
 * (ulid/spec, "canonical spec", sections "Components" and "Monotonicity").
 */
#ifndef ULID_H
#define ULID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ULID_TEXT_LEN		26
#define ULID_RANDOM_BYTES	10

/* 10889-08-02 05:31:50.655 UTC: the last millisecond that fits in 48 bits */
#define ULID_MAX_MS			((UINT64_C(1) << 48) - 1)

/* The 128 bits as a number: numbers sort in the same order as texts. */
typedef struct Ulid
{
	uint64_t	high;			/* 48 bits of time, 16 random bits */
	uint64_t	low;			/* 64 random bits */
} Ulid;

typedef enum UlidResult
{
	ULID_OK,
	ULID_TIME_EXHAUSTED,		/* the time needs more than 48 bits */
	ULID_NO_RANDOMNESS			/* the source of randomness failed */
} UlidResult;

/* Fills len bytes at buf; returns false if it cannot. */
typedef bool (*UlidRandomSource) (uint8_t *buf, size_t len);

/* Zeroed memory is a generator that has not generated a ULID yet. */
typedef struct UlidGenerator
{
	Ulid		last;
	bool		started;
} UlidGenerator;

extern UlidResult ulid_next(UlidGenerator *generator, uint64_t now_ms,
							UlidRandomSource random_source, Ulid *ulid);
extern Ulid ulid_floor(uint64_t ms);
extern uint64_t ulid_ms(Ulid ulid);
extern void ulid_encode(Ulid ulid, char *str);
extern bool ulid_decode(const char *str, size_t len, Ulid *ulid);
extern void ulid_to_bytes(Ulid ulid, uint8_t *bytes);
extern Ulid ulid_from_bytes(const uint8_t *bytes);

#endif							/* ULID_H */
