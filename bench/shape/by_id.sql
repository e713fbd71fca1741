-- The extension with runs, in monthly partitions by id.
SELECT batch_job.create_table('shape', runs => true);
CREATE TABLE batch_job (LIKE shape INCLUDING ALL) PARTITION BY RANGE (id);
\set from 'batch_job.id_floor(month)'
\set to 'batch_job.id_floor(month + interval \'1 month\')'
\ir ../shared/months.sql
SELECT batch_job.attach('batch_job', guard => true, runs => true);
