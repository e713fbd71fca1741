-- The extension with a history of all changes.
SELECT batch_job.create_table(events => true);
