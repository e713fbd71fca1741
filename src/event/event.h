/*
 * event.h
 *	  The events of a job.
 */
#ifndef BATCH_JOB_EVENT_H
#define BATCH_JOB_EVENT_H

#include "base/batch_job.h"

#include "job/status.h"

/*
 * A job that reaches a status has an event of the same number: see
 * JOB_EVENT_OF_STATUS.
 */
typedef enum JobEvent
{
	JOB_EVENT_CREATED,
	JOB_EVENT_PRE_PROCESSED,
	JOB_EVENT_CONFIRMED,
	JOB_EVENT_PROCESSING,
	JOB_EVENT_COMPLETED,
	JOB_EVENT_CANCELED,
	JOB_EVENT_FAILED,
	JOB_EVENT_UPDATED,
	JOB_EVENT_DELETED,
	JOB_EVENT_RESTORED,
	JOB_EVENT_REOPENED
} JobEvent;

#define JOB_EVENTS		(JOB_EVENT_REOPENED + 1)
#define JOB_EVENT_OF_STATUS(status) ((JobEvent) (status))

StaticAssertDecl((int) JOB_EVENT_FAILED == (int) JOB_STATUS_FAILED,
				 "events of statuses have the order of the statuses");

extern const char *event_name(JobEvent event);
extern Datum event_detail(const char *key, const char *value);

#endif							/* BATCH_JOB_EVENT_H */
