/*
 * life_cycle.c
 *	  The SQL functions of the life cycle: f(id text, ..., job_table regclass)
 *	  returns batch_job.batch_job, each one atomic statement on one job.
 *
 * Errors of all of them: 22004 no id, 22023 an argument is not an object but
 * must be one, those of step_take and of job_table_open.
 */
#include "base/batch_job.h"

#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"

#include "base/argument.h"
#include "base/running.h"
#include "cycle/transition.h"
#include "event/event.h"
#include "event/event_table.h"
#include "job/created_by.h"
#include "job/options.h"

/* An argument that is merged into an object must be an object.  Error: 22023. */
static void
check_object(FunctionCallInfo fcinfo, int argument, const char *name)
{
	if (!PG_ARGISNULL(argument) && !JB_ROOT_IS_OBJECT(PG_GETARG_JSONB_P(argument)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a JSON object", name)));
}

/* Makes a transition with the function's own arguments and nothing else. */
static Datum
take(FunctionCallInfo fcinfo, const Transition *transition, int nargs)
{
	Step		step;

	step_begin(&step, fcinfo, transition, nargs);
	return step_take(&step);
}

/* update(id text, context jsonb, result jsonb, run text, job_table regclass) */
PG_FUNCTION_INFO_V1(batch_job_update);
Datum
batch_job_update(PG_FUNCTION_ARGS)
{
	check_object(fcinfo, 1, "context");
	check_object(fcinfo, 2, "result");
	return take(fcinfo, &transition_update, 2);
}

/* mark_pre_processed(id text, result jsonb, run text, job_table regclass) */
PG_FUNCTION_INFO_V1(batch_job_mark_pre_processed);
Datum
batch_job_mark_pre_processed(PG_FUNCTION_ARGS)
{
	check_object(fcinfo, 1, "result");
	return take(fcinfo, &transition_mark_pre_processed, 1);
}

/*
 * Sets the actor as the id of a user, the second parameter of confirm.  NULL
 * if it does not matter, or the actor cannot be such an id, so that the job
 * cannot have been created by it.
 */
static void
set_actor(Step *step)
{
	JobOptions	options;
	Datum	   *value = &step->values[TRANSITION_FIXED + 1];

	job_options_of_table(step->table, &options);
	step->nulls[TRANSITION_FIXED + 1] = options.confirm_by_other &&
		job_try_user_from_text(step->table, step->call.actor, value) ? ' ' : 'n';
}

/*
 * confirm(id text, plan_digest text, actor text, job_table regclass)
 *
 * Further errors: BJ001 the plan has another digest; 42501 with the option
 * confirm_by_other, the actor has created the job.
 */
PG_FUNCTION_INFO_V1(batch_job_confirm);
Datum
batch_job_confirm(PG_FUNCTION_ARGS)
{
	Step		step;

	step_begin(&step, fcinfo, &transition_confirm, 2);
	if (!PG_ARGISNULL(1))
		step.detail.detail = event_detail("plan_digest", text_to_cstring(PG_GETARG_TEXT_PP(1)));
	step.call.actor = job_actor(PG_ARGISNULL(2) ? NULL : PG_GETARG_TEXT_PP(2));
	set_actor(&step);
	return step_take(&step);
}

/* start(id text, run text, job_table regclass) */
PG_FUNCTION_INFO_V1(batch_job_start);
Datum
batch_job_start(PG_FUNCTION_ARGS)
{
	return take(fcinfo, &transition_start, 0);
}

/* complete(id text, result jsonb, run text, job_table regclass) */
PG_FUNCTION_INFO_V1(batch_job_complete);
Datum
batch_job_complete(PG_FUNCTION_ARGS)
{
	check_object(fcinfo, 1, "result");
	return take(fcinfo, &transition_complete, 1);
}

/* fail(id text, error jsonb, run text, job_table regclass) */
PG_FUNCTION_INFO_V1(batch_job_fail);
Datum
batch_job_fail(PG_FUNCTION_ARGS)
{
	return take(fcinfo, &transition_fail, 1);
}

/*
 * fail(id text, error text, run text, job_table regclass): makes a JSON string
 * of the error.
 */
PG_FUNCTION_INFO_V1(batch_job_fail_text);
Datum
batch_job_fail_text(PG_FUNCTION_ARGS)
{
	Step		step;

	step_begin(&step, fcinfo, &transition_fail, 1);
	if (!PG_ARGISNULL(1))
		step.values[TRANSITION_FIXED] = text_as_json(PG_GETARG_TEXT_PP(1));
	return step_take(&step);
}

/* The reason is stored only in the event. */
static void
tell_if_reason_is_lost(Relation table)
{
	if (!OidIsValid(event_table_of(table)))
		ereport(NOTICE,
				(errmsg("the reason is not kept: table \"%s\" has no events",
						RelationGetRelationName(table))));
}

/* cancel(id text, reason text, job_table regclass) */
PG_FUNCTION_INFO_V1(batch_job_cancel);
Datum
batch_job_cancel(PG_FUNCTION_ARGS)
{
	Step		step;

	step_begin(&step, fcinfo, &transition_cancel, 1);
	if (!PG_ARGISNULL(1))
	{
		step.detail.detail = event_detail("reason", text_to_cstring(PG_GETARG_TEXT_PP(1)));
		tell_if_reason_is_lost(step.table);
	}
	return step_take(&step);
}

/* reopen(id text, job_table regclass) */
PG_FUNCTION_INFO_V1(batch_job_reopen);
Datum
batch_job_reopen(PG_FUNCTION_ARGS)
{
	Step		step;

	step_begin(&step, fcinfo, &transition_reopen, 0);
	step.call.reopens = true;
	return step_take(&step);
}

/* soft_delete(id text, job_table regclass) */
PG_FUNCTION_INFO_V1(batch_job_soft_delete_job);
Datum
batch_job_soft_delete_job(PG_FUNCTION_ARGS)
{
	return take(fcinfo, &transition_soft_delete, 0);
}

/* restore(id text, job_table regclass) */
PG_FUNCTION_INFO_V1(batch_job_restore);
Datum
batch_job_restore(PG_FUNCTION_ARGS)
{
	return take(fcinfo, &transition_restore, 0);
}
