# Jobs come, are done and removed at a steady rate, for as many seconds as `seconds` says, with autovacuum. In the second third of
# them somebody is a burden, as `holder` says: a session that holds a snapshot; another one on a standby with
# hot_standby_feedback; a logical slot that nobody reads. With `none` nobody is.
# shellcheck shell=bash source=SCRIPTDIR/../shared/snapshot.bash disable=SC2154 # the variables of bench/run
. bench/shared/snapshot.bash

# start_load WHO TIMES_A_SECOND CLIENTS
start_load() {
    in_schema "$bindir/pgbench" -n -R "$2" -c "$3" -T "$seconds" -D position=0 "${variables[@]/#/--define=}" \
        -f "bench/workload/steady.$1.pgbench" bench >"$work/steady.$1.log" 2>&1 &
    load[$!]=$1
}

finish_load() {
    local pid
    for pid in "${!load[@]}"; do
        wait "$pid" || { cat "$work/steady.${load[$pid]}.log" >&2; exit 1; }
    done
}

make_standby() {
    "${as_owner[@]}" "$bindir/pg_basebackup" -D "$work/standby" -c fast -R -C -S standby
    printf '%s\n' 'hot_standby_feedback = on' 'wal_receiver_status_interval = 1s' >>"$work/standby/postgresql.conf"
    "${as_owner[@]}" "$bindir/pg_ctl" start -s -D "$work/standby" -l "$work/standby.log" -o '-p 5433'
}

remove_standby() {
    "${as_owner[@]}" "$bindir/pg_ctl" stop -s -D "$work/standby" -m fast
    rm -rf "$work/standby"
    sql -c "SELECT pg_drop_replication_slot('standby')" >/dev/null
}

hold() {
    case $holder in
        snapshot) hold_snapshot ;;
        standby) PGPORT=5433 hold_snapshot ;;
        slot) sql -c "SELECT pg_create_logical_replication_slot('lagging', 'pgoutput')" >/dev/null ;;
    esac
}

release() {
    case $holder in
        snapshot) release_snapshot ;;
        standby) PGPORT=5433 release_snapshot ;;
        slot) sql -c "SELECT pg_drop_replication_slot('lagging')" >/dev/null ;;
    esac
}

# What the server's log says that calls took; it has one in `sampled` of them.
read_log() {
    awk -v began="$began" -v interval="$interval" -v holder="$holder" '
        $1 >= began && / duration: / && match($0, /\/\* [a-z_]+ \*\//) {
            call = substr($0, RSTART + 3, RLENGTH - 6)
            match($0, / duration: [0-9.]+ ms/)
            print holder, call, int(($1 - began) / interval) + 1, substr($0, RSTART + 11, RLENGTH - 14)
        }' OFS='\t' "$work/server.log" | sql -c "COPY bench.latency FROM STDIN"
}

take_samples() {
    local n count=$((seconds / interval)) third=$((seconds / interval / 3))
    for ((n = 1; n <= count; n++)); do
        ((n != third + 1)) || hold
        ((n != 2 * third + 1)) || release
        until ((EPOCHSECONDS >= began + n * interval)); do
            sleep 0.2
        done
        sql -v round=$n -f bench/workload/steady.sample.sql
    done
}

load=()
[ "$holder" != standby ] || make_standby
began=$EPOCHSECONDS
start_load application "$rate" 4
start_load worker $((rate * 6 / 5)) 40
start_load consumer 1 1
start_load keeper 0.1 1
start_load watcher 0.5 1
take_samples
finish_load
read_log
[ "$holder" != standby ] || remove_standby
