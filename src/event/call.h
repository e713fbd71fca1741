/*
 * call.h
 *	  What a call of a function says beside the change that it makes.
 */
#ifndef BATCH_JOB_CALL_H
#define BATCH_JOB_CALL_H

#include "base/batch_job.h"

#include "event/event.h"

typedef struct JobCall
{
	text	   *actor;			/* who acts, or NULL: the call does not say */
	Oid			table;			/* detail belongs to an event of this table ... */
	text	   *id;				/* ... and job */
	JobEvent	event;
	Datum		detail;			/* jsonb, or 0 */
	struct JobCall *outer;
} JobCall;

extern void job_call_enter(JobCall *call);
extern void job_call_leave(JobCall *call);
extern text *job_actor(text *given);
extern Datum job_call_detail(Oid table, Datum id, Oid collation, JobEvent event);

#endif							/* BATCH_JOB_CALL_H */
