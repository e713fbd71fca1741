/*
 * transition.c
 *	  The engine of the life cycle: a table of transitions, and the code that
 *	  executes them.
 *
 * A transition is one UPDATE whose WHERE lists the statuses in which it may
 * start.  If two sessions request it at once, the second one waits for the
 * first, and its WHERE is then evaluated again on the row that the first has
 * left.  If no row was changed, a look at the job tells why.
 *
 * The worker of a job passes its run.  The run is locked or ended first, so
 * that a worker that has lost it is rejected before the job is looked at; then
 * the job is changed.  A caller without a run changes the job first and then
 * checks that it has no worker.  No worker can have taken it in the meantime,
 * because a claim locks the job as well.
 *
 * A distributed engine such as Citus can run the UPDATE, too: it finds the job
 * by its id, and uses only parameters, columns, and IMMUTABLE functions.
 */
#include "cycle/transition.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "base/argument.h"
#include "base/plan.h"
#include "event/event.h"
#include "event/event_table.h"
#include "id/id.h"
#include "job/columns.h"
#include "job/created_by.h"
#include "job/job_errors.h"
#include "job/job_table.h"

#define IN(status)	(1 << JOB_STATUS_##status)
#define IN_OPEN		(IN(CREATED) | IN(PRE_PROCESSED) | IN(CONFIRMED) | IN(PROCESSING))
#define IN_ANY		(IN_OPEN | IN(COMPLETED) | IN(CANCELED) | IN(FAILED))

/* A plan is confirmed that is not the reviewed one. */
#define ERRCODE_BATCH_JOB_PLAN_CHANGED	MAKE_SQLSTATE('B', 'J', '0', '0', '1')

#define STAMP		JOB_STAMP("$2")
#define MERGE(column, argument) \
	column " = batch_job.merge_object(" column ", " argument ")"

#define MAX_CONDITIONS	2

/* A further condition of a transition. */
typedef struct Condition
{
	const char *sql;
	void		(*refuse) (const Step *step);
	bool		when_done;		/* also checked when the call is repeated */
} Condition;

/* The type that the table has for ids of users: see job_user_type. */
#define USER_TYPE	InvalidOid

/* How a step treats the run of the job's worker. */
typedef enum RunFate
{
	RUN_DOES_NOT_MATTER,		/* anybody may take it, even during a run */
	RUN_MUST_BE_OVER,			/* nobody may be working on the job */
	RUN_GOES_ON,				/* the worker takes the step, and passes its run */
	RUN_ENDS,					/* the same, and the run ends */
	RUN_ENDS_WITH_DRY_RUN		/* the same for a dry run; otherwise the run continues */
} RunFate;

struct Transition
{
	const char *verb;			/* "cannot <verb> job ..." */
	int			from;			/* statuses in which it may start */
	int			done;			/* statuses in which it has already been made */
	int			done_for_run;	/* the same for a caller that has the run */
	const char *set;			/* $2: time; from $3: arguments, progress */
	RunFate		run;
	const char *outcome;		/* of a run that it ends */
	bool		begins;			/* also refused if a run is waiting or paused */
	int			event;			/* the event that gets the call's details, or who did it */
	int			nargs;
	Oid			argtypes[TRANSITION_MAX_ARGS];
	int			nconditions;
	Condition	conditions[MAX_CONDITIONS];
};

static void plan_has_changed(const Step *step);
static void confirmed_by_creator(const Step *step);

const Transition transition_update = {
	.verb = "update",
	.from = IN_ANY,
	.set = MERGE("context", "$3") ", " MERGE("result", "$4"),
	.run = RUN_GOES_ON,
	.nargs = 2,
	.argtypes = {JSONBOID, JSONBOID}
};

/*
 * Without a dry run there is nothing to review, so the job is confirmed at the
 * same time.
 */
