-- As it comes: with its trigger, its CHECKs, its indexes and its view.
SELECT batch_job.create_table();
