-- The extension with a history of all changes, which wakes those who listen.
SELECT batch_job.create_table(events => true, notify => true);
