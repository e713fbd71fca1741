/*
 * column_uses.h
 *	  The objects that use a column, and may prevent a change of its type.
 */
#ifndef BATCH_JOB_COLUMN_USES_H
#define BATCH_JOB_COLUMN_USES_H

#include "base/batch_job.h"

#include "nodes/pg_list.h"

/* The expressions that are still valid when the column has its new type. */
typedef enum ExpressionsThatFit
{
	FIT_ALL,
	FIT_CHECKS,					/* CHECKs; an index may need another function */
	FIT_NULL_TESTS
} ExpressionsThatFit;

extern bool column_in_partition_key(const List *tables, const char *column);
extern char *column_foreign_key(const List *tables, const char *column);
extern char *column_dependent(const List *tables, const char *column, const List *ungenerated);
extern char *column_misfit(const List *tables, const char *column, Oid new_type, ExpressionsThatFit fit);

#endif							/* BATCH_JOB_COLUMN_USES_H */
