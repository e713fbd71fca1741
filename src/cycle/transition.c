/*
 * transition.c
 *	  The life cycle of a job: a table of what each function does, one engine
 *	  that does it, a thin wrapper for each function.
 *
 * A transition is one UPDATE whose WHERE says from which statuses it may start:
 * of two sessions that ask for it at once the second waits for the first, and
 * its WHERE is judged again on what the first has left.  When no row was
 * changed, a look at the job tells why.
 */
#include "base/batch_job.h"

#include "access/table.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "event/call.h"
#include "event/event_table.h"
#include "id/id.h"
#include "job/job_table.h"
#include "job/options.h"
#include "base/plan.h"
#include "row/purge.h"
#include "job/row_key.h"

#define IN(status)	(1 << JOB_STATUS_##status)
#define IN_OPEN		(IN(CREATED) | IN(PRE_PROCESSED) | IN(CONFIRMED) | IN(PROCESSING))
#define IN_ANY		(IN_OPEN | IN(COMPLETED) | IN(CANCELED) | IN(FAILED))

/* Confirmation of a plan that is not the one reviewed. */
#define ERRCODE_BATCH_JOB_PLAN_CHANGED	MAKE_SQLSTATE('B', 'J', '0', '0', '1')

#define NOW			"pg_catalog.clock_timestamp()"
#define MERGE(column, argument) \
	column " = batch_job.merge_object(" column ", " argument ")"

#define DIGEST		"batch_job.digest_plan(type, context, result)"

#define MAX_ARGS	2

typedef struct Transition
{
	PlanOperation operation;
	const char *verb;			/* "cannot <verb> job ..." */
	int			from;			/* statuses it may start from */
	int			done;			/* statuses in which it is done already */
	const char *set;			/* arguments from $2 on */
	int			nargs;
	Oid			argtype;
	const char *where;			/* what else must hold, or NULL */
} Transition;

static const Transition update = {
	.operation = PLAN_UPDATE,
	.verb = "update",
	.from = IN_ANY,
	.set = MERGE("context", "$2") ", " MERGE("result", "$3"),
	.nargs = 2,
	.argtype = JSONBOID
};

/* Without a dry run there is nothing to review: confirmed in the same moment. */
static const Transition mark_pre_processed = {
	.operation = PLAN_MARK_PRE_PROCESSED,
	.verb = "mark as pre-processed",
	.from = IN(CREATED),
	.done = IN(PRE_PROCESSED) | IN(CONFIRMED),
	.set = "pre_processed_at = " NOW ", confirmed_at = CASE WHEN NOT dry_run THEN " NOW " END, "
	MERGE("result", "$2"),
	.nargs = 1,
	.argtype = JSONBOID
};

/* $2: digest of the plan that was reviewed; $3: who confirms, if that matters; or NULL */
#define CONFIRM_DIGEST	1
#define CONFIRM_ACTOR	2

static const Transition confirm = {
	.operation = PLAN_CONFIRM,
	.verb = "confirm",
	.from = IN(PRE_PROCESSED),
	.done = IN(CONFIRMED),
	.set = "confirmed_at = " NOW,
	.nargs = 2,
	.argtype = TEXTOID,
	.where = "($2 IS NULL OR " DIGEST " OPERATOR(pg_catalog.=) $2)"
	" AND ($3 IS NULL OR created_by IS NULL OR created_by OPERATOR(pg_catalog.<>) $3)"
};

/* Never done already: two workers must not both believe that they have started it. */
static const Transition start = {
	.operation = PLAN_START,
	.verb = "start",
	.from = IN(CONFIRMED),
	.set = "processing_at = " NOW
};

static const Transition complete = {
	.operation = PLAN_COMPLETE,
	.verb = "complete",
	.from = IN(PROCESSING),
	.done = IN(COMPLETED),
	.set = "completed_at = " NOW ", " MERGE("result", "$2"),
	.nargs = 1,
	.argtype = JSONBOID
};

