/*
 * guard.c
 *	  The rules of the life cycle for raw writes: option guard.
 *
 * An UPDATE may take a job along the edges that the functions of transition.c
 * take, and no other.  An INSERT may bring a job in any state: imports and
 * test factories do.
 */
#include "row/guard.h"

#include "port/pg_bitutils.h"
#include "utils/datum.h"

#define TO(status)	(1 << JOB_STATUS_##status)
#define TO_END		(TO(CANCELED) | TO(FAILED))

/*
 * Which timestamps may be set from a status, as bits of the statuses they make.
 * From created, pre_processed and confirmed may come together: without a dry
 * run there is nothing to review.
 */
static const int may_set[JOB_STATUSES] = {
	[JOB_STATUS_CREATED] = TO(PRE_PROCESSED) | TO_END,
	[JOB_STATUS_PRE_PROCESSED] = TO(CONFIRMED) | TO_END,
	[JOB_STATUS_CONFIRMED] = TO(PROCESSING) | TO_END,
	[JOB_STATUS_PROCESSING] = TO(COMPLETED) | TO_END,
};

static bool
column_changed(Relation rel, AttrNumber attnum, TupleTableSlot *old, TupleTableSlot *new)
{
	Form_pg_attribute attr = TupleDescAttr(RelationGetDescr(rel), attnum - 1);
	bool		old_isnull,
				new_isnull;
	Datum		old_value = slot_getattr(old, attnum, &old_isnull);
	Datum		new_value = slot_getattr(new, attnum, &new_isnull);

	if (old_isnull || new_isnull)
		return old_isnull != new_isnull;
	return !datum_image_eq(old_value, new_value, attr->attbyval, attr->attlen);
}

static void
refuse_change(Relation rel, AttrNumber attnum)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("column \"%s\" of a job cannot be changed",
					NameStr(TupleDescAttr(RelationGetDescr(rel), attnum - 1)->attname)),
			 errdetail("The option guard of table \"%s\" is on: id and created_at stay, and a timestamp of the life cycle is set once.",
					   RelationGetRelationName(rel)),
			 errtablecol(rel, attnum)));
}

static void
refuse_step(Relation rel, AttrNumber attnum, JobStatus status)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("column \"%s\" of a job cannot be set while its status is %s",
					NameStr(TupleDescAttr(RelationGetDescr(rel), attnum - 1)->attname),
					job_status_name(status)),
			 errdetail("The option guard of table \"%s\" is on: a job takes one step of its life cycle after the other.",
					   RelationGetRelationName(rel)),
			 errtablecol(rel, attnum)));
}

/* The timestamps that the UPDATE sets, as bits; an error when it changes one that was set. */
static int
newly_set(Relation rel, const JobLayout *layout, TupleTableSlot *old, TupleTableSlot *new)
{
	int			set = 0;

	for (int status = JOB_STATUS_CREATED + 1; status < JOB_STATUSES; status++)
	{
		AttrNumber	attnum = layout->attnum[job_stamp_column(status)];

		if (!slot_attisnull(old, attnum))
		{
			if (column_changed(rel, attnum, old, new))
				refuse_change(rel, attnum);
		}
		else if (!slot_attisnull(new, attnum))
			set |= 1 << status;
	}
	return set;
}

static bool
is_dry_run(const JobLayout *layout, TupleTableSlot *slot)
{
	bool		isnull;
	Datum		dry_run = slot_getattr(slot, layout->attnum[JOB_DRY_RUN], &isnull);

	return !isnull && DatumGetBool(dry_run);
}

/* Errors: 55000, with the table and column. */
void
guard_check_update(Relation rel, const JobLayout *layout, TupleTableSlot *old, TupleTableSlot *new)
{
	JobStatus	status = job_layout_status(layout, old);
	int			may = may_set[status];
	int			set;

	if (column_changed(rel, layout->attnum[JOB_ID], old, new))
		refuse_change(rel, layout->attnum[JOB_ID]);
	if (column_changed(rel, layout->attnum[JOB_CREATED_AT], old, new))
		refuse_change(rel, layout->attnum[JOB_CREATED_AT]);

	set = newly_set(rel, layout, old, new);
	if (status == JOB_STATUS_CREATED && (set & TO(PRE_PROCESSED)) && !is_dry_run(layout, new))
		may |= TO(CONFIRMED);
	for (int step = JOB_STATUS_CREATED + 1; step < JOB_STATUSES; step++)
		if (set & ~may & (1 << step))
			refuse_step(rel, layout->attnum[job_stamp_column(step)], status);

	/* each may be set, but not all of them at once; unless it is that pair */
	if ((set & (set - 1)) && set != (TO(PRE_PROCESSED) | TO(CONFIRMED)))
		refuse_step(rel, layout->attnum[job_stamp_column(pg_leftmost_one_pos32((uint32) set))], status);
}
