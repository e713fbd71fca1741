/*
 * merge.c
 *	  Changes the JSON of a job without losing what it has: merge_object,
 *	  append_error, append_errors.
 *
 * These are IMMUTABLE functions in C, so that a distributed engine such as
 * Citus can run them in an UPDATE that also uses columns.
 */
#include "base/batch_job.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"

#include "job/result.h"

static Datum
jsonb_of(const char *json)
{
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json));
}

static Datum
with_key(Datum object, const char *key, Datum value)
{
	Datum		path = CStringGetTextDatum(key);

	return DirectFunctionCall4(jsonb_set, object,
							   PointerGetDatum(construct_array(&path, 1, TEXTOID, -1, false, TYPALIGN_INT)),
							   value, BoolGetDatum(true));
}

static bool
is_json_null(Jsonb *json)
{
	JsonbValue	value;

	return JB_ROOT_IS_SCALAR(json) && JsonbExtractScalar(&json->root, &value) && value.type == jbvNull;
}

/*
 * The old value as an object.  Another value, which an attached table may
 * have, is kept under the key "previous".
 */
static Datum
as_object(Jsonb *old)
{
	if (old == NULL || is_json_null(old))
		return jsonb_of("{}");
	if (JB_ROOT_IS_OBJECT(old))
		return JsonbPGetDatum(old);
	return with_key(jsonb_of("{}"), "previous", JsonbPGetDatum(old));
}

/*
 * merge_object(old jsonb, new jsonb) returns jsonb
 *
 * The keys of both, at the top level; where both have a key, the new value
 * wins.  NULL counts as no object.  Error: 22023 new is neither an object nor
 * an array, and old is an object.
 */
PG_FUNCTION_INFO_V1(batch_job_merge_object);
Datum
batch_job_merge_object(PG_FUNCTION_ARGS)
{
	Jsonb	   *old = PG_ARGISNULL(0) ? NULL : PG_GETARG_JSONB_P(0);

	if (PG_ARGISNULL(1))
	{
		if (old == NULL)
			PG_RETURN_NULL();
		PG_RETURN_JSONB_P(old);
	}
	if (old == NULL || is_json_null(old))
		PG_RETURN_DATUM(PG_GETARG_DATUM(1));
	return DirectFunctionCall2(jsonb_concat, as_object(old), PG_GETARG_DATUM(1));
}

/* {"code": "unknown", "message": ..., "error": ...} */
static Datum
wrapped_error(Jsonb *error)
{
	JsonbValue *message = NULL;
	Jsonb	   *shown = error;
	StringInfoData json;
	char	   *text;

	if (JB_ROOT_IS_OBJECT(error))
		message = result_key(&error->root, "message");
	if (message != NULL)
		shown = JsonbValueToJsonb(message);
	text = message != NULL && message->type == jbvString ?
		pnstrdup(message->val.string.val, message->val.string.len) :
		JsonbToCString(NULL, &shown->root, VARSIZE(shown));
	initStringInfo(&json);
	appendStringInfoString(&json, "{\"code\": \"unknown\", \"message\": ");
	escape_json(&json, text);
	appendStringInfoChar(&json, '}');
	return with_key(jsonb_of(json.data), "error", JsonbPGetDatum(error));
}

/*
 * Whatever the error is, its entry has the form that result_problems requires:
 * reporting a failure must not fail.
 */
static Datum
entry_of(Jsonb *error)
{
	JsonbValue	value;

	if (JB_ROOT_IS_SCALAR(error))
		JsonbExtractScalar(&error->root, &value);
	else
	{
		value.type = jbvBinary;
		value.val.binary.data = &error->root;
		value.val.binary.len = VARSIZE(error) - VARHDRSZ;
	}
	return result_is_error(&value) ? JsonbPGetDatum(error) : wrapped_error(error);
}

/*
 * The errors of a result; a value that is not an array becomes the first of
 * them.
 */
static Datum
errors_of(Jsonb *result)
{
	JsonbValue *errors = NULL;
	Datum		none = jsonb_of("[]");

	if (result != NULL && JB_ROOT_IS_OBJECT(result))
		errors = result_key(&result->root, "errors");
	if (errors == NULL)
		return none;
	return DirectFunctionCall2(jsonb_concat, none, JsonbPGetDatum(JsonbValueToJsonb(errors)));
}

static Datum
with_error(Datum errors, Jsonb *error)
{
	return DirectFunctionCall2(jsonb_concat, errors, entry_of(error));
}

/* Each element of an array is an error of its own. */
static Datum
with_errors(Datum errors, Jsonb *added)
{
	if (!JB_ROOT_IS_ARRAY(added) || JB_ROOT_IS_SCALAR(added))
		return with_error(errors, added);
	for (uint32 i = 0; i < JB_ROOT_COUNT(added); i++)
		errors = with_error(errors, JsonbValueToJsonb(getIthJsonbValueFromContainer(&added->root, i)));
	return errors;
}

/*
 * Appends to the errors of a result with the given function; takes the
 * arguments of the SQL call.
 */
static Datum
append(FunctionCallInfo fcinfo, Datum (*with) (Datum errors, Jsonb *added))
{
	Jsonb	   *result = PG_ARGISNULL(0) ? NULL : PG_GETARG_JSONB_P(0);

	if (PG_ARGISNULL(1))
	{
		if (result == NULL)
			PG_RETURN_NULL();
		PG_RETURN_JSONB_P(result);
	}
	return with_key(as_object(result), "errors", with(errors_of(result), PG_GETARG_JSONB_P(1)));
}

/*
 * append_error(result jsonb, error jsonb) returns jsonb
 *
 * The result with one more entry in its errors; nothing is lost.
 */
PG_FUNCTION_INFO_V1(batch_job_append_error);
Datum
batch_job_append_error(PG_FUNCTION_ARGS)
{
	return append(fcinfo, with_error);
}

/*
 * append_errors(result jsonb, errors jsonb) returns jsonb
 *
 * Does the same for each entry of an array; a value that is not an array
 * counts as one entry.
 */
PG_FUNCTION_INFO_V1(batch_job_append_errors);
Datum
batch_job_append_errors(PG_FUNCTION_ARGS)
{
	return append(fcinfo, with_errors);
}