/* Failing again adds the error and keeps the time of the first. */
static const Transition fail = {
	.operation = PLAN_FAIL,
	.verb = "fail",
	.from = IN_OPEN | IN(FAILED),
	.set = "failed_at = COALESCE(failed_at, " NOW "), result = batch_job.append_error(result, $2)",
	.nargs = 1,
	.argtype = JSONBOID
};

static const Transition cancel = {
	.operation = PLAN_CANCEL,
	.verb = "cancel",
	.from = IN_OPEN,
	.done = IN(CANCELED),
	.set = "canceled_at = " NOW
};

/* These two go by deleted_at alone, whatever the status. */
static const Transition soft_delete = {
	.operation = PLAN_SOFT_DELETE,
	.verb = "delete",
	.from = IN_ANY,
	.set = "deleted_at = " NOW
};

static const Transition restore = {
	.operation = PLAN_RESTORE,
	.verb = "restore",
	.from = IN_ANY,
	.set = "deleted_at = NULL"
};

typedef struct Statement
{
	Relation	table;
	const Transition *transition;
	bool		with_id;		/* of create */
	JobCall    *call;			/* what it says beside the change, or NULL */
} Statement;

static char *
table_name(const Statement *statement)
{
	return job_relation_name(RelationGetRelid(statement->table));
}

static void
append_by_id(PlanText *stmt)
{
	appendStringInfo(&stmt->sql, "WHERE id OPERATOR(pg_catalog.=) %s", plan_add_arg(stmt, TEXTOID));
}

/* "created, confirmed": for an array in SQL and for people */
static void
append_statuses(StringInfo out, int statuses)
{
	const char *separator = "";

	for (int status = JOB_STATUS_CREATED; status < JOB_STATUSES; status++)
	{
		if (!(statuses & (1 << status)))
			continue;
		appendStringInfo(out, "%s%s", separator, job_status_name(status));
		separator = ", ";
	}
}

static void
build_transition(PlanText *stmt, const void *subject)
{
	const Statement *statement = subject;
	const Transition *transition = statement->transition;

	appendStringInfo(&stmt->sql, "UPDATE %s SET %s ", table_name(statement), transition->set);
	append_by_id(stmt);
	for (int i = 0; i < transition->nargs; i++)
		plan_add_arg(stmt, transition->argtype);
	appendStringInfo(&stmt->sql, " AND deleted_at IS %s",
					 transition == &restore ? "NOT NULL" : "NULL");
	if (transition->from != IN_ANY)
	{
		appendStringInfoString(&stmt->sql, " AND ");
		job_append_derived_status(&stmt->sql);
		appendStringInfoString(&stmt->sql, " OPERATOR(pg_catalog.=) ANY ('{");
		append_statuses(&stmt->sql, transition->from);
		appendStringInfoString(&stmt->sql, "}'::batch_job.status[])");
	}
	if (transition->where != NULL)
		appendStringInfo(&stmt->sql, " AND %s", transition->where);
	appendStringInfoString(&stmt->sql, " RETURNING ");
	job_append_row(&stmt->sql);
}

/*
 * The job as it is, whether it is deleted, its status, its digest, its creator.
 * The digest reads all of the plan, so it is made only when $2 asks for it.
 */
static void
build_fetch(PlanText *stmt, const void *subject)
{
	appendStringInfoString(&stmt->sql, "SELECT ");
	job_append_row(&stmt->sql);
	appendStringInfoString(&stmt->sql, ", deleted_at IS NOT NULL, ");
	job_append_derived_status(&stmt->sql);
	appendStringInfo(&stmt->sql, "::pg_catalog.text, CASE WHEN $2 THEN " DIGEST " END,"
					 " created_by::pg_catalog.text FROM %s ", table_name(subject));
	append_by_id(stmt);
	plan_add_arg(stmt, BOOLOID);
}

