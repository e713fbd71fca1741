/*
 * result.c
 *	  Checks the result of a job: is_result, result_problems.
 */
#include "job/result.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

/* The keys with a fixed meaning, and the types of their values. */
static const struct
{
	const char *name;
	enum jbvType type;
}			scalar_keys[] = {
	{"count", jbvNumeric},
	{"advancement_count", jbvNumeric},
	{"progress", jbvNumeric},
	{"file_size", jbvNumeric},
	{"file_key", jbvString},
};

static ArrayBuildState *
add_problem(ArrayBuildState *problems, char *problem)
{
	return accumArrayResult(problems, CStringGetTextDatum(problem), false, TEXTOID,
							CurrentMemoryContext);
}

/* The value of a key; NULL if it is missing or JSON null, which mean the same. */
JsonbValue *
result_key(JsonbContainer *object, const char *name)
{
	JsonbValue *value = getKeyJsonValueFromContainer(object, name, strlen(name), NULL);

	return value != NULL && value->type != jbvNull ? value : NULL;
}

static bool
is_array(const JsonbValue *value)
{
	return value->type == jbvBinary && JsonContainerIsArray(value->val.binary.data) &&
		!JsonContainerIsScalar(value->val.binary.data);
}

static bool
is_object(const JsonbValue *value)
{
	return value->type == jbvBinary && JsonContainerIsObject(value->val.binary.data);
}

static bool
has_string(const JsonbValue *object, const char *name)
{
	JsonbValue *value = result_key(object->val.binary.data, name);

	return value != NULL && value->type == jbvString;
}

/* An error is a string, or an object with a message and a code. */
bool
result_is_error(const JsonbValue *value)
{
	JsonbValue *code;

	if (value->type == jbvString)
		return true;
	if (!is_object(value) || !has_string(value, "message"))
		return false;
	code = result_key(value->val.binary.data, "code");
	return code != NULL && (code->type == jbvString || code->type == jbvNumeric);
}

static bool
is_stat_descriptor(const JsonbValue *value)
{
	return is_object(value) && has_string(value, "key") &&
		has_string(value, "name") && has_string(value, "message");
}

/*
 * Checks the elements of the array under a key; reports the first invalid one,
 * counted from 0.
 */
static ArrayBuildState *
check_array(ArrayBuildState *problems, JsonbContainer *result, const char *name,
			bool (*is_sound) (const JsonbValue *), const char *must_be)
{
	JsonbValue *array = result_key(result, name);
	uint32		count;

	if (array == NULL)
		return problems;
	if (!is_array(array))
		return add_problem(problems, psprintf("%s must be an array", name));
	count = JsonContainerSize(array->val.binary.data);
	for (uint32 i = 0; i < count; i++)
	{
		JsonbValue *element = getIthJsonbValueFromContainer(array->val.binary.data, i);

		if (!is_sound(element))
			return add_problem(problems, psprintf("%s[%u] must be %s", name, i, must_be));
	}
	return problems;
}

static ArrayBuildState *
check_scalars(ArrayBuildState *problems, JsonbContainer *result)
{
	for (int i = 0; i < (int) lengthof(scalar_keys); i++)
	{
		JsonbValue *value = result_key(result, scalar_keys[i].name);

		if (value != NULL && value->type != scalar_keys[i].type)
			problems = add_problem(problems,
								   psprintf("%s must be a %s", scalar_keys[i].name,
											scalar_keys[i].type == jbvNumeric ? "number" : "string"));
	}
	return problems;
}

/* One sentence for each problem; NULL if there is none. */
static ArrayBuildState *
find_problems(Jsonb *result)
{
	JsonbContainer *root = &result->root;
	ArrayBuildState *problems = NULL;

	if (!JB_ROOT_IS_OBJECT(result))
		return add_problem(problems, "result must be an object");
	problems = check_scalars(problems, root);
	problems = check_array(problems, root, "errors", result_is_error,
						   "a string, or an object with a message and a code");
	return check_array(problems, root, "stat_descriptors", is_stat_descriptor,
					   "an object with key, name and message, each a string");
}

/* is_result(result jsonb) returns boolean: is it free of problems?  No errors. */
PG_FUNCTION_INFO_V1(batch_job_is_result);
Datum
batch_job_is_result(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(find_problems(PG_GETARG_JSONB_P(0)) == NULL);
}

/*
 * result_problems(result jsonb) returns text[]
 *
 * One sentence for each known key whose value is invalid; an empty array if
 * there is none.  Other keys may hold anything.
 */
PG_FUNCTION_INFO_V1(batch_job_result_problems);
Datum
batch_job_result_problems(PG_FUNCTION_ARGS)
{
	ArrayBuildState *problems = find_problems(PG_GETARG_JSONB_P(0));

	if (problems == NULL)
		PG_RETURN_ARRAYTYPE_P(construct_empty_array(TEXTOID));
	PG_RETURN_DATUM(makeArrayResult(problems, CurrentMemoryContext));
}
