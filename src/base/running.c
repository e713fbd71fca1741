/*
 * running.c
 *	  What this session is doing for a caller just now.  All of it stands here,
 *	  because it has to be right again after an error.
 */
#include "base/running.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "base/session.h"

/* The innermost; one can be within another by triggers of the user's own. */
static Running *current = NULL;

static int
trigger_depth(void)
{
	return DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, (Datum) 0));
}

/* Calls work(argument); until it returns or fails, the triggers that fire find what runs. */
void
running_do(Running *running, void (*work) (void *), void *argument)
{
	running->outer = current;
	running->trigger_depth = trigger_depth() + 1;
	current = running;
	PG_TRY();
	{
		work(argument);
	}
	PG_FINALLY();
	{
		current = running->outer;
	}
	PG_END_TRY();
}

static Running *
innermost(RunningKind kind)
{
	Running    *running = current;

	while (running != NULL && running->kind != kind)
		running = running->outer;
	return running;
}

static const Running *
purge_of(Oid table)
{
	const Running *purge = innermost(RUNNING_PURGE);

	return purge != NULL && purge->table == table ? purge : NULL;
}

/* True in triggers of this table while purge removes jobs that are deleted already. */
bool
purge_is_running(Oid table)
{
	return purge_of(table) != NULL;
}

/* How many jobs it removes at most; 0: none runs. */
int64
purge_max_rows(Oid table)
{
	const Running *purge = purge_of(table);

	return purge != NULL ? purge->max_rows : 0;
}

/*
 * The table whose trigger fires because a status is filled in, which does not
 * change the job; InvalidOid in triggers that such a trigger fires in turn, for
 * there the job does change.
 */
Oid
backfill_table(void)
{
	const Running *backfill = innermost(RUNNING_BACKFILL);

	return backfill != NULL && backfill->trigger_depth == trigger_depth() ? backfill->table : InvalidOid;
}

bool
claim_is_running(void)
{
	return innermost(RUNNING_CLAIM) != NULL;
}

/* The session's user; one that was dropped meanwhile as PostgreSQL shows it elsewhere. */
static char *
session_user_name(void)
{
	char	   *name = GetUserNameFromId(GetSessionUserId(), true);

	return name != NULL ? name : psprintf("unknown (OID=%u)", GetSessionUserId());
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
	for (Running *running = current; running != NULL; running = running->outer)
		if (running->actor != NULL)
			return running->actor;
	if (batch_job_actor != NULL && batch_job_actor[0] != '\0')
		return cstring_to_text(batch_job_actor);
	return cstring_to_text(session_user_name());
}

/*
 * What the call says about a job, or NULL.  The rows of a statement mostly come
 * in the order in which the call has named them, so the search begins behind
 * the last one found.  Ids are compared as the call itself has found the jobs,
 * by their column's collation.
 */
static const RunningDetail *
detail_of(Running *call, Datum id, Oid collation)
{
	for (int i = 0; i < call->ndetails; i++)
	{
		int			candidate = (call->next + i) % call->ndetails;
		const RunningDetail *detail = &call->details[candidate];

		if (DatumGetBool(DirectFunctionCall2Coll(texteq, collation, PointerGetDatum(detail->id), id)))
		{
			call->next = candidate + 1;
			return detail;
		}
	}
	return NULL;
}

/* Does the statement whose trigger fires reopen this very job?  Not in triggers that such a trigger fires in turn. */
bool
running_call_reopens(Oid table, Datum id, Oid collation)
{
	Running    *call = innermost(RUNNING_CALL);

	return call != NULL && call->reopens && call->table == table &&
		call->trigger_depth == trigger_depth() && detail_of(call, id, collation) != NULL;
}

/* What the running call says about an event of a job, as jsonb; 0: nothing. */
Datum
running_call_detail(Oid table, Datum id, Oid collation, int event)
{
	Running    *call = innermost(RUNNING_CALL);
	const RunningDetail *detail;

	if (call == NULL || call->table != table || call->event != event)
		return (Datum) 0;
	detail = detail_of(call, id, collation);
	return detail != NULL ? detail->detail : (Datum) 0;
}
