/*
 * as_owner.c
 *	  Lets a trigger act as the owner of its table.
 */
#include "base/as_owner.h"

#include "utils/guc.h"

/*
 * as_owner_begin
 *		Acts as the owner of the table until as_owner_end or an error, as
 *		foreign key triggers do, so that users who change jobs need no rights
 *		on the tables beside them.
 *
 * The owner's triggers on those tables then run as the owner, whoever changed
 * the job.  That user must not choose which objects they find, hence the
 * search_path.
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
