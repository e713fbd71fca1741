/*
 * lane_statements.h
 *	  The SQL that finds jobs in the order of their lanes.
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

/* What a job is claimed for. */
typedef enum LaneKind
{
	LANE_WAITING,				/* another attempt */
	LANE_CONFIRMED,				/* its first attempt */
	LANE_CREATED				/* its preparation */
} LaneKind;

#define LANE_KINDS	(LANE_CREATED + 1)

/* The jobs that a worker asks for. */
typedef struct LaneSource
{
	Relation	jobs;
	RunTables	tables;
	ArrayType  *types;			/* text[]; NULL for all */
	int			kinds;			/* bits of LaneKind */
	List	   *by_owner;		/* char *: types with a limit per owner */
	TimestampTz now;
} LaneSource;

/* Describes a statement on a lane to its builder. */
typedef struct LaneStatement
{
	const LaneSource *source;
	LaneKind	kind;
	bool		by_owner;
	bool		has_owner;		/* if true, created_by is not NULL */
} LaneStatement;

/* The parameters, from $1 on; all statements have the same ones. */
enum
{
	ARG_TYPE,
	ARG_PRIORITY,
	ARG_DUE,
	ARG_ID,
	ARG_BEFORE,
	ARG_MAX,
	ARG_OWNER,
	ARG_EXCLUDED,				/* owners to skip */
	ARG_PREPARES,				/* created jobs are wanted */
	ARG_WORKS,					/* confirmed jobs are wanted */
	LANE_ARGS
};

extern void lane_build_head(PlanText *stmt, const void *subject);
extern void lane_build_next(PlanText *stmt, const void *subject);
extern void lane_build_walk(PlanText *stmt, const void *subject);
extern void lane_build_find(PlanText *stmt, const void *subject);
extern void lane_build_find_waiting(PlanText *stmt, const void *subject);

#endif							/* BATCH_JOB_LANE_STATEMENTS_H */
