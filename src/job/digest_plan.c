/*
 * digest_plan.c
 *	  digest_plan: a digest of what a reviewer sees of a job.
 */
#include "base/batch_job.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/json.h"
#include "utils/jsonb.h"

static void
append_jsonb(StringInfo out, FunctionCallInfo fcinfo, int argument)
{
	Jsonb	   *jsonb;

	if (PG_ARGISNULL(argument))
	{
		appendStringInfoString(out, "null");
		return;
	}
	jsonb = PG_GETARG_JSONB_P(argument);
	JsonbToCString(out, &jsonb->root, VARSIZE(jsonb));
}

/*
 * digest_plan(type text, context jsonb, result jsonb) returns text
 *
 * SHA-256, in hexadecimal, of {"type": ..., "result": ..., "context": ...} as
 * jsonb prints it, in UTF-8; the keys are in the order that jsonb gives them.
 * So it is the same on every machine and version, whatever the order of keys
 * and the white space in the input; numbers count as written, so 1.0 differs
 * from 1.
 *
 * Error: 22021 the database has the encoding SQL_ASCII, and the text is not
 * valid UTF-8.
 */
PG_FUNCTION_INFO_V1(batch_job_digest_plan);
Datum
batch_job_digest_plan(PG_FUNCTION_ARGS)
{
	StringInfoData plan;
	char	   *utf8;
	Datum		digest;

	initStringInfo(&plan);
	appendStringInfoString(&plan, "{\"type\": ");
	if (PG_ARGISNULL(0))
		appendStringInfoString(&plan, "null");
	else
		escape_json(&plan, text_to_cstring(PG_GETARG_TEXT_PP(0)));
	appendStringInfoString(&plan, ", \"result\": ");
	append_jsonb(&plan, fcinfo, 2);
	appendStringInfoString(&plan, ", \"context\": ");
	append_jsonb(&plan, fcinfo, 1);
	appendStringInfoChar(&plan, '}');

	utf8 = pg_server_to_any(plan.data, plan.len, PG_UTF8);
	digest = DirectFunctionCall1(sha256_bytea, PointerGetDatum(cstring_to_text(utf8)));
	return DirectFunctionCall2(binary_encode, digest, CStringGetTextDatum("hex"));
}