static void
build_digest(PlanText *stmt, const void *subject)
{
	appendStringInfo(&stmt->sql, "SELECT " DIGEST " FROM %s ", table_name(subject));
	append_by_id(stmt);
	appendStringInfoString(&stmt->sql, " AND deleted_at IS NULL");
}

typedef struct CancelUnconfirmed
{
	Relation	table;
	const JobKey *key;
} CancelUnconfirmed;

static void
append_unconfirmed(StringInfo sql, const char *cutoff)
{
	appendStringInfo(sql, "deleted_at IS NULL AND pre_processed_at OPERATOR(pg_catalog.<=) %s AND ", cutoff);
	job_append_derived_status(sql);
	appendStringInfoString(sql, " OPERATOR(pg_catalog.=) 'pre_processed'");
}

/*
 * Who has locked a job is about to change it, and may go on to one that is
 * canceled here: to wait for it could be a deadlock.  MATERIALIZED, IS TRUE: see purge.c.
 */
static void
build_cancel_unconfirmed(PlanText *stmt, const void *subject)
{
	const CancelUnconfirmed *statement = subject;
	const char *table = job_relation_name(RelationGetRelid(statement->table));
	const char *cutoff = plan_add_arg(stmt, TIMESTAMPTZOID);

	appendStringInfoString(&stmt->sql, "WITH unconfirmed AS MATERIALIZED (SELECT ");
	job_append_key_columns(&stmt->sql, statement->table, statement->key);
	appendStringInfo(&stmt->sql, " FROM %s WHERE ", table);
	append_unconfirmed(&stmt->sql, cutoff);
	appendStringInfo(&stmt->sql, " FOR NO KEY UPDATE SKIP LOCKED)"
					 " UPDATE %s job SET canceled_at = " NOW " FROM unconfirmed WHERE (", table);
	append_unconfirmed(&stmt->sql, cutoff);
	appendStringInfoString(&stmt->sql, ") IS TRUE AND ");
	job_append_keys_match(&stmt->sql, statement->table, statement->key, "job", "unconfirmed");
}

/* An id that is left out comes from the column's default, before a partition is chosen. */
static void
build_create(PlanText *stmt, const void *subject)
{
	const Statement *statement = subject;
	const Oid	types[] = {TEXTOID, JSONBOID, BOOLOID, TEXTOID, TEXTOID};

	for (int i = 0; i < (int) lengthof(types); i++)
		plan_add_arg(stmt, types[i]);
	appendStringInfo(&stmt->sql, "INSERT INTO %s (type, context, dry_run, created_by%s)"
					 " VALUES ($1, $2, COALESCE($3, false), $4%s) RETURNING ",
					 table_name(statement),
					 statement->with_id ? ", id" : "", statement->with_id ? ", $5" : "");
	job_append_row(&stmt->sql);
}

static void
no_such_job(const Statement *statement, text *id)
{
	ereport(ERROR,
			(errcode(ERRCODE_NO_DATA_FOUND),
			 errmsg("job \"%s\" does not exist", id_shown(id)),
			 errtable(statement->table)));
}

static void
job_is_deleted(const Statement *statement, text *id)
{
	ereport(ERROR,
			(errcode(ERRCODE_NO_DATA_FOUND),
			 errmsg("cannot %s job \"%s\": it is deleted", statement->transition->verb, id_shown(id)),
			 errhint("batch_job.restore() brings it back."),
			 errtable(statement->table)));
}

static void
wrong_status(const Statement *statement, text *id, JobStatus status)
{
	StringInfoData allowed;

	initStringInfo(&allowed);
	append_statuses(&allowed, statement->transition->from);
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("cannot %s job \"%s\": its status is %s",
					statement->transition->verb, id_shown(id), job_status_name(status)),
			 errdetail("It must be %s.", allowed.data),
			 errtable(statement->table)));
}

static void
id_not_unique(const Statement *statement, text *id)
{
	ereport(ERROR,
			(errcode(ERRCODE_CARDINALITY_VIOLATION),
			 errmsg("more than one job \"%s\"", id_shown(id)),
			 errdetail("The primary key of table \"%s\" has more columns than id.",
					   RelationGetRelationName(statement->table)),
			 errtable(statement->table)));
}

