/*
 * shape.h
 *	  Can this table become a job table?
 */
#ifndef BATCH_JOB_SHAPE_H
#define BATCH_JOB_SHAPE_H

#include "base/batch_job.h"

#include "nodes/pg_list.h"
#include "utils/rel.h"

#include "job/columns.h"
#include "job/options.h"

/* What may be wrong with a table, in the order in which attach_plan mends it. */
typedef enum ShapeFaultKind
{
	SHAPE_OTHER_STATUS,			/* a column status that means something else */
	SHAPE_GENERATED,			/* a generated column, or an identity column */
	SHAPE_NOT_NULL,				/* a timestamp that does not allow NULL */
	SHAPE_MISSING,
	SHAPE_OTHER_TYPE,
	SHAPE_SHORT_ID,
	SHAPE_NO_KEY,
	SHAPE_PARENT				/* of INHERITS */
} ShapeFaultKind;

#define SHAPE_FAULT_KINDS	(SHAPE_PARENT + 1)

typedef struct ShapeFault
{
	ShapeFaultKind kind;
	JobColumn	column;			/* JOB_COLUMNS: the table */
	const char *sentence;
} ShapeFault;

extern void shape_check_kind(Oid relid);
extern void shape_check(Relation rel, const JobOptions *options);
extern List *shape_faults(Relation rel, const JobLayout *layout, const JobOptions *options);
extern int	shape_id_length(const JobOptions *options);

#endif							/* BATCH_JOB_SHAPE_H */
