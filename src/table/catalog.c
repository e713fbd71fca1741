/*
 * catalog.c
 *	  Catalog queries for which PostgreSQL has no C function.
 */
#include "table/catalog.h"

#include "executor/spi.h"

static uint64
query(const char *sql, long max_rows)
{
	if (SPI_execute(sql, false, max_rows) != SPI_OK_SELECT)
		elog(ERROR, "query failed: %s", sql);
	return SPI_processed;
}

static Oid
oid_of_row(uint64 row)
{
	bool		isnull;
	Datum		value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 1, &isnull);

	return isnull ? InvalidOid : DatumGetObjectId(value);
}

/*
 * The first value of a query, an OID; InvalidOid if there is none.  The caller
 * is connected to SPI.
 */
Oid
catalog_oid(const char *sql)
{
	return query(sql, 1) > 0 ? oid_of_row(0) : InvalidOid;
}

/*
 * The first value of each row of a query, an OID. The caller is connected to
 * SPI.
 */
List *
catalog_oids(const char *sql)
{
	List	   *oids = NIL;
	uint64		rows = query(sql, 0);

	for (uint64 row = 0; row < rows; row++)
		oids = lappend_oid(oids, oid_of_row(row));
	return oids;
}

/*
 * The first value of a query, as text; NULL if there is none.  The caller is
 * connected to SPI.
 */
char *
catalog_text(const char *sql)
{
	return query(sql, 1) > 0 ? SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1) : NULL;
}
