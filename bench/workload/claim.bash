# Workers take jobs and finish them: one by one, or with the variant `hundred` a hundred at a time. With `before`, that many
# have been finished since another session began to hold a snapshot; with the variant `free` nobody holds one.
# shellcheck shell=bash disable=SC2154 # the variables of bench/run

# finish_jobs COUNT: prints what each of them took besides what pgbench says of a transaction.
finish_jobs() {
    local size=one jobs=1 calls
    [[ $variant != *.hundred ]] || { size=hundred; jobs=100; }
    calls=$((($1 + jobs - 1) / jobs))
    pgbench "bench/workload/claim.$size.${variant%%.*}.pgbench" |
        awk -v jobs=$jobs '{ print } $1 ~ /^(ms|claim)$/ { print $1 "_a_job", $2 / jobs }'
}

hold_snapshot() {
    sql -c "SET application_name = 'snapshot'" -c "SELECT pg_sleep(3600)" >/dev/null 2>&1 &
    until [ "$(sql -A -t -c "SELECT count(backend_xmin) FROM pg_stat_activity WHERE application_name = 'snapshot'")" = 1 ]; do
        sleep 0.1
    done
}

release_snapshot() {
    sql -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'snapshot'" >/dev/null
    wait || true
}

[ -n "${finished:-}" ] || make_shape
sql -v jobs=$((${before:-0} + calls)) -f bench/shared/work.sql >/dev/null
if [ -n "${before:-}" ]; then
    [[ $variant == *.free ]] || hold_snapshot
    finish_jobs "$before" >/dev/null
fi
finish_jobs "$calls"
[ -z "${before:-}" ] || release_snapshot
