-- A partition for each of the last 24 months, this one and the next; :from and :to are their bounds as SQL, by `month`.
SELECT format('CREATE TABLE %I PARTITION OF batch_job FOR VALUES FROM (%L) TO (%L)',
              to_char(month, '"batch_job_"YYYY_MM'), :from, :to)
  FROM (SELECT date_trunc('month', now()) + make_interval(months => n) AS month FROM generate_series(-24, 1) n) months \gexec
