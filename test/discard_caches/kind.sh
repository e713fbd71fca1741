# discard_caches: the server forgets what it has read of the catalogs whenever it could have to, so that a pointer which is
# kept too long points to freed memory. That takes a hundred times as long: hence the file that calls every function.
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
