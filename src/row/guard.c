/*
 * guard.c
 *	  Enforces the life cycle on raw writes: the option guard.
 *
 * An UPDATE may only make the transitions that the functions in transition.c
 * make; only reopen() removes time stamps.  An INSERT may write a job in any
 * state, as imports and test factories do.
 */
#include "row/guard.h"

#include "port/pg_bitutils.h"
#include "utils/datum.h"
#include "utils/timestamp.h"

#include "base/running.h"
#include "job/job_table.h"

#define TO(status)	(1 << JOB_STATUS_##status)
#define TO_END		(TO(CANCELED) | TO(FAILED))

/*
 * Which time stamps may be set in a status, as bits of the statuses that they
 * lead to.  In status created, pre_processed_at and confirmed_at may be set
 * together: without a dry run there is nothing to review.
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
			 errdetail("The option guard of table \"%s\" is on: id and created_at cannot change, and a timestamp of the life cycle can be set only once.",
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

/*
 * Is the new time the old one without its microseconds?  That happens to a
 * time that passes through JavaScript's Date, which has milliseconds.
 */
static bool
is_cut(AttrNumber attnum, TupleTableSlot *old, TupleTableSlot *new)
{
	bool		old_isnull,
				new_isnull;
	TimestampTz old_time = DatumGetTimestampTz(slot_getattr(old, attnum, &old_isnull));
	TimestampTz new_time = DatumGetTimestampTz(slot_getattr(new, attnum, &new_isnull));
	int64		microseconds;

	if (old_isnull || new_isnull || TIMESTAMP_NOT_FINITE(old_time))
		return false;
	microseconds = old_time % USECS_PER_MSEC;
	if (microseconds < 0)		/* before 2000 */
		microseconds += USECS_PER_MSEC;
	return new_time == old_time - microseconds;
}

/* The time stamps that reopen() removes. */
#define REOPENED \
	(1 << JOB_PROCESSING_AT | 1 << JOB_COMPLETED_AT | 1 << JOB_CANCELED_AT | 1 << JOB_FAILED_AT)

/* Is the time stamp removed because reopen() was called for this job? */
static bool
is_reopened(Relation rel, const JobLayout *layout, JobColumn column, TupleTableSlot *new)
{
	AttrNumber	id = layout->attnum[JOB_ID];
	bool		isnull;

	return (REOPENED & (1 << column)) && slot_attisnull(new, layout->attnum[column]) &&
		running_call_reopens(job_table_root(rel), slot_getattr(new, id, &isnull),
							 TupleDescAttr(RelationGetDescr(rel), id - 1)->attcollation);
}

/*
 * Raises an error if the UPDATE changes a time that must not change; if it
 * only truncates it, adds the column to the bits of those to keep.
 */
static void
check_stays(Relation rel, const JobLayout *layout, JobColumn column,
			TupleTableSlot *old, TupleTableSlot *new, int *kept)
{
	AttrNumber	attnum = layout->attnum[column];

	if (!column_changed(rel, attnum, old, new))
		return;
	if (is_cut(attnum, old, new))
		*kept |= 1 << column;
	else if (!is_reopened(rel, layout, column, new))
		refuse_change(rel, attnum);
}

/*
 * The time stamps that the UPDATE sets, as bits of the statuses that they lead
 * to; those already set must not change.
 */
static int
newly_set(Relation rel, const JobLayout *layout, TupleTableSlot *old, TupleTableSlot *new, int *kept)
{
	int			set = 0;

	for (int status = JOB_STATUS_CREATED + 1; status < JOB_STATUSES; status++)
	{
		JobColumn	column = job_stamp_column(status);

		if (!slot_attisnull(old, layout->attnum[column]))
			check_stays(rel, layout, column, old, new, kept);
		else if (!slot_attisnull(new, layout->attnum[column]))
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

/*
 * guard_check_update
 *		Rejects an UPDATE that is not a transition of the life cycle.  Returns,
 *		as bits of JobColumn, the times that it writes back without their
 *		microseconds, which must keep their old values.
 *
 * Errors: 55000, with the table and column.
 */
int
guard_check_update(Relation rel, const JobLayout *layout, TupleTableSlot *old, TupleTableSlot *new)
{
	JobStatus	status = job_layout_status(layout, old);
	int			may = may_set[status];
	int			kept = 0;
	int			set;

	if (column_changed(rel, layout->attnum[JOB_ID], old, new))
		refuse_change(rel, layout->attnum[JOB_ID]);
	check_stays(rel, layout, JOB_CREATED_AT, old, new, &kept);

	set = newly_set(rel, layout, old, new, &kept);
	if (status == JOB_STATUS_CREATED && (set & TO(PRE_PROCESSED)) && !is_dry_run(layout, new))
		may |= TO(CONFIRMED);
	for (int step = JOB_STATUS_CREATED + 1; step < JOB_STATUSES; step++)
		if (set & ~may & (1 << step))
			refuse_step(rel, layout->attnum[job_stamp_column(step)], status);

	/* each may be set, but not several at once, except for that pair */
	if ((set & (set - 1)) && set != (TO(PRE_PROCESSED) | TO(CONFIRMED)))
		refuse_step(rel, layout->attnum[job_stamp_column(pg_leftmost_one_pos32((uint32) set))], status);
	return kept;
}
