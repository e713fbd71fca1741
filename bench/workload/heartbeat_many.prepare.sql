\ir heartbeat.prepare.sql
