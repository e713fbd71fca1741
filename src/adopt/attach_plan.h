/*
 * attach_plan.h
 *	  A plan that makes a table one that attach takes, while it is made.
 */
#ifndef BATCH_JOB_ATTACH_PLAN_H
#define BATCH_JOB_ATTACH_PLAN_H

#include "base/batch_job.h"

#include "nodes/execnodes.h"
#include "nodes/pg_list.h"
#include "utils/rel.h"

#include "job/columns.h"

typedef struct AttachPlan
{
	ReturnSetInfo *rows;
	Relation	rel;
	List	   *tables;			/* this one and its partitions or children */
	char	   *table;			/* as SQL names it */
	char	   *zone;			/* that times without one are in, as a literal */
	int			id_length;		/* of generated ids */
	JobLayout	layout;			/* when the renaming is done */
	bool		unplanned[JOB_COLUMNS]; /* a row has said that it cannot be, and why */
	bool		writes_rows;	/* that are there */
	char	   *legacy_status;	/* new name of a column status of another meaning, quoted; or NULL */
	Oid			legacy_type;
} AttachPlan;

extern void attach_plan_statement(AttachPlan *plan, const char *statement, const char *why);
extern void attach_plan_alter(AttachPlan *plan, List *clauses, const char *why);
extern void attach_plan_cannot(AttachPlan *plan, const char *why);
extern Form_pg_attribute attach_plan_attribute(const AttachPlan *plan, JobColumn column);

/* attach_names.c */
extern void attach_plan_names(AttachPlan *plan);

/* attach_types.c */
extern bool attach_plan_type_stays(const AttachPlan *plan, JobColumn column);
extern void attach_plan_types(AttachPlan *plan, List *faults);
extern void attach_plan_short_id(AttachPlan *plan);

/* attach_missing.c */
extern void attach_plan_missing(AttachPlan *plan, List *faults);

/* attach_key.c */
extern Bitmapset *attach_plan_key_columns(const AttachPlan *plan);
extern void attach_plan_key(AttachPlan *plan);
extern void attach_plan_primary_key(AttachPlan *plan);

/* attach_status.c */
extern void attach_plan_status(AttachPlan *plan);
extern void attach_plan_find_legacy_status(AttachPlan *plan);
extern void attach_plan_status_skeleton(AttachPlan *plan);

#endif							/* BATCH_JOB_ATTACH_PLAN_H */
