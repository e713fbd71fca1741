/*
 * status.h
 *	  The derived status of a job.
 */
#ifndef BATCH_JOB_STATUS_H
#define BATCH_JOB_STATUS_H

#include "base/batch_job.h"

/*
 * In the order of the life cycle, and of the labels of the enum
 * batch_job.status.  The status of a job is the last one whose time stamp is
 * set.
 */
typedef enum JobStatus
{
	JOB_STATUS_CREATED,
	JOB_STATUS_PRE_PROCESSED,
	JOB_STATUS_CONFIRMED,
	JOB_STATUS_PROCESSING,
	JOB_STATUS_COMPLETED,
	JOB_STATUS_CANCELED,
	JOB_STATUS_FAILED
} JobStatus;

#define JOB_STATUSES	(JOB_STATUS_FAILED + 1)

extern const char *job_status_name(JobStatus status);
extern Oid	job_status_type(void);
extern void job_status_check_labels(void);
extern Datum job_status_datum(JobStatus status, Oid enum_type);

#endif							/* BATCH_JOB_STATUS_H */
