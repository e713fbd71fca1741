# discard_caches: the server discards its caches of the catalogs whenever it might have to, so that a pointer that is kept too
# long points to freed memory. This takes a hundred times as long, hence the file that calls every function.
# shellcheck shell=bash disable=SC2034,SC2154 # the variables of test/run

discard_caches() {
    local status=0
    # shellcheck source-path=SCRIPTDIR/../.. source=test/assertions/kind.sh
    . test/assertions/kind.sh
    use_checking_server
    settings=('debug_discard_caches = 1')
    start_server
    installcheck ISOLATION= TAP_TESTS= REGRESS='install id every_function' || status=$?
    stop_server
    silent 1 'no assertion failed, no crash' "$crash" "$work/server.log"
    return "$status"
}
