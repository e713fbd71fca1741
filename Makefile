EXTENSION = batch_job
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" $(EXTENSION).control)
SCRIPT = $(EXTENSION)--$(EXTVERSION).sql

MODULE_big = $(EXTENSION)
OBJS = \
	src/attach.o \
	src/backfill.o \
	src/batch_job.o \
	src/create_table.o \
	src/ddl.o \
	src/foreign_key.o \
	src/id.o \
	src/job_table.o \
	src/json.o \
	src/options.o \
	src/plan.o \
	src/result.o \
	src/soft_delete.o \
	src/status.o \
	src/trigger.o \
	src/ulid.o
SHARED_HEADERS = $(wildcard src/*.h)
PG_CPPFLAGS = -DBATCH_JOB_VERSION='"$(EXTVERSION)"'

# Parts of the install script, in the order in which they need each other.
PARTS = schema types ids status json triggers tables deletion
DATA_built = $(SCRIPT)
EXTRA_CLEAN = $(SCRIPT)

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs)
include $(PGXS)

# Debian builds PostgreSQL without dependency tracking.
$(OBJS): $(SHARED_HEADERS)

$(SCRIPT): $(EXTENSION).control $(PARTS:%=src/install/%.sql)
	cat $(PARTS:%=src/install/%.sql) >$@
