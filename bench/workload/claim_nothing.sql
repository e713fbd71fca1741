-- A claim that finds nothing to do: right after another one, and more than a second later, when it looks for jobs as well whose
-- workers were lost.
SELECT claim_explained(), claim_explained() \g /dev/null
SELECT buffers, wal FROM claim_explained() \gset
SELECT pg_sleep(1.1) \g /dev/null
SELECT buffers AS buffers_later, wal AS wal_later FROM claim_explained() \gset
INSERT INTO bench.sample VALUES
  (:'workload', :'setting', :'variant', :round, 'buffers', :buffers),
  (:'workload', :'setting', :'variant', :round, 'wal', :wal),
  (:'workload', :'setting', :'variant', :round, 'buffers_later', :buffers_later),
  (:'workload', :'setting', :'variant', :round, 'wal_later', :wal_later);
