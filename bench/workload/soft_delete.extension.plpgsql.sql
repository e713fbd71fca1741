-- DELETE on a view of the same table whose trigger is in PL/pgSQL, as one would write it by hand.
TRUNCATE batch_job;
CREATE OR REPLACE VIEW by_hand AS SELECT * FROM batch_job WHERE deleted_at IS NULL;
CREATE OR REPLACE FUNCTION delete_by_hand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE batch_job SET deleted_at = clock_timestamp() WHERE id = OLD.id AND deleted_at IS NULL;
  IF NOT FOUND THEN
    RETURN NULL;
  END IF;
  RETURN OLD;
END $$;
CREATE OR REPLACE TRIGGER delete_by_hand INSTEAD OF DELETE ON by_hand FOR EACH ROW EXECUTE FUNCTION delete_by_hand();
\ir ../shared/new_jobs.sql
VACUUM ANALYZE batch_job;
\ir ../shared/begin.sql
DELETE FROM by_hand;
\ir ../shared/end.sql
