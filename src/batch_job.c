/*
 * batch_job.c
 *	  The library: module magic and settings.
 */
#include "base/batch_job.h"

#include "utils/guc.h"

#include "base/session.h"

BATCH_JOB_MODULE_MAGIC;

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
