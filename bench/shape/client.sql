-- As Medusa's migrations leave it: the client makes the id, and derives the status of what it has loaded.
CREATE TABLE batch_job (
  id text PRIMARY KEY,
  LIKE entity INCLUDING DEFAULTS
);
