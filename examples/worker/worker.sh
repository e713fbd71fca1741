#!/bin/bash
# A worker: docs/workers.md explains it. libpq's variables (PGHOST, PGDATABASE ...) say where the jobs are.
set -u

poll=${POLL:-2} # seconds until the next look for a job
step=100        # rows in a transaction: a second of work or so

ending=
trap 'ending=1' TERM

# Runs the SQL from its standard input; what comes of it, or the error, is in $answer.
sql() {
    answer=$(psql -XqAt -F ' ' -v ON_ERROR_STOP=1 -v VERBOSITY=terse -v worker="$HOSTNAME:$$" -v id="${id-}" -v run="${run-}" \
        -v first="${first-}" -v last="${last-}" -v total="${total-}" -v error="${error-}" 2>&1)
}

claim() {
    sql <<'SQL' || { echo "$answer" >&2; return 1; }
SELECT id, run, status, coalesce((checkpoint ->> 'n')::integer, 0),
       round(extract(epoch FROM lease_until - clock_timestamp()) / 3, 3),
       context ->> 'rows'
  FROM batch_job.claim('{import}', worker => :'worker');
SQL
    [ -n "$answer" ] && read -r id run status last beat total <<<"$answer"
}

# Keeps the lease, beside the work, until its standard input is closed: also because this script was killed.
keep_lease() {
    while read -r -t "$beat"; [ $? -gt 128 ]; do
        sql <<<"SELECT batch_job.heartbeat(:'id', :'run')" || break
    done
}

# Counts what there is to do. A dry run waits then for a person who confirms it; its status is pre_processed.
prepare() {
    sql <<<"SELECT status FROM batch_job.mark_pre_processed(:'id', jsonb_build_object('count', :total), :'run')" || return
    status=$answer
    [ "$status" = pre_processed ] || sql <<<"SELECT FROM batch_job.start(:'id', :'run')"
}

# Each step is a transaction that writes what it has done and how far that is, or neither.
work() {
    answer='continue'
    while [ "$last" -lt "$total" ] && [ "$answer" = continue ] && [ -z "$ending" ]; do
        first=$((last + 1)) last=$((last + step < total ? last + step : total))
        sql <<'SQL' || return
BEGIN;
INSERT INTO imported (job_id, n) SELECT :'id', generate_series(:first, :last);
SELECT batch_job.heartbeat(:'id', :'run', :last, :total, checkpoint => jsonb_build_object('n', :last));
COMMIT;
SQL
    done
    if [ "$last" -lt "$total" ]; then
        sql <<<"SELECT batch_job.release(:'id', :'run')"
    else
        sql <<<"SELECT FROM batch_job.complete(:'id', run => :'run')"
    fi
}

# What is in a context is anybody's: the shell must not take it for more than a number.
perform() {
    [[ $total =~ ^[0-9]+$ ]] || { answer="rows is no number: $total"; return 1; }
    [ "$status" != created ] || prepare || return
    [ "$status" = pre_processed ] || work
}

# A SIGTERM for all processes of this script ends psql, too, which is no fault of the job. What is another worker's by now
# is refused; for what is over, nothing happens.
give_up() {
    error=$answer
    if [ -n "$ending" ]; then
        sql <<<"SELECT batch_job.release(:'id', :'run')"
    else
        sql <<<"SELECT batch_job.retry(:'id', :'run', :'error'::text)"
    fi || echo "$id: $answer" >&2
}

while [ -z "$ending" ]; do
    claim || { sleep "$poll"; continue; }
    coproc keep_lease
    keeper=$COPROC_PID heart=${COPROC[1]}
    perform || give_up
    exec {heart}>&-
    wait "$keeper"
done
exit 0
