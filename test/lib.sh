# Shared by test/run, docs/demo/run and bench/run: a directory for this run alone, with a copy of the project, the extension
# built and staged there, and a cluster that finds it there. So no other cluster ever sees the extension, the checkout is not
# changed, and nothing is left however the run ends.
# shellcheck shell=bash

set -eu
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=       # the directory of this run
job=        # the command that runs now: its process group
as_owner=() # put before a command that must not run as root
postgres=   # the program to start as a server, if not PostgreSQL's own
packages=() # of Debian's that must be there, beside those that building needs
settings=() # of a server that is to be started, beside those that every one has

# open_work DIRECTORY: works in that directory, which must not exist yet; if it is '' or cannot be used, in one below /tmp.
open_work() {
    pg_config=$("$checkout/test/setup" "${packages[@]}" </dev/null)
    bindir=$("$pg_config" --bindir)
    # The caller's make, locale and settings for PostgreSQL's programs do not reach in here.
    unset MAKEFLAGS MAKELEVEL MFLAGS "${!LC_@}" "${!PG@}"
    if [ "$(id -u)" = 0 ]; then
        as_owner=(setpriv --reuid=postgres --regid=postgres --init-groups)
    fi
    trap close_work EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    choose_directory "$1"
    export HOME="$work" TMPDIR="$work" LANG=C.UTF-8
    export PGHOST="$work" PGPORT=5432 PGUSER=postgres PGDATA="$work/data" TEMP_CONFIG="$work/staging.conf"
    copy_project
    cd "$work/src"
}

# The path of a socket is at most 107 bytes long, and user postgres cannot enter a checkout below /root.
choose_directory() {
    if [ -n "$1" ] && [ ${#1} -lt 80 ] && "${as_owner[@]}" test -x "$checkout" && mkdir -m 700 "$1"; then
        work=$1
    else
        work=$(mktemp -d /tmp/batch_job.XXXXXX)
    fi
    if [ "$(id -u)" = 0 ]; then
        chown postgres: "$work"
    fi
}

copy_project() {
    "${as_owner[@]}" mkdir "$work/src"
    tar -C "$checkout" --exclude=./.git --exclude=./tmp_demo -cf - . |
        "${as_owner[@]}" tar -C "$work/src" --no-same-owner -xf -
}

# Without bitcode for the JIT compiler, which nothing here needs: faster, and needs no clang.
project_make() {
    "${as_owner[@]}" make -C "$work/src" PG_CONFIG="$pg_config" with_llvm=no "$@"
}

# run_job COMMAND...: runs it, a function too, with its output shown and kept in $work/log, and sets status.
# In a process group of its own, so that all that it started can be ended.
run_job() {
    set -m
    ( "$@" 2>&1 | tee "$work/log"; exit "${PIPESTATUS[0]}" ) </dev/null &
    set +m
    job=$!
    status=0
    # shellcheck disable=SC2034 # which is the caller's
    wait "$job" || status=$?
    job=
}

# start_server [ARGUMENT...]: with the extension as make builds it with these arguments.
# shellcheck disable=SC2120 # there may be none
start_server() {
    project_make -s clean
    project_make -s -j"$(nproc)" all "$@"
    "${as_owner[@]}" "$bindir/initdb" -A trust -U postgres -E UTF8 -N >/dev/null
    stage >"$TEMP_CONFIG"
    { echo "listen_addresses = ''"
      echo "unix_socket_directories = '$work'"
      echo "fsync = off"
      printf '%s\n' "${settings[@]}"
      cat "$TEMP_CONFIG"; } >>"$PGDATA/postgresql.conf"
    "${as_owner[@]}" "$bindir/pg_ctl" start -s -t 300 -l "$work/server.log" -p "${postgres:-$bindir/postgres}" ||
        { cat "$work/server.log"; exit 1; }
}

# Of the server only its log stays. One that has crashed may not end by itself.
stop_server() {
    [ -e "$PGDATA/postmaster.pid" ] || return 0
    "${as_owner[@]}" "$bindir/pg_ctl" stop -s -t 120 -m fast || "${as_owner[@]}" "$bindir/pg_ctl" stop -s -m immediate
    rm -rf "$PGDATA"
}

# Installs the extension and prints the settings of a server that is to find it.
stage() {
    local stage=$work/stage
    if knows_setting extension_destdir; then  # Debian's 15 to 17
        echo "extension_destdir = '$stage'"
    elif knows_setting extension_control_path; then  # 18 and later
        echo "extension_control_path = '$stage$("$pg_config" --sharedir):\$system'"
        echo "dynamic_library_path = '$stage$("$pg_config" --pkglibdir):\$libdir'"
    else  # 15 to 17 as PostgreSQL's own source makes them: they find an extension in their own directories only
        local as_owner=()
        stage=
    fi
    project_make -s install DESTDIR="$stage" >&2
}

knows_setting() {
    "${as_owner[@]}" "$bindir/postgres" -C "$1" >/dev/null 2>&1
}

close_work() {
    set +e
    trap '' HUP INT TERM
    [ -z "$job" ] || end_job
    [ -n "$work" ] || return
    # Test nodes have theirs below too.
    find "$work" -name postmaster.pid | while read -r file; do
        "${as_owner[@]}" "$bindir/pg_ctl" stop -s -m immediate -D "${file%/*}" 2>/dev/null
    done
    cd /
    rm -rf --one-file-system "$work"
}

end_job() {
    kill -TERM -- "-$job"
    for _ in {1..50}; do
        kill -0 -- "-$job" 2>/dev/null || return
        sleep 0.1
    done
    kill -KILL -- "-$job"
}
