\ir ../shared/jobs.sql
\ir ../shared/pick.sql
