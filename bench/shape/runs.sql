-- The extension with runs: what workers claim, and a row for each attempt.
SELECT batch_job.create_table(runs => true);
