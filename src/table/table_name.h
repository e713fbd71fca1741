/*
 * table_name.h
 *	  Guards the name by which statements find a table.
 */
#ifndef BATCH_JOB_TABLE_NAME_H
#define BATCH_JOB_TABLE_NAME_H

#include "base/batch_job.h"

typedef struct TableName
{
	Oid			table;
	NameData	schema;
	NameData	name;
} TableName;

extern void table_name_keep(TableName *kept, Oid table);
extern void table_name_check(const TableName *kept);

#endif							/* BATCH_JOB_TABLE_NAME_H */
