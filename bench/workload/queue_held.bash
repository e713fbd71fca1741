# Jobs are taken and finished after as many as `before` says; with holder=yes another session has held a snapshot since before.
# shellcheck shell=bash disable=SC2154 # the variables of bench/run
ask_queue "bench/workload/queue.$variant.mjs"