const Transition transition_mark_pre_processed = {
	.verb = "mark as pre-processed",
	.from = IN(CREATED),
	.done = IN(PRE_PROCESSED) | IN(CONFIRMED),
	.set = "pre_processed_at = " STAMP ", confirmed_at = CASE WHEN NOT dry_run THEN " STAMP " END, "
	MERGE("result", "batch_job.merge_object(CASE WHEN dry_run THEN $4 END, $3)"),
	.run = RUN_ENDS_WITH_DRY_RUN,
	.outcome = "pre_processed",
	.event = JOB_EVENT_PRE_PROCESSED,
	.nargs = 1,
	.argtypes = {JSONBOID}
};

/*
 * $3: digest of the reviewed plan, or NULL; $4: who confirms, if that matters,
 * or NULL
 */
const Transition transition_confirm = {
	.verb = "confirm",
	.from = IN(PRE_PROCESSED),
	.done = IN(CONFIRMED),
	.set = "confirmed_at = " STAMP,
	.event = JOB_EVENT_CONFIRMED,
	.nargs = 2,
	.argtypes = {TEXTOID, USER_TYPE},
	.nconditions = 2,
	.conditions = {
		{"($3 IS NULL OR batch_job.digest_plan(type, context, result) OPERATOR(pg_catalog.=) $3)",
		plan_has_changed, true},
		{"($4 IS NULL OR created_by IS NULL OR created_by OPERATOR(pg_catalog.<>) $4)",
		confirmed_by_creator, false}
	}
};

/*
 * Repeating it is an error: two workers must not both believe that they have
 * started the job.  Only the caller that has the run may repeat it; mostly its
 * claim has already started the job.
 */
const Transition transition_start = {
	.verb = "start",
	.from = IN(CONFIRMED),
	.done_for_run = IN(PROCESSING),
	.set = "processing_at = " STAMP,
	.run = RUN_GOES_ON,
	.begins = true,
	.event = JOB_EVENT_PROCESSING
};

const Transition transition_complete = {
	.verb = "complete",
	.from = IN(PROCESSING),
	.done = IN(COMPLETED),
	.set = "completed_at = " STAMP ", " MERGE("result", "batch_job.merge_object($4, $3)"),
	.run = RUN_ENDS,
	.outcome = "completed",
	.event = JOB_EVENT_COMPLETED,
	.nargs = 1,
	.argtypes = {JSONBOID}
};

/* Failing again adds the error and keeps the time of the first failure. */
const Transition transition_fail = {
	.verb = "fail",
	.from = IN_OPEN | IN(FAILED),
	.set = "failed_at = COALESCE(failed_at, " STAMP "),"
	" result = batch_job.append_error(batch_job.merge_object(result, $4), $3)",
	.run = RUN_ENDS,
	.outcome = "failed",
	.event = JOB_EVENT_FAILED,
	.nargs = 1,
	.argtypes = {JSONBOID}
};

const Transition transition_cancel = {
	.verb = "cancel",
	.from = IN_OPEN,
	.done = IN(CANCELED),
	.set = "canceled_at = " STAMP,
	.event = JOB_EVENT_CANCELED
};

/* These two depend on deleted_at only, whatever the status. */
const Transition transition_soft_delete = {
	.verb = "delete",
	.from = IN_ANY,
	.set = "deleted_at = " JOB_DELETION("$2")
};

const Transition transition_restore = {
	.verb = "restore",
	.from = IN_ANY,
	.set = "deleted_at = NULL"
};

/* The only way back; the earlier time stamps stay. */
const Transition transition_reopen = {
	.verb = "reopen",
	.from = IN(CANCELED) | IN(FAILED),
	.set = "processing_at = NULL, completed_at = NULL, canceled_at = NULL, failed_at = NULL",
	.run = RUN_MUST_BE_OVER,
	.begins = true
};

static text *
id_of(const Step *step)
{
	return DatumGetTextPP(step->values[TRANSITION_ID]);
}

/*
 * "created, confirmed" for an array in SQL; for people, with " or " before the
 * last one
 */
