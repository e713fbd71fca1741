/*
 * row_key.h
 *	  The key that identifies a row of a job table.
 */
#ifndef BATCH_JOB_ROW_KEY_H
#define BATCH_JOB_ROW_KEY_H

#include "base/batch_job.h"

#include "access/attnum.h"
#include "executor/tuptable.h"
#include "utils/rel.h"

#include "base/plan.h"

/* The columns of the table's primary key, or id if it has none that is usable. */
typedef struct JobKey
{
	int			natts;
	AttrNumber	attnum[INDEX_MAX_KEYS]; /* in the table */
	Oid			equality[INDEX_MAX_KEYS];	/* operators */
	AttrNumber	source[INDEX_MAX_KEYS]; /* in the tuple that has the values */
} JobKey;

extern void job_key_of_table(Relation table, JobKey *key);
extern void job_key_locate_in_partition(Relation table, Relation partition, JobKey *key);
extern void job_key_values(const JobKey *key, TupleTableSlot *slot, Datum *values, char *nulls);
extern void job_append_key_columns(StringInfo sql, Relation table, const JobKey *key);
extern void job_append_key_is(PlanText *stmt, Relation table, const JobKey *key);
extern void job_append_keys_match(StringInfo sql, Relation table, const JobKey *key,
								  const char *left, const char *right);

#endif							/* BATCH_JOB_ROW_KEY_H */
