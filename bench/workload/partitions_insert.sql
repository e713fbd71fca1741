\ir insert_bulk.sql
