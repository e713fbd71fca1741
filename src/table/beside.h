/*
 * beside.h
 *	  The tables beside a job table, named after it: its events and its runs.
 */
#ifndef BATCH_JOB_BESIDE_H
#define BATCH_JOB_BESIDE_H

#include "base/batch_job.h"

#include "storage/lockdefs.h"

/* A kind of such tables. */
typedef struct Beside
{
	const char *suffix;			/* of the name */
	const char *function;		/* called by the job table's triggers that name the table */
	void		(*make) (const char *name, Oid job_table);
	void		(*check) (Oid table);	/* raises an error if it is not of this kind */
} Beside;

extern Oid	beside_user(Oid table, const Beside *kind);
extern Oid	beside_by_name(Oid job_table, const Beside *kind);
extern char *beside_free_name(Oid job_table, const char *suffix, const char *what);
extern Oid	beside_take(Oid job_table, Oid known, const Beside *kind);
extern void beside_lock_unless_in_use(Oid relation, LOCKMODE lock, const char *what);
extern char *beside_id_collation(Oid job_table);
extern void beside_drop_triggers(Oid job_table, const Beside *kind);

#endif							/* BATCH_JOB_BESIDE_H */
