/*
 * conversion.c
 *	  The expressions that convert values of one type to another: see
 *	  conversion.h.
 */
#include "adopt/conversion.h"

#include "catalog/pg_type.h"
#include "parser/parse_coerce.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

static const Conversion timestamp_in_zone = {
	"", " AT TIME ZONE ", true, InvalidOid, "the times are assumed to be in time zone %s; attach_plan takes another as its second argument"
};
static const Conversion date_in_zone = {
	"", "::timestamp AT TIME ZONE ", true, InvalidOid, "the days are assumed to begin in time zone %s; attach_plan takes another as its second argument"
};
static const Conversion as_timestamptz = {"", "::timestamptz"};
static const Conversion as_jsonb = {"", "::jsonb"};
static const Conversion text_as_jsonb = {
	"NULLIF(", ", '')::jsonb", false, InvalidOid, "every value has to be JSON; an empty text becomes NULL"
};
static const Conversion as_text = {"", "::text"};
static const Conversion as_integer = {"", "::integer", false, INT4OID};
static const Conversion number_as_boolean = {
	"", " <> 0", false, InvalidOid, "0 becomes false, every other number true"
};
static const Conversion as_boolean = {"", "::bool"};
static const Conversion text_as_boolean = {
	"", "::bool", false, InvalidOid, "every value has to be a word for true or false"
};

static bool
is_integer(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

static bool
is_string(Oid type)
{
	return TypeCategory(type) == TYPCATEGORY_STRING;
}

static const Conversion *
to_timestamptz(Oid type)
{
	switch (type)
	{
		case TIMESTAMPOID:
			return &timestamp_in_zone;
		case DATEOID:
			return &date_in_zone;
		case TIMESTAMPTZOID:
			return &as_timestamptz;
		default:
			return NULL;
	}
}

static const Conversion *
to_jsonb_type(Oid type)
{
	if (type == JSONOID || type == JSONBOID)
		return &as_jsonb;
	return is_string(type) ? &text_as_jsonb : NULL;
}

static const Conversion *
to_bool(Oid type)
{
	if (type == BOOLOID)
		return &as_boolean;
	if (is_integer(type))
		return &number_as_boolean;
	return is_string(type) ? &text_as_boolean : NULL;
}

static const Conversion *
to_text_or_key(JobColumn column, Oid type)
{
	if (column == JOB_CREATED_BY && type == INT2OID)
		return &as_integer;
	return is_string(type) || type_is_enum(type) || type == UUIDOID ? &as_text : NULL;
}

/* The conversion from a type to the column's; NULL if that needs a person. */
const Conversion *
conversion_find(JobColumn column, Oid type)
{
	Oid			base = getBaseType(type);

	switch (job_column_type(column))
	{
		case TIMESTAMPTZOID:
			return to_timestamptz(base);
		case JSONBOID:
			return to_jsonb_type(base);
		case BOOLOID:
			return to_bool(base);
		default:
			return to_text_or_key(column, base);
	}
}

Oid
conversion_type(JobColumn column, const Conversion *conversion)
{
	return OidIsValid(conversion->type) ? conversion->type : job_column_type(column);
}

/* As in a created table; with this collation, ids sort by time. */
const char *
conversion_type_name(JobColumn column, const Conversion *conversion)
{
	if (column == JOB_ID)
		return psprintf("%s COLLATE \"C\"", job_column_type_name(column));
	return OidIsValid(conversion->type) ? format_type_be(conversion->type) : job_column_type_name(column);
}

/* The expression for the new value; zone is a literal. */
char *
conversion_apply(const Conversion *conversion, const char *value, const char *zone)
{
	return psprintf("%s%s%s%s", conversion->before, value, conversion->after,
					conversion->in_zone ? zone : "");
}

/* Which expressions over the column can be kept. */
ExpressionsThatFit
conversion_fits(const Conversion *conversion, Oid type)
{
	if (conversion == &as_text && is_string(getBaseType(type)))
		return FIT_ALL;
	if (conversion->in_zone || conversion == &as_timestamptz)
		return FIT_CHECKS;
	return FIT_NULL_TESTS;
}

/*
 * A constant converted to the new type, in SQL: as a literal if it can be
 * converted here; NULL if it has no counterpart.
 */
char *
conversion_of_constant(const Conversion *conversion, const Const *constant, const char *deparsed, const char *zone)
{
	Oid			output;
	bool		is_varlena;
	char	   *value;

	if (conversion->in_zone || conversion == &as_timestamptz)
		return conversion_apply(conversion, deparsed, zone);
	getTypeOutputInfo(constant->consttype, &output, &is_varlena);
	value = OidOutputFunctionCall(output, constant->constvalue);
	if (conversion == &number_as_boolean)
		return strcmp(value, "0") == 0 ? "false" : "true";
	if (conversion == &text_as_jsonb && value[0] == '\0')
		return NULL;
	return quote_literal_cstr(value);
}
