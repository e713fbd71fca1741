/*
 * catalog.h
 *	  Questions to the catalog that PostgreSQL's own C functions do not answer.
 */
#ifndef BATCH_JOB_CATALOG_H
#define BATCH_JOB_CATALOG_H

#include "base/batch_job.h"

extern Oid	catalog_oid(const char *sql);
extern char *catalog_text(const char *sql);

#endif							/* BATCH_JOB_CATALOG_H */
