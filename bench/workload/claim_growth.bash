# shellcheck shell=bash source=SCRIPTDIR/claim.bash
. bench/workload/claim.bash