static void
append_statuses(StringInfo out, int statuses, const char *before_last)
{
	for (int status = JOB_STATUS_CREATED; status < JOB_STATUSES; status++)
	{
		int			below = statuses & ((1 << status) - 1);
		int			above = statuses >> (status + 1);

		if (!(statuses & (1 << status)))
			continue;
		if (below != 0)
			appendStringInfoString(out, above != 0 ? ", " : before_last);
		appendStringInfoString(out, job_status_name(status));
	}
}

static bool
takes_run(const Transition *transition)
{
	return transition->run >= RUN_GOES_ON;
}

static bool
can_end_run(const Transition *transition)
{
	return transition->run >= RUN_ENDS;
}

/*
 * $1, $2, the transition's own arguments, and the progress, the same in both
 * of its statements
 */
static void
add_args(PlanText *stmt, const Step *step)
{
	plan_add_arg(stmt, TEXTOID);
	plan_add_arg(stmt, TIMESTAMPTZOID);
	for (int i = 0; i < step->transition->nargs; i++)
	{
		Oid			type = step->transition->argtypes[i];

		plan_add_arg(stmt, type == USER_TYPE ? job_user_type(step->table) : type);
	}
	if (can_end_run(step->transition))
		plan_add_arg(stmt, JSONBOID);
}

static void
build_update(PlanText *stmt, const void *subject)
{
	const Step *step = subject;
	const Transition *transition = step->transition;

	add_args(stmt, step);
	appendStringInfo(&stmt->sql, "UPDATE %s SET %s WHERE id OPERATOR(pg_catalog.=) $1 AND deleted_at IS %s",
					 job_relation_name(RelationGetRelid(step->table)), transition->set,
					 transition == &transition_restore ? "NOT NULL" : "NULL");
	if (transition->from != IN_ANY)
	{
		job_status_check_labels();
		appendStringInfoString(&stmt->sql, " AND ");
		job_append_derived_status(&stmt->sql);
		appendStringInfoString(&stmt->sql, " OPERATOR(pg_catalog.=) ANY ('{");
		append_statuses(&stmt->sql, transition->from, ", ");
		appendStringInfoString(&stmt->sql, "}'::batch_job.status[])");
	}
	for (int i = 0; i < transition->nconditions; i++)
		appendStringInfo(&stmt->sql, " AND %s", transition->conditions[i].sql);
	appendStringInfoString(&stmt->sql, " RETURNING ");
	job_append_row(&stmt->sql);
}

/* Reads the job, and which of the conditions it meets. */
static void
build_look(PlanText *stmt, const void *subject)
{
	const Step *step = subject;

	add_args(stmt, step);
	appendStringInfoString(&stmt->sql, "SELECT ");
	job_append_row(&stmt->sql);
	for (int i = 0; i < step->transition->nconditions; i++)
		appendStringInfo(&stmt->sql, ", %s", step->transition->conditions[i].sql);
	appendStringInfo(&stmt->sql, " FROM %s WHERE id OPERATOR(pg_catalog.=) $1",
					 job_relation_name(RelationGetRelid(step->table)));
}

static void
wrong_status(const Step *step, JobStatus status)
{
	StringInfoData allowed;

	initStringInfo(&allowed);
	append_statuses(&allowed, step->transition->from, " or ");
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("cannot %s job \"%s\": its status is %s",
					step->transition->verb, id_shown(id_of(step)), job_status_name(status)),
			 errdetail("Its status must be %s.", allowed.data),
			 errtable(step->table)));
}

static void
plan_has_changed(const Step *step)
{
	ereport(ERROR,
			(errcode(ERRCODE_BATCH_JOB_PLAN_CHANGED),
			 errmsg("cannot confirm job \"%s\": its plan has changed since it was reviewed",
					id_shown(id_of(step))),
			 errhint("Review it again, and confirm with the digest that batch_job.plan_digest() gives then."),
			 errtable(step->table)));
}

static void
confirmed_by_creator(const Step *step)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("cannot confirm job \"%s\": it was created by \"%s\", who also confirms it",
					id_shown(id_of(step)), text_to_cstring(step->call.actor)),
			 errdetail("The option confirm_by_other of table \"%s\" is on.",
					   RelationGetRelationName(step->table)),
			 errtable(step->table)));
}

