/*
 * make_run_tables.h
 *	  Creates the two tables of the option runs.
 */
#ifndef BATCH_JOB_MAKE_RUN_TABLES_H
#define BATCH_JOB_MAKE_RUN_TABLES_H

#include "table/beside.h"

/*
 * Vacuum tables that claims search when one row in fifty is dead, instead of
 * one in five.
 */
#define QUEUE_VACUUM "autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0.02"

extern const Beside run_table_beside;
extern const Beside type_table_beside;

#endif							/* BATCH_JOB_MAKE_RUN_TABLES_H */
