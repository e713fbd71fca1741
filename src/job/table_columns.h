/*
 * table_columns.h
 *	  The columns of a table beside a job table.
 */
#ifndef BATCH_JOB_TABLE_COLUMNS_H
#define BATCH_JOB_TABLE_COLUMNS_H

#include "base/batch_job.h"

#include "lib/stringinfo.h"

typedef struct TableColumn
{
	const char *name;
	const char *type;
	const char *constraint;		/* %s: the collation of the jobs' ids */
	const char *comment;
} TableColumn;

extern void table_columns_append(StringInfo sql, const TableColumn *columns, int count, const char *id_collation);
extern void table_columns_append_comments(StringInfo sql, const char *table, const TableColumn *columns, int count);
extern char *table_columns_faults(Oid table, const TableColumn *columns, int count);
extern void table_columns_check(Oid table, const TableColumn *columns, int count, const char *of_what);

#endif							/* BATCH_JOB_TABLE_COLUMNS_H */
