/*
 * attach.h
 *	  Making a table a job table.
 */
#ifndef ATTACH_H
#define ATTACH_H

#include "batch_job.h"

#include "options.h"

extern void attach_defaults(Oid table, const JobOptions *options);
extern void attach_trigger(Oid table, const JobOptions *options);
extern Oid	attach_live_view(Oid table);

#endif							/* ATTACH_H */
