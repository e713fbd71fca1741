-- The extension's table with pages that new rows fill to 90 percent.
\ir extension.sql
ALTER TABLE batch_job SET (fillfactor = 90);
