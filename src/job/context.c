/*
 * context.c
 *	  Checks the context of a job: is_context.
 */
#include "base/batch_job.h"

#include "utils/jsonb.h"

/*
 * is_context(context jsonb) returns boolean: is it an object?  No errors.
 *
 * A created table calls this for each row written.  The header of a jsonb is
 * enough, so that a TOASTed context is not read as a whole.
 */
PG_FUNCTION_INFO_V1(batch_job_is_context);
Datum
batch_job_is_context(PG_FUNCTION_ARGS)
{
	struct varlena *head = PG_DETOAST_DATUM_SLICE(PG_GETARG_DATUM(0), 0, sizeof(JsonbContainer));

	PG_RETURN_BOOL(JB_ROOT_IS_OBJECT(head));
}
