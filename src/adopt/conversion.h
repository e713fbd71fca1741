/*
 * conversion.h
 *	  Conversion from the type of a column to one that a job table accepts.
 */
#ifndef BATCH_JOB_CONVERSION_H
#define BATCH_JOB_CONVERSION_H

#include "base/batch_job.h"

#include "nodes/primnodes.h"

#include "job/columns.h"
#include "adopt/column_uses.h"

/*
 * The new value is before || old value || after, followed by the time zone if
 * in_zone is set.
 */
typedef struct Conversion
{
	const char *before;
	const char *after;
	bool		in_zone;
	Oid			type;			/* InvalidOid for the one in a created table */
	const char *assumption;		/* what must be true of the old values, or NULL */
} Conversion;

extern const Conversion *conversion_find(JobColumn column, Oid type);
extern Oid	conversion_type(JobColumn column, const Conversion *conversion);
extern const char *conversion_type_name(JobColumn column, const Conversion *conversion);
extern ExpressionsThatFit conversion_fits(const Conversion *conversion, Oid type);
extern char *conversion_apply(const Conversion *conversion, const char *value, const char *zone);
extern char *conversion_of_constant(const Conversion *conversion, const Const *constant, const char *deparsed,
									const char *zone);

#endif							/* BATCH_JOB_CONVERSION_H */
