/*
 * columns.h
 *	  The columns of a job, and where a tuple, table, or row has them.
 */
#ifndef BATCH_JOB_COLUMNS_H
#define BATCH_JOB_COLUMNS_H

#include "base/batch_job.h"

#include "access/tupdesc.h"
#include "executor/tuptable.h"
#include "lib/stringinfo.h"
#include "utils/rel.h"

#include "job/status.h"

/* The attributes of the type batch_job.batch_job, in their order. */
typedef enum JobColumn
{
	JOB_ID,
	JOB_CREATED_AT,
	JOB_UPDATED_AT,
	JOB_DELETED_AT,
	JOB_TYPE,
	JOB_CREATED_BY,
	JOB_CONTEXT,
	JOB_RESULT,
	JOB_DRY_RUN,
	JOB_PRE_PROCESSED_AT,
	JOB_PROCESSING_AT,
	JOB_CONFIRMED_AT,
	JOB_COMPLETED_AT,
	JOB_CANCELED_AT,
	JOB_FAILED_AT,
	JOB_STATUS
} JobColumn;

#define JOB_COLUMNS		(JOB_STATUS + 1)

/* Names of our constraints; a constraint's name is unique within its table only. */
#define CONTEXT_OBJECT	"batch_job_context_object"
#define RESULT_SOUND	"batch_job_result_sound"
#define STATUS_DERIVED	"batch_job_status_derived"
#define STATUS_KNOWN	"batch_job_status_known"

/* Where a tuple has the columns; InvalidAttrNumber for those it does not have. */
typedef struct JobLayout
{
	AttrNumber	attnum[JOB_COLUMNS];
} JobLayout;

/*
 * SQL for a time stamp at this time, but never before one that the job already
 * has.  A deletion ignores created_at, which the application may have set: one
 * in the future would keep the job from being purged.
 */
#define JOB_STAMP(time)		"GREATEST(" time ", created_at, " JOB_STAMPS ")"
#define JOB_DELETION(time)	"GREATEST(" time ", " JOB_STAMPS ")"
#define JOB_STAMPS \
	"pre_processed_at, confirmed_at, processing_at, completed_at, canceled_at, failed_at"

/* SQL for when a job ended; alias is "" or "j." */
#define JOB_OVER_AT(alias)	"GREATEST(" alias "completed_at, " alias "canceled_at, " alias "failed_at)"

extern const char *job_column_name(JobColumn column);
extern JobColumn job_stamp_column(JobStatus status);
extern bool job_column_accepts(JobColumn column, Oid type);
extern const char *job_column_type_name(JobColumn column);
extern Oid	job_column_type(JobColumn column);
extern char *job_column_missing(JobColumn column);
extern char *job_column_of_wrong_type(JobColumn column, Oid type);

extern void job_layout_locate(TupleDesc desc, JobLayout *layout);
extern void job_layout_find(TupleDesc desc, JobLayout *layout, StringInfo faults);
extern void job_layout_of_table(Relation rel, JobLayout *layout);
extern TupleTableSlot *job_row_open(HeapTupleHeader row, JobLayout *layout);
extern void job_fault(StringInfo faults, const char *sentence);
extern JobStatus job_row_status(Datum job);
extern JobStatus job_layout_status(const JobLayout *layout, TupleTableSlot *slot);

extern char *job_value_as_text(TupleTableSlot *slot, AttrNumber attnum);

extern char *job_column_types(JobColumn column);
extern void job_append_column_definitions(StringInfo sql, const char *created_by);
extern void job_append_column_comments(StringInfo sql, const char *relation);
extern void job_append_derived_status(StringInfo sql);
extern void job_append_row(StringInfo sql);
extern void job_append_row_of(StringInfo sql, const char *table);

#endif							/* BATCH_JOB_COLUMNS_H */