static void
not_changed(const Statement *statement, text *id)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("job \"%s\" was not changed", id_shown(id)),
			 errdetail("A row-level security policy or a trigger of table \"%s\" kept it as it is.",
					   RelationGetRelationName(statement->table)),
			 errtable(statement->table)));
}

/* Runs a statement on one id; true when it gave a job, which SPI then has. */
static bool
run_by_id(PlanOperation operation, PlanBuilder builder, const Statement *statement,
		  Datum *values, const char *nulls)
{
	uint64		rows = plan_execute(operation, RelationGetRelid(statement->table), builder,
									statement, values, nulls, false);

	if (rows > 1)
		id_not_unique(statement, DatumGetTextPP(values[0]));
	return rows == 1;
}

static Datum
spi_value(int column)
{
	bool		isnull;

	return SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, &isnull);
}

static void
plan_has_changed(const Statement *statement, text *id)
{
	ereport(ERROR,
			(errcode(ERRCODE_BATCH_JOB_PLAN_CHANGED),
			 errmsg("cannot confirm job \"%s\": its plan has changed since it was reviewed", id_shown(id)),
			 errhint("Review it again, and confirm with the digest that batch_job.plan_digest() gives then."),
			 errtable(statement->table)));
}

static void
confirmed_by_creator(const Statement *statement, text *id, const char *actor)
{
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("cannot confirm job \"%s\": it was created by \"%s\", who also confirms it",
					id_shown(id), actor),
			 errdetail("The option confirm_by_other of table \"%s\" is on.",
					   RelationGetRelationName(statement->table)),
			 errtable(statement->table)));
}

static bool
is_text(Datum value, const char *expected)
{
	return strcmp(TextDatumGetCString(value), expected) == 0;
}

/* Looks at the job that SPI has, which is or can be confirmed: is it the plan that was reviewed? */
static void
check_digest(const Statement *statement, Datum *values, const char *nulls)
{
	if (nulls[CONFIRM_DIGEST] != 'n' &&
		!is_text(values[CONFIRM_DIGEST], TextDatumGetCString(spi_value(4))))
		plan_has_changed(statement, DatumGetTextPP(values[0]));
}

/* Looks at the job that SPI has, which can be confirmed: may the actor? */
static void
check_actor(const Statement *statement, Datum *values, const char *nulls)
{
	bool		isnull;
	Datum		created_by = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 5, &isnull);

	if (nulls[CONFIRM_ACTOR] != 'n' && !isnull &&
		is_text(values[CONFIRM_ACTOR], TextDatumGetCString(created_by)))
		confirmed_by_creator(statement, DatumGetTextPP(values[0]), TextDatumGetCString(created_by));
}

/* Looks at the job that SPI has: true when it is as asked for; an error when it cannot be. */
static bool
is_done(const Statement *statement, text *id)
{
	const Transition *transition = statement->transition;
	bool		deleted = DatumGetBool(spi_value(2));
	JobStatus	status = job_status_by_name(TextDatumGetCString(spi_value(3)));

	if (transition == &soft_delete)
		return deleted;
	if (transition == &restore)
		return !deleted;
	if (deleted)
		job_is_deleted(statement, id);
	if (transition->done & (1 << status))
		return true;
	if (!(transition->from & (1 << status)))
		wrong_status(statement, id, status);
	return false;
}

/*
 * Runs the transition; where it changes nothing, looks why.  A job that another
 * session has changed back between the two statements gets a second try.
 */
