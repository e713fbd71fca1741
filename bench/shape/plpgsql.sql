-- What one would write by hand: a trigger in PL/pgSQL that gives the id, the status and updated_at.
CREATE TABLE batch_job (
  id text COLLATE "C" PRIMARY KEY,
  LIKE entity INCLUDING DEFAULTS,
  status job_status NOT NULL
);
\ir ../shared/indexes.sql

-- 48 bits of time and 80 random ones (one of which a UUID keeps for its version) in Crockford's base 32.
CREATE FUNCTION ulid() RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  digits CONSTANT text[] := string_to_array('0,1,2,3,4,5,6,7,8,9,A,B,C,D,E,F,G,H,J,K,M,N,P,Q,R,S,T,V,W,X,Y,Z', ',');
  time bigint := floor(extract(epoch FROM clock_timestamp()) * 1000);
  random bytea := uuid_send(gen_random_uuid());
  ulid text := '';
BEGIN
  FOR place IN REVERSE 9 .. 0 LOOP
    ulid := ulid || digits[(time >> 5 * place & 31) + 1];
  END LOOP;
  FOR place IN 0 .. 15 LOOP
    ulid := ulid || digits[(get_byte(random, place) & 31) + 1];
  END LOOP;
  RETURN ulid;
END $$;

CREATE FUNCTION maintain_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' THEN
    NEW.updated_at := clock_timestamp();
  ELSIF NEW.id IS NULL OR NEW.id = '' THEN
    NEW.id := 'batch_' || ulid();
  END IF;
  NEW.status := CASE
    WHEN NEW.failed_at IS NOT NULL THEN 'failed'
    WHEN NEW.canceled_at IS NOT NULL THEN 'canceled'
    WHEN NEW.completed_at IS NOT NULL THEN 'completed'
    WHEN NEW.processing_at IS NOT NULL THEN 'processing'
    WHEN NEW.confirmed_at IS NOT NULL THEN 'confirmed'
    WHEN NEW.pre_processed_at IS NOT NULL THEN 'pre_processed'
    ELSE 'created' END;
  RETURN NEW;
END $$;

CREATE TRIGGER maintain_row BEFORE INSERT OR UPDATE ON batch_job FOR EACH ROW EXECUTE FUNCTION maintain_row();
