/*
 * catalog.c
 *	  Questions to the catalog that PostgreSQL's own C functions do not answer.
 */
#include "table/catalog.h"

#include "executor/spi.h"

static bool
query(const char *sql)
{
	if (SPI_execute(sql, false, 1) != SPI_OK_SELECT)
		elog(ERROR, "query failed: %s", sql);
	return SPI_processed > 0;
}

/* The first value of a query, an oid; InvalidOid without one.  The caller is connected to SPI. */
Oid
catalog_oid(const char *sql)
{
	bool		isnull = true;
	Datum		value = (Datum) 0;

	if (query(sql))
		value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);
	return isnull ? InvalidOid : DatumGetObjectId(value);
}

/* The first value of a query, as text; NULL without one.  The caller is connected to SPI. */
char *
catalog_text(const char *sql)
{
	return query(sql) ? SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1) : NULL;
}
