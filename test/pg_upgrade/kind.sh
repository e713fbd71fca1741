# pg_upgrade: from each version of PostgreSQL to the next. In a Debian that has all of them and serves nothing else, because
# pg_upgrade looks for libraries in the server's own directory.
# shellcheck shell=bash disable=SC2034,SC2154 # the variables of test/run

pg_upgrade() {
    local version pg_config
    for version in 15 17 18 19; do
        pg_config=/usr/lib/postgresql/$version/bin/pg_config
        project_make -s clean
        project_make -s -j"$(nproc)" all
        install_as_caller
    done
    unset TEMP_CONFIG
    project_make -s installcheck REGRESS= ISOLATION= PROVE_FLAGS=--verbose PROVE_TESTS=test/pg_upgrade/pg_upgrade.pl
}

install_as_caller() {
    local as_owner=()
    project_make -s install
}
