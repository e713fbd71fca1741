/*
 * read_events.c
 *	  Reading events in order, without ever skipping one that commits late.
 *
 * Events get their seq when they are written and become visible when their
 * transaction commits, in another order.  A reader that goes on behind the
 * highest seq that it saw loses what commits below.  That the oldest running
 * transaction (pg_snapshot_xmin) be younger than the event's own does not help:
 * a transaction with a lower seq may be younger than one with a higher seq.
 *
 * So each event has a horizon: the transaction id that was next after its seq
 * was taken.  Who has a lower seq had a transaction id before taking it, below
 * that horizon.  When all transactions below it are over, in the snapshot that
 * reads, no lower seq can become visible any more, and all up to this event can
 * be given.  The same holds where no seq is missing between the reader's
 * position and the event: then nobody can have one between them, and a long
 * transaction elsewhere does not hold back the reader.
 *
 * Restored from a dump, transaction ids are those of another cluster.  An event
 * that can be seen but whose transaction is still to come is such a one: nobody
 * here can have a lower seq.  (That its horizon is still to come says nothing:
 * a crash forgets the transactions that wrote nothing.)
 *
 * What is given here is done with elsewhere, so it must not be lost any more:
 * a transaction with synchronous_commit off is seen before it is on disk, and
 * after a crash others would get its numbers.
 */
#include "base/batch_job.h"

#include "access/relation.h"
#include "access/transam.h"
#include "access/xlog.h"
#include "access/xlog_internal.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/xid8.h"

#include "base/argument.h"
#include "base/plan.h"
#include "event/event_table.h"
#include "job/job_table.h"

#define COLUMNS	"seq, job_id, event, from_status, to_status, actor, at, xid, detail, horizon"

/* Whatever types of PostgreSQL's the owner has given them since: the caller gets what it was promised. */
#define RESULT_COLUMNS \
	"seq::pg_catalog.int8, job_id::pg_catalog.text, event::pg_catalog.text," \
	" from_status::pg_catalog.text, to_status::pg_catalog.text, actor::pg_catalog.text," \
	" at::pg_catalog.timestamptz, xid::pg_catalog.xid8, detail::pg_catalog.jsonb"

static void
build_read(PlanText *stmt, const void *subject)
{
	const Oid  *event_table = subject;

	plan_add_arg(stmt, INT8OID);	/* $1: after */
	plan_add_arg(stmt, INT4OID);	/* $2: max */
	plan_add_arg(stmt, XID8OID);	/* $3: next transaction id */
	appendStringInfo(&stmt->sql,
					 "WITH candidate AS MATERIALIZED ("
					 "SELECT " COLUMNS ", seq OPERATOR(pg_catalog.-) pg_catalog.row_number() OVER (ORDER BY seq) AS distance"
					 " FROM (SELECT " COLUMNS " FROM %s WHERE seq OPERATOR(pg_catalog.>) $1 ORDER BY seq LIMIT $2) event)"
					 " SELECT " RESULT_COLUMNS " FROM candidate"
					 " WHERE seq OPERATOR(pg_catalog.<=) (SELECT pg_catalog.max(seq) FROM candidate"
					 " WHERE distance OPERATOR(pg_catalog.=) $1"
					 " OR horizon OPERATOR(pg_catalog.<=) pg_catalog.pg_snapshot_xmin(pg_catalog.pg_current_snapshot())"
					 " OR xid OPERATOR(pg_catalog.>=) $3)"
					 " ORDER BY seq",
					 job_relation_name(*event_table));
}

static void
no_events(Relation job_table)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("table \"%s\" has no events", RelationGetRelationName(job_table)),
			 errhint("batch_job.attach(%s, events => true) switches them on.",
					 quote_literal_cstr(job_relation_name(RelationGetRelid(job_table)))),
			 errtable(job_table)));
}

static void
check_arguments(FunctionCallInfo fcinfo)
{
	check_not_null(fcinfo, 0, "after");
	check_not_null(fcinfo, 1, "max");
	if (PG_GETARG_INT64(0) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("after must not be negative")));
	if (PG_GETARG_INT32(1) < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("max must be at least 1")));
}

/*
 * Up to where there is WAL.  GetXLogInsertRecPtr says where the next record goes:
 * at the beginning of a page that is behind its header, which is not there yet
 * and cannot be flushed.
 */
static XLogRecPtr
end_of_wal(void)
{
	XLogRecPtr	next = GetXLogInsertRecPtr();
	uint64		header = XLogSegmentOffset(next, wal_segment_size) < XLOG_BLCKSZ ?
		SizeOfXLogLongPHD : SizeOfXLogShortPHD;

	return next % XLOG_BLCKSZ == header ? next - header : next;
}

/*
 * read_events(after bigint, max integer, job_table regclass)
 * returns setof (seq, job_id, event, from_status, to_status, actor, at, xid,
 * detail)
 *
 * At most max events behind the position after, in order of seq; none that
 * another event could still come before.  Errors: 22004, 22023 arguments, 55000
 * the table has no events, 42P16 its columns, 42501, those of job_table_open.
 */
PG_FUNCTION_INFO_V1(batch_job_read_events);
Datum
batch_job_read_events(PG_FUNCTION_ARGS)
{
	Relation	job_table;
	Relation	event_table;
	Oid			relid;
	Statement	plan;
	Datum		values[3];
	uint64		rows;

	check_arguments(fcinfo);
	values[0] = PG_GETARG_DATUM(0);
	values[1] = PG_GETARG_DATUM(1);
	job_table = job_table_open_argument(fcinfo, 2, AccessShareLock);
	relid = event_table_of(job_table);
	if (!OidIsValid(relid))
		no_events(job_table);
	event_table = job_table_lock(relid, AccessShareLock);
	event_table_check_readable(event_table);

	InitMaterializedSRF(fcinfo, 0);
	plan = (Statement) {build_read, NULL, relid, relid, &relid};
	SPI_connect();
	values[2] = FullTransactionIdGetDatum(ReadNextFullTransactionId());
	rows = plan_execute_into(&plan, values, ((ReturnSetInfo *) fcinfo->resultinfo)->setResult);
	if (rows > 0 && !RecoveryInProgress())
		XLogFlush(end_of_wal());
	SPI_finish();
	relation_close(event_table, NoLock);
	/* who has no right on it must not keep a lock on it */
	relation_close(job_table, AccessShareLock);
	return (Datum) 0;
}
