-- The indexes that a table of the extension comes with.
CREATE INDEX ON batch_job (status, id) WHERE deleted_at IS NULL AND status < 'completed';
CREATE INDEX ON batch_job (deleted_at) WHERE deleted_at IS NOT NULL;
