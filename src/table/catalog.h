/*
 * catalog.h
 *	  Catalog queries for which PostgreSQL has no C function.
 */
#ifndef BATCH_JOB_CATALOG_H
#define BATCH_JOB_CATALOG_H

#include "base/batch_job.h"

#include "nodes/pg_list.h"

extern Oid	catalog_oid(const char *sql);
extern List *catalog_oids(const char *sql);
extern char *catalog_text(const char *sql);

#endif							/* BATCH_JOB_CATALOG_H */