static Datum
spi_value(int column)
{
	bool		isnull;

	return plan_value(0, column, &isnull);
}

/*
 * Runs one of the statements; true if it returned a job, which is then in
 * SPI's memory.
 */
static bool
run(Step *step, PlanBuilder builder)
{
	Oid			table = RelationGetRelid(step->table);
	Statement	plan = {builder, step->transition, table, table, step, PLAN_ROW_BY_ROW};
	uint64		rows = plan_execute(&plan, step->values, step->nulls, false);

	check_one_job(step->table, id_of(step), rows);
	if (rows == 1)
		step->job = spi_value(1);
	return rows == 1;
}

typedef struct JobState
{
	bool		deleted;
	bool		dry_run;
	JobStatus	status;
} JobState;

static JobState
state_of(Datum job)
{
	JobLayout	layout;
	TupleTableSlot *slot = job_row_open(DatumGetHeapTupleHeader(job), &layout);
	JobState	state = {.deleted = !slot_attisnull(slot, layout.attnum[JOB_DELETED_AT])};
	bool		isnull;

	state.status = job_layout_status(&layout, slot);
	state.dry_run = DatumGetBool(slot_getattr(slot, layout.attnum[JOB_DRY_RUN], &isnull)) && !isnull;
	ExecDropSingleTupleTableSlot(slot);
	return state;
}

/*
 * Is the job in the requested state already?  Raises an error if it cannot get
 * there.
 */
static bool
is_done(const Step *step)
{
	const Transition *transition = step->transition;
	JobState	job = state_of(step->job);
	int			done = transition->done | (step->run_given != NULL ? transition->done_for_run : 0);

	if (transition == &transition_soft_delete)
		return job.deleted;
	if (transition == &transition_restore)
		return !job.deleted;
	if (job.deleted)
		job_is_deleted(step->table, id_of(step), transition->verb);
	if (done & (1 << job.status))
		return true;
	if (!(transition->from & (1 << job.status)))
		wrong_status(step, job.status);
	return false;
}

/*
 * Looks at the job that the UPDATE has not changed: true if the transition was
 * made already; an error if it cannot be made.
 */
static bool
look(Step *step)
{
	const Transition *transition = step->transition;
	bool		done;

	if (!run(step, build_look))
		no_such_job(step->table, id_of(step));
	done = is_done(step);
	for (int i = 0; i < transition->nconditions; i++)
		if ((!done || transition->conditions[i].when_done) && !DatumGetBool(spi_value(2 + i)))
			transition->conditions[i].refuse(step);
	return done;
}

/*
 * Changes the job or reports why it cannot.  If another session has changed it
 * back between the two statements, tries a second time.
 */
static void
change(void *argument)
{
	Step	   *step = argument;

	for (int attempt = 1;; attempt++)
	{
		step->values[TRANSITION_TIME] = TimestampTzGetDatum(GetCurrentTimestamp());
		if (run(step, build_update) || look(step))
			return;
		if (attempt == 2)
			job_not_changed(step->table, id_of(step));
	}
}

/* Answers a repeated call, whose first answer was lost, with the current job. */
static void
answer_again(Step *step)
{
	if (!run(step, build_look))
		no_such_job(step->table, id_of(step));
	if (state_of(step->job).deleted)
		job_is_deleted(step->table, id_of(step), step->transition->verb);
}

static bool
end_run(Step *step)
{
	const Transition *transition = step->transition;
	RunEnd		end = {.state = "ended", .outcome = transition->outcome, .retry_at = NO_RETRY};

	if (transition == &transition_fail && step->nulls[TRANSITION_FIXED] != 'n')
		end.error = step->values[TRANSITION_FIXED];
	return run_end(&step->run, &end);
}

/*
 * Copies the run's progress into the change of the job, and its identity into
 * the event.
 */
