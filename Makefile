PG_CONFIG ?= pg_config
EXTENSION = batch_job

# Where the sources are, as PGXS defines it too: here, unless the build is in a directory of its own (VPATH).
srcdir := $(or $(VPATH),$(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST)))))
EXTVERSION := $(shell sed -n "s/^default_version *= *'\(.*\)'/\1/p" '$(srcdir)/$(EXTENSION).control')

# These goals need nothing but make; their scripts install PostgreSQL and its headers first. So they must not include PGXS,
# which may not be there yet, and whose own `check` only says that it is not supported.
GOALS_WITHOUT_PGXS = check check-matrix check-memory demo example bench dist deb
ifneq (,$(filter $(GOALS_WITHOUT_PGXS),$(MAKECMDGOALS)))

.PHONY: $(MAKECMDGOALS)

check:
	@PG_CONFIG='$(PG_CONFIG)' '$(srcdir)/test/run'

# The tests again with every other version of PostgreSQL that Debian has, the way from each to the next, and Debian's packages.
check-matrix:
	@'$(srcdir)/test/run' matrix upgrade debian_package

# Analysers, sanitizers, assertions, valgrind, random queries, coverage.
check-memory:
	@'$(srcdir)/test/run' memory

demo:
	@PG_CONFIG='$(PG_CONFIG)' '$(srcdir)/docs/demo/run'

# An application to look at in a browser, until Ctrl-C.
example:
	@'$(srcdir)/examples/import/run'

# What it costs, beside what else one could do: takes half an hour and writes bench/RESULTS.md.
bench:
	@'$(srcdir)/bench/debian'

# What PGXN distributes: the files of the last commit, but for those that .gitattributes leaves out.
dist:
	git -C '$(srcdir)' archive --prefix=$(EXTENSION)-$(EXTVERSION)/ -o '$(CURDIR)/$(EXTENSION)-$(EXTVERSION).zip' HEAD

# Debian's packages for each version of PostgreSQL that this Debian supports, in the directory deb.
deb:
	@'$(srcdir)/packaging/deb' '$(CURDIR)/deb'

# Other goals beside them, as in `make clean check`, get a make of their own.
$(filter-out $(GOALS_WITHOUT_PGXS),$(MAKECMDGOALS)):
	@$(MAKE) -f $(firstword $(MAKEFILE_LIST)) $@

else

MODULE_big = $(EXTENSION)
OBJS = \
	src/adopt/attach_key.o \
	src/adopt/attach_missing.o \
	src/adopt/attach_names.o \
	src/adopt/attach_plan.o \
	src/adopt/attach_status.o \
	src/adopt/attach_types.o \
	src/adopt/column_uses.o \
	src/adopt/conversion.o \
	src/base/argument.o \
	src/base/as_owner.o \
	src/base/plan.o \
	src/base/running.o \
	src/base/session.o \
	src/batch_job.o \
	src/cycle/cancel_unconfirmed.o \
	src/cycle/create.o \
	src/cycle/life_cycle.o \
	src/cycle/plan_digest.o \
	src/cycle/transition.o \
	src/event/event.o \
	src/event/event_log.o \
	src/event/event_table.o \
	src/event/guard_events.o \
	src/event/read_events.o \
	src/event/record_events.o \
	src/id/id.o \
	src/id/id_form.o \
	src/id/ulid.o \
	src/job/columns.o \
	src/job/context.o \
	src/job/created_by.o \
	src/job/digest_plan.o \
	src/job/job_errors.o \
	src/job/job_table.o \
	src/job/merge.o \
	src/job/options.o \
	src/job/result.o \
	src/job/row_key.o \
	src/job/status.o \
	src/job/table_columns.o \
	src/job/to_json.o \
	src/job/trigger_table.o \
	src/row/delete_live_row.o \
	src/row/delete_row.o \
	src/row/foreign_key.o \
	src/row/guard.o \
	src/row/maintain_row.o \
	src/row/purge.o \
	src/run/begin_runs.o \
	src/run/claim.o \
	src/run/fence.o \
	src/run/give_back.o \
	src/run/heartbeat.o \
	src/run/lane_statements.o \
	src/run/lanes.o \
	src/run/pause.o \
	src/run/queue_columns.o \
	src/run/remove_runs.o \
	src/run/rescue.o \
	src/run/run_job.o \
	src/run/run_tables.o \
	src/run/timing.o \
	src/run/type_settings.o \
	src/table/attach.o \
	src/table/attach_partition.o \
	src/table/backfill.o \
	src/table/beside.o \
	src/table/catalog.o \
	src/table/create_table.o \
	src/table/ddl.o \
	src/table/event_switch.o \
	src/table/id_collation.o \
	src/table/id_default.o \
	src/table/live_view.o \
	src/table/live_view_columns.o \
	src/table/make_event_table.o \
	src/table/make_run_tables.o \
	src/table/owner_scope.o \
	src/table/progress_view.o \
	src/table/run_switch.o \
	src/table/shape.o \
	src/table/status_column.o \
	src/table/table_name.o \
	src/table/user_reference.o \
	src/watch/claim_problems.o \
	src/watch/estimate.o \
	src/watch/job_stats.o \
	src/watch/open_jobs.o \
	src/watch/progress.o \
	src/watch/progress_columns.o \
	src/watch/queue_stats.o
