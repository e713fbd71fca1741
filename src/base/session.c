/*
 * session.c
 *	  What lives as long as the session: settings and memory.
 */
#include "base/session.h"

#include "utils/memutils.h"

bool		batch_job_soft_delete = true;
char	   *batch_job_actor = NULL;

MemoryContext
batch_job_memory(void)
{
	static MemoryContext context = NULL;

	if (context == NULL)
		context = AllocSetContextCreate(TopMemoryContext, "batch_job",
										ALLOCSET_SMALL_SIZES);
	return context;
}
