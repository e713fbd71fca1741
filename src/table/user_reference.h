/*
 * user_reference.h
 *	  The foreign key from a new job table to the application's users.
 */
#ifndef BATCH_JOB_USER_REFERENCE_H
#define BATCH_JOB_USER_REFERENCE_H

#include "base/batch_job.h"

#include "table/table_name.h"

extern char *user_reference(Oid users, TableName *kept);

#endif							/* BATCH_JOB_USER_REFERENCE_H */
