/*
 * backfill.h
 *	  Filling in the status of rows that were there before their table was
 *	  attached.
 */
#ifndef BACKFILL_H
#define BACKFILL_H

#include "batch_job.h"

extern bool backfill_is_running(void);
extern void backfill_whole_table(Oid table);

#endif							/* BACKFILL_H */
