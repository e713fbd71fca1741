/*
 * progress_columns.h
 *	  The progress of open jobs: query and columns for a view and a function.
 */
#ifndef BATCH_JOB_PROGRESS_COLUMNS_H
#define BATCH_JOB_PROGRESS_COLUMNS_H

#include "base/batch_job.h"

#include "lib/stringinfo.h"

#include "watch/open_jobs.h"

extern void progress_append_query(StringInfo sql, const OpenJobs *open, const char *now);
extern void progress_append_comments(StringInfo sql, const char *view);
extern char *progress_column_names(void);

#endif							/* BATCH_JOB_PROGRESS_COLUMNS_H */
