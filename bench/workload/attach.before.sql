-- The table as it is before the extension comes.
DROP TABLE IF EXISTS batch_job CASCADE;
CREATE TABLE batch_job (LIKE source INCLUDING ALL);
INSERT INTO batch_job SELECT * FROM source;
VACUUM ANALYZE batch_job;
CHECKPOINT;
