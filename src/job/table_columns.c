/*
 * table_columns.c
 *	  The columns of a table that is made beside a job table: for CREATE TABLE,
 *	  and to see whether one that is there has them.
 */
#include "job/table_columns.h"

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"

#include "job/columns.h"

static Oid
type_of(const TableColumn *column)
{
	return DatumGetObjectId(DirectFunctionCall1(regtypein, CStringGetDatum(column->type)));
}

/* "name type constraint, ...": for CREATE TABLE. */
void
table_columns_append(StringInfo sql, const TableColumn *columns, int count, const char *id_collation)
{
	for (int i = 0; i < count; i++)
	{
		appendStringInfo(sql, "%s%s %s ", i > 0 ? ", " : "", columns[i].name, columns[i].type);
		appendStringInfo(sql, columns[i].constraint, id_collation);
	}
}

/* "COMMENT ON COLUMN ... IS ...;": for a table or view that has the columns. */
void
table_columns_append_comments(StringInfo sql, const char *table, const TableColumn *columns, int count)
{
	for (int i = 0; i < count; i++)
		appendStringInfo(sql, "COMMENT ON COLUMN %s.%s IS %s;", table, columns[i].name,
						 quote_literal_cstr(columns[i].comment));
}

/*
 * Refuses a table that has the name of one of ours but not its columns; of_what
 * says what it would be a table of.  Error: 42P07.
 */
void
table_columns_check(Oid table, const TableColumn *columns, int count, const char *of_what)
{
	StringInfoData faults;

	initStringInfo(&faults);
	for (int i = 0; i < count; i++)
	{
		AttrNumber	attnum = get_attnum(table, columns[i].name);
		Oid			type = type_of(&columns[i]);

		if (attnum == InvalidAttrNumber)
			job_fault(&faults, psprintf("Column \"%s\" (%s) is missing.", columns[i].name, format_type_be(type)));
		else if (get_atttype(table, attnum) != type)
			job_fault(&faults, psprintf("Column \"%s\" is of type %s, must be %s.", columns[i].name,
										format_type_be(get_atttype(table, attnum)), format_type_be(type)));
	}
	if (faults.len > 0)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("relation \"%s\" is there already and is not a table of %s", get_rel_name(table), of_what),
				 errdetail("%s", faults.data),
				 errhint("Rename it, or the job table.")));
}
