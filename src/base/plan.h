/*
 * plan.h
 *	  Cache of prepared statements, each written for one object.
 */
#ifndef BATCH_JOB_PLAN_H
#define BATCH_JOB_PLAN_H

#include "base/batch_job.h"

#include "lib/stringinfo.h"
#include "utils/tuplestore.h"

/* As many parameters as an index has columns, and a few more. */
#define PLAN_MAX_ARGS	(INDEX_MAX_KEYS + 4)

typedef struct PlanText
{
	StringInfoData sql;
	int			nargs;
	Oid			argtypes[PLAN_MAX_ARGS];
} PlanText;

/* Writes the statement; called again whenever the old text may be stale. */
typedef void (*PlanBuilder) (PlanText *stmt, const void *subject);

/* A statement that is to be run: who writes it, and for what. */
typedef struct Statement
{
	PlanBuilder builder;
	const void *variant;		/* which of its statements, if it writes several; or NULL */
	Oid			object;			/* table or foreign key */
	Oid			table;			/* that the statement must be for */
	const void *subject;		/* for the builder */
	bool		by_index;		/* whatever statistics say */
} Statement;

pg_noreturn extern void plan_is_for_another(Oid table);
extern char *plan_add_arg(PlanText *stmt, Oid type);
extern uint64 plan_execute(const Statement *plan, const Datum *values, const char *nulls, bool read_only);
extern uint64 plan_look(const Statement *plan, const Datum *values, const char *nulls);
extern Datum plan_value(uint64 row, int column, bool *isnull);
extern uint64 plan_execute_into(const Statement *plan, const Datum *values, Tuplestorestate *rows);

#endif							/* BATCH_JOB_PLAN_H */
