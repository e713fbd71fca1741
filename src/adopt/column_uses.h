/*
 * column_uses.h
 *	  What uses a column, and so has a say when its type is to change.
 */
#ifndef BATCH_JOB_COLUMN_USES_H
#define BATCH_JOB_COLUMN_USES_H

#include "base/batch_job.h"

#include "nodes/pg_list.h"

/* Which expressions still mean something when the column has its new type. */
typedef enum ExpressionsThatFit
{
	FIT_ALL,
	FIT_CHECKS,					/* CHECKs, but an index may need another function */
	FIT_NULL_TESTS
} ExpressionsThatFit;

extern bool column_in_partition_key(const List *tables, const char *column);
extern char *column_foreign_key(const List *tables, const char *column);
extern char *column_dependent(const List *tables, const char *column, const List *ungenerated);
extern char *column_misfit(const List *tables, const char *column, Oid new_type, ExpressionsThatFit fit);

#endif							/* BATCH_JOB_COLUMN_USES_H */
