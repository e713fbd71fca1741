/*
 * as_owner.c
 *	  Acting as the owner of a table within a trigger of it.
 */
#include "base/as_owner.h"

#include "utils/guc.h"

/*
 * as_owner_begin
 *		Until as_owner_end, or an error: acts as the owner of the table, like the
 *		triggers of a foreign key, so that who changes jobs needs no rights on the
 *		tables beside them.
 *
 * The owner's triggers on those tables then run as the owner whoever it was that
 * changed a job, who must not choose what they find.
 */
void
as_owner_begin(AsOwner *scope, Relation table)
{
	scope->guc_level = NewGUCNestLevel();
	set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION,
					  GUC_ACTION_SAVE, true, 0, false);
	GetUserIdAndSecContext(&scope->user, &scope->security_context);
	SetUserIdAndSecContext(table->rd_rel->relowner,
						   scope->security_context | SECURITY_LOCAL_USERID_CHANGE | SECURITY_NOFORCE_RLS);
}

void
as_owner_end(const AsOwner *scope)
{
	SetUserIdAndSecContext(scope->user, scope->security_context);
	AtEOXact_GUC(false, scope->guc_level);
}
