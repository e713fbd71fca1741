# shellcheck shell=bash source=SCRIPTDIR/heartbeat.bash
. bench/workload/heartbeat.bash
