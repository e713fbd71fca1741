/*
 * live_view.h
 *	  The view of the live jobs of a table.
 */
#ifndef BATCH_JOB_LIVE_VIEW_H
#define BATCH_JOB_LIVE_VIEW_H

#include "base/batch_job.h"

extern Oid	live_view_make(Oid table);
extern void live_view_lock(Oid table);
extern void live_view_drop(Oid table);

#endif							/* BATCH_JOB_LIVE_VIEW_H */
