/*
 * options.c
 *	  Options of a job table: see options.h.
 *
 * The arguments of a trigger are pairs of a name and a value.
 */
#include "job/options.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "funcapi.h"
#include "nodes/value.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"

/*
 * The defaults of attach: the guard is off, because the application was there
 * first.
 */
const JobOptions job_default_options = {
	.soft_delete = true,
	.guard = false,
	.events = false,
	.notify = false,
	.confirm_by_other = false,
	.runs = false,
	.id_prefix = "batch",
};

/* Reads the value of an option; false if there is no such option or value. */
typedef bool (*OptionReader) (const char *name, const char *value, JobOptions *options);

/* The options of the row trigger. */
static bool
read_option(const char *name, const char *value, JobOptions *options)
{
	if (strcmp(name, "soft_delete") == 0)
		return parse_bool(value, &options->soft_delete);
	if (strcmp(name, "guard") == 0)
		return parse_bool(value, &options->guard);
	if (strcmp(name, "confirm_by_other") == 0)
		return parse_bool(value, &options->confirm_by_other);
	if (strcmp(name, "id_prefix") != 0 || !id_prefix_is_valid(value, strlen(value)))
		return false;
	strlcpy(options->id_prefix, value, sizeof options->id_prefix);
	return true;
}

/* The options of the event triggers. */
static bool
read_event_option(const char *name, const char *value, JobOptions *options)
{
	return strcmp(name, "notify") == 0 && parse_bool(value, &options->notify);
}

/*
 * The name of a trigger's first invalid option; NULL if all of them have been
 * read.
 */
static const char *
read_arguments(const Trigger *trigger, OptionReader read, JobOptions *options)
{
	for (int i = 0; i < trigger->tgnargs; i += 2)
		if (i + 1 == trigger->tgnargs || !read(trigger->tgargs[i], trigger->tgargs[i + 1], options))
			return trigger->tgargs[i];
	return NULL;
}

static void
read_or_refuse(const Trigger *trigger, OptionReader read, JobOptions *options)
{
	const char *invalid = read_arguments(trigger, read, options);

	if (invalid != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("trigger \"%s\" has an invalid argument: \"%s\"", trigger->tgname, invalid),
				 errhint("Drop the trigger and run batch_job.attach() on the table again.")));
}

/* Reads the options from the arguments of our row trigger.  Error: 22023. */
void
job_options_read(const Trigger *trigger, JobOptions *options)
{
	*options = job_default_options;
	read_or_refuse(trigger, read_option, options);
}

/* Does an event trigger notify?  Error: 22023. */
bool
job_options_read_notify(const Trigger *trigger)
{
	JobOptions	options = job_default_options;

	read_or_refuse(trigger, read_event_option, &options);
	return options.notify;
}

/*
 * The first trigger of a table that calls this function of ours on this event
 * (TRIGGER_TYPE_INSERT, ...; 0 for any event), or NULL. It is valid until the
 * next catalog lookup.
 */
const Trigger *
job_trigger_calling(Relation rel, const char *function, int16 event)
{
	Oid			oid = LookupFuncName(list_make2(makeString(BATCH_JOB_SCHEMA),
												makeString(pstrdup(function))),
									 0, NULL, false);

	for (int i = 0; rel->trigdesc != NULL && i < rel->trigdesc->numtriggers; i++)
		if (rel->trigdesc->triggers[i].tgfoid == oid &&
			(event == 0 || (rel->trigdesc->triggers[i].tgtype & event)))
			return &rel->trigdesc->triggers[i];
	return NULL;
}

/* Our trigger on a table, whatever its name; NULL if it is not a job table. */
const Trigger *
job_trigger_of_table(Relation rel)
{
	return job_trigger_calling(rel, "maintain_row", 0);
}

/*
 * The options of a table; false, and the defaults, if it is not a job table.
 * Each trigger is read before the next one is looked up, because a catalog
 * lookup may rebuild the relcache entry and its triggers.
 */
bool
job_options_of_table(Relation rel, JobOptions *options)
{
	const Trigger *trigger = job_trigger_of_table(rel);
	bool		is_job_table = trigger != NULL;

	*options = job_default_options;
	if (is_job_table)
		read_or_refuse(trigger, read_option, options);
	trigger = job_trigger_calling(rel, "record_events", 0);
	options->events = trigger != NULL;
	options->notify = trigger != NULL && job_options_read_notify(trigger);
	options->runs = job_trigger_calling(rel, "remove_runs", 0) != NULL;
	return is_job_table;
}

