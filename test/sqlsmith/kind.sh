# sqlsmith: random queries on job tables, with all functions of the database, on the server of test/assertions. Most of them
# fail, but the server must not. They are run by a role without rights on anything but its own objects.
# shellcheck shell=bash disable=SC2034,SC2154 # the variables of test/run

sqlsmith() {
    # shellcheck source-path=SCRIPTDIR/../.. source=test/assertions/kind.sh
    . test/assertions/kind.sh
    use_checking_server
    settings=('autovacuum = off')
    start_server
    query postgres postgres -c 'CREATE ROLE smith LOGIN' -c 'CREATE DATABASE smith OWNER smith'
    query smith smith -f test/sqlsmith/tables.sql
    query smith postgres -c "ALTER DATABASE smith SET track_functions = 'all'"
    command sqlsmith --target="host=$PGHOST user=smith dbname=smith" --exclude-catalog --seed=1 --max-queries=1500 \
        >"$work/sqlsmith.log" 2>&1 || tail -n 20 "$work/sqlsmith.log"
    query smith smith -f test/sqlsmith/check.sql
    stop_server
    silent 4 'no assertion failed, no crash' "$crash" "$work/server.log"
}

# query DATABASE ROLE ARGUMENT...
query() {
    "${as_owner[@]}" "$bindir/psql" -XqAt -v ON_ERROR_STOP=1 -d "$1" -U "$2" "${@:3}"
}
