/*
 * fence.h
 *	  Fencing: a worker calls functions on its job with its run as the fencing
 *	  token; a worker that has lost the run is rejected.
 */
#ifndef BATCH_JOB_FENCE_H
#define BATCH_JOB_FENCE_H

#include "base/batch_job.h"

#include "datatype/timestamp.h"
#include "utils/rel.h"

#include "run/run_tables.h"

/* For items_done and items_total. */
#define ITEMS_UNKNOWN	(-1)

/* For retry_at. */
#define NO_RETRY		DT_NOEND

/* A run named by a worker. */
typedef struct Run
{
	Relation	job_table;
	RunTables	tables;
	text	   *id;				/* of the job */
	text	   *run;

	/* the columns of its row; pointers are valid until SPI_finish */
	int16		attempt;
	text	   *worker;			/* or NULL */
	text	   *type;
	int64		items_done;
	int64		items_total;
	const char *state;
	const char *outcome;		/* NULL while it is running */
	const char *ended_at;		/* as text; NULL while it is running */
	TimestampTz retry_at;
	bool		is_to_pause;
} Run;

/* How a run ends. */
typedef struct RunEnd
{
	const char *state;			/* label of batch_job.run_state: ended, waiting, paused */
	const char *outcome;		/* label of batch_job.run_outcome */
	Datum		error;			/* jsonb, or 0 */
	TimestampTz retry_at;		/* or NO_RETRY */
	Datum		checkpoint;		/* jsonb, or 0 to keep the old one */
} RunEnd;

extern text *run_new_token(void);
extern void run_open(Run *run, Relation job_table, text *id, text *token);
extern bool run_hold(Run *run, const char *outcome);
extern bool run_end(Run *run, const RunEnd *end);
extern Datum run_progress(const Run *run);
extern Datum run_event_detail(const text *token, int16 attempt, const text *worker);
extern void run_check_none_running(Relation job_table, const RunTables *tables, text *id);
extern void run_check_none_open(Relation job_table, const RunTables *tables, text *id);
extern void run_check_seen(const RunTables *tables, const text *id);
extern void run_cancel_waiting(Relation job_table, const RunTables *tables, text *id);
pg_noreturn extern void run_refuse(Run *run);

#endif							/* BATCH_JOB_FENCE_H */
