/*
 * open_jobs.h
 *	  The states of the open jobs of a table, in SQL.
 */
#ifndef BATCH_JOB_OPEN_JOBS_H
#define BATCH_JOB_OPEN_JOBS_H

#include "base/batch_job.h"

#include "lib/stringinfo.h"
#include "storage/lockdefs.h"
#include "utils/rel.h"

#include "base/plan.h"
#include "run/run_tables.h"

/* A job table, and its run tables if it has any. */
typedef struct OpenJobs
{
	Relation	jobs;
	bool		has_runs;
	RunTables	tables;
} OpenJobs;

/* SQL for the job j. */
#define STATUS_IS(status) \
	"j.status OPERATOR(pg_catalog.=) '" status "'::batch_job.status"

extern void open_jobs_of(Relation jobs, OpenJobs *open);
extern void open_jobs_of_argument(FunctionCallInfo fcinfo, int argument, OpenJobs *open);
extern void open_jobs_answer(FunctionCallInfo fcinfo, int table_argument, PlanBuilder builder, const Datum *values);
extern void open_jobs_append_source(StringInfo sql, const OpenJobs *open, const char *now);

#endif							/* BATCH_JOB_OPEN_JOBS_H */
