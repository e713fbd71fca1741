/*
 * transition.h
 *	  The engine of the life cycle: takes a job from one status to another.
 */
#ifndef BATCH_JOB_TRANSITION_H
#define BATCH_JOB_TRANSITION_H

#include "base/batch_job.h"

#include "utils/rel.h"

#include "base/running.h"
#include "run/fence.h"

/*
 * Parameters of a transition's statement: the id, the time, the transition's
 * own arguments, and the progress of the run that ends with it.
 */
#define TRANSITION_ID		0
#define TRANSITION_TIME		1
#define TRANSITION_FIXED	2
#define TRANSITION_MAX_ARGS	2	/* including the progress */

typedef struct Transition Transition;

extern const Transition transition_update;
extern const Transition transition_mark_pre_processed;
extern const Transition transition_confirm;
extern const Transition transition_start;
extern const Transition transition_complete;
extern const Transition transition_fail;
extern const Transition transition_cancel;
extern const Transition transition_soft_delete;
extern const Transition transition_restore;
extern const Transition transition_reopen;

/* One transition of one job. */
typedef struct Step
{
	const Transition *transition;
	Relation	table;
	Running		call;			/* what it specifies beyond the change */
	RunningDetail detail;		/* the same for the event */
	text	   *run_given;		/* or NULL */
	Run			run;			/* the run named by run_given */
	Datum		values[TRANSITION_FIXED + TRANSITION_MAX_ARGS];
	char		nulls[TRANSITION_FIXED + TRANSITION_MAX_ARGS];
	Datum		job;			/* after the transition */
} Step;

extern void step_begin(Step *step, FunctionCallInfo fcinfo, const Transition *transition, int nargs);
extern Datum step_take(Step *step);

#endif							/* BATCH_JOB_TRANSITION_H */
