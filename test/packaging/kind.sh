# packaging: what packagers need. `make dist` works, so does a build in a directory of its own, which leaves the sources
# alone, and `make installcheck` passes with a server and an environment that were not prepared for it. What Debian's packages
# and PGXN's client make of it, test/debian_package shows.
#
# `make install` installs into a copy of the server, so the machine's own directories stay as they are, and the server needs
# no settings to find the extension.
# shellcheck shell=bash disable=SC2034,SC2154 # the variables of test/run

packaging() {
    local source=$work/src status=0
    project_make -s clean
    if [ ! -e .gitattributes ]; then
        echo 'ok 1 - make dist # SKIP this is a distribution itself'
    elif ! command -v git >/dev/null; then
        echo 'ok 1 - make dist # SKIP there is no git'
    else
        make_distribution
    fi
    perl test/packaging/distribution.pl "$source" || status=1
    copy_server
    build_elsewhere
    start_unknown_server
    check_installed # or nothing more: its logs are to be seen
    succeeds 21 'make uninstall: nothing is left' uninstalls
    install_apart
    stop_server
    leave_nothing
    return "$status"
}

# From the files that are here, committed or not. What is unpacked becomes the sources of all further tests.
make_distribution() {
    local version
    version=$(sed -n "s/^default_version = '\(.*\)'/\1/p" batch_job.control)
    "${as_owner[@]}" cp -R "$work/src" "$work/repository"
    in_repository init -q
    in_repository add -A
    in_repository commit -q -m 'all files'
    source=$work/batch_job-$version
    succeeds 1 'make dist, where there is no PostgreSQL' \
        "${as_owner[@]}" make -s -C "$work" -f "$work/repository/Makefile" PG_CONFIG=/nonexistent dist
    "${as_owner[@]}" test/packaging/unzip "$source.zip" "$work"
    succeeds 2 'make dist leaves out what no user needs, and nothing else' diff - <(left_out) <<'END'
.ci/run
.editorconfig
.gitattributes
.gitignore
bench/peer/package-lock.json
bench/results/samples.csv
examples/import/package-lock.json
test/orm/package-lock.json
END
}

in_repository() {
    "${as_owner[@]}" git -C "$work/repository" -c user.name=batch_job -c user.email=batch_job@localhost "$@"
}

left_out() {
    diff <(in_repository ls-files | sort) <(cd "$source" && find . -type f | sed 's,^\./,,' | sort) | sed -n 's/^< //p; s/^>/&/p'
}

# The server's programs find its other directories relative to their own, so only they must be copied; links do for the rest.
# What an installed batch_job has put there is left out.
copy_server() {
    local copy=$work/server directory
    for directory in $("$pg_config" --pkglibdir --sharedir --includedir-server); do
        "${as_owner[@]}" mkdir -p "$copy${directory%/*}"
        "${as_owner[@]}" cp -Rs "$directory" "$copy$directory"
    done
    find "$copy" -mindepth 1 -name 'batch_job*' -prune -exec rm -r {} +
    "${as_owner[@]}" mkdir -p "$copy${bindir%/*}"
    "${as_owner[@]}" cp -R "$bindir" "$copy$bindir"
    bindir=$copy$bindir
    pg_config=$bindir/pg_config
}

build_elsewhere() {
    local update=src/update/batch_job--0.0.1--0.0.2.sql # as releases will have
    for directory in "$work/src" "$source"; do
        "${as_owner[@]}" mkdir -p "$directory/src/update"
        echo '-- nothing' | "${as_owner[@]}" tee "$directory/$update" >/dev/null
    done
    "${as_owner[@]}" mkdir "$work/build"
    project_make -s -j"$(nproc)" install DESTDIR="$work/beside" >/dev/null
    project_make -s clean
    state_of "$source" >"$work/sources"
    find "$work/server" ! -type d | sort >"$work/installed"
    succeeds 11 'make in a directory of its own' make_elsewhere -j"$(nproc)"
    succeeds 12 'make by another path, and with a link to the Makefile: there is nothing to do' is_up_to_date
    succeeds 13 'make install: the same files as when built beside the sources' installs_the_same
    succeeds 14 'make install' make_elsewhere install
    succeeds 15 'the pages that it installs lead to each other' \
        perl test/packaging/pages.pl "$("$pg_config" --docdir)/extension/batch_job"
}

make_elsewhere() {
    "${as_owner[@]}" make -s -C "$work/build" -f "$source/Makefile" VPATH="$source" PG_CONFIG="$pg_config" "$@"
}

is_up_to_date() {
    state_of "$work/build" -type f >"$work/built"
    "${as_owner[@]}" make -s -C "$work/build" -f "../${source##*/}/Makefile" PG_CONFIG="$pg_config"
    "${as_owner[@]}" ln -s "$source/Makefile" "$work/build/"
    "${as_owner[@]}" make -s -C "$work/build" VPATH="$source" PG_CONFIG="$pg_config"
    rm "$work/build/Makefile"
    diff "$work/built" <(state_of "$work/build" -type f)
}

