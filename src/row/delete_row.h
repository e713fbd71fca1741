/*
 * delete_row.h
 *	  Deletes a row of a job table, softly or permanently.
 */
#ifndef BATCH_JOB_DELETE_ROW_H
#define BATCH_JOB_DELETE_ROW_H

#include "base/batch_job.h"

#include "datatype/timestamp.h"
#include "executor/tuptable.h"
#include "utils/rel.h"

#include "job/row_key.h"

extern bool delete_row(Relation table, const JobKey *key, TupleTableSlot *slot, bool soft);
extern bool delete_row_at(Relation table, const JobKey *key, TupleTableSlot *slot, TimestampTz time);

#endif							/* BATCH_JOB_DELETE_ROW_H */
