# monitoring: docs/monitoring.md and docs/monitoring/ with the real Prometheus and its SQL exporter. If these are not
# installed, it starts itself again in a Debian that has them.
# shellcheck shell=bash disable=SC2154 # the variables of test/run

monitoring() {
    local root
    if command -v prometheus-sql-exporter >/dev/null && command -v promtool >/dev/null; then
        installcheck REGRESS= ISOLATION= PROVE_FLAGS=--verbose PROVE_TESTS=test/monitoring/monitoring.pl
        return
    fi
    root=$(test/debian-root monitoring bookworm gcc libc6-dev make libipc-run-perl postgresql-15 postgresql-server-dev-15 \
        "${packages[@]}" prometheus prometheus-sql-exporter)
    # whose count is not the last one
    test/inside "$root" PG_MAJOR=15 test/run monitoring | sed -u 's/^[0-9]* passed, [0-9]* failed$/# &/'
    return "${PIPESTATUS[0]}"
}
