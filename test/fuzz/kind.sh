# fuzz: the pure C of ids with whatever comes in, by libFuzzer, under the sanitizers. Needs a clang that has it.
# shellcheck shell=bash disable=SC2154 # the variables of test/run

fuzz() {
    "${as_owner[@]}" test/fuzz/run
}
