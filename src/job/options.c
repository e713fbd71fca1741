/*
 * options.c
 *	  Options of a job table: see options.h.
 *
 * The arguments of a trigger are pairs of name and value, so that SQL can read
 * them as an object: jsonb_object(text[]).
 */
#include "job/options.h"

#include "nodes/value.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"

/* Of attach: the guard is off, for the application was there before it. */
const JobOptions job_default_options = {
	.soft_delete = true,
	.guard = false,
	.events = false,
	.notify = false,
	.confirm_by_other = false,
	.id_prefix = "batch",
};

static void
invalid_argument(const Trigger *trigger, const char *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("trigger \"%s\" has an invalid argument: \"%s\"", trigger->tgname, name),
			 errhint("Drop the trigger and run batch_job.attach() on the table again.")));
}

static void
read_bool(const Trigger *trigger, const char *name, const char *value, bool *option)
{
	if (!parse_bool(value, option))
		invalid_argument(trigger, name);
}

static void
read_option(const Trigger *trigger, const char *name, const char *value, JobOptions *options)
{
	if (strcmp(name, "soft_delete") == 0)
		read_bool(trigger, name, value, &options->soft_delete);
	else if (strcmp(name, "guard") == 0)
		read_bool(trigger, name, value, &options->guard);
	else if (strcmp(name, "confirm_by_other") == 0)
		read_bool(trigger, name, value, &options->confirm_by_other);
	else if (strcmp(name, "id_prefix") == 0)
	{
		if (!id_prefix_is_valid(value, strlen(value)))
			invalid_argument(trigger, name);
		strlcpy(options->id_prefix, value, sizeof options->id_prefix);
	}
	else
		invalid_argument(trigger, name);
}

typedef void (*OptionReader) (const Trigger *trigger, const char *name, const char *value,
							  JobOptions *options);

/* What the triggers of events have. */
static void
read_event_option(const Trigger *trigger, const char *name, const char *value, JobOptions *options)
{
	if (strcmp(name, "notify") != 0)
		invalid_argument(trigger, name);
	read_bool(trigger, name, value, &options->notify);
}

static void
read_arguments(const Trigger *trigger, OptionReader read, JobOptions *options)
{
	if (trigger->tgnargs % 2 != 0)
		invalid_argument(trigger, trigger->tgargs[trigger->tgnargs - 1]);
	for (int i = 0; i < trigger->tgnargs; i += 2)
		read(trigger, trigger->tgargs[i], trigger->tgargs[i + 1], options);
}

/* Reads the options that are in the arguments of our row trigger.  Error: 22023. */
void
job_options_read(const Trigger *trigger, JobOptions *options)
{
	*options = job_default_options;
	read_arguments(trigger, read_option, options);
}

/* Does a trigger of events notify?  Error: 22023. */
bool
job_options_read_notify(const Trigger *trigger)
{
	JobOptions	options = job_default_options;

	read_arguments(trigger, read_event_option, &options);
	return options.notify;
}

/*
 * The first trigger of a table that calls this function of ours on this event
 * (TRIGGER_TYPE_INSERT, ...; 0: on any); NULL without one.  It stays until the
 * next look at the catalog.
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

/* Our trigger on a table, by whatever name; NULL when it is not a job table. */
const Trigger *
job_trigger_of_table(Relation rel)
{
	return job_trigger_calling(rel, "maintain_row", 0);
}

/*
 * The options of a table; false, and the defaults, when it is not a job table.
 * Each trigger is read before the next is looked up: a look at the catalog may
 * make the table's triggers be read anew.
 */
bool
job_options_of_table(Relation rel, JobOptions *options)
{
	const Trigger *trigger = job_trigger_of_table(rel);
	bool		is_job_table = trigger != NULL;

	*options = job_default_options;
	if (is_job_table)
		read_arguments(trigger, read_option, options);
	trigger = job_trigger_calling(rel, "record_events", 0);
	options->events = trigger != NULL;
	options->notify = trigger != NULL && job_options_read_notify(trigger);
	return is_job_table;
}

/* Do the options fit together?  Error: 22023. */
static void
check_options(const JobOptions *options)
{
	if (options->notify && !options->events)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("option notify needs option events"),
				 errdetail("A notification tells that there are new events to read.")));
}

static void
set_prefix(JobOptions *options, const text *prefix)
{
	id_prefix_check(VARDATA_ANY(prefix), VARSIZE_ANY_EXHDR(prefix));
	text_to_cstring_buffer(prefix, options->id_prefix, sizeof options->id_prefix);
}

/*
 * Changes the options to what a caller of create_table or attach asks for,
 * which both have as arguments 1 to 6; NULL: as they are.  Error: 22023.
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
	check_options(options);
}

/* The options of a row, as arguments of CREATE TRIGGER. */
void
job_append_options(StringInfo sql, const JobOptions *options)
{
	appendStringInfo(sql, "'soft_delete', '%s', 'guard', '%s', 'confirm_by_other', '%s', 'id_prefix', %s",
					 options->soft_delete ? "on" : "off",
					 options->guard ? "on" : "off",
					 options->confirm_by_other ? "on" : "off",
					 quote_literal_cstr(options->id_prefix));
}
