-- PARALLEL RESTRICTED: in the leader alone, the ids of a session rise.
CREATE FUNCTION batch_job.generate_id(prefix text DEFAULT 'batch') RETURNS text
LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'batch_job_generate_id';
COMMENT ON FUNCTION batch_job.generate_id(text) IS 'a new id: prefix, underscore, ULID; above every id that this session made before';

CREATE FUNCTION batch_job.id_timestamp(id text) RETURNS timestamp with time zone
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_id_timestamp';
COMMENT ON FUNCTION batch_job.id_timestamp(text) IS 'when a generated id was made, in whole milliseconds';

CREATE FUNCTION batch_job.id_floor(at timestamp with time zone, prefix text DEFAULT 'batch') RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_id_floor';
COMMENT ON FUNCTION batch_job.id_floor(timestamp with time zone, text) IS 'the least id of a millisecond in collation "C": a bound for scans of the primary key and for partitions';

CREATE FUNCTION batch_job.is_id(id text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_is_id';
COMMENT ON FUNCTION batch_job.is_id(text) IS 'whether an id has the form of a generated one: prefix, underscore, ULID';

CREATE FUNCTION batch_job.id_to_uuid(id text) RETURNS uuid
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_id_to_uuid';
COMMENT ON FUNCTION batch_job.id_to_uuid(text) IS 'the 128 bits of a generated id, without its prefix';

CREATE FUNCTION batch_job.id_from_uuid(uuid uuid, prefix text DEFAULT 'batch') RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_id_from_uuid';
COMMENT ON FUNCTION batch_job.id_from_uuid(uuid, text) IS 'the id that has these 128 bits';
