/*
 * queue_columns.h
 *	  The columns of a job table that determine the order of claims, if it has
 *	  them.
 */
#ifndef BATCH_JOB_QUEUE_COLUMNS_H
#define BATCH_JOB_QUEUE_COLUMNS_H

#include "base/batch_job.h"

#include "lib/stringinfo.h"
#include "utils/rel.h"

extern void queue_columns_append(StringInfo sql);
extern void queue_columns_append_comments(StringInfo sql, const char *relation);
extern const char *queue_priority_column(Relation jobs);
extern const char *queue_priority(Relation jobs);
extern const char *queue_due(Relation jobs);

#endif							/* BATCH_JOB_QUEUE_COLUMNS_H */
