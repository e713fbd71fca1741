/*
 * run_tables.h
 *	  The two tables of the option runs: the runs of a job table, and the
 *	  settings of its job types.
 */
#ifndef BATCH_JOB_RUN_TABLES_H
#define BATCH_JOB_RUN_TABLES_H

#include "base/batch_job.h"

#include "lib/stringinfo.h"
#include "utils/rel.h"

typedef struct RunTables
{
	Oid			runs;			/* <table>_run */
	Oid			types;			/* <table>_type */
} RunTables;

extern bool run_tables_of(Relation job_table, RunTables *tables);
extern bool run_tables_of_oid(Oid job_table, RunTables *tables);
extern void run_tables_need(Relation job_table, RunTables *tables);
extern void run_tables_lock(Relation job_table, LOCKMODE lock, RunTables *tables);
extern char *run_table_name(const RunTables *tables);
extern char *type_table_name(const RunTables *tables);
extern void run_table_append_columns(StringInfo sql, const char *id_collation);
extern void type_table_append_columns(StringInfo sql);
extern void run_table_append_comments(StringInfo sql, const char *table);
extern void type_table_append_comments(StringInfo sql, const char *table);
extern void run_table_check_columns(Oid table);
extern void type_table_check_columns(Oid table);

#endif							/* BATCH_JOB_RUN_TABLES_H */
