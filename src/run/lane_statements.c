/*
 * lane_statements.c
 *	  The SQL that finds jobs in the order of their lanes: see lanes.c.
 */
#include "run/lane_statements.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#include "job/columns.h"
#include "job/created_by.h"
#include "job/job_table.h"
#include "run/queue_columns.h"

/* The sort keys of a lane's jobs, in the order of their index. */
typedef enum LanePart
{
	PART_STATUS,
	PART_TYPE,
	PART_OWNER,
	PART_PRIORITY,
	PART_DUE,
	PART_ID
} LanePart;

#define LANE_PARTS	(PART_ID + 1)

static const char *const statuses[LANE_KINDS] = {
	[LANE_CONFIRMED] = "'confirmed'::batch_job.status",
	[LANE_CREATED] = "'created'::batch_job.status",
};

/*
 * The columns, NULL for those that a lane does not have, and the values they
 * are compared with.
 */
typedef struct LaneKey
{
	const char *columns[LANE_PARTS];
	const char *values[LANE_PARTS];
} LaneKey;

static LaneKey
key_of(const LaneStatement *lane)
{
	LaneKey		key = {
		{NULL, "r.type", NULL, "r.priority", "r.retry_at", "r.job_id"},
		{statuses[lane->kind], "$1", "$7", "$2", "$3", "$4"}
	};
	Relation	jobs = lane->source->jobs;

	if (lane->kind == LANE_WAITING)
		return key;
	key.columns[PART_STATUS] = "j.status";
	key.columns[PART_TYPE] = "j.type";
	key.columns[PART_OWNER] = lane->has_owner ? "j.created_by" : NULL;
	key.columns[PART_PRIORITY] = queue_priority_column(jobs);
	key.columns[PART_DUE] = queue_due(jobs);
	key.columns[PART_ID] = "j.id";
	return key;
}

/* "a, b, ..." */
static void
append_list(StringInfo sql, const LaneKey *key, const char *const *items, LanePart first, LanePart last)
{
	const char *separator = "";

	for (int part = first; part <= (int) last; part++)
	{
		if (key->columns[part] == NULL)
			continue;
		appendStringInfo(sql, "%s%s", separator, items[part]);
		separator = ", ";
	}
}

/*
 * " AND column = value ...".  Such a condition ends an index scan.  A row
 * comparison only tells it where to begin; when few jobs are found, the scan
 * would continue over all other types.
 */
static void
append_equal(StringInfo sql, const LaneKey *key, LanePart first, LanePart last)
{
	for (int part = first; part <= (int) last; part++)
		if (key->columns[part] != NULL)
			appendStringInfo(sql, " AND %s OPERATOR(pg_catalog.=) %s", key->columns[part], key->values[part]);
}

/* " AND ROW(columns) > ROW(values)": where a scan begins. */
static void
append_behind(StringInfo sql, const LaneKey *key, LanePart first, LanePart last)
{
	appendStringInfoString(sql, " AND ROW(");
	append_list(sql, key, key->columns, first, last);
	appendStringInfoString(sql, ") OPERATOR(pg_catalog.>) ROW(");
	append_list(sql, key, key->values, first, last);
	appendStringInfoChar(sql, ')');
}

static void
append_order(StringInfo sql, const LaneStatement *lane)
{
	LaneKey		key = key_of(lane);

	if (lane->by_owner)
		key.columns[PART_OWNER] = "j.created_by";
	appendStringInfoString(sql, " ORDER BY ");
	append_list(sql, &key, key.columns, PART_STATUS, PART_ID);
}

/*
 * " FROM ... WHERE ...": jobs that can be taken, in a form that matches the
 * partial indexes.
 */
static void
append_source(StringInfo sql, const LaneStatement *lane)
{
	const LaneSource *source = lane->source;
	const char *jobs = job_relation_name(RelationGetRelid(source->jobs));
	const char *runs = run_table_name(&source->tables);

	if (lane->kind == LANE_WAITING)
		appendStringInfo(sql, " FROM %s r WHERE r.state OPERATOR(pg_catalog.=) 'waiting'::batch_job.run_state", runs);
	else
		appendStringInfo(sql, " FROM %s j WHERE j.deleted_at IS NULL"
						 " AND j.status OPERATOR(pg_catalog.<) 'completed'::batch_job.status", jobs);
}

