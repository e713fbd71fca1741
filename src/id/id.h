/*
 * id.h
 *	  Job ids: a prefix, an underscore, and a ULID.
 */
#ifndef BATCH_JOB_ID_H
#define BATCH_JOB_ID_H

#include "base/batch_job.h"

#include "id/id_form.h"

extern void id_prefix_check(const char *prefix, size_t len);
extern const char *id_shown(const text *id);
extern text *id_generate(const char *prefix, size_t len);

#endif							/* BATCH_JOB_ID_H */
