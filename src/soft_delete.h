/*
 * soft_delete.h
 *	  Deleting a row of a job table, softly or for good.
 */
#ifndef SOFT_DELETE_H
#define SOFT_DELETE_H

#include "batch_job.h"

#include "access/attnum.h"
#include "executor/tuptable.h"
#include "utils/rel.h"

/*
 * What tells one row of a table from all others: the columns of its primary
 * key, or id when it has none that serves.
 */
typedef struct JobKey
{
	int			natts;
	AttrNumber	attnum[INDEX_MAX_KEYS]; /* in the table */
	Oid			equality[INDEX_MAX_KEYS];	/* operator that compares the column */
	AttrNumber	source[INDEX_MAX_KEYS]; /* in the tuple that has the values */
} JobKey;

extern void job_key_of_table(Relation table, JobKey *key);
extern void job_key_locate_in_partition(Relation table, Relation partition, JobKey *key);
extern void job_key_locate_in_view(Relation view, JobKey *key);
extern bool job_delete_row(Relation table, const JobKey *key, TupleTableSlot *slot, bool soft);

#endif							/* SOFT_DELETE_H */
