-- Its own, with one queue and one consumer.
DROP EXTENSION IF EXISTS pgq CASCADE;
CREATE EXTENSION pgq;
SELECT pgq.create_queue('imports');
SELECT pgq.register_consumer('imports', 'worker');