/* All jobs of a lane. */
static void
append_lane(StringInfo sql, const LaneStatement *lane)
{
	LaneKey		key = key_of(lane);

	append_source(sql, lane);
	append_equal(sql, &key, PART_STATUS, PART_OWNER);
	if (lane->by_owner && !lane->has_owner)
		appendStringInfoString(sql, " AND j.created_by IS NULL");
}

static const char *
priority_of(const LaneKey *key)
{
	return key->columns[PART_PRIORITY] != NULL ? key->columns[PART_PRIORITY] : "0";
}

static void
add_args(PlanText *stmt, const LaneStatement *lane)
{
	plan_add_arg(stmt, TEXTOID);
	plan_add_arg(stmt, INT8OID);
	plan_add_arg(stmt, TIMESTAMPTZOID);
	plan_add_arg(stmt, TEXTOID);
	plan_add_arg(stmt, TIMESTAMPTZOID);
	plan_add_arg(stmt, INT8OID);
	plan_add_arg(stmt, job_user_type(lane->source->jobs));
	plan_add_arg(stmt, TEXTARRAYOID);
	plan_add_arg(stmt, BOOLOID);
	plan_add_arg(stmt, BOOLOID);
}

/* The first job of the lane with a priority after $2. */
void
lane_build_head(PlanText *stmt, const void *subject)
{
	const LaneStatement *lane = subject;
	LaneKey		key = key_of(lane);

	add_args(stmt, lane);
	appendStringInfo(&stmt->sql, "SELECT %s::pg_catalog.int8, %s", priority_of(&key), key.columns[PART_DUE]);
	append_lane(&stmt->sql, lane);
	if (key.columns[PART_PRIORITY] != NULL)
		append_behind(&stmt->sql, &key, PART_PRIORITY, PART_PRIORITY);
	append_order(&stmt->sql, lane);
	appendStringInfoString(&stmt->sql, " LIMIT 1");
}

/* The first job of the lane after its position, even if it cannot be taken. */
void
lane_build_next(PlanText *stmt, const void *subject)
{
	const LaneStatement *lane = subject;
	LaneKey		key = key_of(lane);

	add_args(stmt, lane);
	appendStringInfo(&stmt->sql, "SELECT %s::pg_catalog.int8, %s", priority_of(&key), key.columns[PART_DUE]);
	append_lane(&stmt->sql, lane);
	append_behind(&stmt->sql, &key, PART_PRIORITY, PART_ID);
	append_order(&stmt->sql, lane);
	appendStringInfoString(&stmt->sql, " LIMIT 1");
}

/*
 * A step of the walk: the first job whose name is greater than that of h;
 * without h, the first job of all.
 */
static void
append_step(StringInfo sql, const LaneStatement *lane, LanePart part, bool first)
{
	LaneKey		key = key_of(lane);

	appendStringInfo(sql, "SELECT %s AS name, %s::pg_catalog.int8 AS priority, %s AS due",
					 key.columns[part], priority_of(&key), key.columns[PART_DUE]);
	append_source(sql, lane);
	appendStringInfo(sql, " AND %s IS NOT NULL", key.columns[part]);
	append_equal(sql, &key, PART_STATUS, part - 1);
	key.values[part] = "h.name";
	if (!first)
		append_behind(sql, &key, part, part);
	append_order(sql, lane);
	appendStringInfoString(sql, " LIMIT 1");
}

/*
 * The heads of all types, or of all owners within type $1, found by a loose
 * index scan.
 */
void
lane_build_walk(PlanText *stmt, const void *subject)
{
	const LaneStatement *lane = subject;
	LanePart	part = lane->by_owner ? PART_OWNER : PART_TYPE;

	add_args(stmt, lane);
	appendStringInfoString(&stmt->sql, "WITH RECURSIVE heads AS ((");
	append_step(&stmt->sql, lane, part, true);
	appendStringInfoString(&stmt->sql, ") UNION ALL SELECT n.name, n.priority, n.due FROM heads h CROSS JOIN LATERAL (");
	append_step(&stmt->sql, lane, part, false);
	appendStringInfoString(&stmt->sql, ") n) SELECT priority, due, name::pg_catalog.text FROM heads");
}

