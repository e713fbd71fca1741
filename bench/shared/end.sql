SELECT extract(epoch FROM clock_timestamp() - :'began') * 1000 AS ms,
       pg_current_wal_insert_lsn() - :'wal_began'::pg_lsn AS wal \gset
INSERT INTO bench.sample VALUES
  (:'workload', :'setting', :'variant', :round, 'ms', :ms),
  (:'workload', :'setting', :'variant', :round, 'wal', :wal);
