/*
 * options.h
 *	  Options of a job table.  They are stored in the arguments of the table's
 *	  triggers only: so there is nothing more to dump, and nothing that could
 *	  become stale.
 */
#ifndef BATCH_JOB_OPTIONS_H
#define BATCH_JOB_OPTIONS_H

#include "base/batch_job.h"

#include "lib/stringinfo.h"
#include "utils/rel.h"
#include "utils/reltrigger.h"

#include "id/id.h"

/*
 * The name of our trigger: it sorts after most names, so that the trigger runs
 * last.
 */
#define JOB_TRIGGER		"zz_batch_job"

typedef struct JobOptions
{
	bool		soft_delete;
	bool		guard;
	bool		events;			/* has the triggers that record events */
	bool		notify;			/* in the arguments of those triggers */
	bool		confirm_by_other;
	bool		runs;			/* has the trigger that names the run tables */
	char		id_prefix[ID_PREFIX_MAX + 1];
} JobOptions;

extern const JobOptions job_default_options;

extern const Trigger *job_trigger_calling(Relation rel, const char *function, int16 event);
extern const Trigger *job_trigger_of_table(Relation rel);
extern void job_options_read(const Trigger *trigger, JobOptions *options);
extern bool job_options_read_notify(const Trigger *trigger);
extern bool job_options_of_table(Relation rel, JobOptions *options);
extern void job_options_take(JobOptions *options, FunctionCallInfo fcinfo);
extern void job_append_options(StringInfo sql, const JobOptions *options);

#endif							/* BATCH_JOB_OPTIONS_H */
