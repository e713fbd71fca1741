/*
 * transition.c
 *	  The engine of the life cycle: a table of the transitions, and what carries
 *	  one out.
 *
 * A transition is one UPDATE whose WHERE says from which statuses it may start:
 * of two sessions that ask for it at once the second waits for the first, and
 * its WHERE is judged again on what the first has left.  When no row was
 * changed, a look at the job tells why.
 *
 * A distributed engine can run the UPDATE too: it names the job by its id, and
 * uses parameters, columns and IMMUTABLE functions only.
 */
#include "cycle/transition.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "base/argument.h"
#include "base/plan.h"
#include "id/id.h"
#include "job/columns.h"
#include "job/created_by.h"
#include "job/job_errors.h"
#include "job/job_table.h"

#define IN(status)	(1 << JOB_STATUS_##status)
#define IN_OPEN		(IN(CREATED) | IN(PRE_PROCESSED) | IN(CONFIRMED) | IN(PROCESSING))
#define IN_ANY		(IN_OPEN | IN(COMPLETED) | IN(CANCELED) | IN(FAILED))

/* Confirmation of a plan that is not the one reviewed. */
#define ERRCODE_BATCH_JOB_PLAN_CHANGED	MAKE_SQLSTATE('B', 'J', '0', '0', '1')

#define STAMP		JOB_STAMP("$2")
#define MERGE(column, argument) \
	column " = batch_job.merge_object(" column ", " argument ")"

#define MAX_CONDITIONS	2

/* What else must hold for a transition. */
typedef struct Condition
{
	const char *sql;
	void		(*refuse) (const Step *step);
	bool		when_done;		/* also when it is said again */
} Condition;

/* The type in which the table has its users' ids: see job_user_type. */
#define USER_TYPE	InvalidOid

struct Transition
{
	const char *verb;			/* "cannot <verb> job ..." */
	int			from;			/* statuses it may start from */
	int			done;			/* statuses in which it is done already */
	const char *set;			/* $2 is the time, arguments from $3 on */
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
	.nargs = 2,
	.argtypes = {JSONBOID, JSONBOID}
};

/* Without a dry run there is nothing to review: confirmed in the same moment. */
const Transition transition_mark_pre_processed = {
	.verb = "mark as pre-processed",
	.from = IN(CREATED),
	.done = IN(PRE_PROCESSED) | IN(CONFIRMED),
	.set = "pre_processed_at = " STAMP ", confirmed_at = CASE WHEN NOT dry_run THEN " STAMP " END, "
	MERGE("result", "$3"),
	.nargs = 1,
	.argtypes = {JSONBOID}
};

/* $3: digest of the plan that was reviewed; $4: who confirms, if that matters; or NULL */
const Transition transition_confirm = {
	.verb = "confirm",
	.from = IN(PRE_PROCESSED),
	.done = IN(CONFIRMED),
	.set = "confirmed_at = " STAMP,
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

/* Never done already: two workers must not both believe that they have started it. */
const Transition transition_start = {
	.verb = "start",
	.from = IN(CONFIRMED),
	.set = "processing_at = " STAMP
};

const Transition transition_complete = {
	.verb = "complete",
	.from = IN(PROCESSING),
	.done = IN(COMPLETED),
	.set = "completed_at = " STAMP ", " MERGE("result", "$3"),
	.nargs = 1,
	.argtypes = {JSONBOID}
};

/* Failing again adds the error and keeps the time of the first. */
const Transition transition_fail = {
	.verb = "fail",
	.from = IN_OPEN | IN(FAILED),
	.set = "failed_at = COALESCE(failed_at, " STAMP "), result = batch_job.append_error(result, $3)",
	.nargs = 1,
	.argtypes = {JSONBOID}
};

const Transition transition_cancel = {
	.verb = "cancel",
	.from = IN_OPEN,
	.done = IN(CANCELED),
	.set = "canceled_at = " STAMP
};

/* These two go by deleted_at alone, whatever the status. */
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

static text *
id_of(const Step *step)
{
	return DatumGetTextPP(step->values[TRANSITION_ID]);
}

/* "created, confirmed": for an array in SQL; with " or " before the last one for people */
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

/* $1, $2 and the transition's own: the same in both of its statements */
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

/* The job as it is, and which of the conditions it meets. */
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
					id_shown(id_of(step)), text_to_cstring(step->call->actor)),
			 errdetail("The option confirm_by_other of table \"%s\" is on.",
					   RelationGetRelationName(step->table)),
			 errtable(step->table)));
}

static void
not_changed(const Step *step)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("job \"%s\" was not changed", id_shown(id_of(step))),
			 errdetail("A row-level security policy or a trigger of table \"%s\" kept it as it is.",
					   RelationGetRelationName(step->table)),
			 errtable(step->table)));
}

static Datum
spi_value(int column)
{
	bool		isnull;

	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, &isnull);
}

/* Runs one of the statements; true when it gave a job, which SPI then has. */
static bool
run(Step *step, PlanBuilder builder)
{
	Oid			table = RelationGetRelid(step->table);
	Statement	plan = {builder, step->transition, table, table, step};
	uint64		rows = plan_execute(&plan, step->values, step->nulls, false);

	check_one_job(step->table, id_of(step), rows);
	if (rows == 1)
		step->job = spi_value(1);
	return rows == 1;
}

/* Is the job as asked for?  An error when it cannot be. */
static bool
is_done(const Step *step)
{
	const Transition *transition = step->transition;
	JobLayout	layout;
	TupleTableSlot *slot = job_row_open(DatumGetHeapTupleHeader(step->job), &layout);
	bool		deleted = !slot_attisnull(slot, layout.attnum[JOB_DELETED_AT]);
	JobStatus	status = job_layout_status(&layout, slot);

	ExecDropSingleTupleTableSlot(slot);
	if (transition == &transition_soft_delete)
		return deleted;
	if (transition == &transition_restore)
		return !deleted;
	if (deleted)
		job_is_deleted(step->table, id_of(step), transition->verb);
	if (transition->done & (1 << status))
		return true;
	if (!(transition->from & (1 << status)))
		wrong_status(step, status);
	return false;
}

/* Looks at the job, which the UPDATE has not changed: true when it is done already; an error when it cannot be. */
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
 * Changes the job or tells why not.  One that another session has changed back
 * between the two statements gets a second try.
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
			not_changed(step);
	}
}

/*
 * step_begin
 *		Takes what all functions of the life cycle have: the id as argument 0,
 *		then those of the transition; opens the table, which is the argument
 *		behind nargs others.  Errors: 22004 no id, those of job_table_open.
 */
void
step_begin(Step *step, FunctionCallInfo fcinfo, const Transition *transition, int nargs)
{
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
	step->table = job_table_open_argument(fcinfo, 1 + nargs, RowExclusiveLock);
}

/*
 * step_take
 *		Carries the step out and returns the job as it is afterwards.
 *
 * Errors: P0002 no such job or deleted, 55000 wrong status, 21000 more than one
 * job, 42501 not allowed to; those of the conditions.
 */
Datum
step_take(Step *step)
{
	Datum		job;

	SPI_connect();
	if (step->call != NULL)
	{
		step->call->kind = RUNNING_CALL;
		step->call->table = RelationGetRelid(step->table);
		step->call->id = id_of(step);
		running_do(step->call, change, step);
	}
	else
		change(step);
	job = SPI_datumTransfer(step->job, false, -1);
	SPI_finish();
	table_close(step->table, NoLock);
	return job;
}
