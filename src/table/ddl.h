/*
 * ddl.h
 *	  Running the DDL that makes a table a job table.
 */
#ifndef BATCH_JOB_DDL_H
#define BATCH_JOB_DDL_H

#include "base/batch_job.h"

typedef struct OwnerScope
{
	int			guc_level;
	Oid			user;
	bool		is_owner;
	int			security_context;
} OwnerScope;

extern void owner_scope_begin(OwnerScope *scope, Oid table);
extern void owner_scope_end(OwnerScope *scope);
extern void owner_scope_check_rls(Oid table);
extern bool owner_scope_owns(Oid table);
extern void owner_scope_check_owner(Oid table);
extern void ddl_limit_lock_wait(void);
extern void ddl(const char *sql);
extern void ddl_make_trigger(Oid table, const char *function, int16 event, const char *name,
							 const char *timing, const char *rest);
extern void ddl_drop_triggers(Oid table, const char *function);
extern void ddl_drop_constraints(Oid table);
extern bool ddl_has_constraint(Oid table, const char *name);
extern bool ddl_has_status_check(Oid table);
extern const char *ddl_status_check(void);
extern void ddl_make_status_certain(Oid table);

#endif							/* BATCH_JOB_DDL_H */
