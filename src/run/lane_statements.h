/*
 * lane_statements.h
 *	  The SQL by which jobs are found in the order of their lanes.
 */
#ifndef BATCH_JOB_LANE_STATEMENTS_H
#define BATCH_JOB_LANE_STATEMENTS_H

#include "base/batch_job.h"

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"
#include "utils/array.h"
#include "utils/rel.h"

#include "base/plan.h"
#include "run/run_tables.h"

/* What a job is taken for. */
typedef enum LaneKind
{
	LANE_WAITING,				/* another attempt */
	LANE_CONFIRMED,				/* its first attempt */
	LANE_CREATED				/* its preparation */
} LaneKind;

#define LANE_KINDS	(LANE_CREATED + 1)

/* Which jobs a worker asks for. */
typedef struct LaneSource
{
	Relation	jobs;
	RunTables	tables;
	ArrayType  *types;			/* text[]; NULL: all */
	int			kinds;			/* bits of LaneKind */
	List	   *by_owner;		/* char *: types that have a limit for each owner */
	TimestampTz now;
} LaneSource;

/* What a statement of a lane is written for. */
typedef struct LaneStatement
{
	const LaneSource *source;
	LaneKind	kind;
	bool		by_owner;
	bool		has_owner;		/* if so, created_by is not NULL */
} LaneStatement;

/* Parameters, from $1 on, the same in all of them. */
enum
{
	ARG_TYPE,
	ARG_PRIORITY,
	ARG_DUE,
	ARG_ID,
	ARG_BEFORE,
	ARG_MAX,
	ARG_OWNER,
	ARG_EXCLUDED,				/* owners that are left out */
	ARG_PREPARES,				/* created jobs are wanted */
	ARG_WORKS,					/* and those that are confirmed */
	LANE_ARGS
};

extern void lane_build_head(PlanText *stmt, const void *subject);
extern void lane_build_next(PlanText *stmt, const void *subject);
extern void lane_build_walk(PlanText *stmt, const void *subject);
extern void lane_build_find(PlanText *stmt, const void *subject);
extern void lane_build_find_waiting(PlanText *stmt, const void *subject);

#endif							/* BATCH_JOB_LANE_STATEMENTS_H */
