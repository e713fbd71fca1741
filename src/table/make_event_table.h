/*
 * make_event_table.h
 *	  Creates the event table of a job table.
 */
#ifndef BATCH_JOB_MAKE_EVENT_TABLE_H
#define BATCH_JOB_MAKE_EVENT_TABLE_H

#include "table/beside.h"

extern const Beside event_table_beside;

#endif							/* BATCH_JOB_MAKE_EVENT_TABLE_H */
