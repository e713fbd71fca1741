# sanitizers: the extension built with AddressSanitizer and UndefinedBehaviorSanitizer, in Debian's server, which is built
# without them. So they find errors on the stack, in global variables and in arithmetic; errors within a memory context are
# left to test/valgrind.
# shellcheck shell=bash disable=SC2034,SC2154 # the variables of test/run

sanitizers() {
    local status=0 sanitizers=-fsanitize=address,undefined
    gcc -shared -fPIC -o "$work/gettext.so" test/sanitizers/gettext.c
    export bindir
    postgres=$work/src/test/sanitizers/postgres
    # PGXS has -fwrapv, with which an overflow is defined
    start_server COPT="$sanitizers -fno-wrapv -fno-omit-frame-pointer -g -O1" SHLIB_LINK="$sanitizers"
    installcheck TAP_TESTS= || status=$?
    stop_server
    silent 1 'no report of a sanitizer' 'runtime error:|AddressSanitizer' "$work/server.log" "$work"/sanitizer.*
    silent 2 'no crash' "$crash" "$work/server.log"
    return "$status"
}
