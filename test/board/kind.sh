# board: the page that docs/board.sql makes, in a browser without a network. The page is made here, by a role that may only
# read, and looked at in a Debian that has the browser. UPDATE_DOCS=1 writes docs/board.png.
# shellcheck shell=bash disable=SC2154 # the variables of test/run

board() {
    local root pages=$work/src/tmp_board
    root=$(test/debian-root board bookworm chromium fonts-inter libimager-perl libmojolicious-perl pngquant)
    start_server
    "${as_owner[@]}" mkdir "$pages"
    board_psql postgres -c 'CREATE ROLE reader LOGIN IN ROLE pg_read_all_data'
    board_page shop shop batch_job
    board_page empty empty batch_job
    board_page hostile 'the <i>"shop"</i> & more' '"<b>jobs</b> & ""more"""'
    test/inside "$root" test/board/look /mnt/project/tmp_board
    [ -z "${UPDATE_DOCS:-}" ] || cp "$pages/shop.png" "$checkout/docs/board.png"
}

# board_page NAME DATABASE TABLE: the page of that table as test/board/NAME.sql fills it, and what SQL says of it.
board_page() {
    board_psql postgres -v name="$2" <<<'CREATE DATABASE :"name"'
    board_psql "$2" -f "test/board/$1.sql" -o /dev/null
    board_psql "$2" -U reader -v table="$3" -v jobs=9 -f docs/board.sql -o "$pages/$1.html"
    board_psql "$2" -U reader -v table="$3" -f test/board/facts.sql -o "$pages/$1.json"
}

board_psql() {
    "${as_owner[@]}" "$bindir/psql" -X -q -v ON_ERROR_STOP=1 -d "$@"
}
