-- What comes between begin.sql and end.sql is measured by the server's clock, its commit included. Before it, all that is
-- dirty goes to the disk, so that nothing is measured that was left by another.
CHECKPOINT;
SELECT clock_timestamp() AS began, pg_current_wal_insert_lsn() AS wal_began \gset
