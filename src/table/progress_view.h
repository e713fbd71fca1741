/*
 * progress_view.h
 *	  The view of the progress of the open jobs of a table.
 */
#ifndef BATCH_JOB_PROGRESS_VIEW_H
#define BATCH_JOB_PROGRESS_VIEW_H

#include "base/batch_job.h"

extern void progress_view_make(Oid table);
extern void progress_view_lock(Oid table);
extern void progress_view_drop(Oid table);

#endif							/* BATCH_JOB_PROGRESS_VIEW_H */
