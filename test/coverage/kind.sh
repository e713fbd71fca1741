# coverage: which lines of src/ the tests reach, except for those with ORMs and with other versions. See report for the
# requirements.
# shellcheck shell=bash disable=SC2034,SC2154 # the variables of test/run

coverage() {
    local status=0
    start_server COPT='--coverage -O0' SHLIB_LINK=--coverage
    "${as_owner[@]}" make -C test/unit -s check SRC="$PWD/src" CFLAGS='--coverage -O0 -g'
    # without the tests that take load and time rather than other ways
    installcheck PROVE_FLAGS="$prove_flags" PROVE_TESTS='test/t/0[1-5]0_*.pl test/t/085_*.pl test/t/1[12]0_*.pl' || status=$?
    stop_server # a process writes its counts when it ends
    "${as_owner[@]}" lcov --quiet --capture --no-external --directory . --output-file "$work/coverage.info"
    test/coverage/report "$work/coverage.info"
    return "$status"
}
