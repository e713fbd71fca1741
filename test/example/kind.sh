# example: the application of examples/import, used by people in a browser, and by requests that no browser sends.
# UPDATE_DOCS=1 writes docs/example-*.png.
# shellcheck shell=bash disable=SC2154 # the variables of test/run

example() {
    local status=0
    mkdir -m 777 tmp_pictures
    PICTURES=/mnt/project/tmp_pictures examples/import/run test || status=$?
    [ -z "${UPDATE_DOCS:-}" ] || cp tmp_pictures/example-*.png "$checkout/docs/"
    return "$status"
}
