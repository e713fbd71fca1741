# static: findings of analysers for C, shell and Perl in the sources. (The extension has no PL/pgSQL.)
# shellcheck shell=bash disable=SC2016,SC2034,SC2154 # the variables of test/run; of another shell

static() {
    local headers
    headers=$("$pg_config" --includedir-server)
    mapfile -t scripts < <(grep -rlE --exclude='*.md' '^#!/bin/(ba)?sh|^# shellcheck shell=' .ci bench docs examples packaging test)
    succeeds 1 clang-tidy tidy "$headers"
    # __GNUC__: one configuration, that of the compilers that the project knows
    succeeds 2 cppcheck cppcheck --quiet -j "$(nproc)" --enable=warning,portability,performance --std=c99 \
        --error-exitcode=1 --library=posix --suppressions-list=test/static/cppcheck -D__GNUC__ -I "$headers" -I src src
    succeeds 3 shellcheck shellcheck --external-sources "${scripts[@]}"
    succeeds 4 perlcritic perlcritic --quiet --gentle test
}

# With assertions, which tell it what cannot be.
tidy() {
    printf '%s\0' src/*.c src/*/*.c | xargs -0 -n 4 -P "$(nproc)" sh -c 'clang-tidy --quiet "$@" -- -std=gnu99 -I "$0" -I src -D_GNU_SOURCE \
        -DUSE_ASSERT_CHECKING -DBATCH_JOB_VERSION="\"\""' "$1"
}
