/*
 * running.c
 *	  What this session is executing for a caller.  All of this state is kept
 *	  here, because it must be reset after an error.
 */
#include "base/running.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

#include "base/session.h"

/* The innermost one; they nest if a user's trigger calls one of our functions. */
static Running *current = NULL;

static int
trigger_depth(void)
{
	return DatumGetInt32(DirectFunctionCall1(pg_trigger_depth, (Datum) 0));
}

/*
 * Calls work(argument); until it returns or fails, the triggers that fire can
 * look up what is running.
 */
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

/* True in triggers of this table while purge removes soft-deleted jobs. */
bool
purge_is_running(Oid table)
{
	return purge_of(table) != NULL;
}

/* How many jobs the purge may remove; 0 if none is running. */
int64
purge_max_rows(Oid table)
{
	const Running *purge = purge_of(table);

	return purge != NULL ? purge->max_rows : 0;
}

/*
 * The table whose trigger fires because a backfill writes a status, which does
 * not change the job.  InvalidOid in triggers that such a trigger fires in
 * turn, because there the job does change.
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

/*
 * The session's user; a user dropped in the meantime is shown as PostgreSQL
 * does elsewhere.
 */
static char *
session_user_name(void)
{
	char	   *name = GetUserNameFromId(GetSessionUserId(), true);

	return name != NULL ? name : psprintf("unknown (OID=%u)", GetSessionUserId());
}

/*
 * Who acts: the given actor, if any; else the one of a running call, also for
 * the triggers that it fires; else the setting batch_job.actor; else the
 * session's user.
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
 * The call's detail for a job, or NULL. A statement mostly returns its rows in
 * the order in which the call listed them, so the search starts after the last
 * one found.  Ids are compared by the collation of their column, as the call
 * itself did when it found the jobs.
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

/*
 * Does the statement that fires this trigger reopen this very job?  False in
 * triggers that such a trigger fires in turn.
 */
bool
running_call_reopens(Oid table, Datum id, Oid collation)
{
	Running    *call = innermost(RUNNING_CALL);

	return call != NULL && call->reopens && call->table == table &&
		call->trigger_depth == trigger_depth() && detail_of(call, id, collation) != NULL;
}

/* What the running call adds to an event of a job, as jsonb; 0 for nothing. */
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
