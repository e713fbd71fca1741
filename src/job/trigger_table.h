/*
 * trigger_table.h
 *	  The tables beside a job table, as its triggers name them.
 */
#ifndef BATCH_JOB_TRIGGER_TABLE_H
#define BATCH_JOB_TRIGGER_TABLE_H

#include "base/batch_job.h"

#include "utils/rel.h"
#include "utils/reltrigger.h"

extern Oid	job_trigger_table(const Trigger *trigger, int n);
extern Oid	job_trigger_table_to_write(const Trigger *trigger);
extern void job_trigger_table_check_owner(Relation table);

#endif							/* BATCH_JOB_TRIGGER_TABLE_H */
