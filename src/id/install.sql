-- PARALLEL RESTRICTED: in the leader alone, the ids of a session rise.
CREATE FUNCTION batch_job.generate_id(prefix text DEFAULT 'batch') RETURNS text
LANGUAGE C VOLATILE STRICT PARALLEL RESTRICTED
AS 'MODULE_PATHNAME', 'batch_job_generate_id';
COMMENT ON FUNCTION batch_job.generate_id(text) IS
'Makes a new id: a prefix, an underscore and a ULID, as in batch_01ARZ3NDEKTSV4RRFFQ69G5FAV.

It is higher than every id that this session has made before, also when the clock steps back. The ids of different
sessions rise from millisecond to millisecond. Works in a read-only transaction and on a standby, too.

Errors:
22008 the clock stands before 1970 or after 10889 AD
22023 prefix is not 1 to 63 ASCII letters, digits, underscores and hyphens';

CREATE FUNCTION batch_job.id_timestamp(id text) RETURNS timestamp with time zone
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_id_timestamp';
COMMENT ON FUNCTION batch_job.id_timestamp(text) IS
'Returns when a generated id was made, in whole milliseconds.

The part behind the prefix may be in lower case, with i or l for 1 and o for 0.

Errors:
22P02 id does not have the form of a generated one';

CREATE FUNCTION batch_job.id_floor(at timestamp with time zone, prefix text DEFAULT 'batch') RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_id_floor';
COMMENT ON FUNCTION batch_job.id_floor(timestamp with time zone, text) IS
'Returns the lowest id of a millisecond in collation "C": a bound for scans of the primary key and for partitions.

Ids that were made at a time or later are id >= id_floor(at). A column of another collation needs id COLLATE "C" in
the query.

Errors:
22008 at is before 1970 or after 10889 AD
22023 prefix is not 1 to 63 ASCII letters, digits, underscores and hyphens';

CREATE FUNCTION batch_job.is_id(id text) RETURNS boolean
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_is_id';
COMMENT ON FUNCTION batch_job.is_id(text) IS
'Tells whether an id has the form of a generated one: prefix, underscore, ULID.

The ULID may be in lower case, with i or l for 1 and o for 0.';

CREATE FUNCTION batch_job.id_to_uuid(id text) RETURNS uuid
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_id_to_uuid';
COMMENT ON FUNCTION batch_job.id_to_uuid(text) IS
'Returns the 128 bits of a generated id, without its prefix, as a uuid.

The part behind the prefix may be in lower case, with i or l for 1 and o for 0.

Errors:
22P02 id does not have the form of a generated one';

CREATE FUNCTION batch_job.id_from_uuid(uuid uuid, prefix text DEFAULT 'batch') RETURNS text
LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE
AS 'MODULE_PATHNAME', 'batch_job_id_from_uuid';
COMMENT ON FUNCTION batch_job.id_from_uuid(uuid, text) IS
'Returns the id that has these 128 bits: the reverse of id_to_uuid().

Errors:
22023 prefix is not 1 to 63 ASCII letters, digits, underscores and hyphens';
