/*
 * job_errors.c
 *	  Errors about the job that a function was called for.
 */
#include "job/job_errors.h"

#include "id/id.h"

/* Error: P0002. */
void
no_such_job(Relation table, const text *id)
{
	ereport(ERROR,
			(errcode(ERRCODE_NO_DATA_FOUND),
			 errmsg("job \"%s\" does not exist", id_shown(id)),
			 errtable(table)));
}

/* Error: P0002. */
void
job_is_deleted(Relation table, const text *id, const char *verb)
{
	ereport(ERROR,
			(errcode(ERRCODE_NO_DATA_FOUND),
			 errmsg("cannot %s job \"%s\": it is deleted", verb, id_shown(id)),
			 errhint("batch_job.restore() brings it back."),
			 errtable(table)));
}

/* Error: 21000. */
void
check_one_job(Relation table, const text *id, uint64 rows)
{
	if (rows > 1)
		ereport(ERROR,
				(errcode(ERRCODE_CARDINALITY_VIOLATION),
				 errmsg("more than one job \"%s\"", id_shown(id)),
				 errdetail("The primary key of table \"%s\" has more columns than id.",
						   RelationGetRelationName(table)),
				 errtable(table)));
}

/* Error: 42501. */
void
job_not_changed(Relation table, const text *id)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("job \"%s\" was not changed", id_shown(id)),
			 errdetail("A row-level security policy or a trigger of table \"%s\" kept it as it is.",
					   RelationGetRelationName(table)),
			 errtable(table)));
}
