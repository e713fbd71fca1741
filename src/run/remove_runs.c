/*
 * remove_runs.c
 *	  The trigger that removes the runs of removed jobs.
 *
 * A foreign key cannot do this, because it would forbid TRUNCATE of the jobs
 * and DROP of a partition of them.  The runs that those leave behind are
 * removed by the next purge.
 *
 * Runs that others have locked are skipped: the lock order of a worker is its
 * run first and then the job, so waiting for the run here could deadlock.
 * These runs are left behind, too.
 */
#include "base/batch_job.h"

#include "access/relation.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/guc.h"
#include "utils/queryenvironment.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "base/argument.h"
#include "base/as_owner.h"
#include "base/plan.h"
#include "base/running.h"
#include "job/job_table.h"
#include "job/options.h"
#include "job/trigger_table.h"

/* The name of the removed jobs in a statement. */
#define OLD_JOBS	"batch_job_old_jobs"

typedef struct Removal
{
	Relation	jobs;			/* the table of the trigger */
	Relation	runs;
} Removal;

/*
 * FOR UPDATE keeps the planner from flattening the subquery, so that runs are
 * looked up for each job, instead of scanning all jobs for each run.
 */
static void
build_choice_by_jobs(PlanText *stmt, const void *subject)
{
	const Removal *removal = subject;

	appendStringInfo(&stmt->sql, "SELECT ARRAY(SELECT found.ctid FROM " OLD_JOBS " job, LATERAL"
					 " (SELECT run.ctid FROM %s run WHERE run.job_id OPERATOR(pg_catalog.=) job.id"
					 " FOR UPDATE SKIP LOCKED) found)",
					 job_relation_name(RelationGetRelid(removal->runs)));
}

/*
 * Until its lease expires, a run is kept, so that its worker's next heartbeat
 * finds it and is told to give up.
 */
static void
build_choice_of_left(PlanText *stmt, const void *subject)
{
	const Removal *removal = subject;

	appendStringInfo(&stmt->sql, "SELECT ARRAY(SELECT run.ctid FROM %s run WHERE NOT EXISTS"
					 " (SELECT FROM %s job WHERE job.id OPERATOR(pg_catalog.=) run.job_id)",
					 job_relation_name(RelationGetRelid(removal->runs)),
					 job_relation_name(RelationGetRelid(removal->jobs)));
	appendStringInfo(&stmt->sql, " AND (run.state OPERATOR(pg_catalog.=) 'running'::batch_job.run_state"
					 " AND run.lease_until OPERATOR(pg_catalog.>) %s) IS NOT TRUE",
					 plan_add_arg(stmt, TIMESTAMPTZOID));
	appendStringInfo(&stmt->sql, " LIMIT %s FOR UPDATE OF run SKIP LOCKED)", plan_add_arg(stmt, INT8OID));
}

/*
 * A statement of its own, because the snapshot of the SELECT is older than the
 * row versions that it has locked.
 */
static void
build_deletion(PlanText *stmt, const void *subject)
{
	const Removal *removal = subject;

	appendStringInfo(&stmt->sql, "DELETE FROM %s WHERE ctid OPERATOR(pg_catalog.=) ANY (%s)",
					 job_relation_name(RelationGetRelid(removal->runs)), plan_add_arg(stmt, TIDARRAYOID));
}

static void
delete_chosen(const Removal *removal, PlanBuilder builder, const Datum *values)
{
	Oid			table = RelationGetRelid(removal->runs);
	Statement	choice = {builder, NULL, RelationGetRelid(removal->jobs), table, removal};
	Statement	deletion = {build_deletion, NULL, table, table, removal};
	Datum		chosen;
	bool		isnull;

	plan_execute(&choice, values, NULL, false);
	chosen = plan_value(0, 1, &isnull);
	if (ARR_NDIM(DatumGetArrayTypeP(chosen)) > 0)
		plan_execute(&deletion, &chosen, NULL, false);
}

static void
delete_by_jobs(const Removal *removal, Tuplestorestate *jobs)
{
	EphemeralNamedRelationData old_jobs = {0};

	old_jobs.md.name = OLD_JOBS;
	old_jobs.md.reliddesc = RelationGetRelid(removal->jobs);
	old_jobs.md.enrtype = ENR_NAMED_TUPLESTORE;
	old_jobs.md.enrtuples = tuplestore_tuple_count(jobs);
	old_jobs.reldata = jobs;
	if (SPI_register_relation(&old_jobs) != SPI_OK_REL_REGISTER)
		elog(ERROR, "SPI_register_relation failed");
	delete_chosen(removal, build_choice_by_jobs, NULL);
}

static void
delete_left(const Removal *removal, int64 max_rows)
{
	Datum		values[] = {TimestampTzGetDatum(GetCurrentTimestamp()), Int64GetDatum(max_rows)};

	delete_chosen(removal, build_choice_of_left, values);
}

/*
 * A plan made while there were few runs would read all of them for each job,
 * even when there are many; so it uses the key from the beginning.
 */
static void
avoid_full_scans(void)
{
	set_config_option("enable_seqscan", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

/*
 * Runs left behind earlier are removed by the last call of a purge, which
 * removes fewer jobs than it may.  Error: 42501.
 */
static void
remove_runs(Relation jobs, Oid runs, Tuplestorestate *old_jobs)
{
	int64		count = tuplestore_tuple_count(old_jobs);
	int64		max_rows = purge_max_rows(RelationGetRelid(jobs));
	Removal		removal = {jobs};

	if (count == 0 && max_rows == 0)
		return;
	removal.runs = job_table_lock(runs, RowExclusiveLock);
	job_trigger_table_check_owner(removal.runs);
	avoid_full_scans();
	SPI_connect();
	if (count > 0)
		delete_by_jobs(&removal, old_jobs);
	if (count < max_rows)
		delete_left(&removal, max_rows);
	SPI_finish();
	relation_close(removal.runs, NoLock);
}

/*
 * remove_runs() returns trigger
 *
 * AFTER DELETE, for each statement, with its transition table; WHEN ('<run
 * table>'::regclass IS NOT NULL AND '<type table>'::regclass IS NOT NULL).
 * Removes the runs of the jobs that the statement has removed; in the last
 * call of a purge, also those of jobs that have disappeared in other ways.  It
 * ignores a table that is not a job table, such as a detached partition.
 *
 * Errors: 39P01 not fired as it must be, 42501 the run table has another
 * owner; those of the DELETE on it.
 */
PG_FUNCTION_INFO_V1(batch_job_remove_runs);
Datum
batch_job_remove_runs(PG_FUNCTION_ARGS)
{
	TriggerData *trigdata = (TriggerData *) fcinfo->context;
	Oid			runs;
	AsOwner		owner;

	check_trigger(fcinfo, "remove_runs");
	check_fired(TRIGGER_FIRED_AFTER(trigdata->tg_event) && TRIGGER_FIRED_FOR_STATEMENT(trigdata->tg_event) &&
				TRIGGER_FIRED_BY_DELETE(trigdata->tg_event),
				"remove_runs", "after each DELETE statement");
	check_fired(trigdata->tg_oldtable != NULL, "remove_runs", "with the transition table of the statement");
	runs = job_trigger_table_to_write(trigdata->tg_trigger);
	if (job_trigger_of_table(trigdata->tg_relation) != NULL)
	{
		as_owner_begin(&owner, trigdata->tg_relation);
		remove_runs(trigdata->tg_relation, runs, trigdata->tg_oldtable);
		as_owner_end(&owner);
	}
	return PointerGetDatum(NULL);
}
