-- A hundredth of the jobs, those that are open, by number: a script for pgbench has numbers to choose from.
CREATE TABLE pick AS SELECT row_number() OVER (ORDER BY id) AS n, id FROM batch_job WHERE completed_at IS NULL;
ALTER TABLE pick ADD PRIMARY KEY (n);
VACUUM ANALYZE pick;
