/*
 * user_reference.c
 *	  The foreign key from a new job table to the application's users.
 */
#include "table/user_reference.h"

#include "access/genam.h"
#include "access/table.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "job/columns.h"
#include "job/job_table.h"

/* Error: 42809. */
static void
check_is_table(Relation users)
{
	if (users->rd_rel->relkind != RELKIND_RELATION && users->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a table", RelationGetRelationName(users))));
}

/*
 * The only column of the primary key; a foreign key cannot refer to a
 * deferrable one.  Error: 42830.
 */
static AttrNumber
key_column(Relation users)
{
	AttrNumber	attnum = InvalidAttrNumber;

	RelationGetIndexList(users);	/* also finds the primary key */
	if (OidIsValid(users->rd_pkindex))
	{
		Relation	index = index_open(users->rd_pkindex, AccessShareLock);

		if (IndexRelationGetNumberOfKeyAttributes(index) == 1 && index->rd_index->indimmediate)
			attnum = index->rd_index->indkey.values[0];
		index_close(index, AccessShareLock);
	}
	if (attnum == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_FOREIGN_KEY),
				 errmsg("table \"%s\" has no primary key of one column", RelationGetRelationName(users)),
				 errdetail("Column \"%s\" of a job table refers to one, which must not be deferrable.", job_column_name(JOB_CREATED_BY)),
				 errtable(users)));
	return attnum;
}

/*
 * user_reference
 *		"type COLLATE ... REFERENCES users (key) ON DELETE SET NULL": the
 *		definition of a column created_by that refers to this table.  The
 *		table's name in it is kept, to be checked once the column exists.
 *
 * Errors: 42P01 no such table, 42809 not a table, 42830 its primary key, 42804
 * the key's type.
 */
char *
user_reference(Oid users, TableName *kept)
{
	Relation	rel = job_table_lock(users, AccessShareLock);
	Form_pg_attribute key;
	const char *collation = "";
	char	   *definition;

	table_name_keep(kept, users);
	check_is_table(rel);
	key = TupleDescAttr(RelationGetDescr(rel), key_column(rel) - 1);
	if (!job_column_accepts(JOB_CREATED_BY, key->atttypid))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the primary key of table \"%s\" is of type %s, must be %s",
						RelationGetRelationName(rel), format_type_be(key->atttypid),
						job_column_types(JOB_CREATED_BY)),
				 errtable(rel)));
	if (OidIsValid(key->attcollation))
		collation = psprintf(" COLLATE %s", generate_collation_name(key->attcollation));
	definition = psprintf("%s%s REFERENCES %s (%s) ON DELETE SET NULL",
						  format_type_extended(key->atttypid, key->atttypmod,
											   FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY),
						  collation, job_relation_name(users), quote_identifier(NameStr(key->attname)));
	table_close(rel, NoLock);
	return definition;
}