static void
change_or_explain(const Statement *statement, Datum *values, const char *nulls)
{
	text	   *id = DatumGetTextPP(values[0]);
	bool		is_confirm = statement->transition == &confirm;
	Datum		look[] = {values[0], BoolGetDatum(is_confirm)};
	bool		done;

	for (int attempt = 1;
		 !run_by_id(statement->transition->operation, build_transition, statement, values, nulls);
		 attempt++)
	{
		if (!run_by_id(PLAN_FETCH, build_fetch, statement, look, NULL))
			no_such_job(statement, id);
		done = is_done(statement, id);
		if (is_confirm)
			check_digest(statement, values, nulls);
		if (done)
			return;
		if (is_confirm)
			check_actor(statement, values, nulls);
		if (attempt == 2)
			not_changed(statement, id);
	}
}

static Relation
open_table(FunctionCallInfo fcinfo, int argument)
{
	return job_table_open_argument(fcinfo, argument, RowExclusiveLock);
}

/* An argument that is to be merged into an object must be one.  Error: 22023. */
static void
check_object(FunctionCallInfo fcinfo, int argument, const char *name)
{
	if (!PG_ARGISNULL(argument) && !JB_ROOT_IS_OBJECT(PG_GETARG_JSONB_P(argument)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a JSON object", name)));
}

/* The first arguments, as SPI wants them. */
static void
take_values(FunctionCallInfo fcinfo, int count, Datum *values, char *nulls)
{
	for (int i = 0; i < count; i++)
	{
		values[i] = PG_GETARG_DATUM(i);
		nulls[i] = PG_ARGISNULL(i) ? 'n' : ' ';
	}
}

/* Argument 0 is the id, then come the transition's, last the table. */
static void
take_arguments(FunctionCallInfo fcinfo, Statement *statement, Datum *values, char *nulls)
{
	int			count = 1 + statement->transition->nargs;

	job_check_not_null(fcinfo, 0, "id");
	take_values(fcinfo, count, values, nulls);
	statement->table = open_table(fcinfo, count);
}

/* Leaves SPI and the table with the first column of what the statement gave. */
static Datum
finish(const Statement *statement)
{
	Datum		value = SPI_datumTransfer(spi_value(1), false, -1);

	SPI_finish();
	table_close(statement->table, NoLock);
	return value;
}

static void
change_within_call(const Statement *statement, Datum *values, const char *nulls)
{
	JobCall    *call = statement->call;

	call->table = RelationGetRelid(statement->table);
	call->id = DatumGetTextPP(values[0]);
	job_call_enter(call);
	PG_TRY();
	{
		change_or_explain(statement, values, nulls);
	}
	PG_FINALLY();
	{
		job_call_leave(call);
	}
	PG_END_TRY();
}

/* The engine. */
static Datum
execute(const Statement *statement, Datum *values, const char *nulls)
{
	SPI_connect();
	if (statement->call != NULL)
		change_within_call(statement, values, nulls);
	else
		change_or_explain(statement, values, nulls);
	return finish(statement);
}

static Datum
run(FunctionCallInfo fcinfo, const Transition *transition)
{
	Statement	statement = {.transition = transition};
	Datum		values[1 + MAX_ARGS];
	char		nulls[1 + MAX_ARGS];

	take_arguments(fcinfo, &statement, values, nulls);
	return execute(&statement, values, nulls);
}

/*
 * create(type text, context jsonb, dry_run boolean, created_by text, id text,
 *		  job_table regclass) returns batch_job.batch_job
 *
 * Inserts a job.  Errors: those of INSERT (23502, 23503, 23505, 23514), those
 * of job_table_open.
 */
PG_FUNCTION_INFO_V1(batch_job_create);
Datum
batch_job_create(PG_FUNCTION_ARGS)
{
	Statement	statement = {0};
	Datum		values[5];
	char		nulls[5];

	take_values(fcinfo, lengthof(values), values, nulls);
	statement.with_id = !PG_ARGISNULL(4) && VARSIZE_ANY_EXHDR(PG_GETARG_TEXT_PP(4)) > 0;
	statement.table = open_table(fcinfo, 5);
	SPI_connect();
	if (plan_execute(statement.with_id ? PLAN_CREATE_WITH_ID : PLAN_CREATE,
					 RelationGetRelid(statement.table), build_create, &statement,
					 values, nulls, false) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("the job was not created"),
				 errdetail("A trigger of table \"%s\" kept it out.",
						   RelationGetRelationName(statement.table)),
				 errtable(statement.table)));
	return finish(&statement);
}

/*
 * The transitions: f(id text, ..., job_table regclass) returns
 * batch_job.batch_job, each one atomic statement on one job.
 *
 * Errors: 22004 no id, 22023 an argument that must be an object is none, P0002
 * no such job or deleted, 55000 wrong status, 21000 more than one job, 42501
 * not allowed to, those of job_table_open.
 */

/* update(id text, context jsonb, result jsonb, job_table regclass) */
PG_FUNCTION_INFO_V1(batch_job_update);
Datum
batch_job_update(PG_FUNCTION_ARGS)
{
	check_object(fcinfo, 1, "context");
	check_object(fcinfo, 2, "result");
	return run(fcinfo, &update);
}

/* mark_pre_processed(id text, result jsonb, job_table regclass) */
PG_FUNCTION_INFO_V1(batch_job_mark_pre_processed);
Datum
batch_job_mark_pre_processed(PG_FUNCTION_ARGS)
{
	check_object(fcinfo, 1, "result");
	return run(fcinfo, &mark_pre_processed);
}

/*
 * confirm(id text, plan_digest text, actor text, job_table regclass)
 *
 * Errors besides: BJ001 the plan has another digest, 42501 with the option
 * confirm_by_other, the actor is who created the job.
 */
PG_FUNCTION_INFO_V1(batch_job_confirm);
Datum
batch_job_confirm(PG_FUNCTION_ARGS)
{
	JobCall		call = {.event = JOB_EVENT_CONFIRMED};
	Statement	statement = {.transition = &confirm, .call = &call};
	Datum		values[1 + MAX_ARGS];
	char		nulls[1 + MAX_ARGS];
	JobOptions	options;

	take_arguments(fcinfo, &statement, values, nulls);
	if (!PG_ARGISNULL(CONFIRM_DIGEST))
		call.detail = event_detail("plan_digest", text_to_cstring(PG_GETARG_TEXT_PP(CONFIRM_DIGEST)));
	call.actor = job_actor(PG_ARGISNULL(CONFIRM_ACTOR) ? NULL : PG_GETARG_TEXT_PP(CONFIRM_ACTOR));
	values[CONFIRM_ACTOR] = PointerGetDatum(call.actor);
	job_options_of_table(statement.table, &options);
	nulls[CONFIRM_ACTOR] = options.confirm_by_other ? ' ' : 'n';
	return execute(&statement, values, nulls);
}

/*
 * plan_digest(id text, job_table regclass) returns text
 *
 * What digest_plan gives for a job.  Errors: 22004, P0002, 21000, those of
 * job_table_open.
 */
PG_FUNCTION_INFO_V1(batch_job_plan_digest);
Datum
batch_job_plan_digest(PG_FUNCTION_ARGS)
{
	Statement	statement = {0};
	Datum		values[1];

	job_check_not_null(fcinfo, 0, "id");
	values[0] = PG_GETARG_DATUM(0);
	statement.table = open_table(fcinfo, 1);
	SPI_connect();
	if (!run_by_id(PLAN_DIGEST, build_digest, &statement, values, NULL))
		no_such_job(&statement, PG_GETARG_TEXT_PP(0));
	return finish(&statement);
}

/*
 * cancel_unconfirmed(older_than interval, job_table regclass) returns bigint
 *
 * Cancels the previews that nobody has confirmed for so long, and passes over
 * rows that others have locked; returns how many.
 *
 * Errors: 22004, 22023, 22008 the interval, those of job_table_open.
 */
PG_FUNCTION_INFO_V1(batch_job_cancel_unconfirmed);
Datum
batch_job_cancel_unconfirmed(PG_FUNCTION_ARGS)
{
	JobKey		key;
	CancelUnconfirmed statement = {.key = &key};
	Datum		values[1];
	uint64		rows;

	job_check_not_null(fcinfo, 0, "older_than");
	values[0] = TimestampTzGetDatum(job_cutoff(PG_GETARG_INTERVAL_P(0)));
	statement.table = open_table(fcinfo, 1);
	job_key_of_table(statement.table, &key);
	SPI_connect();
	rows = plan_execute(PLAN_CANCEL_UNCONFIRMED, RelationGetRelid(statement.table),
						build_cancel_unconfirmed, &statement, values, NULL, false);
	SPI_finish();
	table_close(statement.table, NoLock);
	PG_RETURN_INT64((int64) rows);
}

/* start(id text, job_table regclass) */
PG_FUNCTION_INFO_V1(batch_job_start);
Datum
batch_job_start(PG_FUNCTION_ARGS)
{
	return run(fcinfo, &start);
}

/* complete(id text, result jsonb, job_table regclass) */
PG_FUNCTION_INFO_V1(batch_job_complete);
Datum
batch_job_complete(PG_FUNCTION_ARGS)
{
	check_object(fcinfo, 1, "result");
	return run(fcinfo, &complete);
}

/* fail(id text, error jsonb, job_table regclass) */
PG_FUNCTION_INFO_V1(batch_job_fail);
Datum
batch_job_fail(PG_FUNCTION_ARGS)
{
	return run(fcinfo, &fail);
}

static Datum
jsonb_string(text *string)
{
	JsonbValue	value = {
		.type = jbvString,
		.val.string = {.len = VARSIZE_ANY_EXHDR(string), .val = VARDATA_ANY(string)}
	};

	return JsonbPGetDatum(JsonbValueToJsonb(&value));
}

/* fail(id text, error text, job_table regclass): the text as a JSON string */
PG_FUNCTION_INFO_V1(batch_job_fail_text);
Datum
batch_job_fail_text(PG_FUNCTION_ARGS)
{
	Statement	statement = {.transition = &fail};
	Datum		values[1 + MAX_ARGS];
	char		nulls[1 + MAX_ARGS];

	take_arguments(fcinfo, &statement, values, nulls);
	if (!PG_ARGISNULL(1))
		values[1] = jsonb_string(PG_GETARG_TEXT_PP(1));
	return execute(&statement, values, nulls);
}

/* The event is where a reason is kept. */
static void
tell_if_reason_is_lost(Relation table)
{
	if (!OidIsValid(event_table_of(table)))
		ereport(NOTICE,
				(errmsg("the reason is not kept: table \"%s\" has no events",
						RelationGetRelationName(table))));
}

/* cancel(id text, reason text, job_table regclass) */
PG_FUNCTION_INFO_V1(batch_job_cancel);
Datum
batch_job_cancel(PG_FUNCTION_ARGS)
{
	JobCall		call = {.event = JOB_EVENT_CANCELED};
	Statement	statement = {.transition = &cancel, .call = &call};
	Datum		values[1];

	job_check_not_null(fcinfo, 0, "id");
	values[0] = PG_GETARG_DATUM(0);
	statement.table = open_table(fcinfo, 2);
	if (!PG_ARGISNULL(1))
	{
		call.detail = event_detail("reason", text_to_cstring(PG_GETARG_TEXT_PP(1)));
		tell_if_reason_is_lost(statement.table);
	}
	return execute(&statement, values, NULL);
}

/* soft_delete(id text, job_table regclass) */
PG_FUNCTION_INFO_V1(batch_job_soft_delete_job);
Datum
batch_job_soft_delete_job(PG_FUNCTION_ARGS)
{
	return run(fcinfo, &soft_delete);
}

/* restore(id text, job_table regclass) */
PG_FUNCTION_INFO_V1(batch_job_restore);
Datum
batch_job_restore(PG_FUNCTION_ARGS)
{
	return run(fcinfo, &restore);
}
