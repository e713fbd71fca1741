/*
 * lanes.h
 *	  The order in which jobs are claimed: ordered lanes of jobs that can be
 *	  taken, which a claim merges.
 */
#ifndef BATCH_JOB_LANES_H
#define BATCH_JOB_LANES_H

#include "base/batch_job.h"

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"
#include "utils/array.h"
#include "utils/rel.h"

#include "job/status.h"
#include "run/lane_statements.h"

/*
 * The jobs of one kind and type, and of one owner if the type has a limit per
 * owner.  All jobs that can be taken are after the position: (priority, due)
 * and, within that, id.
 */
typedef struct Lane
{
	LaneKind	kind;
	text	   *type;
	bool		by_owner;
	text	   *owner;			/* NULL for jobs without created_by */
	int64		priority;
	TimestampTz due;
	text	   *id;				/* '' is before all others */
	bool		exhausted;
	bool		closed;			/* a limit closes it for the current call */
} Lane;

/* A job that was found and locked. */
typedef struct FoundJob
{
	LaneKind	kind;
	text	   *id;
	text	   *type;
	text	   *owner;			/* NULL without created_by */
	int64		priority;
	Datum		job;			/* batch_job.batch_job */
	text	   *run;			/* the waiting run, or NULL */
	int16		attempt;		/* number of the next attempt */
	NullableDatum items_done;
	NullableDatum items_total;
	NullableDatum checkpoint;
} FoundJob;

typedef struct Lanes Lanes;

extern Lanes *lanes_of(const LaneSource *source, bool *fresh);
extern void lanes_open(Lanes *lanes, const LaneSource *source);
extern List *lanes_all(const Lanes *lanes);
extern Lane *lanes_next(const Lanes *lanes, TimestampTz now, TimestampTz *before);
extern List *lane_find(Lane *lane, const LaneSource *source, Datum excluded, TimestampTz before, int max);

#endif							/* BATCH_JOB_LANES_H */
