# assertions: all tests with a server whose assertions are on.
# shellcheck shell=bash disable=SC2034,SC2154 # the variables of test/run

assertions() {
    local status=0
    use_checking_server
    installcheck PROVE_FLAGS="$prove_flags" || status=$?
    stop_server
    silent 1 'no assertion failed, no crash' "$crash" "$work/server.log"
    silent 2 'nor in a test that kills processes itself' "${crash/%signal/signal [^9]}" tmp_check/log/*.log
    return "$status"
}

# A copy, into which the extension can be installed.
use_checking_server() {
    cp -R "$(test/assertions/server)" "$work/server"
    pg_config=$work/server/bin/pg_config
    bindir=$work/server/bin
}
