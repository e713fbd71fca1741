-- The extension with all of it: runs, and a history of all changes.
SELECT batch_job.create_table(runs => true, events => true);
