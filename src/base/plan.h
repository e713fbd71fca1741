/*
 * plan.h
 *	  Cache of prepared statements, each made for one operation on one object.
 */
#ifndef BATCH_JOB_PLAN_H
#define BATCH_JOB_PLAN_H

#include "base/batch_job.h"

#include "lib/stringinfo.h"
#include "utils/tuplestore.h"

typedef enum PlanOperation
{
	PLAN_SOFT_DELETE_ROW,		/* object: table */
	PLAN_DELETE_ROW,			/* object: table */
	PLAN_CREATE,				/* object: table */
	PLAN_CREATE_WITH_ID,		/* object: table */
	PLAN_UPDATE,				/* object: table */
	PLAN_MARK_PRE_PROCESSED,	/* object: table */
	PLAN_CONFIRM,				/* object: table */
	PLAN_START,					/* object: table */
	PLAN_COMPLETE,				/* object: table */
	PLAN_FAIL,					/* object: table */
	PLAN_CANCEL,				/* object: table */
	PLAN_SOFT_DELETE,			/* object: table */
	PLAN_RESTORE,				/* object: table */
	PLAN_FETCH,					/* object: table */
	PLAN_DIGEST,				/* object: table */
	PLAN_CANCEL_UNCONFIRMED,	/* object: table */
	PLAN_PURGE,					/* object: table */
	PLAN_RECORD_EVENTS,			/* object: event table */
	PLAN_READ_EVENTS,			/* object: event table */
	PLAN_REFERENCED_ROW_EXISTS, /* object: foreign key constraint */
	PLAN_REFERENCED_ROW			/* object: foreign key constraint */
} PlanOperation;

/* As many parameters as an index has columns, and a few for the operation. */
#define PLAN_MAX_ARGS	(INDEX_MAX_KEYS + 4)

typedef struct PlanText
{
	StringInfoData sql;
	int			nargs;
	Oid			argtypes[PLAN_MAX_ARGS];
} PlanText;

/* Writes the statement; called again whenever the old text may be stale. */
typedef void (*PlanBuilder) (PlanText *stmt, const void *subject);

extern char *plan_add_arg(PlanText *stmt, Oid type);
extern uint64 plan_execute(PlanOperation operation, Oid object,
						   PlanBuilder builder, const void *subject,
						   const Datum *values, const char *nulls, bool read_only);
extern uint64 plan_execute_into(PlanOperation operation, Oid object,
								PlanBuilder builder, const void *subject,
								const Datum *values, Tuplestorestate *rows);

#endif							/* BATCH_JOB_PLAN_H */
