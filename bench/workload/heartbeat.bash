# Workers report their progress: by heartbeats, or with the variant `update` in the jobs' results. The table of runs has grown
# to run_bytes by that, and of its UPDATEs run_hot touched no index.
# shellcheck shell=bash disable=SC2154 # the variables of bench/run

script=beat
[[ $variant != *.update ]] || script=update
sql -c CHECKPOINT
pgbench "bench/workload/heartbeat.$script.pgbench"
sql -A -t -F ' ' -c "SELECT 'run_hot', n_tup_hot_upd::float / n_tup_upd FROM pg_stat_user_tables
                      WHERE relid = to_regclass('batch_job_run') AND n_tup_upd > 0" \
    -c "SELECT 'run_bytes', pg_total_relation_size('batch_job_run')"
