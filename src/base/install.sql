\echo Use "CREATE EXTENSION batch_job" to load this file. \quit

-- The schema belongs to whoever runs this script, the bootstrap superuser; so nobody else can put functions into it.
CREATE SCHEMA batch_job;
COMMENT ON SCHEMA batch_job IS
'Types and functions of the extension batch_job, which keeps batch jobs in tables of your own.

Call the functions with the schema, as batch_job.claim(), and keep it off search_path: some have names as short as
restore. They run with the caller''s privileges and under row-level security. Where job_table is NULL, they work on the
table that the name batch_job finds on search_path, as in a plain UPDATE.

Errors of every function that works on a job table:
25006 it writes, and the transaction is read-only or the server is a standby
40001 a table or one of its rows was changed at the wrong moment, or after the snapshot of this transaction: run it again
42501 a privilege is missing, or row-level security or a trigger keeps a row as it is
42704 somebody has renamed the enum batch_job.status or one of its labels
42809 it is not a table, or it is a partition of one
42P01 there is no such table, or no table batch_job on the search path
42P16 the table, or a table beside it, no longer has the columns that it was made with
55000 it is not a job table

A function that writes to jobs also raises the errors of the triggers of the table, see maintain_row() and
record_events(), and those of its constraints and of your own triggers.';
GRANT USAGE ON SCHEMA batch_job TO PUBLIC;
