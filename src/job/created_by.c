/*
 * created_by.c
 *	  The id of the user who created a job, in the type that the application's
 *	  user table has.
 */
#include "job/created_by.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/resowner.h"

#include "job/columns.h"

/* The type in which created_by is compared: text, uuid, int4 or int8. */
Oid
job_user_type(Relation table)
{
	AttrNumber	attnum = get_attnum(RelationGetRelid(table), job_column_name(JOB_CREATED_BY));
	Oid			type = getBaseType(get_atttype(RelationGetRelid(table), attnum));

	return type == VARCHAROID ? TEXTOID : type;
}

/*
 * job_user_from_text
 *		Converts the id of a user to job_user_type, in any form that the type
 *		accepts ('{A0EE...}' for a uuid, ' 042' for a number).  Errors: 22P02,
 *		22003.
 */
Datum
job_user_from_text(Relation table, text *user)
{
	Oid			type = job_user_type(table);
	Oid			input;
	Oid			ioparam;

	if (type == TEXTOID)
		return PointerGetDatum(user);
	getTypeInputInfo(type, &input, &ioparam);
	return OidInputFunctionCall(input, text_to_cstring(user), ioparam, -1);
}

/*
 * job_try_user_from_text
 *		Does the same, but returns false if the text is no such id.  Before
 *		version 16, PostgreSQL reports that only by an error; hence the
 *		subtransaction, which a parallel query does not allow.
 */
bool
job_try_user_from_text(Relation table, text *user, Datum *value)
{
	MemoryContext memory = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool is_one = true;

	if (job_user_type(table) == TEXTOID)
	{
		*value = PointerGetDatum(user);
		return true;
	}
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(memory);
	PG_TRY();
	{
		*value = job_user_from_text(table, user);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(memory);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		if (ERRCODE_TO_CATEGORY(error->sqlerrcode) != ERRCODE_DATA_EXCEPTION)
			ReThrowError(error);
		is_one = false;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(memory);
	CurrentResourceOwner = owner;
	return is_one;
}
