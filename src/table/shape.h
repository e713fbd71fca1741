/*
 * shape.h
 *	  Checks whether a table can become a job table.
 */
#ifndef BATCH_JOB_SHAPE_H
#define BATCH_JOB_SHAPE_H

#include "base/batch_job.h"

#include "nodes/pg_list.h"
#include "utils/rel.h"

#include "job/columns.h"
#include "job/options.h"

/* What may be wrong with a table, in the order in which attach_plan fixes it. */
typedef enum ShapeFaultKind
{
	SHAPE_OTHER_STATUS,			/* a column status with another meaning */
	SHAPE_GENERATED,			/* a generated column, or an identity column */
	SHAPE_NOT_NULL,				/* a timestamp column that does not allow NULL */
	SHAPE_MISSING,
	SHAPE_OTHER_TYPE,
	SHAPE_SHORT_ID,
	SHAPE_NO_KEY,
	SHAPE_PARENT				/* of other tables, by INHERITS */
} ShapeFaultKind;

#define SHAPE_FAULT_KINDS	(SHAPE_PARENT + 1)

typedef struct ShapeFault
{
	ShapeFaultKind kind;
	JobColumn	column;			/* JOB_COLUMNS for the table itself */
	const char *sentence;
} ShapeFault;

extern void shape_check_kind(Oid relid);
extern void shape_check(Relation rel, const JobOptions *options);
extern List *shape_faults(Relation rel, const JobLayout *layout, const JobOptions *options);
extern int	shape_id_length(const JobOptions *options);

#endif							/* BATCH_JOB_SHAPE_H */
