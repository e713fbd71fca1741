# debian_package: what `make deb` makes, with each version of PostgreSQL that is the default of some suite of Debian, and what
# PGXN's client makes of the file of `make dist`. Each step has a copy of a Debian that is thrown away; all suites are tried at the
# same time.
# shellcheck shell=bash disable=SC2154 # the variables of test/run

debian_package() {
    local version status=0 as_root=()
    local -a suites=([15]=bookworm [17]=trixie [18]=forky) roots=() running=()
    [ "$(id -u)" = 0 ] || as_root=(sudo)
    for version in "${!suites[@]}"; do
        roots[version]=$(test/debian-root "package$version" "${suites[version]}" build-essential debhelper git lintian pgxnclient \
            postgresql-server-dev-all "postgresql-$version")
    done
    for version in "${!suites[@]}"; do
        "${as_root[@]}" unshare --mount --pid --fork test/debian_package/try "${roots[version]}" "$version" \
            >"$work/$version.log" 2>&1 &
        running[version]=$!
    done
    for version in "${!suites[@]}"; do
        wait "${running[version]}" || status=1
        echo "# PostgreSQL $version, ${suites[version]}"
        cat "$work/$version.log"
    done
    return "$status"
}
