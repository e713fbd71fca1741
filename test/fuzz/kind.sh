# fuzz: feeds random input to the pure C code of ids, with libFuzzer and the sanitizers. Needs a clang that has them.
# shellcheck shell=bash disable=SC2154 # the variables of test/run

fuzz() {
    "${as_owner[@]}" test/fuzz/run
}
