-- What has become of the tables, how much WAL a slot keeps, and how the workers got on since the last sample.
INSERT INTO bench.sample
SELECT :'workload', :'setting', :'variant', :round, metric, value
  FROM (SELECT relname || metric, value
          FROM pg_stat_user_tables,
               LATERAL (VALUES ('_bytes', pg_table_size(relid)), ('_index_bytes', pg_indexes_size(relid)),
                               ('_dead', n_dead_tup), ('_vacuums', autovacuum_count)) m (metric, value)
         WHERE schemaname = current_schema AND relname <> 'batch_job_type'
         UNION ALL
        SELECT 'wal_bytes', coalesce(max(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)), 0) FROM pg_replication_slots
         UNION ALL
        SELECT 'due', coalesce(sum(due), 0) FROM batch_job.queue_stats()
         UNION ALL
        SELECT 'completed', coalesce(sum(completed), 0) / :interval FROM batch_job.job_stats(make_interval(secs => :interval))
       ) s (metric, value);
