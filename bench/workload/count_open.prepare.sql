\ir ../shared/jobs.sql
