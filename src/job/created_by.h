/*
 * created_by.h
 *	  The id of the user who created a job, in the type that the application's
 *	  user table has.
 */
#ifndef BATCH_JOB_CREATED_BY_H
#define BATCH_JOB_CREATED_BY_H

#include "base/batch_job.h"

#include "utils/rel.h"

extern Oid	job_user_type(Relation table);
extern Datum job_user_from_text(Relation table, text *user);
extern bool job_try_user_from_text(Relation table, text *user, Datum *value);

#endif							/* BATCH_JOB_CREATED_BY_H */
