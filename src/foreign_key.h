/*
 * foreign_key.h
 *	  The rows that a job refers to by foreign keys.
 */
#ifndef FOREIGN_KEY_H
#define FOREIGN_KEY_H

#include "batch_job.h"

#include "executor/tuptable.h"
#include "utils/rel.h"

extern bool foreign_key_cascade_orphans(Relation rel, TupleTableSlot *slot);

#endif							/* FOREIGN_KEY_H */
