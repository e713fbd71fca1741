/*
 * status.c
 *	  The derived status of a job: derive_status and the values of the enum.
 */
#include "job/status.h"

#include "catalog/namespace.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

static const char *const status_names[JOB_STATUSES] = {
	[JOB_STATUS_CREATED] = "created",
	[JOB_STATUS_PRE_PROCESSED] = "pre_processed",
	[JOB_STATUS_CONFIRMED] = "confirmed",
	[JOB_STATUS_PROCESSING] = "processing",
	[JOB_STATUS_COMPLETED] = "completed",
	[JOB_STATUS_CANCELED] = "canceled",
	[JOB_STATUS_FAILED] = "failed",
};

/*
 * OIDs of the enum's values.  A type that was dropped and created again has
 * another OID, so the key is the type's OID; a change of pg_enum empties the
 * cache as well.
 */
static struct
{
	Oid			enum_type;
	Oid			values[JOB_STATUSES];
}			cache = {InvalidOid};

static bool forgotten = false;

static void
forget_values(Datum arg pg_attribute_unused(), int cacheid pg_attribute_unused(),
			  uint32 hashvalue pg_attribute_unused())
{
	cache.enum_type = InvalidOid;
	forgotten = true;
}

/* A label has been renamed.  Error: 42704. */
pg_noreturn static void
no_such_label(const char *label, Oid enum_type)
{
	char	   *type = format_type_be_qualified(enum_type);

	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("type %s has no label \"%s\"", type, label),
			 errhint("ALTER TYPE %s RENAME VALUE ... TO '%s' gives it back.", type, label)));
}

/*
 * Looks up the OID of one value, and caches all of them unless pg_enum changes
 * in the meantime.
 */
static Oid
look_up_value(JobStatus status, Oid enum_type)
{
	static bool callback_registered = false;
	Oid			values[JOB_STATUSES];

	if (!callback_registered)
	{
		CacheRegisterSyscacheCallback(ENUMOID, forget_values, (Datum) 0);
		callback_registered = true;
	}
	forgotten = false;
	for (int i = 0; i < JOB_STATUSES; i++)
	{
		values[i] = GetSysCacheOid2(ENUMTYPOIDNAME, Anum_pg_enum_oid,
									ObjectIdGetDatum(enum_type),
									CStringGetDatum(status_names[i]));
		if (!OidIsValid(values[i]))
			no_such_label(status_names[i], enum_type);
	}
	if (!forgotten)
	{
		memcpy(cache.values, values, sizeof values);
		cache.enum_type = enum_type;
	}
	return values[status];
}

const char *
job_status_name(JobStatus status)
{
	return status_names[status];
}

/* The type batch_job.status.  Error: 42704 it has been renamed. */
Oid
job_status_type(void)
{
	Oid			schema = get_namespace_oid(BATCH_JOB_SCHEMA, false);
	Oid			type = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid,
									   CStringGetDatum("status"),
									   ObjectIdGetDatum(schema));

	if (!OidIsValid(type))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("type \"%s.status\" does not exist", BATCH_JOB_SCHEMA),
				 errhint("The extension created it with this name. Rename it back.")));
	return type;
}

/*
 * To be called before the labels are written into SQL. Error: 42704 one has
 * been renamed.
 */
void
job_status_check_labels(void)
{
	(void) job_status_datum(JOB_STATUS_CREATED, job_status_type());
}

Datum
job_status_datum(JobStatus status, Oid enum_type)
{
	if (unlikely(cache.enum_type != enum_type))
		return ObjectIdGetDatum(look_up_value(status, enum_type));
	return ObjectIdGetDatum(cache.values[status]);
}

/*
 * derive_status(pre_processed_at, confirmed_at, processing_at, completed_at,
 *		canceled_at, failed_at timestamptz) returns batch_job.status
 *
 * The last status of the life cycle whose time stamp is set, in whatever order
 * the stamps are in time.  Stored values depend on this rule, so it never
 * changes.
 */
PG_FUNCTION_INFO_V1(batch_job_derive_status);
Datum
batch_job_derive_status(PG_FUNCTION_ARGS)
{
	FmgrInfo   *flinfo = fcinfo->flinfo;
	int			status = JOB_STATUSES - 1;

	/*
	 * fn_extra holds the OID itself instead of a pointer, so nothing is
	 * allocated
	 */
	if (flinfo->fn_extra == NULL)
		flinfo->fn_extra = (void *) (uintptr_t) get_func_rettype(flinfo->fn_oid);

	/* argument n is the stamp of status n + 1 */
	while (status > JOB_STATUS_CREATED && PG_ARGISNULL(status - 1))
		status--;
	return job_status_datum(status, (Oid) (uintptr_t) flinfo->fn_extra);
}
