\echo Use "ALTER EXTENSION batch_job UPDATE" to load this file. \quit
