/*
 * make_run_tables.h
 *	  Making the two tables of the option runs.
 */
#ifndef BATCH_JOB_MAKE_RUN_TABLES_H
#define BATCH_JOB_MAKE_RUN_TABLES_H

#include "table/beside.h"

extern const Beside run_table_beside;
extern const Beside type_table_beside;

#endif							/* BATCH_JOB_MAKE_RUN_TABLES_H */