static void
take_from_run(Step *step)
{
	int			progress = TRANSITION_FIXED + step->transition->nargs;

	if (OidIsValid(event_table_of(step->table)))
		step->detail.detail = run_event_detail(step->run_given, step->run.attempt, step->run.worker);
	if (!can_end_run(step->transition))
		return;
	step->values[progress] = run_progress(&step->run);
	step->nulls[progress] = step->values[progress] == (Datum) 0 ? 'n' : ' ';
}

/* Locks or ends the run; false if the call is repeated. */
static bool
pass_fence(Step *step)
{
	const Transition *transition = step->transition;
	bool		passed;

	run_open(&step->run, step->table, id_of(step), step->run_given);
	passed = transition->run == RUN_ENDS ? end_run(step) : run_hold(&step->run, transition->outcome);
	if (passed)
		take_from_run(step);
	return passed;
}

/* A caller that is not the worker must not change a job that has one. */
static void
check_no_worker(Step *step)
{
	RunTables	tables;

	if (!run_tables_of(step->table, &tables))
		return;
	if (step->transition == &transition_reopen)
		run_cancel_waiting(step->table, &tables, id_of(step));
	if (step->transition->begins)
		run_check_none_open(step->table, &tables, id_of(step));
	else
		run_check_none_running(step->table, &tables, id_of(step));
}

static void
take_with_run(Step *step)
{
	if (!pass_fence(step))
	{
		answer_again(step);
		return;
	}
	running_do(&step->call, change, step);
	if (step->transition->run == RUN_ENDS_WITH_DRY_RUN && state_of(step->job).dry_run)
		(void) end_run(step);
}

static void
take_without_run(Step *step)
{
	running_do(&step->call, change, step);
	if (step->transition->run != RUN_DOES_NOT_MATTER)
		check_no_worker(step);
}

/*
 * step_begin
 *		Takes the arguments that all life cycle functions have: the id as
 *		argument 0, then those of the transition; after nargs arguments the
 *		run, if the transition takes one; then the table, which is opened.
 *		Errors: 22004 no id, those of job_table_open.
 */
void
step_begin(Step *step, FunctionCallInfo fcinfo, const Transition *transition, int nargs)
{
	int			next = 1 + nargs;

	memset(step, 0, sizeof *step);
	memset(step->nulls, ' ', sizeof step->nulls);
	step->transition = transition;
	check_not_null(fcinfo, 0, "id");
	step->values[TRANSITION_ID] = PG_GETARG_DATUM(0);
	for (int i = 0; i < transition->nargs; i++)
	{
		step->values[TRANSITION_FIXED + i] = PG_GETARG_DATUM(1 + i);
		step->nulls[TRANSITION_FIXED + i] = PG_ARGISNULL(1 + i) ? 'n' : ' ';
	}
	if (can_end_run(transition))
		step->nulls[TRANSITION_FIXED + transition->nargs] = 'n';
	if (takes_run(transition))
	{
		step->run_given = PG_ARGISNULL(next) ? NULL : PG_GETARG_TEXT_PP(next);
		next++;
	}
	step->table = job_table_open_argument(fcinfo, next, RowExclusiveLock);
	step->detail.id = id_of(step);
	step->call = (Running) {
		.kind = RUNNING_CALL, .table = RelationGetRelid(step->table), .event = transition->event,
		.details = &step->detail, .ndetails = 1
	};
}

/*
 * step_take
 *		Executes the step and returns the job as it is afterwards.
 *
 * Errors: P0002 no such job or deleted, 55000 wrong status, or a worker has
 * the job, or a run is given and the table has none, 21000 more than one job,
 * 42501 not allowed; with a run also BJ002, 40001; those of the conditions.
 */
Datum
step_take(Step *step)
{
	Datum		job;

	SPI_connect();
	if (step->run_given != NULL)
		take_with_run(step);
	else
		take_without_run(step);
	job = SPI_datumTransfer(step->job, false, -1);
	SPI_finish();
	table_close(step->table, NoLock);
	return job;
}
