/*
 * beside.h
 *	  Tables beside a job table, named after it: its events, its runs.
 */
#ifndef BATCH_JOB_BESIDE_H
#define BATCH_JOB_BESIDE_H

#include "base/batch_job.h"

/* A kind of them. */
typedef struct Beside
{
	const char *suffix;			/* of the name */
	const char *function;		/* of the triggers of the job table that name it */
	void		(*make) (const char *name, Oid job_table);
	void		(*check) (Oid table);	/* is it one of this kind? */
} Beside;

extern Oid	beside_user(Oid table, const Beside *kind);
extern Oid	beside_by_name(Oid job_table, const Beside *kind);
extern Oid	beside_take(Oid job_table, Oid known, const Beside *kind);
extern char *beside_id_collation(Oid job_table);
extern void beside_drop_triggers(Oid job_table, const Beside *kind);

#endif							/* BATCH_JOB_BESIDE_H */
