/*
 * running.h
 *	  What this session is doing for a caller just now, which the triggers that
 *	  fire meanwhile have to know.
 */
#ifndef BATCH_JOB_RUNNING_H
#define BATCH_JOB_RUNNING_H

#include "base/batch_job.h"

typedef enum RunningKind
{
	RUNNING_CALL,				/* a function of the life cycle */
	RUNNING_PURGE,
	RUNNING_BACKFILL,
	RUNNING_CLAIM
} RunningKind;

/* What a call says about the event of one job. */
typedef struct RunningDetail
{
	text	   *id;				/* of the job */
	Datum		detail;			/* jsonb, or 0: nothing */
} RunningDetail;

typedef struct Running
{
	RunningKind kind;
	Oid			table;			/* the job table */

	/* what a call says beside the change that it makes */
	text	   *actor;			/* who acts, or NULL: the call does not say */
	int			event;			/* JobEvent that has the details */
	const RunningDetail *details;	/* of the jobs that the call changes */
	int			ndetails;
	int			next;			/* where the search for one begins */
	bool		reopens;		/* the jobs: their stamps may be taken away */

	int64		max_rows;		/* how many jobs a purge removes at most */
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
