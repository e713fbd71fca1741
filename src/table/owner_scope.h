/*
 * owner_scope.h
 *	  Acts as the owner of a table.
 */
#ifndef BATCH_JOB_OWNER_SCOPE_H
#define BATCH_JOB_OWNER_SCOPE_H

#include "base/batch_job.h"

#include "nodes/pg_list.h"

#include "table/table_name.h"

typedef struct OwnerScope
{
	int			guc_level;
	Oid			user;
	bool		is_owner;
	int			security_context;
	TableName	name;			/* of the table that statements name, if any */
} OwnerScope;

extern void owner_scope_begin(OwnerScope *scope, Oid table);
extern void owner_scope_end(OwnerScope *scope);
extern void owner_scope_check_rls(Oid table);
extern bool owner_scope_owns(Oid table);
extern List *owner_scope_parts(Oid job_table);
extern void owner_scope_check_owner(Oid table);
extern void limit_lock_wait(void);

#endif							/* BATCH_JOB_OWNER_SCOPE_H */
