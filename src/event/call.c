/*
 * call.c
 *	  What a call of a function says beside the change that it makes: who acts,
 *	  and what its event should tell.  The triggers that the change fires find
 *	  it here.
 */
#include "event/call.h"

#include "utils/builtins.h"

/* Calls can be nested, by triggers of the user's own. */
static JobCall *current = NULL;

void
job_call_enter(JobCall *call)
{
	call->outer = current;
	current = call;
}

/* To be called whether the call succeeds or not. */
void
job_call_leave(JobCall *call)
{
	current = call->outer;
}

/*
 * Who acts: what is given, if it says; else a call that is running says it,
 * also for what triggers do because of it; else the setting batch_job.actor,
 * else it is the session's user.
 */
text *
job_actor(text *given)
{
	if (given != NULL && VARSIZE_ANY_EXHDR(given) > 0)
		return given;
	for (JobCall *call = current; call != NULL; call = call->outer)
		if (call->actor != NULL)
			return call->actor;
	if (batch_job_actor != NULL && batch_job_actor[0] != '\0')
		return cstring_to_text(batch_job_actor);
	return cstring_to_text(GetUserNameFromId(GetSessionUserId(), false));
}

/*
 * What the running call says about an event of a job, as jsonb; 0: nothing.
 * Ids are compared as the call itself has found the job, by its column's
 * collation.
 */
Datum
job_call_detail(Oid table, Datum id, Oid collation, JobEvent event)
{
	JobCall    *call = current;

	if (call == NULL || call->detail == (Datum) 0 ||
		call->table != table || call->event != event ||
		!DatumGetBool(DirectFunctionCall2Coll(texteq, collation, PointerGetDatum(call->id), id)))
		return (Datum) 0;
	return call->detail;
}
