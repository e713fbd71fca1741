/*
 * type_settings.h
 *	  The settings of job types, and how many more jobs of a type may run.
 */
#ifndef BATCH_JOB_TYPE_SETTINGS_H
#define BATCH_JOB_TYPE_SETTINGS_H

#include "base/batch_job.h"

#include "datatype/timestamp.h"
#include "nodes/pg_list.h"
#include "utils/array.h"

#include "run/run_tables.h"

#define NO_LIMIT	(-1)

/* For a type that does not set it. */
#define DEFAULT_MAX_ATTEMPTS	3

/* A row of <table>_type, and the counts that its limits apply to. */
typedef struct TypeSettings
{
	char	   *type;
	int32		max_running;	/* or NO_LIMIT */
	int32		max_running_per_owner;	/* or NO_LIMIT */
	bool		paused;
	int16		max_attempts;
	Interval   *lease;			/* these three may be NULL: see timing.c */
	Interval   *backoff;
	Interval   *backoff_max;
	bool		is_with_others;	/* another claim is giving out its jobs */
	int64		running;
	List	   *owners;			/* OwnerRunning * */
} TypeSettings;

typedef struct OwnerRunning
{
	text	   *owner;
	int64		running;
} OwnerRunning;

extern List *type_settings_read(const RunTables *tables, ArrayType *types);
extern TypeSettings *type_settings_read_one(const RunTables *tables, const text *type);
extern bool type_is(const text *type, const char *name);
extern TypeSettings *type_settings_of(List *settings, const text *type);
extern int16 type_max_attempts(const TypeSettings *settings);
extern bool type_has_limit(const TypeSettings *settings);
extern void type_settings_count(const RunTables *tables, TypeSettings *settings);
extern void type_settings_lock(const RunTables *tables, List *settings, bool wait);
extern int64 type_free_slots(const TypeSettings *settings);
extern int64 type_free_slots_of(const TypeSettings *settings, const text *owner);
extern void type_take_slot(TypeSettings *settings, const text *owner);
extern Datum type_full_owners(const TypeSettings *settings);

#endif							/* BATCH_JOB_TYPE_SETTINGS_H */
