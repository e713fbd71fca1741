-- pg_cron's own.
CREATE EXTENSION IF NOT EXISTS pg_cron;
