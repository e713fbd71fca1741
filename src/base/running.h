/*
 * running.h
 *	  What this session is executing for a caller, as far as the triggers fired
 *	  by it have to know.
 */
#ifndef BATCH_JOB_RUNNING_H
#define BATCH_JOB_RUNNING_H

#include "base/batch_job.h"

typedef enum RunningKind
{
	RUNNING_CALL,				/* a life cycle function */
	RUNNING_PURGE,
	RUNNING_BACKFILL,
	RUNNING_CLAIM
} RunningKind;

/* What a call adds to the event of one job. */
typedef struct RunningDetail
{
	text	   *id;				/* the job's id */
	Datum		detail;			/* jsonb, or 0 for nothing */
} RunningDetail;

typedef struct Running
{
	RunningKind kind;
	Oid			table;			/* the job table */

	/* what the call specifies beyond the change itself */
	text	   *actor;			/* who acts, or NULL if the call does not say */
	int			event;			/* the JobEvent that gets the details */
	const RunningDetail *details;	/* for the jobs that the call changes */
	int			ndetails;
	int			next;			/* where the search for the next one begins */
	bool		reopens;		/* it reopens the jobs: their time stamps may be removed */

	int64		max_rows;		/* how many jobs a purge may remove */
	int			trigger_depth;	/* of the triggers that the statement itself fires */
	struct Running *outer;
} Running;

extern void running_do(Running *running, void (*work) (void *), void *argument);
extern bool purge_is_running(Oid table);
extern int64 purge_max_rows(Oid table);
extern Oid	backfill_table(void);
extern bool claim_is_running(void);
extern text *job_actor(text *given);
extern bool running_call_reopens(Oid table, Datum id, Oid collation);
extern Datum running_call_detail(Oid table, Datum id, Oid collation, int event);

#endif							/* BATCH_JOB_RUNNING_H */
