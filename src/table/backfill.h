/*
 * backfill.h
 *	  Filling in the status of rows that were there before their table was
 *	  attached.
 */
#ifndef BATCH_JOB_BACKFILL_H
#define BATCH_JOB_BACKFILL_H

#include "base/batch_job.h"

#include "utils/rel.h"

extern bool backfill_is_running(Relation rel);
extern void backfill_whole_table(Oid table);

#endif							/* BATCH_JOB_BACKFILL_H */
