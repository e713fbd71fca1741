/*
 * conversion.h
 *	  From the type that a column has to one that a job table takes.
 */
#ifndef BATCH_JOB_CONVERSION_H
#define BATCH_JOB_CONVERSION_H

#include "base/batch_job.h"

#include "nodes/primnodes.h"

#include "job/columns.h"
#include "adopt/column_uses.h"

/* The new value is before || old value || after, and the time zone where it is asked for. */
typedef struct Conversion
{
	const char *before;
	const char *after;
	bool		in_zone;
	Oid			type;			/* InvalidOid: that of a created table */
	const char *assumption;		/* what has to be true of the old values, or NULL */
} Conversion;

extern const Conversion *conversion_find(JobColumn column, Oid type);
extern Oid	conversion_type(JobColumn column, const Conversion *conversion);
extern const char *conversion_type_name(JobColumn column, const Conversion *conversion);
extern ExpressionsThatFit conversion_fits(const Conversion *conversion, Oid type);
extern char *conversion_apply(const Conversion *conversion, const char *value, const char *zone);
extern char *conversion_of_constant(const Conversion *conversion, const Const *constant, const char *deparsed,
									const char *zone);

#endif							/* BATCH_JOB_CONVERSION_H */
