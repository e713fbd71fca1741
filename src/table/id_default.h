/*
 * id_default.h
 *	  The default of the column id of a job table.
 */
#ifndef BATCH_JOB_ID_DEFAULT_H
#define BATCH_JOB_ID_DEFAULT_H

#include "base/batch_job.h"

extern void id_default_set(Oid table, const char *prefix);
extern void id_default_drop(Oid table);

#endif							/* BATCH_JOB_ID_DEFAULT_H */