installs_the_same() {
    make_elsewhere install with_llvm=no DESTDIR="$work/elsewhere"
    diff <(cd "$work/beside" && find . | sort) <(cd "$work/elsewhere" && find . | sort) &&
        diff -r -x '*.so' "$work/beside" "$work/elsewhere"
}

# state_of DIRECTORY [TEST...]: its files as they are, with the time when each was last changed.
state_of() {
    find "$1" "${@:2}" -printf '%p %s %T@\n' | sort
}

# With another superuser, encoding and collation than those of all other tests, and with settings that change what SQL does
# or shows. Before 17 the databases of the tests have an ICU locale of the server's, so it must be one of which attach does
# not warn.
start_unknown_server() {
    export PGUSER='Big Boss' PGPORT=5433
    local options=(-A trust -U "$PGUSER" -E LATIN1 --locale=C -N)
    "${as_owner[@]}" "$bindir/initdb" "${options[@]}" --locale-provider=icu --icu-locale=en-US >/dev/null 2>&1 ||
        "${as_owner[@]}" "$bindir/initdb" "${options[@]}" >/dev/null
    cat >>"$PGDATA/postgresql.conf" <<END
listen_addresses = ''
unix_socket_directories = '$work'
port = $PGPORT
fsync = off
max_connections = 20
search_path = '"\$user", app, public'
timezone = 'Asia/Kolkata'
datestyle = 'German, DMY'
intervalstyle = iso_8601
bytea_output = escape
default_transaction_isolation = serializable
lock_timeout = 1s
statement_timeout = 1s
idle_in_transaction_session_timeout = 1s
log_statement = all
log_min_duration_statement = 0
END
    "${as_owner[@]}" "$bindir/pg_ctl" start -s -t 300 -l "$work/server.log"
}

# The environment says where the server is, and nothing else. Of the TAP tests, only the one that depends most on how the
# extension is installed.
check_installed() {
    "${as_owner[@]}" env -i PATH="$PATH" HOME=/nonexistent PGHOST="$work" PGPORT="$PGPORT" PGUSER="$PGUSER" \
        make -s -C "$work/build" -f "$source/Makefile" VPATH="$source" PG_CONFIG="$pg_config" installcheck \
        PROVE_FLAGS=--verbose PROVE_TESTS=test/t/120_extension_update.pl
}

leave_nothing() {
    succeeds 24 'make clean: nothing is left' cleans
    succeeds 25 'the sources are as they were' diff "$work/sources" <(state_of "$source")
    succeeds 26 'make in a directory of its own refuses sources that have been built in' refuses_built_sources
}

uninstalls() {
    make_elsewhere uninstall
    diff "$work/installed" <(find "$work/server" ! -type d | sort)
}

# From 18 on a server finds extensions that are not among its own files. Debian's PGXS ignores prefix, so the directories are
# named as well.
install_apart() {
    local directory=$work/apart
    local names=(prefix="$directory" datadir="$directory/share/postgresql" pkglibdir="$directory/lib/postgresql"
        docdir="$directory/share/doc/postgresql")
    if ! knows_setting extension_control_path; then
        echo 'ok 22 - make install with a prefix # SKIP this PostgreSQL has no extension_control_path'
        return
    fi
    succeeds 22 'make install with a prefix: extension_control_path and dynamic_library_path lead to it' works_apart
    succeeds 23 'make uninstall with a prefix: nothing is left' uninstalls_apart
}

works_apart() {
    make_elsewhere install "${names[@]}"
    "${as_owner[@]}" "$bindir/psql" -XAtq -v ON_ERROR_STOP=1 -v directory="$directory" -d postgres <<'END' >"$work/answer"
SELECT set_config('extension_control_path', :'directory' || '/share/postgresql:$system', false),
    set_config('dynamic_library_path', :'directory' || '/lib/postgresql:$libdir', false) \g /dev/null
CREATE EXTENSION batch_job;
SELECT batch_job.create_table('public.batch_job');
INSERT INTO public.batch_job (type) VALUES ('import');
UPDATE public.batch_job SET status = 'failed' RETURNING batch_job.is_id(id), status;
DROP TABLE public.batch_job CASCADE;
DROP EXTENSION batch_job;
END
    diff "$work/answer" - <<'END'
batch_job
t|created
END
}

uninstalls_apart() {
    make_elsewhere uninstall "${names[@]}"
    diff /dev/null <(find "$directory" ! -type d)
}

cleans() {
    make_elsewhere clean
    diff /dev/null <(find "$work/build" ! -type d)
}

refuses_built_sources() {
    "${as_owner[@]}" touch "$source/src/batch_job.o"
    ! make_elsewhere 2>"$work/refusal" && grep -q 'run make clean there' "$work/refusal"
}
