/*
 * plan.h
 *	  Cache of prepared statements, each written for one object.
 */
#ifndef BATCH_JOB_PLAN_H
#define BATCH_JOB_PLAN_H

#include "base/batch_job.h"

#include "lib/stringinfo.h"
#include "nodes/execnodes.h"

/* Enough for every column of an index and a few more. */
#define PLAN_MAX_ARGS	(INDEX_MAX_KEYS + 4)

typedef struct PlanText
{
	StringInfoData sql;
	int			nargs;
	Oid			argtypes[PLAN_MAX_ARGS];
} PlanText;

/* Writes the statement; it is called again whenever the old text may be stale. */
typedef void (*PlanBuilder) (PlanText *stmt, const void *subject);

/* How a statement finds and joins its rows. */
typedef enum Planning
{
	PLAN_FREELY,				/* as the planner chooses */
	PLAN_ROW_BY_ROW,			/* for few rows of many, see plan_as_wanted */
	PLAN_PARTIAL_INDEXES		/* for all rows of partial indexes, see plan_as_wanted */
} Planning;

/* A statement to be run: what builds its text, and for which object. */
typedef struct Statement
{
	PlanBuilder builder;
	const void *variant;		/* if the builder writes several; else NULL */
	Oid			object;			/* table or foreign key */
	Oid			table;			/* that the statement must use */
	const void *subject;		/* passed to the builder */
	Planning	planning;
} Statement;

pg_noreturn extern void plan_is_for_another(Oid table);
extern char *plan_add_arg(PlanText *stmt, Oid type);
extern uint64 plan_execute(const Statement *plan, const Datum *values, const char *nulls, bool read_only);
extern uint64 plan_look(const Statement *plan, const Datum *values, const char *nulls);
extern Datum plan_value(uint64 row, int column, bool *isnull);
extern uint64 plan_execute_into(const Statement *plan, const Datum *values, ReturnSetInfo *result);

#endif							/* BATCH_JOB_PLAN_H */