/* The result columns of batch_job_options, in order. */
enum
{
	SOFT_DELETE,
	GUARD,
	EVENTS,
	NOTIFY,
	CONFIRM_BY_OTHER,
	ID_PREFIX,
	RUNS,
	OPTIONS
};

/*
 * Anybody may give a trigger other arguments than attach does; the options in
 * these are then unknown.
 */
static void
show_options(Relation rel, Datum *values, bool *nulls)
{
	const Trigger *trigger = job_trigger_of_table(rel);
	JobOptions	options = job_default_options;
	bool		known = read_arguments(trigger, read_option, &options) == NULL;

	nulls[SOFT_DELETE] = nulls[GUARD] = nulls[CONFIRM_BY_OTHER] = nulls[ID_PREFIX] = !known;
	values[SOFT_DELETE] = BoolGetDatum(options.soft_delete);
	values[GUARD] = BoolGetDatum(options.guard);
	values[CONFIRM_BY_OTHER] = BoolGetDatum(options.confirm_by_other);
	values[ID_PREFIX] = CStringGetTextDatum(options.id_prefix);

	trigger = job_trigger_calling(rel, "record_events", 0);
	values[EVENTS] = BoolGetDatum(trigger != NULL);
	nulls[EVENTS] = false;
	nulls[NOTIFY] = trigger != NULL && read_arguments(trigger, read_event_option, &options) != NULL;
	values[NOTIFY] = BoolGetDatum(options.notify);
	values[RUNS] = BoolGetDatum(job_trigger_calling(rel, "remove_runs", 0) != NULL);
	nulls[RUNS] = false;
}

/*
 * options(job_table regclass) returns record
 *
 * The options of a job table, as its triggers read them; NULL for those whose
 * arguments a trigger would reject, and NULL if the table is not a job table.
 */
PG_FUNCTION_INFO_V1(batch_job_options);
Datum
batch_job_options(PG_FUNCTION_ARGS)
{
	Relation	rel = try_relation_open(PG_GETARG_OID(0), AccessShareLock);
	bool		is_job_table = rel != NULL && job_trigger_of_table(rel) != NULL;
	Datum		values[OPTIONS];
	bool		nulls[OPTIONS];
	TupleDesc	desc;

	if (is_job_table)
		show_options(rel, values, nulls);
	if (rel != NULL)
		relation_close(rel, AccessShareLock);
	if (!is_job_table)
		PG_RETURN_NULL();
	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
}

/* Are the options consistent?  Error: 22023. */
static void
check_options(const JobOptions *options)
{
	if (options->notify && !options->events)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option notify requires option events"),
				 errdetail("A notification announces new events to read.")));
}

static void
set_prefix(JobOptions *options, const text *prefix)
{
	id_prefix_check(VARDATA_ANY(prefix), VARSIZE_ANY_EXHDR(prefix));
	text_to_cstring_buffer(prefix, options->id_prefix, sizeof options->id_prefix);
}

/*
 * Sets the options that a caller of create_table or attach has given.  Both
 * functions have them as arguments 1 to 7; NULL leaves an option as it is.
 * Error: 22023.
 */
void
job_options_take(JobOptions *options, FunctionCallInfo fcinfo)
{
	if (!PG_ARGISNULL(1))
		options->soft_delete = PG_GETARG_BOOL(1);
	if (!PG_ARGISNULL(2))
		options->guard = PG_GETARG_BOOL(2);
	if (!PG_ARGISNULL(3))
		options->events = PG_GETARG_BOOL(3);
	if (!PG_ARGISNULL(4))
		options->notify = PG_GETARG_BOOL(4);
	else if (!options->events)
		options->notify = false;
	if (!PG_ARGISNULL(5))
		options->confirm_by_other = PG_GETARG_BOOL(5);
	if (!PG_ARGISNULL(6))
		set_prefix(options, PG_GETARG_TEXT_PP(6));
	if (!PG_ARGISNULL(7))
		options->runs = PG_GETARG_BOOL(7);
	check_options(options);
}

/* The options of the row trigger, as arguments of CREATE TRIGGER. */
void
job_append_options(StringInfo sql, const JobOptions *options)
{
	appendStringInfo(sql, "'soft_delete', '%s', 'guard', '%s', 'confirm_by_other', '%s', 'id_prefix', %s",
					 options->soft_delete ? "on" : "off",
					 options->guard ? "on" : "off",
					 options->confirm_by_other ? "on" : "off",
					 quote_literal_cstr(options->id_prefix));
}
