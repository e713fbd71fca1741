# Workers take jobs and finish them: one by one, or with the variant `hundred` a hundred at a time. With `before`, that many
# have been finished since another session began to hold a snapshot; with the variant `free` nobody holds one.
# shellcheck shell=bash source=SCRIPTDIR/../shared/snapshot.bash disable=SC2154 # the variables of bench/run
. bench/shared/snapshot.bash

# finish_jobs COUNT: prints what each of them took besides what pgbench says of a transaction.
finish_jobs() {
    local size=one jobs=1 calls
    [[ $variant != *.hundred ]] || { size=hundred; jobs=100; }
    calls=$((($1 + jobs - 1) / jobs))
    pgbench "bench/workload/claim.$size.${variant%%.*}.pgbench" |
        awk -v jobs=$jobs '{ print } $1 ~ /^(ms|claim)$/ { print $1 "_a_job", $2 / jobs }'
}

[ -n "${finished:-}" ] || make_shape
sql -v jobs=$((${before:-0} + calls)) -f bench/shared/work.sql >/dev/null
if [ -n "${before:-}" ]; then
    [[ $variant == *.free ]] || hold_snapshot
    finish_jobs "$before" >/dev/null
fi
finish_jobs "$calls"
[ -z "${before:-}" ] || [[ $variant == *.free ]] || release_snapshot
