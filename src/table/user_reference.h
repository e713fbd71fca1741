/*
 * user_reference.h
 *	  The foreign key of a new job table to the application's users.
 */
#ifndef BATCH_JOB_USER_REFERENCE_H
#define BATCH_JOB_USER_REFERENCE_H

#include "base/batch_job.h"

extern char *user_reference(Oid users);

#endif							/* BATCH_JOB_USER_REFERENCE_H */
