# The longest that another session's INSERT takes, one every two milliseconds, while the table is attached. With the variant
# `idle` it is not: what an INSERT waits for anyway.
# shellcheck shell=bash disable=SC2154 # the variables of bench/run

attach_as() {
    case $1 in
        backfill) sql -c "SELECT batch_job.attach('batch_job', backfill => false)" -c "CALL batch_job.backfill()" ;;
        at_once) sql -c "SELECT batch_job.attach('batch_job')" ;;
        idle) sleep 3 ;;
    esac
}

sql -f bench/workload/attach.before.sql
rm -f "$work"/probe.*
in_schema "$bindir/pgbench" -n -R 500 -T 3600 -l --log-prefix="$work/probe" -f bench/workload/attach.probe.pgbench bench \
    >/dev/null 2>&1 &
sleep 0.5
attach_as "${variant#client.}" >/dev/null
# pgbench ends with its session
sql -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'pgbench'" >/dev/null
wait $! || true
awk '$3 - $7 > wait { wait = $3 - $7 } END { print "ms", wait / 1000 }' "$work"/probe.*