SHARED_HEADERS = $(wildcard $(srcdir)/src/*/*.h)
PG_CPPFLAGS = -I$(srcdir)/src -DBATCH_JOB_VERSION='"$(EXTVERSION)"'

# Rooms, in the order in which their parts of the install script need each other.
ROOMS = base id job row event run watch cycle table adopt
PARTS = $(ROOMS:%=src/%/install.sql)
SCRIPT = $(EXTENSION)--$(EXTVERSION).sql
DATA_built = $(SCRIPT)
# From released versions to the next: see docs/releasing.md.
DATA = $(patsubst $(srcdir)/%,%,$(wildcard $(srcdir)/src/update/$(EXTENSION)--*--*.sql))

# One file a concept; install comes first, uninstall last.
REGRESS = \
	install \
	id \
	status \
	trigger \
	partition \
	attach_partition \
	foreign_key \
	lifecycle \
	statements \
	guard \
	confirm \
	fence \
	created_by \
	events \
	read_events \
	events_hostile \
	runs_table \
	run_plans \
	claim \
	claim_problems \
	heartbeat \
	release \
	rescue \
	progress \
	queue_stats \
	job_stats \
	deletion \
	live_view \
	delete_live \
	attach \
	attach_again \
	attach_plan \
	backfill \
	detach \
	rename \
	json \
	context \
	result \
	privileges \
	default_privileges \
	locks \
	row_security \
	hostile \
	misuse \
	trigger_misuse \
	squatting \
	names \
	extremes \
	session \
	ddl_hooks \
	medusa \
	limits \
	every_function \
	uninstall
ISOLATION = delete_live lifecycle fence stamps cancel_unconfirmed read_events attach_lock partition_lock ddl_races backfill_traffic cascade \
	other_session dropped_role swap_names remove_runs waiting_for_job claim run_order limits rescue deadlocks
ISOLATION_OPTS = --inputdir=$(srcdir)/test/isolation
TAP_TESTS = 1
PROVE_TESTS = test/t/*.pl
# What the expected output rests on, and a server may have otherwise.
ENCODING = UTF8
NO_LOCALE = 1
installcheck: export PGOPTIONS := -c default_transaction_isolation=read\ committed -c idle_in_transaction_session_timeout=0 \
	-c lock_timeout=0 -c statement_timeout=0 $(PGOPTIONS)

# libpq's pg_config answers even where the server's headers are missing, with a file that does not exist.
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)
ifeq (,$(wildcard $(PGXS)))
$(error $(PG_CONFIG) leads to no PGXS: install postgresql-server-dev-NN (Debian) or postgresqlNN-devel (Fedora), or set PG_CONFIG)
endif
include $(PGXS)

# make would take what was built beside the sources for what is to be built here.
ifneq ($(realpath $(srcdir)),$(CURDIR))
ifneq (,$(wildcard $(addprefix $(srcdir)/,$(OBJS) $(SCRIPT))))
$(error $(srcdir) has been built in itself: run make clean there before a build in a directory of its own)
endif
endif

# The pages, and the files that they show or link to. PGXS, which has read its own DOCS above, would put them side by side into a
# directory that all extensions share; here they get one of their own and keep their paths, so that links work.
DOCS = $(patsubst $(srcdir)/%,%,$(wildcard $(addprefix $(srcdir)/, LICENSE *.md docs/*.md docs/*.png docs/*.svg docs/*.sql \
	docs/monitoring/*.yml bench/*.md bench/results/*.svg examples/worker/*)))
pagedir = $(docdir)/extension/$(EXTENSION)

install: install-pages
uninstall: uninstall-pages

.PHONY: install-pages uninstall-pages
install-pages:
	for page in $(DOCS); do \
		to='$(DESTDIR)$(pagedir)'/$$page && $(MKDIR_P) "$${to%/*}" && $(INSTALL_DATA) '$(srcdir)'/$$page "$$to" || exit; \
	done
uninstall-pages:
	rm -rf '$(DESTDIR)$(pagedir)'

# Debian builds PostgreSQL without dependency tracking.
$(OBJS): $(SHARED_HEADERS)

# In a directory of its own, a build has no directories for its objects yet.
$(OBJS) $(OBJS:.o=.bc): | object-directories
.PHONY: object-directories
object-directories:
	@$(MKDIR_P) $(sort $(dir $(OBJS)))

$(SCRIPT): $(PARTS) $(EXTENSION).control
	cat $(filter %.sql,$^) >$@

endif
