-- As many rows by one COPY from a file of the server's into an empty table.
SELECT current_setting('data_directory') || '/bench.copy' AS file \gset
TRUNCATE batch_job;
\ir ../shared/begin.sql
COPY batch_job (type, created_by, context) FROM :'file';
\ir ../shared/end.sql
