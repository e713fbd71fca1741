/*
 * batch_job.c
 *	  The library: module magic, settings, and what every file needs.
 */
#include "base/batch_job.h"

#include "utils/guc.h"
#include "utils/memutils.h"

BATCH_JOB_MODULE_MAGIC;

bool		batch_job_soft_delete = true;
char	   *batch_job_actor = NULL;

void		_PG_init(void);

void
_PG_init(void)
{
	DefineCustomBoolVariable("batch_job.soft_delete",
							 "DELETE on a job table keeps the row and sets deleted_at.",
							 "Off lets DELETE remove rows, also from tables whose option soft_delete is on.",
							 &batch_job_soft_delete,
							 true,
							 PGC_USERSET,
							 0,
							 NULL, NULL, NULL);
	DefineCustomStringVariable("batch_job.actor",
							   "Who acts on jobs in this session.",
							   "For applications that share one database role; empty means session_user.",
							   &batch_job_actor,
							   "",
							   PGC_USERSET,
							   0,
							   NULL, NULL, NULL);
	MarkGUCPrefixReserved("batch_job");
}

MemoryContext
batch_job_memory(void)
{
	static MemoryContext context = NULL;

	if (context == NULL)
		context = AllocSetContextCreate(TopMemoryContext, "batch_job",
										ALLOCSET_SMALL_SIZES);
	return context;
}

/* For arguments without which there is no answer, not even NULL.  Error: 22004. */
void
job_check_not_null(FunctionCallInfo fcinfo, int argument, const char *name)
{
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name)));
}
