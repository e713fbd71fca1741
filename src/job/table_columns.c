/*
 * table_columns.c
 *	  The columns of a table beside a job table: for CREATE TABLE, and to check
 *	  whether an existing table has them.
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

/* "name type constraint, ..." for CREATE TABLE. */
void
table_columns_append(StringInfo sql, const TableColumn *columns, int count, const char *id_collation)
{
	for (int i = 0; i < count; i++)
	{
		appendStringInfo(sql, "%s%s %s ", i > 0 ? ", " : "", columns[i].name, columns[i].type);
		appendStringInfo(sql, columns[i].constraint, id_collation);
	}
}

/* "COMMENT ON COLUMN ... IS ...;" for a table or view that has the columns. */
void
table_columns_append_comments(StringInfo sql, const char *table, const TableColumn *columns, int count)
{
	for (int i = 0; i < count; i++)
		appendStringInfo(sql, "COMMENT ON COLUMN %s.%s IS %s;", table, columns[i].name,
						 quote_literal_cstr(columns[i].comment));
}

/*
 * What is wrong with the columns of a table that should have these, as
 * sentences; "" if nothing is.
 */
char *
table_columns_faults(Oid table, const TableColumn *columns, int count)
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
	return faults.data;
}

/*
 * Rejects a table that has the name of one of ours but not its columns;
 * of_what says what our table would hold.  Error: 42P07.
 */
void
table_columns_check(Oid table, const TableColumn *columns, int count, const char *of_what)
{
	char	   *faults = table_columns_faults(table, columns, count);

	if (faults[0] != '\0')
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("relation \"%s\" already exists and is not a table of %s", get_rel_name(table), of_what),
				 errdetail("%s", faults),
				 errhint("Rename it, or the job table.")));
}
