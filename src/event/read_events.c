/*
 * read_events.c
 *	  Reads events in order, without ever skipping one that commits late.
 *
 * Events get their seq when they are written, but they become visible in
 * another order, namely when their transactions commit.  A reader that
 * continues after the highest seq it has seen misses events with a lower seq
 * that commit later.  Waiting until the oldest running transaction
 * (pg_snapshot_xmin) is younger than the event's own does not help: a
 * transaction with a lower seq may be younger than one with a higher seq.
 *
 * So each event has a horizon: the transaction id that was next after its seq
 * was taken.  A transaction with a lower seq got its transaction id before
 * that seq, so its id is below the horizon.  Once all transactions below the
 * horizon are over in the reading snapshot, no lower seq can become visible
 * any more, and all events up to this one can be returned.  The same holds if
 * no seq is missing between the reader's position and the event: then no
 * transaction can have one between them, and a long transaction elsewhere does
 * not hold back the reader.
 *
 * After a restore from a dump, the transaction ids are those of another
 * cluster.  A visible event whose transaction id is still in the future is a
 * restored one: no transaction here can have a lower seq. (A horizon in the
 * future proves nothing, because a crash forgets transactions that wrote
 * nothing.)
 *
 * Readers act on what is returned here, so it must not be lost any more: a
 * transaction with synchronous_commit off becomes visible before it is on
 * disk, and after a crash its numbers would be given to other events.
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

/*
 * The owner may have changed the columns to other built-in types; the caller
 * gets the promised ones.
 */
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
 * The end of the existing WAL. GetXLogInsertRecPtr returns where the next
 * record will go; at the beginning of a page that is after the page header,
 * which does not exist yet and cannot be flushed.
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
 *	detail)
 *
 * At most max events after the position "after", in order of seq, and none
 * that another event could still precede.  Errors: 22004, 22023 arguments,
 * 55000 the table has no events, 42P16 its columns, 42501, those of
 * job_table_open.
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
	rows = plan_execute_into(&plan, values, (ReturnSetInfo *) fcinfo->resultinfo);
	if (rows > 0 && !RecoveryInProgress())
		XLogFlush(end_of_wal());
	SPI_finish();
	relation_close(event_table, NoLock);
	/* a caller without rights on the table must not keep a lock on it */
	relation_close(job_table, AccessShareLock);
	return (Datum) 0;
}
