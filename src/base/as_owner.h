/*
 * as_owner.h
 *	  Lets a trigger act as the owner of its table.
 */
#ifndef BATCH_JOB_AS_OWNER_H
#define BATCH_JOB_AS_OWNER_H

#include "base/batch_job.h"

#include "utils/rel.h"

typedef struct AsOwner
{
	int			guc_level;
	Oid			user;
	int			security_context;
} AsOwner;

extern void as_owner_begin(AsOwner *scope, Relation table);
extern void as_owner_end(const AsOwner *scope);

#endif							/* BATCH_JOB_AS_OWNER_H */
