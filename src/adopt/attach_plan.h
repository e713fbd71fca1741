/*
 * attach_plan.h
 *	  The plan that prepares a table for attach, while it is being made.
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
	List	   *tables;			/* this table and its partitions or children */
	char	   *table;			/* its name in SQL */
	char	   *zone;			/* time zone assumed for times without one, as a literal */
	int			id_length;		/* of generated ids */
	JobLayout	layout;			/* after the renamings */
	bool		unplanned[JOB_COLUMNS]; /* a row has explained why it cannot be planned */
	bool		writes_rows;	/* a statement writes existing rows */
	char	   *legacy_status;	/* new name of the old column status, quoted; or NULL */
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
