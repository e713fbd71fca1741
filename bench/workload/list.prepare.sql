-- With the indexes that lists by type and by owner want.
\ir ../shared/jobs.sql
CREATE INDEX ON batch_job (type, id) WHERE deleted_at IS NULL;
CREATE INDEX ON batch_job (created_by, id) WHERE deleted_at IS NULL;
VACUUM ANALYZE batch_job;
\ir ../shared/pick.sql
