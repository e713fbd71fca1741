# Another session holds a snapshot, as a long report does.
# shellcheck shell=bash

hold_snapshot() {
    sql -c "SET application_name = 'snapshot'" -c "SELECT pg_sleep(36000)" >/dev/null 2>&1 &
    snapshot=$!
    until [ "$(sql -A -t -c "SELECT count(backend_xmin) FROM pg_stat_activity WHERE application_name = 'snapshot'")" = 1 ]; do
        sleep 0.1
    done
}

release_snapshot() {
    sql -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'snapshot'" >/dev/null
    wait "$snapshot" || true
}
