# valgrind: reads and writes of memory that is freed, not allocated, or never written, also within the chunks of memory
# contexts, which the server of test/assertions makes known to valgrind. Only some of the regression tests, because it takes
# 40 times as long.
# shellcheck shell=bash disable=SC2034,SC2154 # the variables of test/run

valgrind() {
    local status=0
    # shellcheck source-path=SCRIPTDIR/../.. source=test/assertions/kind.sh
    . test/assertions/kind.sh
    use_checking_server
    export bindir
    postgres=$work/src/test/valgrind/postgres
    start_server
    installcheck ISOLATION= TAP_TESTS= REGRESS='install trigger lifecycle confirm guard events read_events events_hostile' || status=$?
    stop_server
    silent 1 'no report of valgrind' VALGRINDERROR "$work"/valgrind.*
    silent 2 'no assertion failed, no crash' "$crash" "$work/server.log"
    return "$status"
}
