/*
 * live_view_columns.h
 *	  Updates the columns of a live view.
 */
#ifndef BATCH_JOB_LIVE_VIEW_COLUMNS_H
#define BATCH_JOB_LIVE_VIEW_COLUMNS_H

#include "base/batch_job.h"

extern void live_view_columns_update(Oid view);

#endif							/* BATCH_JOB_LIVE_VIEW_COLUMNS_H */
