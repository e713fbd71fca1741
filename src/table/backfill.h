/*
 * backfill.h
 *	  Backfills the status of rows that existed before their table was
 *	  attached.
 */
#ifndef BATCH_JOB_BACKFILL_H
#define BATCH_JOB_BACKFILL_H

#include "base/batch_job.h"

extern void backfill_whole_table(Oid table);

#endif							/* BATCH_JOB_BACKFILL_H */