/* Jobs of the lane's current priority, after its position, and due before $5. */
static void
append_due(StringInfo sql, const LaneKey *key)
{
	append_equal(sql, key, PART_PRIORITY, PART_PRIORITY);
	append_behind(sql, key, PART_DUE, PART_ID);
	appendStringInfo(sql, " AND %s OPERATOR(pg_catalog.<) $5", key->columns[PART_DUE]);
}

/*
 * Finds first attempts and preparations.  A run is looked up by its key and
 * its state checked on the row, hence IS TRUE: with statistics from a time
 * without runs, the index of runs that are not over would be read as a whole.
 * A join planned for few runs would read them all as well; OFFSET keeps the
 * subquery from becoming one.
 */
void
lane_build_find(PlanText *stmt, const void *subject)
{
	const LaneStatement *lane = subject;
	LaneKey		key = key_of(lane);
	StringInfo	sql = &stmt->sql;

	add_args(stmt, lane);
	appendStringInfo(sql, "SELECT %s::pg_catalog.int8, %s, j.id::pg_catalog.text, j.type::pg_catalog.text,"
					 " j.created_by::pg_catalog.text, ", priority_of(&key), key.columns[PART_DUE]);
	if (lane->kind == LANE_CONFIRMED)
		appendStringInfoString(sql, "NULL::batch_job.batch_job");	/* changes when started */
	else
		job_append_row(sql);
	append_lane(sql, lane);
	append_due(sql, &key);
	appendStringInfo(sql, " AND NOT EXISTS (SELECT FROM %s r WHERE r.job_id OPERATOR(pg_catalog.=) j.id"
					 " AND (r.state OPERATOR(pg_catalog.<>) 'ended'::batch_job.run_state) IS TRUE OFFSET 0)",
					 run_table_name(&lane->source->tables));
	append_order(sql, lane);
	appendStringInfoString(sql, " LIMIT $6 FOR NO KEY UPDATE OF j SKIP LOCKED");
}

/*
 * Finds further attempts, and runs that must be ended because their jobs are
 * over.  Again without a join.  If $8, the excluded owners, is NULL, only jobs
 * without an owner are found.
 */
void
lane_build_find_waiting(PlanText *stmt, const void *subject)
{
	const LaneStatement *lane = subject;
	LaneKey		key = key_of(lane);
	StringInfo	sql = &stmt->sql;

	add_args(stmt, lane);
	appendStringInfoString(sql, "SELECT r.priority, r.retry_at, j.id::pg_catalog.text, r.type, r.created_by, ");
	job_append_row_of(sql, "j.");
	appendStringInfo(sql, ", r.run, r.attempt, r.outcome OPERATOR(pg_catalog.=) 'released'::batch_job.run_outcome,"
					 " r.items_done, r.items_total, r.checkpoint FROM %s r CROSS JOIN LATERAL (SELECT * FROM %s job"
					 " WHERE job.id OPERATOR(pg_catalog.=) r.job_id AND job.deleted_at IS NULL"
					 " AND CASE WHEN job.status OPERATOR(pg_catalog.=) 'created'::batch_job.status THEN $9"
					 " ELSE $10 AND job.status OPERATOR(pg_catalog.<>) 'pre_processed'::batch_job.status END"
					 " FOR NO KEY UPDATE SKIP LOCKED) j"
					 " WHERE r.state OPERATOR(pg_catalog.=) 'waiting'::batch_job.run_state"
					 " AND (r.created_by IS NULL OR r.created_by OPERATOR(pg_catalog.<>) ALL ($8))",
					 run_table_name(&lane->source->tables),
					 job_relation_name(RelationGetRelid(lane->source->jobs)));
	append_equal(sql, &key, PART_TYPE, PART_TYPE);
	append_due(sql, &key);
	append_order(sql, lane);
	appendStringInfoString(sql, " LIMIT $6 FOR NO KEY UPDATE OF r SKIP LOCKED");
}
