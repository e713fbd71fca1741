--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: My App; Type: SCHEMA; Schema: -; Owner: shop
--

CREATE SCHEMA "My App";


ALTER SCHEMA "My App" OWNER TO shop;

--
-- Name: app; Type: SCHEMA; Schema: -; Owner: shop
--

CREATE SCHEMA app;


ALTER SCHEMA app OWNER TO shop;

--
-- Name: batch_job; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS batch_job WITH SCHEMA pg_catalog;


--
-- Name: EXTENSION batch_job; Type: COMMENT; Schema: -; Owner: 
--

COMMENT ON EXTENSION batch_job IS 'batch jobs: ids, derived status, soft deletion and JSON form, kept right for every writer';


--
-- Name: no_test(); Type: FUNCTION; Schema: app; Owner: shop
--

CREATE FUNCTION app.no_test() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN RETURN NEW; END $$;


ALTER FUNCTION app.no_test() OWNER TO shop;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: Job "x"; Type: TABLE; Schema: My App; Owner: shop
--

CREATE TABLE "My App"."Job ""x""" (
    id text DEFAULT batch_job.generate_id('q'::text) NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    deleted_at timestamp with time zone,
    type text NOT NULL,
    created_by text,
    context jsonb,
    result jsonb,
    dry_run boolean DEFAULT false NOT NULL,
    pre_processed_at timestamp with time zone,
    processing_at timestamp with time zone,
    confirmed_at timestamp with time zone,
    completed_at timestamp with time zone,
    canceled_at timestamp with time zone,
    failed_at timestamp with time zone,
    status batch_job.status DEFAULT 'created'::batch_job.status NOT NULL,
    priority smallint DEFAULT 0 NOT NULL,
    start_after timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    "Note's" text DEFAULT 'a''b'::text,
    CONSTRAINT batch_job_context_object CHECK (batch_job.is_context(context)),
    CONSTRAINT batch_job_result_sound CHECK (batch_job.is_result(result)),
    CONSTRAINT batch_job_status_derived CHECK ((status = batch_job.derive_status(pre_processed_at, confirmed_at, processing_at, completed_at, canceled_at, failed_at)))
)
WITH (autovacuum_vacuum_threshold='500', autovacuum_vacuum_scale_factor='0.02');


ALTER TABLE "My App"."Job ""x""" OWNER TO shop;

--
-- Name: COLUMN "Job ""x""".id; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""".id IS 'What names the job. Generated where it is not given, NULL or empty: a prefix, an underscore and a ULID, which rises with time. An attached table may have it as varchar or a domain.';


--
-- Name: COLUMN "Job ""x""".created_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""".created_at IS 'When the job was asked for. Filled in where it is NULL.';


--
-- Name: COLUMN "Job ""x""".updated_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""".updated_at IS 'When the row was last changed. Moves on every UPDATE, at least by a microsecond.';


--
-- Name: COLUMN "Job ""x""".deleted_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""".deleted_at IS 'When the job was soft-deleted; NULL: it is live.';


--
-- Name: COLUMN "Job ""x""".type; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""".type IS 'What kind of job it is, for example product-import. An attached table may have it as varchar or a domain.';


--
-- Name: COLUMN "Job ""x""".created_by; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""".created_by IS 'The id of the user who asked for the job. Its type is text, varchar, uuid, integer or bigint, as that of the users'' ids.';


--
-- Name: COLUMN "Job ""x""".context; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""".context IS 'What the job needs to know: an object.';


--
-- Name: COLUMN "Job ""x""".result; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""".result IS 'What came of the job: an object, see batch_job.result_problems().';


--
-- Name: COLUMN "Job ""x""".dry_run; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""".dry_run IS 'Whether the job is only prepared, until a person confirms it.';


--
-- Name: COLUMN "Job ""x""".pre_processed_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""".pre_processed_at IS 'When the job was prepared.';


--
-- Name: COLUMN "Job ""x""".processing_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""".processing_at IS 'When a worker started the job.';


--
-- Name: COLUMN "Job ""x""".confirmed_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""".confirmed_at IS 'When the job was confirmed.';


--
-- Name: COLUMN "Job ""x""".completed_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""".completed_at IS 'When the job was done.';


--
-- Name: COLUMN "Job ""x""".canceled_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""".canceled_at IS 'When the job was given up.';


--
-- Name: COLUMN "Job ""x""".failed_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""".failed_at IS 'When the job failed.';


--
-- Name: COLUMN "Job ""x""".status; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""".status IS 'Where the job is in its life cycle: derived from the six timestamps from pre_processed_at to failed_at. What is written here is replaced.';


--
-- Name: COLUMN "Job ""x""".priority; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""".priority IS 'Which jobs workers are given first: the lower, the sooner. An attached table may have it as any integer.';


--
-- Name: COLUMN "Job ""x""".start_after; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""".start_after IS 'From when a worker may be given the job; of those of one priority, the earlier is given first.';


--
-- Name: Job "x"_event; Type: TABLE; Schema: My App; Owner: shop
--

CREATE TABLE "My App"."Job ""x""_event" (
    seq bigint NOT NULL,
    job_id text NOT NULL COLLATE pg_catalog."C",
    event text NOT NULL,
    from_status text,
    to_status text,
    actor text NOT NULL,
    at timestamp with time zone NOT NULL,
    xid xid8 NOT NULL,
    horizon xid8 NOT NULL,
    detail jsonb
);


ALTER TABLE "My App"."Job ""x""_event" OWNER TO shop;

--
-- Name: TABLE "Job ""x""_event"; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON TABLE "My App"."Job ""x""_event" IS 'The events of the jobs of a table, in the order of seq: history and outbox. Read them with batch_job.read_events(). Only its owner may change it by hand, or empty it.';


--
-- Name: COLUMN "Job ""x""_event".seq; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_event".seq IS 'The order of events. They may be committed in another order, so read them with batch_job.read_events().';


--
-- Name: COLUMN "Job ""x""_event".job_id; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_event".job_id IS 'The job''s id.';


--
-- Name: COLUMN "Job ""x""_event".event; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_event".event IS 'What happened: batch.created, batch.updated and so on, see batch_job.read_events().';


--
-- Name: COLUMN "Job ""x""_event".from_status; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_event".from_status IS 'The job''s status before; NULL: it was not there.';


--
-- Name: COLUMN "Job ""x""_event".to_status; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_event".to_status IS 'The job''s status afterwards; NULL: it is gone for good. That of a job''s last event is its status.';


--
-- Name: COLUMN "Job ""x""_event".actor; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_event".actor IS 'Who acted, as the call says, else the setting batch_job.actor, else the session''s user. What an application says here is not proved.';


--
-- Name: COLUMN "Job ""x""_event".at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_event".at IS 'When it was recorded.';


--
-- Name: COLUMN "Job ""x""_event".xid; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_event".xid IS 'The transaction that did it.';


--
-- Name: COLUMN "Job ""x""_event".horizon; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_event".horizon IS 'The transaction id that was next when seq was taken: all transactions that can have a lower seq are below it. batch_job.read_events() goes by it.';


--
-- Name: COLUMN "Job ""x""_event".detail; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_event".detail IS 'What the call added: the reason of cancel, the plan_digest of confirm; run, attempt and worker of what a worker did; the previous_id of an id that was changed.';


--
-- Name: Job "x"_event_seq_seq; Type: SEQUENCE; Schema: My App; Owner: shop
--

ALTER TABLE "My App"."Job ""x""_event" ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME "My App"."Job ""x""_event_seq_seq"
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: Job "x"_live; Type: VIEW; Schema: My App; Owner: shop
--

CREATE VIEW "My App"."Job ""x""_live" WITH (security_invoker='true') AS
 SELECT "Job ""x""".id,
    "Job ""x""".created_at,
    "Job ""x""".updated_at,
    "Job ""x""".deleted_at,
    "Job ""x""".type,
    "Job ""x""".created_by,
    "Job ""x""".context,
    "Job ""x""".result,
    "Job ""x""".dry_run,
    "Job ""x""".pre_processed_at,
    "Job ""x""".processing_at,
    "Job ""x""".confirmed_at,
    "Job ""x""".completed_at,
    "Job ""x""".canceled_at,
    "Job ""x""".failed_at,
    "Job ""x""".status,
    "Job ""x""".priority,
    "Job ""x""".start_after,
    "Job ""x"""."Note's"
   FROM "My App"."Job ""x"""
  WHERE ("Job ""x""".deleted_at IS NULL);


ALTER TABLE "My App"."Job ""x""_live" OWNER TO shop;

--
-- Name: VIEW "Job ""x""_live"; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON VIEW "My App"."Job ""x""_live" IS 'The jobs of its table that are not soft-deleted. A DELETE reports the right row count. Made by the extension batch_job.';


--
-- Name: COLUMN "Job ""x""_live".id; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_live".id IS 'What names the job. Generated where it is not given, NULL or empty: a prefix, an underscore and a ULID, which rises with time. An attached table may have it as varchar or a domain.';


--
-- Name: COLUMN "Job ""x""_live".created_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_live".created_at IS 'When the job was asked for. Filled in where it is NULL.';


--
-- Name: COLUMN "Job ""x""_live".updated_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_live".updated_at IS 'When the row was last changed. Moves on every UPDATE, at least by a microsecond.';


--
-- Name: COLUMN "Job ""x""_live".deleted_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_live".deleted_at IS 'When the job was soft-deleted; NULL: it is live.';


--
-- Name: COLUMN "Job ""x""_live".type; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_live".type IS 'What kind of job it is, for example product-import. An attached table may have it as varchar or a domain.';


--
-- Name: COLUMN "Job ""x""_live".created_by; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_live".created_by IS 'The id of the user who asked for the job. Its type is text, varchar, uuid, integer or bigint, as that of the users'' ids.';


--
-- Name: COLUMN "Job ""x""_live".context; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_live".context IS 'What the job needs to know: an object.';


--
-- Name: COLUMN "Job ""x""_live".result; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_live".result IS 'What came of the job: an object, see batch_job.result_problems().';


--
-- Name: COLUMN "Job ""x""_live".dry_run; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_live".dry_run IS 'Whether the job is only prepared, until a person confirms it.';


--
-- Name: COLUMN "Job ""x""_live".pre_processed_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_live".pre_processed_at IS 'When the job was prepared.';


--
-- Name: COLUMN "Job ""x""_live".processing_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_live".processing_at IS 'When a worker started the job.';


--
-- Name: COLUMN "Job ""x""_live".confirmed_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_live".confirmed_at IS 'When the job was confirmed.';


--
-- Name: COLUMN "Job ""x""_live".completed_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_live".completed_at IS 'When the job was done.';


--
-- Name: COLUMN "Job ""x""_live".canceled_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_live".canceled_at IS 'When the job was given up.';


--
-- Name: COLUMN "Job ""x""_live".failed_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_live".failed_at IS 'When the job failed.';


--
-- Name: COLUMN "Job ""x""_live".status; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_live".status IS 'Where the job is in its life cycle: derived from the six timestamps from pre_processed_at to failed_at. What is written here is replaced.';


--
-- Name: COLUMN "Job ""x""_live".priority; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_live".priority IS 'Which jobs workers are given first: the lower, the sooner. An attached table may have it as any integer.';


--
-- Name: COLUMN "Job ""x""_live".start_after; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_live".start_after IS 'From when a worker may be given the job; of those of one priority, the earlier is given first.';


--
-- Name: Job "x"_run; Type: TABLE; Schema: My App; Owner: shop
--

CREATE TABLE "My App"."Job ""x""_run" (
    job_id text NOT NULL COLLATE pg_catalog."C",
    run text NOT NULL COLLATE pg_catalog."C",
    type text NOT NULL,
    created_by text,
    priority bigint NOT NULL,
    state batch_job.run_state NOT NULL,
    attempt smallint NOT NULL,
    worker text,
    claimed_at timestamp with time zone NOT NULL,
    heartbeat_at timestamp with time zone NOT NULL,
    lease_until timestamp with time zone NOT NULL,
    suspect_at timestamp with time zone,
    base_at timestamp with time zone,
    base_items bigint DEFAULT 0 NOT NULL,
    rate_at timestamp with time zone,
    rate_items bigint,
    items_done bigint,
    items_total bigint,
    progress_at timestamp with time zone,
    message text,
    checkpoint jsonb,
    pause_requested_at timestamp with time zone,
    ended_at timestamp with time zone,
    outcome batch_job.run_outcome,
    error jsonb,
    retry_at timestamp with time zone
)
WITH (fillfactor='70', autovacuum_vacuum_threshold='500', autovacuum_vacuum_scale_factor='0.02', autovacuum_analyze_threshold='500', autovacuum_analyze_scale_factor='0.05');


ALTER TABLE "My App"."Job ""x""_run" OWNER TO shop;

--
-- Name: TABLE "Job ""x""_run"; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON TABLE "My App"."Job ""x""_run" IS 'The runs of the jobs of a table, one row for each attempt: who works on a job, or did. Written by functions of batch_job.';


--
-- Name: COLUMN "Job ""x""_run".job_id; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_run".job_id IS 'The job''s id.';


--
-- Name: COLUMN "Job ""x""_run".run; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_run".run IS 'The fencing token: a worker gives it with each call, and it is never given twice.';


--
-- Name: COLUMN "Job ""x""_run".type; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_run".type IS 'The job''s type.';


--
-- Name: COLUMN "Job ""x""_run".created_by; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_run".created_by IS 'Who created the job.';


--
-- Name: COLUMN "Job ""x""_run".priority; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_run".priority IS 'The job''s priority when it was claimed or given back, lower first; 0 where jobs have none.';


--
-- Name: COLUMN "Job ""x""_run".state; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_run".state IS 'The state of the run: running; waiting or paused, when it is over and the job goes on with another one; ended. At most one run of a job has not ended.';


--
-- Name: COLUMN "Job ""x""_run".attempt; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_run".attempt IS 'Which attempt it is. A run that was given back does not count.';


--
-- Name: COLUMN "Job ""x""_run".worker; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_run".worker IS 'What the worker calls itself.';


--
-- Name: COLUMN "Job ""x""_run".claimed_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_run".claimed_at IS 'When the run began.';


--
-- Name: COLUMN "Job ""x""_run".heartbeat_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_run".heartbeat_at IS 'When the worker was last heard.';


--
-- Name: COLUMN "Job ""x""_run".lease_until; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_run".lease_until IS 'Until when the worker has the job without another heartbeat.';


--
-- Name: COLUMN "Job ""x""_run".suspect_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_run".suspect_at IS 'When the lease was first seen to be over. If no heartbeat comes for another lease, the worker is lost.';


--
-- Name: COLUMN "Job ""x""_run".base_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_run".base_at IS 'The report from which on the rate is measured, see batch_job.rate(); NULL: when it was claimed.';


--
-- Name: COLUMN "Job ""x""_run".base_items; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_run".base_items IS 'How many items were done then.';


--
-- Name: COLUMN "Job ""x""_run".rate_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_run".rate_at IS 'The report up to which the rate is measured.';


--
-- Name: COLUMN "Job ""x""_run".rate_items; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_run".rate_items IS 'How many items were done then.';


--
-- Name: COLUMN "Job ""x""_run".items_done; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_run".items_done IS 'How many items are done.';


--
-- Name: COLUMN "Job ""x""_run".items_total; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_run".items_total IS 'How many items there are.';


--
-- Name: COLUMN "Job ""x""_run".progress_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_run".progress_at IS 'When items_done was first given, or last changed.';


--
-- Name: COLUMN "Job ""x""_run".message; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_run".message IS 'What the worker does just now, for people.';


--
-- Name: COLUMN "Job ""x""_run".checkpoint; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_run".checkpoint IS 'Where the next run goes on.';


--
-- Name: COLUMN "Job ""x""_run".pause_requested_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_run".pause_requested_at IS 'When somebody asked the worker to pause.';


--
-- Name: COLUMN "Job ""x""_run".ended_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_run".ended_at IS 'When the run was over.';


--
-- Name: COLUMN "Job ""x""_run".outcome; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_run".outcome IS 'How it ended; NULL: it is running.';


--
-- Name: COLUMN "Job ""x""_run".error; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_run".error IS 'Why the attempt failed.';


--
-- Name: COLUMN "Job ""x""_run".retry_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_run".retry_at IS 'From when a waiting job may be claimed again.';


--
-- Name: Job "x"_type; Type: TABLE; Schema: My App; Owner: shop
--

CREATE TABLE "My App"."Job ""x""_type" (
    type text NOT NULL,
    max_running integer,
    max_running_per_owner integer,
    max_attempts smallint,
    lease interval,
    backoff interval,
    backoff_max interval,
    paused boolean DEFAULT false NOT NULL,
    note text,
    CONSTRAINT "Job ""x""_type_backoff_check" CHECK ((backoff >= '00:00:00'::interval)),
    CONSTRAINT "Job ""x""_type_backoff_max_check" CHECK ((backoff_max >= '00:00:00'::interval)),
    CONSTRAINT "Job ""x""_type_lease_check" CHECK ((lease > '00:00:00'::interval)),
    CONSTRAINT "Job ""x""_type_max_attempts_check" CHECK ((max_attempts >= 1)),
    CONSTRAINT "Job ""x""_type_max_running_check" CHECK ((max_running >= 0)),
    CONSTRAINT "Job ""x""_type_max_running_per_owner_check" CHECK ((max_running_per_owner >= 0))
);


ALTER TABLE "My App"."Job ""x""_type" OWNER TO shop;

--
-- Name: TABLE "Job ""x""_type"; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON TABLE "My App"."Job ""x""_type" IS 'How jobs of a type are treated: a row for each type that is not treated by default, yours to write. NULL means the default.';


--
-- Name: COLUMN "Job ""x""_type".type; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_type".type IS 'The type of the jobs.';


--
-- Name: COLUMN "Job ""x""_type".max_running; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_type".max_running IS 'How many jobs of the type may run at a time; NULL: any number.';


--
-- Name: COLUMN "Job ""x""_type".max_running_per_owner; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_type".max_running_per_owner IS 'How many of them for one created_by; NULL: any number. Jobs without created_by are not limited by it.';


--
-- Name: COLUMN "Job ""x""_type".max_attempts; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_type".max_attempts IS 'After how many attempts a job has failed; NULL: 3.';


--
-- Name: COLUMN "Job ""x""_type".lease; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_type".lease IS 'How long a worker may be silent; NULL: one minute.';


--
-- Name: COLUMN "Job ""x""_type".backoff; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_type".backoff IS 'How long a job waits after its first failed attempt, doubled after each further one, more or less 10 %; NULL: 30 seconds.';


--
-- Name: COLUMN "Job ""x""_type".backoff_max; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_type".backoff_max IS 'The longest of these waits; NULL: one hour.';


--
-- Name: COLUMN "Job ""x""_type".paused; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_type".paused IS 'Whether no more jobs of the type are given to workers.';


--
-- Name: COLUMN "Job ""x""_type".note; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_type".note IS 'For people. It has no effect, so a worker''s role that may UPDATE it, and nothing else, can lock the row, as a claim must, but change no limit.';


--
-- Name: Job "x"_progress; Type: VIEW; Schema: My App; Owner: shop
--

CREATE VIEW "My App"."Job ""x""_progress" WITH (security_invoker='true') AS
 SELECT j.id,
    j.status,
    o.state,
    j.type,
    j.created_by,
    r.worker,
        CASE
            WHEN (r.lease_until <> r.claimed_at) THEN r.attempt
            ELSE NULL::smallint
        END AS attempt,
    COALESCE(t.max_attempts, (3)::smallint) AS max_attempts,
        CASE
            WHEN (r.job_id IS NOT NULL) THEN r.items_done
            WHEN ((j.status = 'created'::batch_job.status) OR (j.status = 'processing'::batch_job.status)) THEN batch_job.items(j.result, 'advancement_count'::text)
            ELSE NULL::bigint
        END AS items_done,
        CASE
            WHEN (r.job_id IS NOT NULL) THEN r.items_total
            WHEN ((j.status = 'created'::batch_job.status) OR (j.status = 'processing'::batch_job.status)) THEN batch_job.items(j.result, 'count'::text)
            ELSE NULL::bigint
        END AS items_total,
    batch_job.percent(
        CASE
            WHEN (r.job_id IS NOT NULL) THEN r.items_done
            WHEN ((j.status = 'created'::batch_job.status) OR (j.status = 'processing'::batch_job.status)) THEN batch_job.items(j.result, 'advancement_count'::text)
            ELSE NULL::bigint
        END,
        CASE
            WHEN (r.job_id IS NOT NULL) THEN r.items_total
            WHEN ((j.status = 'created'::batch_job.status) OR (j.status = 'processing'::batch_job.status)) THEN batch_job.items(j.result, 'count'::text)
            ELSE NULL::bigint
        END) AS percent,
        CASE
            WHEN (r.state = 'running'::batch_job.run_state) THEN batch_job.rate(COALESCE(r.base_at, r.claimed_at), r.base_items, r.rate_at, r.rate_items)
            ELSE NULL::double precision
        END AS rate,
        CASE
            WHEN (r.state = 'running'::batch_job.run_state) THEN batch_job.eta(COALESCE(r.base_at, r.claimed_at), r.base_items, r.rate_at, r.rate_items, r.progress_at, r.items_done, r.items_total, o.now)
            ELSE NULL::interval
        END AS eta,
    r.message,
    COALESCE(
        CASE
            WHEN (r.state = 'running'::batch_job.run_state) THEN r.claimed_at
            ELSE NULL::timestamp with time zone
        END, j.processing_at) AS started_at,
        CASE
            WHEN (r.state = 'running'::batch_job.run_state) THEN batch_job.duration(r.heartbeat_at, o.now)
            ELSE NULL::interval
        END AS quiet_for,
        CASE
            WHEN (r.state = 'running'::batch_job.run_state) THEN batch_job.duration(COALESCE(r.progress_at, r.claimed_at), o.now)
            ELSE NULL::interval
        END AS stalled_for,
    o.due AS due_at,
        CASE
            WHEN (o.state = 'retrying'::text) THEN o.due
            ELSE NULL::timestamp with time zone
        END AS retry_at,
    COALESCE(( SELECT e.error
           FROM "My App"."Job ""x""_run" e
          WHERE ((e.job_id = j.id) AND (e.error IS NOT NULL))
          ORDER BY e.run DESC
         LIMIT 1),
        CASE
            WHEN (r.job_id IS NULL) THEN ((j.result -> 'errors'::text) -> '-1'::integer)
            ELSE NULL::jsonb
        END) AS last_error
   FROM ((("My App"."Job ""x""" j
     LEFT JOIN "My App"."Job ""x""_run" r ON (((r.job_id = j.id) AND (r.state <> 'ended'::batch_job.run_state))))
     LEFT JOIN "My App"."Job ""x""_type" t ON ((t.type = j.type)))
     CROSS JOIN LATERAL ( SELECT statement_timestamp() AS now,
                CASE
                    WHEN (r.state = 'running'::batch_job.run_state) THEN
                    CASE
                        WHEN ((r.suspect_at IS NOT NULL) OR (r.lease_until <= statement_timestamp())) THEN 'suspect'::text
                        ELSE 'running'::text
                    END
                    WHEN (r.state = 'paused'::batch_job.run_state) THEN 'paused'::text
                    WHEN (j.status = 'pre_processed'::batch_job.status) THEN NULL::text
                    WHEN (r.outcome <> 'released'::batch_job.run_outcome) THEN 'retrying'::text
                    WHEN ((r.state = 'waiting'::batch_job.run_state) OR (j.status = 'created'::batch_job.status) OR (j.status = 'confirmed'::batch_job.status)) THEN 'waiting'::text
                    ELSE NULL::text
                END AS state,
                CASE
                    WHEN (j.status = 'pre_processed'::batch_job.status) THEN NULL::timestamp with time zone
                    WHEN (r.state = 'waiting'::batch_job.run_state) THEN r.retry_at
                    WHEN ((r.job_id IS NULL) AND ((j.status = 'created'::batch_job.status) OR (j.status = 'confirmed'::batch_job.status))) THEN GREATEST(j.start_after, j.created_at, j.confirmed_at)
                    ELSE NULL::timestamp with time zone
                END AS due) o)
  WHERE ((j.deleted_at IS NULL) AND (j.status < 'completed'::batch_job.status));


ALTER TABLE "My App"."Job ""x""_progress" OWNER TO shop;

--
-- Name: VIEW "Job ""x""_progress"; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON VIEW "My App"."Job ""x""_progress" IS 'How far the open jobs of its table are, one row for each. Made by the extension batch_job.';


--
-- Name: COLUMN "Job ""x""_progress".id; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_progress".id IS 'The job''s id.';


--
-- Name: COLUMN "Job ""x""_progress".status; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_progress".status IS 'The job''s status.';


--
-- Name: COLUMN "Job ""x""_progress".state; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_progress".state IS 'One of waiting (for its first worker, or given back), running, suspect (its lease is over, and nothing has been heard of its worker), retrying (an attempt failed or was lost, and it waits for the next) and paused. NULL: no worker has to do with it, because it waits for a confirmation, or is processing without a run.';


--
-- Name: COLUMN "Job ""x""_progress".type; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_progress".type IS 'The job''s type.';


--
-- Name: COLUMN "Job ""x""_progress".created_by; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_progress".created_by IS 'Who created the job.';


--
-- Name: COLUMN "Job ""x""_progress".worker; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_progress".worker IS 'What its worker calls itself; the last one, if its run is over.';


--
-- Name: COLUMN "Job ""x""_progress".attempt; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_progress".attempt IS 'Which attempt it is, or was.';


--
-- Name: COLUMN "Job ""x""_progress".max_attempts; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_progress".max_attempts IS 'After how many attempts the job has failed.';


--
-- Name: COLUMN "Job ""x""_progress".items_done; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_progress".items_done IS 'How many items are done, as its worker said by heartbeat; without a run, as its result says under advancement_count, but not between preparation and work.';


--
-- Name: COLUMN "Job ""x""_progress".items_total; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_progress".items_total IS 'How many items there are; without a run, as its result says under count.';


--
-- Name: COLUMN "Job ""x""_progress".percent; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_progress".percent IS 'How much of the work is done, from 0 to 100.';


--
-- Name: COLUMN "Job ""x""_progress".rate; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_progress".rate IS 'Items a second, while it is running: the mean between its first report with items done and a recent one; at first, since the claim. A run that goes on from a checkpoint is measured anew.';


--
-- Name: COLUMN "Job ""x""_progress".eta; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_progress".eta IS 'How long the rest will take at that rate; never negative. It runs down by the clock between two reports. NULL before there is anything to go by, and when items_done has not changed for longer than the worker had worked before.';


--
-- Name: COLUMN "Job ""x""_progress".message; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_progress".message IS 'What its worker does just now, for people.';


--
-- Name: COLUMN "Job ""x""_progress".started_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_progress".started_at IS 'When its run began; without one, when the job was started.';


--
-- Name: COLUMN "Job ""x""_progress".quiet_for; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_progress".quiet_for IS 'For how long nothing has been heard of its worker.';


--
-- Name: COLUMN "Job ""x""_progress".stalled_for; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_progress".stalled_for IS 'For how long items_done has not changed.';


--
-- Name: COLUMN "Job ""x""_progress".due_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_progress".due_at IS 'From when it may be given to a worker, while it waits for one.';


--
-- Name: COLUMN "Job ""x""_progress".retry_at; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_progress".retry_at IS 'From when the next attempt may begin, while it is retrying.';


--
-- Name: COLUMN "Job ""x""_progress".last_error; Type: COMMENT; Schema: My App; Owner: shop
--

COMMENT ON COLUMN "My App"."Job ""x""_progress".last_error IS 'Why the last failed attempt failed; without a run, the last error of its result.';


--
-- Name: batch_job; Type: TABLE; Schema: app; Owner: shop
--

CREATE TABLE app.batch_job (
    id text DEFAULT batch_job.generate_id('job'::text) NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    deleted_at timestamp with time zone,
    type text NOT NULL,
    created_by text,
    context jsonb,
    result jsonb,
    dry_run boolean DEFAULT false NOT NULL,
    pre_processed_at timestamp with time zone,
    processing_at timestamp with time zone,
    confirmed_at timestamp with time zone,
    completed_at timestamp with time zone,
    canceled_at timestamp with time zone,
    failed_at timestamp with time zone,
    status batch_job.status DEFAULT 'created'::batch_job.status NOT NULL,
    tenant integer DEFAULT 7 NOT NULL,
    label text GENERATED ALWAYS AS ((type || '!'::text)) STORED,
    CONSTRAINT batch_job_context_object CHECK (batch_job.is_context(context)),
    CONSTRAINT batch_job_result_sound CHECK (batch_job.is_result(result)),
    CONSTRAINT batch_job_status_derived CHECK ((status = batch_job.derive_status(pre_processed_at, confirmed_at, processing_at, completed_at, canceled_at, failed_at)))
);


ALTER TABLE app.batch_job OWNER TO shop;

--
-- Name: COLUMN batch_job.id; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job.id IS 'What names the job. Generated where it is not given, NULL or empty: a prefix, an underscore and a ULID, which rises with time. An attached table may have it as varchar or a domain.';


--
-- Name: COLUMN batch_job.created_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job.created_at IS 'When the job was asked for. Filled in where it is NULL.';


--
-- Name: COLUMN batch_job.updated_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job.updated_at IS 'When the row was last changed. Moves on every UPDATE, at least by a microsecond.';


--
-- Name: COLUMN batch_job.deleted_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job.deleted_at IS 'When the job was soft-deleted; NULL: it is live.';


--
-- Name: COLUMN batch_job.type; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job.type IS 'What kind of job it is, for example product-import. An attached table may have it as varchar or a domain.';


--
-- Name: COLUMN batch_job.created_by; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job.created_by IS 'The id of the user who asked for the job. Its type is text, varchar, uuid, integer or bigint, as that of the users'' ids.';


--
-- Name: COLUMN batch_job.context; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job.context IS 'What the job needs to know: an object.';


--
-- Name: COLUMN batch_job.result; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job.result IS 'What came of the job: an object, see batch_job.result_problems().';


--
-- Name: COLUMN batch_job.dry_run; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job.dry_run IS 'Whether the job is only prepared, until a person confirms it.';


--
-- Name: COLUMN batch_job.pre_processed_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job.pre_processed_at IS 'When the job was prepared.';


--
-- Name: COLUMN batch_job.processing_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job.processing_at IS 'When a worker started the job.';


--
-- Name: COLUMN batch_job.confirmed_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job.confirmed_at IS 'When the job was confirmed.';


--
-- Name: COLUMN batch_job.completed_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job.completed_at IS 'When the job was done.';


--
-- Name: COLUMN batch_job.canceled_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job.canceled_at IS 'When the job was given up.';


--
-- Name: COLUMN batch_job.failed_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job.failed_at IS 'When the job failed.';


--
-- Name: COLUMN batch_job.status; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job.status IS 'where it is';


--
-- Name: batch_job_live; Type: VIEW; Schema: app; Owner: shop
--

CREATE VIEW app.batch_job_live WITH (security_invoker='true') AS
 SELECT batch_job.id,
    batch_job.created_at,
    batch_job.updated_at,
    batch_job.deleted_at,
    batch_job.type,
    batch_job.created_by,
    batch_job.context,
    batch_job.result,
    batch_job.dry_run,
    batch_job.pre_processed_at,
    batch_job.processing_at,
    batch_job.confirmed_at,
    batch_job.completed_at,
    batch_job.canceled_at,
    batch_job.failed_at,
    batch_job.status,
    batch_job.tenant,
    batch_job.label
   FROM app.batch_job
  WHERE (batch_job.deleted_at IS NULL);


ALTER TABLE app.batch_job_live OWNER TO shop;

--
-- Name: VIEW batch_job_live; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON VIEW app.batch_job_live IS 'the jobs';


--
-- Name: COLUMN batch_job_live.id; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job_live.id IS 'What names the job. Generated where it is not given, NULL or empty: a prefix, an underscore and a ULID, which rises with time. An attached table may have it as varchar or a domain.';


--
-- Name: COLUMN batch_job_live.created_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job_live.created_at IS 'When the job was asked for. Filled in where it is NULL.';


--
-- Name: COLUMN batch_job_live.updated_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job_live.updated_at IS 'When the row was last changed. Moves on every UPDATE, at least by a microsecond.';


--
-- Name: COLUMN batch_job_live.deleted_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job_live.deleted_at IS 'When the job was soft-deleted; NULL: it is live.';


--
-- Name: COLUMN batch_job_live.type; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job_live.type IS 'What kind of job it is, for example product-import. An attached table may have it as varchar or a domain.';


--
-- Name: COLUMN batch_job_live.created_by; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job_live.created_by IS 'The id of the user who asked for the job. Its type is text, varchar, uuid, integer or bigint, as that of the users'' ids.';


--
-- Name: COLUMN batch_job_live.context; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job_live.context IS 'What the job needs to know: an object.';


--
-- Name: COLUMN batch_job_live.result; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job_live.result IS 'What came of the job: an object, see batch_job.result_problems().';


--
-- Name: COLUMN batch_job_live.dry_run; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job_live.dry_run IS 'Whether the job is only prepared, until a person confirms it.';


--
-- Name: COLUMN batch_job_live.pre_processed_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job_live.pre_processed_at IS 'When the job was prepared.';


--
-- Name: COLUMN batch_job_live.processing_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job_live.processing_at IS 'When a worker started the job.';


--
-- Name: COLUMN batch_job_live.confirmed_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job_live.confirmed_at IS 'When the job was confirmed.';


--
-- Name: COLUMN batch_job_live.completed_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job_live.completed_at IS 'When the job was done.';


--
-- Name: COLUMN batch_job_live.canceled_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job_live.canceled_at IS 'When the job was given up.';


--
-- Name: COLUMN batch_job_live.failed_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job_live.failed_at IS 'When the job failed.';


--
-- Name: COLUMN batch_job_live.status; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.batch_job_live.status IS 'Where the job is in its life cycle: derived from the six timestamps from pre_processed_at to failed_at. What is written here is replaced.';


--
-- Name: by_id; Type: TABLE; Schema: app; Owner: shop
--

CREATE TABLE app.by_id (
    id text DEFAULT batch_job.generate_id('batch'::text) NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    type text NOT NULL,
    created_by character varying,
    context jsonb,
    result jsonb,
    dry_run boolean DEFAULT false NOT NULL,
    pre_processed_at timestamp with time zone,
    processing_at timestamp with time zone,
    confirmed_at timestamp with time zone,
    completed_at timestamp with time zone,
    canceled_at timestamp with time zone,
    failed_at timestamp with time zone,
    status batch_job.status DEFAULT 'created'::batch_job.status NOT NULL,
    CONSTRAINT batch_job_status_derived CHECK ((status = batch_job.derive_status(pre_processed_at, confirmed_at, processing_at, completed_at, canceled_at, failed_at)))
)
PARTITION BY RANGE (id);


ALTER TABLE app.by_id OWNER TO shop;

--
-- Name: by_id_live; Type: VIEW; Schema: app; Owner: shop
--

CREATE VIEW app.by_id_live WITH (security_invoker='true') AS
 SELECT by_id.id,
    by_id.created_at,
    by_id.updated_at,
    by_id.deleted_at,
    by_id.type,
    by_id.created_by,
    by_id.context,
    by_id.result,
    by_id.dry_run,
    by_id.pre_processed_at,
    by_id.processing_at,
    by_id.confirmed_at,
    by_id.completed_at,
    by_id.canceled_at,
    by_id.failed_at,
    by_id.status
   FROM app.by_id
  WHERE (by_id.deleted_at IS NULL);


ALTER TABLE app.by_id_live OWNER TO shop;

--
-- Name: VIEW by_id_live; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON VIEW app.by_id_live IS 'The jobs of its table that are not soft-deleted. A DELETE reports the right row count. Made by the extension batch_job.';


--
-- Name: by_id_new; Type: TABLE; Schema: app; Owner: shop
--

CREATE TABLE app.by_id_new (
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    type text NOT NULL,
    created_by character varying,
    context jsonb,
    result jsonb,
    dry_run boolean DEFAULT false NOT NULL,
    pre_processed_at timestamp with time zone,
    processing_at timestamp with time zone,
    confirmed_at timestamp with time zone,
    completed_at timestamp with time zone,
    canceled_at timestamp with time zone,
    failed_at timestamp with time zone,
    id text DEFAULT batch_job.generate_id('batch'::text) NOT NULL COLLATE pg_catalog."C",
    status batch_job.status DEFAULT 'created'::batch_job.status NOT NULL,
    CONSTRAINT batch_job_status_derived CHECK ((status = batch_job.derive_status(pre_processed_at, confirmed_at, processing_at, completed_at, canceled_at, failed_at)))
);


ALTER TABLE app.by_id_new OWNER TO shop;

--
-- Name: by_id_old; Type: TABLE; Schema: app; Owner: shop
--

CREATE TABLE app.by_id_old (
    id text DEFAULT batch_job.generate_id('batch'::text) NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    type text NOT NULL,
    created_by character varying,
    context jsonb,
    result jsonb,
    dry_run boolean DEFAULT false NOT NULL,
    pre_processed_at timestamp with time zone,
    processing_at timestamp with time zone,
    confirmed_at timestamp with time zone,
    completed_at timestamp with time zone,
    canceled_at timestamp with time zone,
    failed_at timestamp with time zone,
    status batch_job.status DEFAULT 'created'::batch_job.status NOT NULL,
    CONSTRAINT batch_job_status_derived CHECK ((status = batch_job.derive_status(pre_processed_at, confirmed_at, processing_at, completed_at, canceled_at, failed_at)))
);


ALTER TABLE app.by_id_old OWNER TO shop;

--
-- Name: by_type; Type: TABLE; Schema: app; Owner: shop
--

CREATE TABLE app.by_type (
    id text DEFAULT batch_job.generate_id('batch'::text) NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    type text NOT NULL,
    created_by character varying,
    context jsonb,
    result jsonb,
    dry_run boolean DEFAULT false NOT NULL,
    pre_processed_at timestamp with time zone,
    processing_at timestamp with time zone,
    confirmed_at timestamp with time zone,
    completed_at timestamp with time zone,
    canceled_at timestamp with time zone,
    failed_at timestamp with time zone,
    status batch_job.status DEFAULT 'created'::batch_job.status NOT NULL,
    CONSTRAINT batch_job_status_derived CHECK ((status = batch_job.derive_status(pre_processed_at, confirmed_at, processing_at, completed_at, canceled_at, failed_at)))
)
PARTITION BY LIST (type);


ALTER TABLE app.by_type OWNER TO shop;

--
-- Name: by_type_event; Type: TABLE; Schema: app; Owner: shop
--

CREATE TABLE app.by_type_event (
    seq bigint NOT NULL,
    job_id text NOT NULL,
    event text NOT NULL,
    from_status text,
    to_status text,
    actor text NOT NULL,
    at timestamp with time zone NOT NULL,
    xid xid8 NOT NULL,
    horizon xid8 NOT NULL,
    detail jsonb
);


ALTER TABLE app.by_type_event OWNER TO shop;

--
-- Name: TABLE by_type_event; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON TABLE app.by_type_event IS 'The events of the jobs of a table, in the order of seq: history and outbox. Read them with batch_job.read_events(). Only its owner may change it by hand, or empty it.';


--
-- Name: COLUMN by_type_event.seq; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_event.seq IS 'The order of events. They may be committed in another order, so read them with batch_job.read_events().';


--
-- Name: COLUMN by_type_event.job_id; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_event.job_id IS 'The job''s id.';


--
-- Name: COLUMN by_type_event.event; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_event.event IS 'What happened: batch.created, batch.updated and so on, see batch_job.read_events().';


--
-- Name: COLUMN by_type_event.from_status; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_event.from_status IS 'The job''s status before; NULL: it was not there.';


--
-- Name: COLUMN by_type_event.to_status; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_event.to_status IS 'The job''s status afterwards; NULL: it is gone for good. That of a job''s last event is its status.';


--
-- Name: COLUMN by_type_event.actor; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_event.actor IS 'Who acted, as the call says, else the setting batch_job.actor, else the session''s user. What an application says here is not proved.';


--
-- Name: COLUMN by_type_event.at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_event.at IS 'When it was recorded.';


--
-- Name: COLUMN by_type_event.xid; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_event.xid IS 'The transaction that did it.';


--
-- Name: COLUMN by_type_event.horizon; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_event.horizon IS 'The transaction id that was next when seq was taken: all transactions that can have a lower seq are below it. batch_job.read_events() goes by it.';


--
-- Name: COLUMN by_type_event.detail; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_event.detail IS 'What the call added: the reason of cancel, the plan_digest of confirm; run, attempt and worker of what a worker did; the previous_id of an id that was changed.';


--
-- Name: by_type_event_seq_seq; Type: SEQUENCE; Schema: app; Owner: shop
--

ALTER TABLE app.by_type_event ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME app.by_type_event_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: by_type_import; Type: TABLE; Schema: app; Owner: shop
--

CREATE TABLE app.by_type_import (
    id text DEFAULT batch_job.generate_id('batch'::text) NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    type text NOT NULL,
    created_by character varying,
    context jsonb,
    result jsonb,
    dry_run boolean DEFAULT false NOT NULL,
    pre_processed_at timestamp with time zone,
    processing_at timestamp with time zone,
    confirmed_at timestamp with time zone,
    completed_at timestamp with time zone,
    canceled_at timestamp with time zone,
    failed_at timestamp with time zone,
    status batch_job.status DEFAULT 'created'::batch_job.status NOT NULL,
    CONSTRAINT batch_job_status_derived CHECK ((status = batch_job.derive_status(pre_processed_at, confirmed_at, processing_at, completed_at, canceled_at, failed_at)))
);


ALTER TABLE app.by_type_import OWNER TO shop;

--
-- Name: by_type_live; Type: VIEW; Schema: app; Owner: shop
--

CREATE VIEW app.by_type_live WITH (security_invoker='true') AS
 SELECT by_type.id,
    by_type.created_at,
    by_type.updated_at,
    by_type.deleted_at,
    by_type.type,
    by_type.created_by,
    by_type.context,
    by_type.result,
    by_type.dry_run,
    by_type.pre_processed_at,
    by_type.processing_at,
    by_type.confirmed_at,
    by_type.completed_at,
    by_type.canceled_at,
    by_type.failed_at,
    by_type.status
   FROM app.by_type
  WHERE (by_type.deleted_at IS NULL);


ALTER TABLE app.by_type_live OWNER TO shop;

--
-- Name: VIEW by_type_live; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON VIEW app.by_type_live IS 'The jobs of its table that are not soft-deleted. A DELETE reports the right row count. Made by the extension batch_job.';


--
-- Name: by_type_other; Type: TABLE; Schema: app; Owner: shop
--

CREATE TABLE app.by_type_other (
    id text DEFAULT batch_job.generate_id('batch'::text) NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    type text NOT NULL,
    created_by character varying,
    context jsonb,
    result jsonb,
    dry_run boolean DEFAULT false NOT NULL,
    pre_processed_at timestamp with time zone,
    processing_at timestamp with time zone,
    confirmed_at timestamp with time zone,
    completed_at timestamp with time zone,
    canceled_at timestamp with time zone,
    failed_at timestamp with time zone,
    status batch_job.status DEFAULT 'created'::batch_job.status NOT NULL,
    CONSTRAINT batch_job_status_derived CHECK ((status = batch_job.derive_status(pre_processed_at, confirmed_at, processing_at, completed_at, canceled_at, failed_at)))
);


ALTER TABLE app.by_type_other OWNER TO shop;

--
-- Name: by_type_run; Type: TABLE; Schema: app; Owner: shop
--

CREATE TABLE app.by_type_run (
    job_id text NOT NULL,
    run text NOT NULL COLLATE pg_catalog."C",
    type text NOT NULL,
    created_by text,
    priority bigint NOT NULL,
    state batch_job.run_state NOT NULL,
    attempt smallint NOT NULL,
    worker text,
    claimed_at timestamp with time zone NOT NULL,
    heartbeat_at timestamp with time zone NOT NULL,
    lease_until timestamp with time zone NOT NULL,
    suspect_at timestamp with time zone,
    base_at timestamp with time zone,
    base_items bigint DEFAULT 0 NOT NULL,
    rate_at timestamp with time zone,
    rate_items bigint,
    items_done bigint,
    items_total bigint,
    progress_at timestamp with time zone,
    message text,
    checkpoint jsonb,
    pause_requested_at timestamp with time zone,
    ended_at timestamp with time zone,
    outcome batch_job.run_outcome,
    error jsonb,
    retry_at timestamp with time zone
)
WITH (fillfactor='70', autovacuum_vacuum_threshold='500', autovacuum_vacuum_scale_factor='0.02', autovacuum_analyze_threshold='500', autovacuum_analyze_scale_factor='0.05');


ALTER TABLE app.by_type_run OWNER TO shop;

--
-- Name: TABLE by_type_run; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON TABLE app.by_type_run IS 'The runs of the jobs of a table, one row for each attempt: who works on a job, or did. Written by functions of batch_job.';


--
-- Name: COLUMN by_type_run.job_id; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_run.job_id IS 'The job''s id.';


--
-- Name: COLUMN by_type_run.run; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_run.run IS 'The fencing token: a worker gives it with each call, and it is never given twice.';


--
-- Name: COLUMN by_type_run.type; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_run.type IS 'The job''s type.';


--
-- Name: COLUMN by_type_run.created_by; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_run.created_by IS 'Who created the job.';


--
-- Name: COLUMN by_type_run.priority; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_run.priority IS 'The job''s priority when it was claimed or given back, lower first; 0 where jobs have none.';


--
-- Name: COLUMN by_type_run.state; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_run.state IS 'The state of the run: running; waiting or paused, when it is over and the job goes on with another one; ended. At most one run of a job has not ended.';


--
-- Name: COLUMN by_type_run.attempt; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_run.attempt IS 'Which attempt it is. A run that was given back does not count.';


--
-- Name: COLUMN by_type_run.worker; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_run.worker IS 'What the worker calls itself.';


--
-- Name: COLUMN by_type_run.claimed_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_run.claimed_at IS 'When the run began.';


--
-- Name: COLUMN by_type_run.heartbeat_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_run.heartbeat_at IS 'When the worker was last heard.';


--
-- Name: COLUMN by_type_run.lease_until; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_run.lease_until IS 'Until when the worker has the job without another heartbeat.';


--
-- Name: COLUMN by_type_run.suspect_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_run.suspect_at IS 'When the lease was first seen to be over. If no heartbeat comes for another lease, the worker is lost.';


--
-- Name: COLUMN by_type_run.base_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_run.base_at IS 'The report from which on the rate is measured, see batch_job.rate(); NULL: when it was claimed.';


--
-- Name: COLUMN by_type_run.base_items; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_run.base_items IS 'How many items were done then.';


--
-- Name: COLUMN by_type_run.rate_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_run.rate_at IS 'The report up to which the rate is measured.';


--
-- Name: COLUMN by_type_run.rate_items; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_run.rate_items IS 'How many items were done then.';


--
-- Name: COLUMN by_type_run.items_done; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_run.items_done IS 'How many items are done.';


--
-- Name: COLUMN by_type_run.items_total; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_run.items_total IS 'How many items there are.';


--
-- Name: COLUMN by_type_run.progress_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_run.progress_at IS 'When items_done was first given, or last changed.';


--
-- Name: COLUMN by_type_run.message; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_run.message IS 'What the worker does just now, for people.';


--
-- Name: COLUMN by_type_run.checkpoint; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_run.checkpoint IS 'Where the next run goes on.';


--
-- Name: COLUMN by_type_run.pause_requested_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_run.pause_requested_at IS 'When somebody asked the worker to pause.';


--
-- Name: COLUMN by_type_run.ended_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_run.ended_at IS 'When the run was over.';


--
-- Name: COLUMN by_type_run.outcome; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_run.outcome IS 'How it ended; NULL: it is running.';


--
-- Name: COLUMN by_type_run.error; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_run.error IS 'Why the attempt failed.';


--
-- Name: COLUMN by_type_run.retry_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_run.retry_at IS 'From when a waiting job may be claimed again.';


--
-- Name: by_type_type; Type: TABLE; Schema: app; Owner: shop
--

CREATE TABLE app.by_type_type (
    type text NOT NULL,
    max_running integer,
    max_running_per_owner integer,
    max_attempts smallint,
    lease interval,
    backoff interval,
    backoff_max interval,
    paused boolean DEFAULT false NOT NULL,
    note text,
    CONSTRAINT by_type_type_backoff_check CHECK ((backoff >= '00:00:00'::interval)),
    CONSTRAINT by_type_type_backoff_max_check CHECK ((backoff_max >= '00:00:00'::interval)),
    CONSTRAINT by_type_type_lease_check CHECK ((lease > '00:00:00'::interval)),
    CONSTRAINT by_type_type_max_attempts_check CHECK ((max_attempts >= 1)),
    CONSTRAINT by_type_type_max_running_check CHECK ((max_running >= 0)),
    CONSTRAINT by_type_type_max_running_per_owner_check CHECK ((max_running_per_owner >= 0))
);


ALTER TABLE app.by_type_type OWNER TO shop;

--
-- Name: TABLE by_type_type; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON TABLE app.by_type_type IS 'How jobs of a type are treated: a row for each type that is not treated by default, yours to write. NULL means the default.';


--
-- Name: COLUMN by_type_type.type; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_type.type IS 'The type of the jobs.';


--
-- Name: COLUMN by_type_type.max_running; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_type.max_running IS 'How many jobs of the type may run at a time; NULL: any number.';


--
-- Name: COLUMN by_type_type.max_running_per_owner; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_type.max_running_per_owner IS 'How many of them for one created_by; NULL: any number. Jobs without created_by are not limited by it.';


--
-- Name: COLUMN by_type_type.max_attempts; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_type.max_attempts IS 'After how many attempts a job has failed; NULL: 3.';


--
-- Name: COLUMN by_type_type.lease; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_type.lease IS 'How long a worker may be silent; NULL: one minute.';


--
-- Name: COLUMN by_type_type.backoff; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_type.backoff IS 'How long a job waits after its first failed attempt, doubled after each further one, more or less 10 %; NULL: 30 seconds.';


--
-- Name: COLUMN by_type_type.backoff_max; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_type.backoff_max IS 'The longest of these waits; NULL: one hour.';


--
-- Name: COLUMN by_type_type.paused; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_type.paused IS 'Whether no more jobs of the type are given to workers.';


--
-- Name: COLUMN by_type_type.note; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_type.note IS 'For people. It has no effect, so a worker''s role that may UPDATE it, and nothing else, can lock the row, as a claim must, but change no limit.';


--
-- Name: by_type_progress; Type: VIEW; Schema: app; Owner: shop
--

CREATE VIEW app.by_type_progress WITH (security_invoker='true') AS
 SELECT j.id,
    j.status,
    o.state,
    j.type,
    (j.created_by)::text AS created_by,
    r.worker,
        CASE
            WHEN (r.lease_until <> r.claimed_at) THEN r.attempt
            ELSE NULL::smallint
        END AS attempt,
    COALESCE(t.max_attempts, (3)::smallint) AS max_attempts,
        CASE
            WHEN (r.job_id IS NOT NULL) THEN r.items_done
            WHEN ((j.status = 'created'::batch_job.status) OR (j.status = 'processing'::batch_job.status)) THEN batch_job.items(j.result, 'advancement_count'::text)
            ELSE NULL::bigint
        END AS items_done,
        CASE
            WHEN (r.job_id IS NOT NULL) THEN r.items_total
            WHEN ((j.status = 'created'::batch_job.status) OR (j.status = 'processing'::batch_job.status)) THEN batch_job.items(j.result, 'count'::text)
            ELSE NULL::bigint
        END AS items_total,
    batch_job.percent(
        CASE
            WHEN (r.job_id IS NOT NULL) THEN r.items_done
            WHEN ((j.status = 'created'::batch_job.status) OR (j.status = 'processing'::batch_job.status)) THEN batch_job.items(j.result, 'advancement_count'::text)
            ELSE NULL::bigint
        END,
        CASE
            WHEN (r.job_id IS NOT NULL) THEN r.items_total
            WHEN ((j.status = 'created'::batch_job.status) OR (j.status = 'processing'::batch_job.status)) THEN batch_job.items(j.result, 'count'::text)
            ELSE NULL::bigint
        END) AS percent,
        CASE
            WHEN (r.state = 'running'::batch_job.run_state) THEN batch_job.rate(COALESCE(r.base_at, r.claimed_at), r.base_items, r.rate_at, r.rate_items)
            ELSE NULL::double precision
        END AS rate,
        CASE
            WHEN (r.state = 'running'::batch_job.run_state) THEN batch_job.eta(COALESCE(r.base_at, r.claimed_at), r.base_items, r.rate_at, r.rate_items, r.progress_at, r.items_done, r.items_total, o.now)
            ELSE NULL::interval
        END AS eta,
    r.message,
    COALESCE(
        CASE
            WHEN (r.state = 'running'::batch_job.run_state) THEN r.claimed_at
            ELSE NULL::timestamp with time zone
        END, j.processing_at) AS started_at,
        CASE
            WHEN (r.state = 'running'::batch_job.run_state) THEN batch_job.duration(r.heartbeat_at, o.now)
            ELSE NULL::interval
        END AS quiet_for,
        CASE
            WHEN (r.state = 'running'::batch_job.run_state) THEN batch_job.duration(COALESCE(r.progress_at, r.claimed_at), o.now)
            ELSE NULL::interval
        END AS stalled_for,
    o.due AS due_at,
        CASE
            WHEN (o.state = 'retrying'::text) THEN o.due
            ELSE NULL::timestamp with time zone
        END AS retry_at,
    COALESCE(( SELECT e.error
           FROM app.by_type_run e
          WHERE ((e.job_id = j.id) AND (e.error IS NOT NULL))
          ORDER BY e.run DESC
         LIMIT 1),
        CASE
            WHEN (r.job_id IS NULL) THEN ((j.result -> 'errors'::text) -> '-1'::integer)
            ELSE NULL::jsonb
        END) AS last_error
   FROM (((app.by_type j
     LEFT JOIN app.by_type_run r ON (((r.job_id = j.id) AND (r.state <> 'ended'::batch_job.run_state))))
     LEFT JOIN app.by_type_type t ON ((t.type = j.type)))
     CROSS JOIN LATERAL ( SELECT statement_timestamp() AS now,
                CASE
                    WHEN (r.state = 'running'::batch_job.run_state) THEN
                    CASE
                        WHEN ((r.suspect_at IS NOT NULL) OR (r.lease_until <= statement_timestamp())) THEN 'suspect'::text
                        ELSE 'running'::text
                    END
                    WHEN (r.state = 'paused'::batch_job.run_state) THEN 'paused'::text
                    WHEN (j.status = 'pre_processed'::batch_job.status) THEN NULL::text
                    WHEN (r.outcome <> 'released'::batch_job.run_outcome) THEN 'retrying'::text
                    WHEN ((r.state = 'waiting'::batch_job.run_state) OR (j.status = 'created'::batch_job.status) OR (j.status = 'confirmed'::batch_job.status)) THEN 'waiting'::text
                    ELSE NULL::text
                END AS state,
                CASE
                    WHEN (j.status = 'pre_processed'::batch_job.status) THEN NULL::timestamp with time zone
                    WHEN (r.state = 'waiting'::batch_job.run_state) THEN r.retry_at
                    WHEN ((r.job_id IS NULL) AND ((j.status = 'created'::batch_job.status) OR (j.status = 'confirmed'::batch_job.status))) THEN GREATEST(j.created_at, j.created_at, j.confirmed_at)
                    ELSE NULL::timestamp with time zone
                END AS due) o)
  WHERE ((j.deleted_at IS NULL) AND (j.status < 'completed'::batch_job.status));


ALTER TABLE app.by_type_progress OWNER TO shop;

--
-- Name: VIEW by_type_progress; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON VIEW app.by_type_progress IS 'How far the open jobs of its table are, one row for each. Made by the extension batch_job.';


--
-- Name: COLUMN by_type_progress.id; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_progress.id IS 'The job''s id.';


--
-- Name: COLUMN by_type_progress.status; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_progress.status IS 'The job''s status.';


--
-- Name: COLUMN by_type_progress.state; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_progress.state IS 'One of waiting (for its first worker, or given back), running, suspect (its lease is over, and nothing has been heard of its worker), retrying (an attempt failed or was lost, and it waits for the next) and paused. NULL: no worker has to do with it, because it waits for a confirmation, or is processing without a run.';


--
-- Name: COLUMN by_type_progress.type; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_progress.type IS 'The job''s type.';


--
-- Name: COLUMN by_type_progress.created_by; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_progress.created_by IS 'Who created the job.';


--
-- Name: COLUMN by_type_progress.worker; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_progress.worker IS 'What its worker calls itself; the last one, if its run is over.';


--
-- Name: COLUMN by_type_progress.attempt; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_progress.attempt IS 'Which attempt it is, or was.';


--
-- Name: COLUMN by_type_progress.max_attempts; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_progress.max_attempts IS 'After how many attempts the job has failed.';


--
-- Name: COLUMN by_type_progress.items_done; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_progress.items_done IS 'How many items are done, as its worker said by heartbeat; without a run, as its result says under advancement_count, but not between preparation and work.';


--
-- Name: COLUMN by_type_progress.items_total; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_progress.items_total IS 'How many items there are; without a run, as its result says under count.';


--
-- Name: COLUMN by_type_progress.percent; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_progress.percent IS 'How much of the work is done, from 0 to 100.';


--
-- Name: COLUMN by_type_progress.rate; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_progress.rate IS 'Items a second, while it is running: the mean between its first report with items done and a recent one; at first, since the claim. A run that goes on from a checkpoint is measured anew.';


--
-- Name: COLUMN by_type_progress.eta; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_progress.eta IS 'How long the rest will take at that rate; never negative. It runs down by the clock between two reports. NULL before there is anything to go by, and when items_done has not changed for longer than the worker had worked before.';


--
-- Name: COLUMN by_type_progress.message; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_progress.message IS 'What its worker does just now, for people.';


--
-- Name: COLUMN by_type_progress.started_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_progress.started_at IS 'When its run began; without one, when the job was started.';


--
-- Name: COLUMN by_type_progress.quiet_for; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_progress.quiet_for IS 'For how long nothing has been heard of its worker.';


--
-- Name: COLUMN by_type_progress.stalled_for; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_progress.stalled_for IS 'For how long items_done has not changed.';


--
-- Name: COLUMN by_type_progress.due_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_progress.due_at IS 'From when it may be given to a worker, while it waits for one.';


--
-- Name: COLUMN by_type_progress.retry_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_progress.retry_at IS 'From when the next attempt may begin, while it is retrying.';


--
-- Name: COLUMN by_type_progress.last_error; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.by_type_progress.last_error IS 'Why the last failed attempt failed; without a run, the last error of its result.';


--
-- Name: delivery; Type: TABLE; Schema: app; Owner: shop
--

CREATE TABLE app.delivery (
    id text DEFAULT batch_job.generate_id('batch'::text) NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    updated_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    deleted_at timestamp with time zone,
    type text NOT NULL,
    created_by text,
    context jsonb,
    result jsonb,
    dry_run boolean DEFAULT false NOT NULL,
    pre_processed_at timestamp with time zone,
    processing_at timestamp with time zone,
    confirmed_at timestamp with time zone,
    completed_at timestamp with time zone,
    canceled_at timestamp with time zone,
    failed_at timestamp with time zone,
    status batch_job.status DEFAULT 'created'::batch_job.status NOT NULL,
    CONSTRAINT batch_job_context_object CHECK (batch_job.is_context(context)),
    CONSTRAINT batch_job_result_sound CHECK (batch_job.is_result(result)),
    CONSTRAINT batch_job_status_derived CHECK ((status = batch_job.derive_status(pre_processed_at, confirmed_at, processing_at, completed_at, canceled_at, failed_at)))
);


ALTER TABLE app.delivery OWNER TO shop;

--
-- Name: COLUMN delivery.id; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.delivery.id IS 'What names the job. Generated where it is not given, NULL or empty: a prefix, an underscore and a ULID, which rises with time. An attached table may have it as varchar or a domain.';


--
-- Name: COLUMN delivery.created_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.delivery.created_at IS 'When the job was asked for. Filled in where it is NULL.';


--
-- Name: COLUMN delivery.updated_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.delivery.updated_at IS 'When the row was last changed. Moves on every UPDATE, at least by a microsecond.';


--
-- Name: COLUMN delivery.deleted_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.delivery.deleted_at IS 'When the job was soft-deleted; NULL: it is live.';


--
-- Name: COLUMN delivery.type; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.delivery.type IS 'What kind of job it is, for example product-import. An attached table may have it as varchar or a domain.';


--
-- Name: COLUMN delivery.created_by; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.delivery.created_by IS 'The id of the user who asked for the job. Its type is text, varchar, uuid, integer or bigint, as that of the users'' ids.';


--
-- Name: COLUMN delivery.context; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.delivery.context IS 'What the job needs to know: an object.';


--
-- Name: COLUMN delivery.result; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.delivery.result IS 'What came of the job: an object, see batch_job.result_problems().';


--
-- Name: COLUMN delivery.dry_run; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.delivery.dry_run IS 'Whether the job is only prepared, until a person confirms it.';


--
-- Name: COLUMN delivery.pre_processed_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.delivery.pre_processed_at IS 'When the job was prepared.';


--
-- Name: COLUMN delivery.processing_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.delivery.processing_at IS 'When a worker started the job.';


--
-- Name: COLUMN delivery.confirmed_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.delivery.confirmed_at IS 'When the job was confirmed.';


--
-- Name: COLUMN delivery.completed_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.delivery.completed_at IS 'When the job was done.';


--
-- Name: COLUMN delivery.canceled_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.delivery.canceled_at IS 'When the job was given up.';


--
-- Name: COLUMN delivery.failed_at; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.delivery.failed_at IS 'When the job failed.';


--
-- Name: COLUMN delivery.status; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON COLUMN app.delivery.status IS 'Where the job is in its life cycle: derived from the six timestamps from pre_processed_at to failed_at. What is written here is replaced.';


--
-- Name: plain; Type: TABLE; Schema: app; Owner: shop
--

CREATE TABLE app.plain (
    id text DEFAULT batch_job.generate_id('p'::text) NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    type text NOT NULL,
    created_by character varying,
    context jsonb,
    result jsonb,
    dry_run boolean DEFAULT false NOT NULL,
    pre_processed_at timestamp with time zone,
    processing_at timestamp with time zone,
    confirmed_at timestamp with time zone,
    completed_at timestamp with time zone,
    canceled_at timestamp with time zone,
    failed_at timestamp with time zone,
    status batch_job.status DEFAULT 'created'::batch_job.status NOT NULL,
    CONSTRAINT batch_job_status_derived CHECK ((status = batch_job.derive_status(pre_processed_at, confirmed_at, processing_at, completed_at, canceled_at, failed_at)))
);


ALTER TABLE app.plain OWNER TO shop;

--
-- Name: plain_live; Type: VIEW; Schema: app; Owner: shop
--

CREATE VIEW app.plain_live WITH (security_invoker='true') AS
 SELECT plain.id,
    plain.created_at,
    plain.updated_at,
    plain.deleted_at,
    plain.type,
    plain.created_by,
    plain.context,
    plain.result,
    plain.dry_run,
    plain.pre_processed_at,
    plain.processing_at,
    plain.confirmed_at,
    plain.completed_at,
    plain.canceled_at,
    plain.failed_at,
    plain.status
   FROM app.plain
  WHERE (plain.deleted_at IS NULL);


ALTER TABLE app.plain_live OWNER TO shop;

--
-- Name: VIEW plain_live; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON VIEW app.plain_live IS 'The jobs of its table that are not soft-deleted. A DELETE reports the right row count. Made by the extension batch_job.';


--
-- Name: step; Type: TABLE; Schema: app; Owner: shop
--

CREATE TABLE app.step (
    n integer,
    job_id text
);


ALTER TABLE app.step OWNER TO shop;

--
-- Name: tenant; Type: TABLE; Schema: app; Owner: shop
--

CREATE TABLE app.tenant (
    id integer NOT NULL
);


ALTER TABLE app.tenant OWNER TO shop;

--
-- Name: unfilled; Type: TABLE; Schema: app; Owner: shop
--

CREATE TABLE app.unfilled (
    id text DEFAULT batch_job.generate_id('batch'::text) NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    type text NOT NULL,
    created_by character varying,
    context jsonb,
    result jsonb,
    dry_run boolean DEFAULT false NOT NULL,
    pre_processed_at timestamp with time zone,
    processing_at timestamp with time zone,
    confirmed_at timestamp with time zone,
    completed_at timestamp with time zone,
    canceled_at timestamp with time zone,
    failed_at timestamp with time zone,
    status batch_job.status DEFAULT 'created'::batch_job.status
);


ALTER TABLE app.unfilled OWNER TO shop;

--
-- Name: unfilled_live; Type: VIEW; Schema: app; Owner: shop
--

CREATE VIEW app.unfilled_live WITH (security_invoker='true') AS
 SELECT unfilled.id,
    unfilled.created_at,
    unfilled.updated_at,
    unfilled.deleted_at,
    unfilled.type,
    unfilled.created_by,
    unfilled.context,
    unfilled.result,
    unfilled.dry_run,
    unfilled.pre_processed_at,
    unfilled.processing_at,
    unfilled.confirmed_at,
    unfilled.completed_at,
    unfilled.canceled_at,
    unfilled.failed_at,
    unfilled.status
   FROM app.unfilled
  WHERE (unfilled.deleted_at IS NULL);


ALTER TABLE app.unfilled_live OWNER TO shop;

--
-- Name: VIEW unfilled_live; Type: COMMENT; Schema: app; Owner: shop
--

COMMENT ON VIEW app.unfilled_live IS 'The jobs of its table that are not soft-deleted. A DELETE reports the right row count. Made by the extension batch_job.';


--
-- Name: batch_job; Type: TABLE; Schema: public; Owner: shop
--

CREATE TABLE public.batch_job (
    id character varying DEFAULT batch_job.generate_id('batch'::text) NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    deleted_at timestamp with time zone,
    type text NOT NULL,
    created_by character varying,
    context jsonb,
    result jsonb,
    dry_run boolean DEFAULT false NOT NULL,
    pre_processed_at timestamp with time zone,
    processing_at timestamp with time zone,
    confirmed_at timestamp with time zone,
    completed_at timestamp with time zone,
    canceled_at timestamp with time zone,
    failed_at timestamp with time zone,
    status batch_job.status DEFAULT 'created'::batch_job.status NOT NULL,
    extra text DEFAULT 'e'::text,
    CONSTRAINT batch_job_status_derived CHECK ((status = batch_job.derive_status(pre_processed_at, confirmed_at, processing_at, completed_at, canceled_at, failed_at)))
);


ALTER TABLE public.batch_job OWNER TO shop;

--
-- Name: batch_job_live; Type: VIEW; Schema: public; Owner: shop
--

CREATE VIEW public.batch_job_live WITH (security_invoker='true') AS
 SELECT batch_job.id,
    batch_job.created_at,
    batch_job.updated_at,
    batch_job.deleted_at,
    batch_job.type,
    batch_job.created_by,
    batch_job.context,
    batch_job.result,
    batch_job.dry_run,
    batch_job.pre_processed_at,
    batch_job.processing_at,
    batch_job.confirmed_at,
    batch_job.completed_at,
    batch_job.canceled_at,
    batch_job.failed_at,
    batch_job.status
   FROM public.batch_job
  WHERE (batch_job.deleted_at IS NULL);


ALTER TABLE public.batch_job_live OWNER TO shop;

--
-- Name: VIEW batch_job_live; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON VIEW public.batch_job_live IS 'The jobs of its table that are not soft-deleted. A DELETE reports the right row count. Made by the extension batch_job.';


--
-- Name: before_event; Type: TABLE; Schema: public; Owner: shop
--

CREATE TABLE public.before_event (
    seq bigint NOT NULL,
    job_id text NOT NULL COLLATE pg_catalog."C",
    event text NOT NULL,
    from_status text,
    to_status text,
    actor text NOT NULL,
    at timestamp with time zone NOT NULL,
    xid xid8 NOT NULL,
    horizon xid8 NOT NULL,
    detail jsonb
);


ALTER TABLE public.before_event OWNER TO shop;

--
-- Name: TABLE before_event; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON TABLE public.before_event IS 'The events of the jobs of a table, in the order of seq: history and outbox. Read them with batch_job.read_events(). Only its owner may change it by hand, or empty it.';


--
-- Name: COLUMN before_event.seq; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON COLUMN public.before_event.seq IS 'The order of events. They may be committed in another order, so read them with batch_job.read_events().';


--
-- Name: COLUMN before_event.job_id; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON COLUMN public.before_event.job_id IS 'The job''s id.';


--
-- Name: COLUMN before_event.event; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON COLUMN public.before_event.event IS 'What happened: batch.created, batch.updated and so on, see batch_job.read_events().';


--
-- Name: COLUMN before_event.from_status; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON COLUMN public.before_event.from_status IS 'The job''s status before; NULL: it was not there.';


--
-- Name: COLUMN before_event.to_status; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON COLUMN public.before_event.to_status IS 'The job''s status afterwards; NULL: it is gone for good. That of a job''s last event is its status.';


--
-- Name: COLUMN before_event.actor; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON COLUMN public.before_event.actor IS 'Who acted, as the call says, else the setting batch_job.actor, else the session''s user. What an application says here is not proved.';


--
-- Name: COLUMN before_event.at; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON COLUMN public.before_event.at IS 'When it was recorded.';


--
-- Name: COLUMN before_event.xid; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON COLUMN public.before_event.xid IS 'The transaction that did it.';


--
-- Name: COLUMN before_event.horizon; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON COLUMN public.before_event.horizon IS 'The transaction id that was next when seq was taken: all transactions that can have a lower seq are below it. batch_job.read_events() goes by it.';


--
-- Name: COLUMN before_event.detail; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON COLUMN public.before_event.detail IS 'What the call added: the reason of cancel, the plan_digest of confirm; run, attempt and worker of what a worker did; the previous_id of an id that was changed.';


--
-- Name: before_event_seq_seq; Type: SEQUENCE; Schema: public; Owner: shop
--

ALTER TABLE public.before_event ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.before_event_seq_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: before_live; Type: VIEW; Schema: public; Owner: shop
--

CREATE VIEW public.before_live WITH (security_invoker='true') AS
 SELECT delivery.id,
    delivery.created_at,
    delivery.updated_at,
    delivery.deleted_at,
    delivery.type,
    delivery.created_by,
    delivery.context,
    delivery.result,
    delivery.dry_run,
    delivery.pre_processed_at,
    delivery.processing_at,
    delivery.confirmed_at,
    delivery.completed_at,
    delivery.canceled_at,
    delivery.failed_at,
    delivery.status
   FROM app.delivery
  WHERE (delivery.deleted_at IS NULL);


ALTER TABLE public.before_live OWNER TO shop;

--
-- Name: VIEW before_live; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON VIEW public.before_live IS 'The jobs of its table that are not soft-deleted. A DELETE reports the right row count. Made by the extension batch_job.';


--
-- Name: COLUMN before_live.id; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON COLUMN public.before_live.id IS 'What names the job. Generated where it is not given, NULL or empty: a prefix, an underscore and a ULID, which rises with time. An attached table may have it as varchar or a domain.';


--
-- Name: COLUMN before_live.created_at; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON COLUMN public.before_live.created_at IS 'When the job was asked for. Filled in where it is NULL.';


--
-- Name: COLUMN before_live.updated_at; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON COLUMN public.before_live.updated_at IS 'When the row was last changed. Moves on every UPDATE, at least by a microsecond.';


--
-- Name: COLUMN before_live.deleted_at; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON COLUMN public.before_live.deleted_at IS 'When the job was soft-deleted; NULL: it is live.';


--
-- Name: COLUMN before_live.type; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON COLUMN public.before_live.type IS 'What kind of job it is, for example product-import. An attached table may have it as varchar or a domain.';


--
-- Name: COLUMN before_live.created_by; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON COLUMN public.before_live.created_by IS 'The id of the user who asked for the job. Its type is text, varchar, uuid, integer or bigint, as that of the users'' ids.';


--
-- Name: COLUMN before_live.context; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON COLUMN public.before_live.context IS 'What the job needs to know: an object.';


--
-- Name: COLUMN before_live.result; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON COLUMN public.before_live.result IS 'What came of the job: an object, see batch_job.result_problems().';


--
-- Name: COLUMN before_live.dry_run; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON COLUMN public.before_live.dry_run IS 'Whether the job is only prepared, until a person confirms it.';


--
-- Name: COLUMN before_live.pre_processed_at; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON COLUMN public.before_live.pre_processed_at IS 'When the job was prepared.';


--
-- Name: COLUMN before_live.processing_at; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON COLUMN public.before_live.processing_at IS 'When a worker started the job.';


--
-- Name: COLUMN before_live.confirmed_at; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON COLUMN public.before_live.confirmed_at IS 'When the job was confirmed.';


--
-- Name: COLUMN before_live.completed_at; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON COLUMN public.before_live.completed_at IS 'When the job was done.';


--
-- Name: COLUMN before_live.canceled_at; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON COLUMN public.before_live.canceled_at IS 'When the job was given up.';


--
-- Name: COLUMN before_live.failed_at; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON COLUMN public.before_live.failed_at IS 'When the job failed.';


--
-- Name: COLUMN before_live.status; Type: COMMENT; Schema: public; Owner: shop
--

COMMENT ON COLUMN public.before_live.status IS 'Where the job is in its life cycle: derived from the six timestamps from pre_processed_at to failed_at. What is written here is replaced.';


--
-- Name: user; Type: TABLE; Schema: public; Owner: shop
--

CREATE TABLE public."user" (
    id character varying NOT NULL,
    email text
);


ALTER TABLE public."user" OWNER TO shop;

--
-- Name: by_id_new; Type: TABLE ATTACH; Schema: app; Owner: shop
--

ALTER TABLE ONLY app.by_id ATTACH PARTITION app.by_id_new FOR VALUES FROM ('batch_01') TO (MAXVALUE);


--
-- Name: by_id_old; Type: TABLE ATTACH; Schema: app; Owner: shop
--

ALTER TABLE ONLY app.by_id ATTACH PARTITION app.by_id_old FOR VALUES FROM (MINVALUE) TO ('batch_01');


--
-- Name: by_type_import; Type: TABLE ATTACH; Schema: app; Owner: shop
--

ALTER TABLE ONLY app.by_type ATTACH PARTITION app.by_type_import FOR VALUES IN ('import');


--
-- Name: by_type_other; Type: TABLE ATTACH; Schema: app; Owner: shop
--

ALTER TABLE ONLY app.by_type ATTACH PARTITION app.by_type_other DEFAULT;


--
-- Data for Name: Job "x"; Type: TABLE DATA; Schema: My App; Owner: shop
--

COPY "My App"."Job ""x""" (id, created_at, updated_at, deleted_at, type, created_by, context, result, dry_run, pre_processed_at, processing_at, confirmed_at, completed_at, canceled_at, failed_at, status, priority, start_after, "Note's") FROM stdin;
batch_90	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	\N	\N	\N	\N	\N	\N	created	0	2026-11-30 05:01:39.346455+00	a'b
batch_01	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u1	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	\N	\N	\N	\N	\N	pre_processed	0	2026-11-30 05:01:39.346467+00	a'b
batch_91	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u1	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	\N	\N	\N	\N	\N	pre_processed	0	2026-11-30 05:01:39.346475+00	a'b
batch_02	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u2	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	\N	2024-01-03 00:00:00+00	\N	\N	\N	confirmed	0	2026-11-30 05:01:39.346481+00	a'b
batch_92	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u2	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	\N	2024-01-03 00:00:00+00	\N	\N	\N	confirmed	0	2026-11-30 05:01:39.346486+00	a'b
batch_03	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u3	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N	\N	processing	0	2026-11-30 05:01:39.346491+00	a'b
batch_93	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u3	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N	\N	processing	0	2026-11-30 05:01:39.346495+00	a'b
batch_04	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N	completed	0	2026-11-30 05:01:39.3465+00	a'b
batch_94	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N	completed	0	2026-11-30 05:01:39.346513+00	a'b
batch_05	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	canceled	0	2026-11-30 05:01:39.346519+00	a'b
batch_95	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	canceled	0	2026-11-30 05:01:39.346524+00	a'b
batch_06	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	failed	0	2026-11-30 05:01:39.346528+00	a'b
batch_96	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	failed	0	2026-11-30 05:01:39.346535+00	a'b
batch_00	2024-01-01 00:00:00+00	2026-11-30 05:01:39.347947+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	\N	\N	\N	\N	2026-11-30 05:01:39.347767+00	\N	canceled	0	2026-11-30 05:01:39.346313+00	a'b
\.


--
-- Data for Name: Job "x"_event; Type: TABLE DATA; Schema: My App; Owner: shop
--

COPY "My App"."Job ""x""_event" (seq, job_id, event, from_status, to_status, actor, at, xid, horizon, detail) FROM stdin;
1	batch_00	batch.created	\N	created	shop	2026-11-30 05:01:39.346607+00	788	789	\N
2	batch_90	batch.created	\N	created	shop	2026-11-30 05:01:39.346607+00	788	789	\N
3	batch_01	batch.created	\N	created	shop	2026-11-30 05:01:39.346607+00	788	789	\N
4	batch_01	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
5	batch_91	batch.created	\N	created	shop	2026-11-30 05:01:39.346607+00	788	789	\N
6	batch_91	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
7	batch_02	batch.created	\N	created	shop	2026-11-30 05:01:39.346607+00	788	789	\N
8	batch_02	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
9	batch_02	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
10	batch_92	batch.created	\N	created	shop	2026-11-30 05:01:39.346607+00	788	789	\N
11	batch_92	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
12	batch_92	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
13	batch_03	batch.created	\N	created	shop	2026-11-30 05:01:39.346607+00	788	789	\N
14	batch_03	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
15	batch_03	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
16	batch_03	batch.processing	confirmed	processing	shop	2026-11-30 05:01:39.346607+00	788	789	\N
17	batch_93	batch.created	\N	created	shop	2026-11-30 05:01:39.346607+00	788	789	\N
18	batch_93	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
19	batch_93	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
20	batch_93	batch.processing	confirmed	processing	shop	2026-11-30 05:01:39.346607+00	788	789	\N
21	batch_04	batch.created	\N	created	shop	2026-11-30 05:01:39.346607+00	788	789	\N
22	batch_04	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
23	batch_04	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
24	batch_04	batch.processing	confirmed	processing	shop	2026-11-30 05:01:39.346607+00	788	789	\N
25	batch_04	batch.completed	processing	completed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
26	batch_94	batch.created	\N	created	shop	2026-11-30 05:01:39.346607+00	788	789	\N
27	batch_94	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
28	batch_94	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
29	batch_94	batch.processing	confirmed	processing	shop	2026-11-30 05:01:39.346607+00	788	789	\N
30	batch_94	batch.completed	processing	completed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
31	batch_05	batch.created	\N	created	shop	2026-11-30 05:01:39.346607+00	788	789	\N
32	batch_05	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
33	batch_05	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
34	batch_05	batch.processing	confirmed	processing	shop	2026-11-30 05:01:39.346607+00	788	789	\N
35	batch_05	batch.completed	processing	completed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
36	batch_05	batch.canceled	completed	canceled	shop	2026-11-30 05:01:39.346607+00	788	789	\N
37	batch_95	batch.created	\N	created	shop	2026-11-30 05:01:39.346607+00	788	789	\N
38	batch_95	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
39	batch_95	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
40	batch_95	batch.processing	confirmed	processing	shop	2026-11-30 05:01:39.346607+00	788	789	\N
41	batch_95	batch.completed	processing	completed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
42	batch_95	batch.canceled	completed	canceled	shop	2026-11-30 05:01:39.346607+00	788	789	\N
43	batch_06	batch.created	\N	created	shop	2026-11-30 05:01:39.346607+00	788	789	\N
44	batch_06	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
45	batch_06	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
46	batch_06	batch.processing	confirmed	processing	shop	2026-11-30 05:01:39.346607+00	788	789	\N
47	batch_06	batch.completed	processing	completed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
48	batch_06	batch.canceled	completed	canceled	shop	2026-11-30 05:01:39.346607+00	788	789	\N
49	batch_06	batch.failed	canceled	failed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
50	batch_96	batch.created	\N	created	shop	2026-11-30 05:01:39.346607+00	788	789	\N
51	batch_96	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
52	batch_96	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
53	batch_96	batch.processing	confirmed	processing	shop	2026-11-30 05:01:39.346607+00	788	789	\N
54	batch_96	batch.completed	processing	completed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
55	batch_96	batch.canceled	completed	canceled	shop	2026-11-30 05:01:39.346607+00	788	789	\N
56	batch_96	batch.failed	canceled	failed	shop	2026-11-30 05:01:39.346607+00	788	789	\N
57	batch_00	batch.canceled	created	canceled	ann	2026-11-30 05:01:39.348004+00	791	792	{"reason": "a \\"reason\\""}
\.


--
-- Data for Name: Job "x"_run; Type: TABLE DATA; Schema: My App; Owner: shop
--

COPY "My App"."Job ""x""_run" (job_id, run, type, created_by, priority, state, attempt, worker, claimed_at, heartbeat_at, lease_until, suspect_at, base_at, base_items, rate_at, rate_items, items_done, items_total, progress_at, message, checkpoint, pause_requested_at, ended_at, outcome, error, retry_at) FROM stdin;
batch_02	run_batch_02waiting	import	u2	0	waiting	1	w	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:01:00+00	\N	\N	0	\N	\N	3	7	\N	\N	{"page": 3}	\N	2024-01-03 00:00:00+00	lost	\N	2024-01-04 00:00:00+00
batch_92	run_batch_92waiting	import	u2	0	waiting	1	w	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:01:00+00	\N	\N	0	\N	\N	3	7	\N	\N	{"page": 3}	\N	2024-01-03 00:00:00+00	lost	\N	2024-01-04 00:00:00+00
batch_03	run_batch_03running	import	u3	0	running	1	w	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:01:00+00	\N	\N	0	\N	\N	3	7	\N	\N	{"page": 3}	\N	\N	\N	\N	\N
batch_03	run_batch_03ended	import	u3	0	ended	1	w	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:01:00+00	\N	\N	0	\N	\N	3	7	\N	\N	{"page": 3}	\N	2024-01-03 00:00:00+00	failed	"out of paper"	\N
batch_93	run_batch_93running	import	u3	0	running	1	w	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:01:00+00	\N	\N	0	\N	\N	3	7	\N	\N	{"page": 3}	\N	\N	\N	\N	\N
batch_93	run_batch_93ended	import	u3	0	ended	1	w	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:01:00+00	\N	\N	0	\N	\N	3	7	\N	\N	{"page": 3}	\N	2024-01-03 00:00:00+00	failed	"out of paper"	\N
\.


--
-- Data for Name: Job "x"_type; Type: TABLE DATA; Schema: My App; Owner: shop
--

COPY "My App"."Job ""x""_type" (type, max_running, max_running_per_owner, max_attempts, lease, backoff, backoff_max, paused, note) FROM stdin;
import	4	\N	\N	00:02:00	\N	\N	f	not too many
\.


--
-- Data for Name: batch_job; Type: TABLE DATA; Schema: app; Owner: shop
--

COPY app.batch_job (id, created_at, updated_at, deleted_at, type, created_by, context, result, dry_run, pre_processed_at, processing_at, confirmed_at, completed_at, canceled_at, failed_at, status, tenant) FROM stdin;
batch_90	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	\N	\N	\N	\N	\N	\N	created	7
batch_01	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u1	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	\N	\N	\N	\N	\N	pre_processed	7
batch_91	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u1	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	\N	\N	\N	\N	\N	pre_processed	7
batch_02	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u2	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	\N	2024-01-03 00:00:00+00	\N	\N	\N	confirmed	7
batch_92	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u2	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	\N	2024-01-03 00:00:00+00	\N	\N	\N	confirmed	7
batch_03	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u3	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N	\N	processing	7
batch_93	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u3	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N	\N	processing	7
batch_04	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N	completed	7
batch_94	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N	completed	7
batch_05	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	canceled	7
batch_95	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	canceled	7
batch_06	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	failed	7
batch_96	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	failed	7
batch_00	2024-01-01 00:00:00+00	2026-11-30 05:01:39.271832+00	2026-11-30 05:01:39.271742+00	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	\N	\N	\N	\N	\N	\N	created	7
\.


--
-- Data for Name: by_id_new; Type: TABLE DATA; Schema: app; Owner: shop
--

COPY app.by_id_new (created_at, updated_at, deleted_at, type, created_by, context, result, dry_run, pre_processed_at, processing_at, confirmed_at, completed_at, canceled_at, failed_at, id, status) FROM stdin;
2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	\N	\N	\N	\N	\N	\N	batch_90	created
2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u1	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	\N	\N	\N	\N	\N	batch_01	pre_processed
2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u1	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	\N	\N	\N	\N	\N	batch_91	pre_processed
2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u2	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	\N	2024-01-03 00:00:00+00	\N	\N	\N	batch_02	confirmed
2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u2	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	\N	2024-01-03 00:00:00+00	\N	\N	\N	batch_92	confirmed
2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u3	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N	\N	batch_03	processing
2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u3	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N	\N	batch_93	processing
2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N	batch_04	completed
2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N	batch_94	completed
2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	batch_05	canceled
2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	batch_95	canceled
2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	batch_06	failed
2024-01-01 00:00:00+00	2026-11-30 05:01:39.287504+00	2026-11-30 05:01:39.287464+00	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	batch_96	failed
\.


--
-- Data for Name: by_id_old; Type: TABLE DATA; Schema: app; Owner: shop
--

COPY app.by_id_old (id, created_at, updated_at, deleted_at, type, created_by, context, result, dry_run, pre_processed_at, processing_at, confirmed_at, completed_at, canceled_at, failed_at, status) FROM stdin;
batch_00	2024-01-01 00:00:00+00	2026-11-30 05:01:39.287428+00	2026-11-30 05:01:39.287339+00	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	\N	\N	\N	\N	\N	\N	created
\.


--
-- Data for Name: by_type_event; Type: TABLE DATA; Schema: app; Owner: shop
--

COPY app.by_type_event (seq, job_id, event, from_status, to_status, actor, at, xid, horizon, detail) FROM stdin;
1	batch_00	batch.created	\N	created	shop	2026-11-30 05:01:39.32407+00	780	781	\N
2	batch_90	batch.created	\N	created	shop	2026-11-30 05:01:39.32407+00	780	781	\N
3	batch_01	batch.created	\N	created	shop	2026-11-30 05:01:39.32407+00	780	781	\N
4	batch_01	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
5	batch_91	batch.created	\N	created	shop	2026-11-30 05:01:39.32407+00	780	781	\N
6	batch_91	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
7	batch_02	batch.created	\N	created	shop	2026-11-30 05:01:39.32407+00	780	781	\N
8	batch_02	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
9	batch_02	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
10	batch_92	batch.created	\N	created	shop	2026-11-30 05:01:39.32407+00	780	781	\N
11	batch_92	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
12	batch_92	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
13	batch_03	batch.created	\N	created	shop	2026-11-30 05:01:39.32407+00	780	781	\N
14	batch_03	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
15	batch_03	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
16	batch_03	batch.processing	confirmed	processing	shop	2026-11-30 05:01:39.32407+00	780	781	\N
17	batch_93	batch.created	\N	created	shop	2026-11-30 05:01:39.32407+00	780	781	\N
18	batch_93	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
19	batch_93	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
20	batch_93	batch.processing	confirmed	processing	shop	2026-11-30 05:01:39.32407+00	780	781	\N
21	batch_04	batch.created	\N	created	shop	2026-11-30 05:01:39.32407+00	780	781	\N
22	batch_04	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
23	batch_04	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
24	batch_04	batch.processing	confirmed	processing	shop	2026-11-30 05:01:39.32407+00	780	781	\N
25	batch_04	batch.completed	processing	completed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
26	batch_94	batch.created	\N	created	shop	2026-11-30 05:01:39.32407+00	780	781	\N
27	batch_94	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
28	batch_94	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
29	batch_94	batch.processing	confirmed	processing	shop	2026-11-30 05:01:39.32407+00	780	781	\N
30	batch_94	batch.completed	processing	completed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
31	batch_05	batch.created	\N	created	shop	2026-11-30 05:01:39.32407+00	780	781	\N
32	batch_05	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
33	batch_05	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
34	batch_05	batch.processing	confirmed	processing	shop	2026-11-30 05:01:39.32407+00	780	781	\N
35	batch_05	batch.completed	processing	completed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
36	batch_05	batch.canceled	completed	canceled	shop	2026-11-30 05:01:39.32407+00	780	781	\N
37	batch_95	batch.created	\N	created	shop	2026-11-30 05:01:39.32407+00	780	781	\N
38	batch_95	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
39	batch_95	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
40	batch_95	batch.processing	confirmed	processing	shop	2026-11-30 05:01:39.32407+00	780	781	\N
41	batch_95	batch.completed	processing	completed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
42	batch_95	batch.canceled	completed	canceled	shop	2026-11-30 05:01:39.32407+00	780	781	\N
43	batch_06	batch.created	\N	created	shop	2026-11-30 05:01:39.32407+00	780	781	\N
44	batch_06	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
45	batch_06	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
46	batch_06	batch.processing	confirmed	processing	shop	2026-11-30 05:01:39.32407+00	780	781	\N
47	batch_06	batch.completed	processing	completed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
48	batch_06	batch.canceled	completed	canceled	shop	2026-11-30 05:01:39.32407+00	780	781	\N
49	batch_06	batch.failed	canceled	failed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
50	batch_96	batch.created	\N	created	shop	2026-11-30 05:01:39.32407+00	780	781	\N
51	batch_96	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
52	batch_96	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
53	batch_96	batch.processing	confirmed	processing	shop	2026-11-30 05:01:39.32407+00	780	781	\N
54	batch_96	batch.completed	processing	completed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
55	batch_96	batch.canceled	completed	canceled	shop	2026-11-30 05:01:39.32407+00	780	781	\N
56	batch_96	batch.failed	canceled	failed	shop	2026-11-30 05:01:39.32407+00	780	781	\N
57	batch_01	batch.updated	pre_processed	pre_processed	shop	2026-11-30 05:01:39.324712+00	781	782	\N
\.


--
-- Data for Name: by_type_import; Type: TABLE DATA; Schema: app; Owner: shop
--

COPY app.by_type_import (id, created_at, updated_at, deleted_at, type, created_by, context, result, dry_run, pre_processed_at, processing_at, confirmed_at, completed_at, canceled_at, failed_at, status) FROM stdin;
batch_00	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	\N	\N	\N	\N	\N	\N	created
batch_90	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	\N	\N	\N	\N	\N	\N	created
batch_91	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u1	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	\N	\N	\N	\N	\N	pre_processed
batch_02	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u2	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	\N	2024-01-03 00:00:00+00	\N	\N	\N	confirmed
batch_92	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u2	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	\N	2024-01-03 00:00:00+00	\N	\N	\N	confirmed
batch_03	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u3	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N	\N	processing
batch_93	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u3	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N	\N	processing
batch_04	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N	completed
batch_94	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N	completed
batch_05	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	canceled
batch_95	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	canceled
batch_06	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	failed
batch_96	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	failed
\.


--
-- Data for Name: by_type_other; Type: TABLE DATA; Schema: app; Owner: shop
--

COPY app.by_type_other (id, created_at, updated_at, deleted_at, type, created_by, context, result, dry_run, pre_processed_at, processing_at, confirmed_at, completed_at, canceled_at, failed_at, status) FROM stdin;
batch_01	2024-01-01 00:00:00+00	2026-11-30 05:01:39.324617+00	\N	export	u1	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	\N	\N	\N	\N	\N	pre_processed
\.


--
-- Data for Name: by_type_run; Type: TABLE DATA; Schema: app; Owner: shop
--

COPY app.by_type_run (job_id, run, type, created_by, priority, state, attempt, worker, claimed_at, heartbeat_at, lease_until, suspect_at, base_at, base_items, rate_at, rate_items, items_done, items_total, progress_at, message, checkpoint, pause_requested_at, ended_at, outcome, error, retry_at) FROM stdin;
batch_02	run_batch_02waiting	import	u2	0	waiting	1	w	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:01:00+00	\N	\N	0	\N	\N	3	7	\N	\N	{"page": 3}	\N	2024-01-03 00:00:00+00	lost	\N	2024-01-04 00:00:00+00
batch_92	run_batch_92waiting	import	u2	0	waiting	1	w	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:01:00+00	\N	\N	0	\N	\N	3	7	\N	\N	{"page": 3}	\N	2024-01-03 00:00:00+00	lost	\N	2024-01-04 00:00:00+00
batch_03	run_batch_03running	import	u3	0	running	1	w	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:01:00+00	\N	\N	0	\N	\N	3	7	\N	\N	{"page": 3}	\N	\N	\N	\N	\N
batch_03	run_batch_03ended	import	u3	0	ended	1	w	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:01:00+00	\N	\N	0	\N	\N	3	7	\N	\N	{"page": 3}	\N	2024-01-03 00:00:00+00	failed	"out of paper"	\N
batch_93	run_batch_93running	import	u3	0	running	1	w	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:01:00+00	\N	\N	0	\N	\N	3	7	\N	\N	{"page": 3}	\N	\N	\N	\N	\N
batch_93	run_batch_93ended	import	u3	0	ended	1	w	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:01:00+00	\N	\N	0	\N	\N	3	7	\N	\N	{"page": 3}	\N	2024-01-03 00:00:00+00	failed	"out of paper"	\N
\.


--
-- Data for Name: by_type_type; Type: TABLE DATA; Schema: app; Owner: shop
--

COPY app.by_type_type (type, max_running, max_running_per_owner, max_attempts, lease, backoff, backoff_max, paused, note) FROM stdin;
import	4	\N	\N	00:02:00	\N	\N	f	not too many
\.


--
-- Data for Name: delivery; Type: TABLE DATA; Schema: app; Owner: shop
--

COPY app.delivery (id, created_at, updated_at, deleted_at, type, created_by, context, result, dry_run, pre_processed_at, processing_at, confirmed_at, completed_at, canceled_at, failed_at, status) FROM stdin;
batch_00	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	\N	\N	\N	\N	\N	\N	created
batch_90	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	\N	\N	\N	\N	\N	\N	created
batch_01	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u1	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	\N	\N	\N	\N	\N	pre_processed
batch_91	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u1	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	\N	\N	\N	\N	\N	pre_processed
batch_02	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u2	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	\N	2024-01-03 00:00:00+00	\N	\N	\N	confirmed
batch_92	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u2	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	\N	2024-01-03 00:00:00+00	\N	\N	\N	confirmed
batch_03	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u3	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N	\N	processing
batch_04	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N	completed
batch_94	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N	completed
batch_05	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	canceled
batch_95	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	canceled
batch_06	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	failed
batch_96	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	failed
batch_93	2024-01-01 00:00:00+00	2026-11-30 05:01:39.304166+00	2026-11-30 05:01:39.304058+00	import	u3	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N	\N	processing
\.


--
-- Data for Name: plain; Type: TABLE DATA; Schema: app; Owner: shop
--

COPY app.plain (id, created_at, updated_at, deleted_at, type, created_by, context, result, dry_run, pre_processed_at, processing_at, confirmed_at, completed_at, canceled_at, failed_at, status) FROM stdin;
\.


--
-- Data for Name: step; Type: TABLE DATA; Schema: app; Owner: shop
--

COPY app.step (n, job_id) FROM stdin;
1	batch_00
1	batch_90
1	batch_01
1	batch_91
1	batch_02
1	batch_92
1	batch_03
1	batch_93
1	batch_04
1	batch_94
1	batch_05
1	batch_95
1	batch_06
1	batch_96
\.


--
-- Data for Name: tenant; Type: TABLE DATA; Schema: app; Owner: shop
--

COPY app.tenant (id) FROM stdin;
7
\.


--
-- Data for Name: unfilled; Type: TABLE DATA; Schema: app; Owner: shop
--

COPY app.unfilled (id, created_at, updated_at, deleted_at, type, created_by, context, result, dry_run, pre_processed_at, processing_at, confirmed_at, completed_at, canceled_at, failed_at, status) FROM stdin;
batch_00	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	\N	\N	\N	\N	\N	\N	\N
batch_90	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	\N	\N	\N	\N	\N	\N	\N
batch_01	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u1	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	\N	\N	\N	\N	\N	\N
batch_91	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u1	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	\N	\N	\N	\N	\N	\N
batch_02	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u2	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	\N	2024-01-03 00:00:00+00	\N	\N	\N	\N
batch_92	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u2	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	\N	2024-01-03 00:00:00+00	\N	\N	\N	\N
batch_03	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u3	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N	\N	\N
batch_93	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u3	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N	\N	\N
batch_04	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N	\N
batch_94	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N	\N
batch_05	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N
batch_95	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N
batch_06	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N
batch_96	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N
new	2026-11-30 05:01:39.2966+00	2026-11-30 05:01:39.2966+00	\N	x	\N	\N	\N	f	\N	\N	\N	\N	\N	2024-01-01 00:00:00+00	failed
\.


--
-- Data for Name: batch_job; Type: TABLE DATA; Schema: public; Owner: shop
--

COPY public.batch_job (id, created_at, updated_at, deleted_at, type, created_by, context, result, dry_run, pre_processed_at, processing_at, confirmed_at, completed_at, canceled_at, failed_at, status, extra) FROM stdin;
batch_00	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	\N	\N	\N	\N	\N	\N	created	e
batch_90	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	\N	\N	\N	\N	\N	\N	created	e
batch_91	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u1	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	\N	\N	\N	\N	\N	pre_processed	e
batch_02	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u2	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	\N	2024-01-03 00:00:00+00	\N	\N	\N	confirmed	e
batch_92	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u2	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	\N	2024-01-03 00:00:00+00	\N	\N	\N	confirmed	e
batch_03	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u3	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N	\N	processing	e
batch_93	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	u3	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N	\N	processing	e
batch_04	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N	completed	e
batch_94	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	\N	completed	e
batch_05	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	canceled	e
batch_95	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	\N	canceled	e
batch_96	2024-01-01 00:00:00+00	2024-01-02 03:04:05.678901+00	\N	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	failed	e
batch_01	2024-01-01 00:00:00+00	2026-11-30 05:01:39.277626+00	2026-11-30 05:01:39.277433+00	import	u1	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	\N	\N	\N	\N	\N	pre_processed	e
batch_06	2024-01-01 00:00:00+00	2026-11-30 05:01:39.277669+00	2026-11-30 05:01:39.277656+00	import	\N	{"n": [1, {"a": null}]}	{"count": 3, "errors": ["a\\"b", {"code": "c", "message": "m"}]}	f	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	2024-01-03 00:00:00+00	failed	e
\.


--
-- Data for Name: before_event; Type: TABLE DATA; Schema: public; Owner: shop
--

COPY public.before_event (seq, job_id, event, from_status, to_status, actor, at, xid, horizon, detail) FROM stdin;
1	batch_00	batch.created	\N	created	shop	2026-11-30 05:01:39.303516+00	771	772	\N
2	batch_90	batch.created	\N	created	shop	2026-11-30 05:01:39.303516+00	771	772	\N
3	batch_01	batch.created	\N	created	shop	2026-11-30 05:01:39.303516+00	771	772	\N
4	batch_01	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
5	batch_91	batch.created	\N	created	shop	2026-11-30 05:01:39.303516+00	771	772	\N
6	batch_91	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
7	batch_02	batch.created	\N	created	shop	2026-11-30 05:01:39.303516+00	771	772	\N
8	batch_02	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
9	batch_02	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
10	batch_92	batch.created	\N	created	shop	2026-11-30 05:01:39.303516+00	771	772	\N
11	batch_92	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
12	batch_92	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
13	batch_03	batch.created	\N	created	shop	2026-11-30 05:01:39.303516+00	771	772	\N
14	batch_03	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
15	batch_03	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
16	batch_03	batch.processing	confirmed	processing	shop	2026-11-30 05:01:39.303516+00	771	772	\N
17	batch_93	batch.created	\N	created	shop	2026-11-30 05:01:39.303516+00	771	772	\N
18	batch_93	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
19	batch_93	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
20	batch_93	batch.processing	confirmed	processing	shop	2026-11-30 05:01:39.303516+00	771	772	\N
21	batch_04	batch.created	\N	created	shop	2026-11-30 05:01:39.303516+00	771	772	\N
22	batch_04	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
23	batch_04	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
24	batch_04	batch.processing	confirmed	processing	shop	2026-11-30 05:01:39.303516+00	771	772	\N
25	batch_04	batch.completed	processing	completed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
26	batch_94	batch.created	\N	created	shop	2026-11-30 05:01:39.303516+00	771	772	\N
27	batch_94	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
28	batch_94	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
29	batch_94	batch.processing	confirmed	processing	shop	2026-11-30 05:01:39.303516+00	771	772	\N
30	batch_94	batch.completed	processing	completed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
31	batch_05	batch.created	\N	created	shop	2026-11-30 05:01:39.303516+00	771	772	\N
32	batch_05	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
33	batch_05	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
34	batch_05	batch.processing	confirmed	processing	shop	2026-11-30 05:01:39.303516+00	771	772	\N
35	batch_05	batch.completed	processing	completed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
36	batch_05	batch.canceled	completed	canceled	shop	2026-11-30 05:01:39.303516+00	771	772	\N
37	batch_95	batch.created	\N	created	shop	2026-11-30 05:01:39.303516+00	771	772	\N
38	batch_95	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
39	batch_95	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
40	batch_95	batch.processing	confirmed	processing	shop	2026-11-30 05:01:39.303516+00	771	772	\N
41	batch_95	batch.completed	processing	completed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
42	batch_95	batch.canceled	completed	canceled	shop	2026-11-30 05:01:39.303516+00	771	772	\N
43	batch_06	batch.created	\N	created	shop	2026-11-30 05:01:39.303516+00	771	772	\N
44	batch_06	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
45	batch_06	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
46	batch_06	batch.processing	confirmed	processing	shop	2026-11-30 05:01:39.303516+00	771	772	\N
47	batch_06	batch.completed	processing	completed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
48	batch_06	batch.canceled	completed	canceled	shop	2026-11-30 05:01:39.303516+00	771	772	\N
49	batch_06	batch.failed	canceled	failed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
50	batch_96	batch.created	\N	created	shop	2026-11-30 05:01:39.303516+00	771	772	\N
51	batch_96	batch.pre_processed	created	pre_processed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
52	batch_96	batch.confirmed	pre_processed	confirmed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
53	batch_96	batch.processing	confirmed	processing	shop	2026-11-30 05:01:39.303516+00	771	772	\N
54	batch_96	batch.completed	processing	completed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
55	batch_96	batch.canceled	completed	canceled	shop	2026-11-30 05:01:39.303516+00	771	772	\N
56	batch_96	batch.failed	canceled	failed	shop	2026-11-30 05:01:39.303516+00	771	772	\N
57	batch_93	batch.deleted	processing	processing	shop	2026-11-30 05:01:39.304238+00	772	773	\N
\.


--
-- Data for Name: user; Type: TABLE DATA; Schema: public; Owner: shop
--

COPY public."user" (id, email) FROM stdin;
u1	e
u2	e
u3	e
\.


--
-- Name: Job "x"_event_seq_seq; Type: SEQUENCE SET; Schema: My App; Owner: shop
--

SELECT pg_catalog.setval('"My App"."Job ""x""_event_seq_seq"', 57, true);


--
-- Name: by_type_event_seq_seq; Type: SEQUENCE SET; Schema: app; Owner: shop
--

SELECT pg_catalog.setval('app.by_type_event_seq_seq', 57, true);


--
-- Name: before_event_seq_seq; Type: SEQUENCE SET; Schema: public; Owner: shop
--

SELECT pg_catalog.setval('public.before_event_seq_seq', 57, true);


--
-- Name: Job "x"_event Job "x"_event_pkey; Type: CONSTRAINT; Schema: My App; Owner: shop
--

ALTER TABLE ONLY "My App"."Job ""x""_event"
    ADD CONSTRAINT "Job ""x""_event_pkey" PRIMARY KEY (seq);


--
-- Name: Job "x" Job "x"_pkey; Type: CONSTRAINT; Schema: My App; Owner: shop
--

ALTER TABLE ONLY "My App"."Job ""x"""
    ADD CONSTRAINT "Job ""x""_pkey" PRIMARY KEY (id);


--
-- Name: Job "x"_run Job "x"_run_pkey; Type: CONSTRAINT; Schema: My App; Owner: shop
--

ALTER TABLE ONLY "My App"."Job ""x""_run"
    ADD CONSTRAINT "Job ""x""_run_pkey" PRIMARY KEY (job_id, run);


--
-- Name: Job "x"_type Job "x"_type_pkey; Type: CONSTRAINT; Schema: My App; Owner: shop
--

ALTER TABLE ONLY "My App"."Job ""x""_type"
    ADD CONSTRAINT "Job ""x""_type_pkey" PRIMARY KEY (type);


--
-- Name: batch_job batch_job_pkey; Type: CONSTRAINT; Schema: app; Owner: shop
--

ALTER TABLE ONLY app.batch_job
    ADD CONSTRAINT batch_job_pkey PRIMARY KEY (id);


--
-- Name: unfilled batch_job_status_derived; Type: CHECK CONSTRAINT; Schema: app; Owner: shop
--

ALTER TABLE app.unfilled
    ADD CONSTRAINT batch_job_status_derived CHECK ((status = batch_job.derive_status(pre_processed_at, confirmed_at, processing_at, completed_at, canceled_at, failed_at))) NOT VALID;


--
-- Name: delivery before_pkey; Type: CONSTRAINT; Schema: app; Owner: shop
--

ALTER TABLE ONLY app.delivery
    ADD CONSTRAINT before_pkey PRIMARY KEY (id);


--
-- Name: by_id by_id_pkey; Type: CONSTRAINT; Schema: app; Owner: shop
--

ALTER TABLE ONLY app.by_id
    ADD CONSTRAINT by_id_pkey PRIMARY KEY (id);


--
-- Name: by_id_new by_id_new_pkey; Type: CONSTRAINT; Schema: app; Owner: shop
--

ALTER TABLE ONLY app.by_id_new
    ADD CONSTRAINT by_id_new_pkey PRIMARY KEY (id);


--
-- Name: by_id_old by_id_old_pkey; Type: CONSTRAINT; Schema: app; Owner: shop
--

ALTER TABLE ONLY app.by_id_old
    ADD CONSTRAINT by_id_old_pkey PRIMARY KEY (id);


--
-- Name: by_type_event by_type_event_pkey; Type: CONSTRAINT; Schema: app; Owner: shop
--

ALTER TABLE ONLY app.by_type_event
    ADD CONSTRAINT by_type_event_pkey PRIMARY KEY (seq);


--
-- Name: by_type by_type_pkey; Type: CONSTRAINT; Schema: app; Owner: shop
--

ALTER TABLE ONLY app.by_type
    ADD CONSTRAINT by_type_pkey PRIMARY KEY (id, type);


--
-- Name: by_type_import by_type_import_pkey; Type: CONSTRAINT; Schema: app; Owner: shop
--

ALTER TABLE ONLY app.by_type_import
    ADD CONSTRAINT by_type_import_pkey PRIMARY KEY (id, type);


--
-- Name: by_type_other by_type_other_pkey; Type: CONSTRAINT; Schema: app; Owner: shop
--

ALTER TABLE ONLY app.by_type_other
    ADD CONSTRAINT by_type_other_pkey PRIMARY KEY (id, type);


--
-- Name: by_type_run by_type_run_pkey; Type: CONSTRAINT; Schema: app; Owner: shop
--

ALTER TABLE ONLY app.by_type_run
    ADD CONSTRAINT by_type_run_pkey PRIMARY KEY (job_id, run);


--
-- Name: by_type_type by_type_type_pkey; Type: CONSTRAINT; Schema: app; Owner: shop
--

ALTER TABLE ONLY app.by_type_type
    ADD CONSTRAINT by_type_type_pkey PRIMARY KEY (type);


--
-- Name: plain plain_pkey; Type: CONSTRAINT; Schema: app; Owner: shop
--

ALTER TABLE ONLY app.plain
    ADD CONSTRAINT plain_pkey PRIMARY KEY (id);


--
-- Name: tenant tenant_pkey; Type: CONSTRAINT; Schema: app; Owner: shop
--

ALTER TABLE ONLY app.tenant
    ADD CONSTRAINT tenant_pkey PRIMARY KEY (id);


--
-- Name: unfilled unfilled_pkey; Type: CONSTRAINT; Schema: app; Owner: shop
--

ALTER TABLE ONLY app.unfilled
    ADD CONSTRAINT unfilled_pkey PRIMARY KEY (id);


--
-- Name: batch_job PK_e57f84d485145d5be96bc6d871e; Type: CONSTRAINT; Schema: public; Owner: shop
--

ALTER TABLE ONLY public.batch_job
    ADD CONSTRAINT "PK_e57f84d485145d5be96bc6d871e" PRIMARY KEY (id);


--
-- Name: before_event before_event_pkey; Type: CONSTRAINT; Schema: public; Owner: shop
--

ALTER TABLE ONLY public.before_event
    ADD CONSTRAINT before_event_pkey PRIMARY KEY (seq);


--
-- Name: user user_pkey; Type: CONSTRAINT; Schema: public; Owner: shop
--

ALTER TABLE ONLY public."user"
    ADD CONSTRAINT user_pkey PRIMARY KEY (id);


--
-- Name: Job "x"_deleted_at_idx; Type: INDEX; Schema: My App; Owner: shop
--

CREATE INDEX "Job ""x""_deleted_at_idx" ON "My App"."Job ""x""" USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);


--
-- Name: Job "x"_event_job_id_seq_idx; Type: INDEX; Schema: My App; Owner: shop
--

CREATE INDEX "Job ""x""_event_job_id_seq_idx" ON "My App"."Job ""x""_event" USING btree (job_id, seq);


--
-- Name: Job "x"_greatest_idx; Type: INDEX; Schema: My App; Owner: shop
--

CREATE INDEX "Job ""x""_greatest_idx" ON "My App"."Job ""x""" USING brin (GREATEST(completed_at, canceled_at, failed_at)) WITH (autosummarize='true') WHERE (status >= 'completed'::batch_job.status);


--
-- Name: Job "x"_run_claimed_at_idx; Type: INDEX; Schema: My App; Owner: shop
--

CREATE INDEX "Job ""x""_run_claimed_at_idx" ON "My App"."Job ""x""_run" USING brin (claimed_at) WITH (autosummarize='true');


--
-- Name: Job "x"_run_ended_at_idx; Type: INDEX; Schema: My App; Owner: shop
--

CREATE INDEX "Job ""x""_run_ended_at_idx" ON "My App"."Job ""x""_run" USING brin (ended_at) WITH (autosummarize='true') WHERE (ended_at IS NOT NULL);


--
-- Name: Job "x"_run_job_id_idx; Type: INDEX; Schema: My App; Owner: shop
--

CREATE UNIQUE INDEX "Job ""x""_run_job_id_idx" ON "My App"."Job ""x""_run" USING btree (job_id) WHERE (state <> 'ended'::batch_job.run_state);


--
-- Name: Job "x"_run_type_created_by_idx; Type: INDEX; Schema: My App; Owner: shop
--

CREATE INDEX "Job ""x""_run_type_created_by_idx" ON "My App"."Job ""x""_run" USING btree (type, created_by) WHERE (state = 'running'::batch_job.run_state);


--
-- Name: Job "x"_run_type_priority_retry_at_job_id_idx; Type: INDEX; Schema: My App; Owner: shop
--

CREATE INDEX "Job ""x""_run_type_priority_retry_at_job_id_idx" ON "My App"."Job ""x""_run" USING btree (type, priority, retry_at, job_id) WHERE (state = 'waiting'::batch_job.run_state);


--
-- Name: Job "x"_status_type_created_by_priority_start_after_id_idx; Type: INDEX; Schema: My App; Owner: shop
--

CREATE INDEX "Job ""x""_status_type_created_by_priority_start_after_id_idx" ON "My App"."Job ""x""" USING btree (status, type, created_by, priority, start_after, id) WHERE ((deleted_at IS NULL) AND (status < 'completed'::batch_job.status));


--
-- Name: Job "x"_status_type_priority_start_after_id_idx; Type: INDEX; Schema: My App; Owner: shop
--

CREATE INDEX "Job ""x""_status_type_priority_start_after_id_idx" ON "My App"."Job ""x""" USING btree (status, type, priority, start_after, id) WHERE ((deleted_at IS NULL) AND (status < 'completed'::batch_job.status));


--
-- Name: batch_job_deleted_at_idx; Type: INDEX; Schema: app; Owner: shop
--

CREATE INDEX batch_job_deleted_at_idx ON app.batch_job USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);


--
-- Name: batch_job_greatest_idx; Type: INDEX; Schema: app; Owner: shop
--

CREATE INDEX batch_job_greatest_idx ON app.batch_job USING brin (GREATEST(completed_at, canceled_at, failed_at)) WITH (autosummarize='true') WHERE (status >= 'completed'::batch_job.status);


--
-- Name: batch_job_status_id_idx; Type: INDEX; Schema: app; Owner: shop
--

CREATE INDEX batch_job_status_id_idx ON app.batch_job USING btree (status, id) WHERE ((deleted_at IS NULL) AND (status < 'completed'::batch_job.status));


--
-- Name: before_deleted_at_idx; Type: INDEX; Schema: app; Owner: shop
--

CREATE INDEX before_deleted_at_idx ON app.delivery USING btree (deleted_at) WHERE (deleted_at IS NOT NULL);


--
-- Name: before_greatest_idx; Type: INDEX; Schema: app; Owner: shop
--

CREATE INDEX before_greatest_idx ON app.delivery USING brin (GREATEST(completed_at, canceled_at, failed_at)) WITH (autosummarize='true') WHERE (status >= 'completed'::batch_job.status);


--
-- Name: before_status_id_idx; Type: INDEX; Schema: app; Owner: shop
--

CREATE INDEX before_status_id_idx ON app.delivery USING btree (status, id) WHERE ((deleted_at IS NULL) AND (status < 'completed'::batch_job.status));


--
-- Name: by_type_event_job_id_seq_idx; Type: INDEX; Schema: app; Owner: shop
--

CREATE INDEX by_type_event_job_id_seq_idx ON app.by_type_event USING btree (job_id, seq);


--
-- Name: by_type_run_claimed_at_idx; Type: INDEX; Schema: app; Owner: shop
--

CREATE INDEX by_type_run_claimed_at_idx ON app.by_type_run USING brin (claimed_at) WITH (autosummarize='true');


--
-- Name: by_type_run_ended_at_idx; Type: INDEX; Schema: app; Owner: shop
--

CREATE INDEX by_type_run_ended_at_idx ON app.by_type_run USING brin (ended_at) WITH (autosummarize='true') WHERE (ended_at IS NOT NULL);


--
-- Name: by_type_run_job_id_idx; Type: INDEX; Schema: app; Owner: shop
--

CREATE UNIQUE INDEX by_type_run_job_id_idx ON app.by_type_run USING btree (job_id) WHERE (state <> 'ended'::batch_job.run_state);


--
-- Name: by_type_run_type_created_by_idx; Type: INDEX; Schema: app; Owner: shop
--

CREATE INDEX by_type_run_type_created_by_idx ON app.by_type_run USING btree (type, created_by) WHERE (state = 'running'::batch_job.run_state);


--
-- Name: by_type_run_type_priority_retry_at_job_id_idx; Type: INDEX; Schema: app; Owner: shop
--

CREATE INDEX by_type_run_type_priority_retry_at_job_id_idx ON app.by_type_run USING btree (type, priority, retry_at, job_id) WHERE (state = 'waiting'::batch_job.run_state);


--
-- Name: own; Type: INDEX; Schema: app; Owner: shop
--

CREATE INDEX own ON app.batch_job USING btree (tenant, status) WHERE (deleted_at IS NULL);


--
-- Name: before_event_job_id_seq_idx; Type: INDEX; Schema: public; Owner: shop
--

CREATE INDEX before_event_job_id_seq_idx ON public.before_event USING btree (job_id, seq);


--
-- Name: by_id_new_pkey; Type: INDEX ATTACH; Schema: app; Owner: shop
--

ALTER INDEX app.by_id_pkey ATTACH PARTITION app.by_id_new_pkey;


--
-- Name: by_id_old_pkey; Type: INDEX ATTACH; Schema: app; Owner: shop
--

ALTER INDEX app.by_id_pkey ATTACH PARTITION app.by_id_old_pkey;


--
-- Name: by_type_import_pkey; Type: INDEX ATTACH; Schema: app; Owner: shop
--

ALTER INDEX app.by_type_pkey ATTACH PARTITION app.by_type_import_pkey;


--
-- Name: by_type_other_pkey; Type: INDEX ATTACH; Schema: app; Owner: shop
--

ALTER INDEX app.by_type_pkey ATTACH PARTITION app.by_type_other_pkey;


--
-- Name: Job "x" 00_batch_job_delete; Type: TRIGGER; Schema: My App; Owner: shop
--

CREATE TRIGGER "00_batch_job_delete" AFTER DELETE ON "My App"."Job ""x""" REFERENCING OLD TABLE AS old_jobs FOR EACH STATEMENT WHEN (('"My App"."Job ""x""_event"'::regclass IS NOT NULL)) EXECUTE FUNCTION batch_job.record_events('notify', 'on');


--
-- Name: Job "x" 00_batch_job_insert; Type: TRIGGER; Schema: My App; Owner: shop
--

CREATE TRIGGER "00_batch_job_insert" AFTER INSERT ON "My App"."Job ""x""" REFERENCING NEW TABLE AS new_jobs FOR EACH STATEMENT WHEN (('"My App"."Job ""x""_event"'::regclass IS NOT NULL)) EXECUTE FUNCTION batch_job.record_events('notify', 'on');


--
-- Name: Job "x" 00_batch_job_runs; Type: TRIGGER; Schema: My App; Owner: shop
--

CREATE TRIGGER "00_batch_job_runs" AFTER DELETE ON "My App"."Job ""x""" REFERENCING OLD TABLE AS old_jobs FOR EACH STATEMENT WHEN ((('"My App"."Job ""x""_run"'::regclass IS NOT NULL) AND ('"My App"."Job ""x""_type"'::regclass IS NOT NULL))) EXECUTE FUNCTION batch_job.remove_runs();


--
-- Name: Job "x" 00_batch_job_update; Type: TRIGGER; Schema: My App; Owner: shop
--

CREATE TRIGGER "00_batch_job_update" AFTER UPDATE ON "My App"."Job ""x""" REFERENCING OLD TABLE AS old_jobs NEW TABLE AS new_jobs FOR EACH STATEMENT WHEN (('"My App"."Job ""x""_event"'::regclass IS NOT NULL)) EXECUTE FUNCTION batch_job.record_events('notify', 'on');


--
-- Name: Job "x" zz_batch_job; Type: TRIGGER; Schema: My App; Owner: shop
--

CREATE TRIGGER zz_batch_job BEFORE INSERT OR DELETE OR UPDATE ON "My App"."Job ""x""" FOR EACH ROW EXECUTE FUNCTION batch_job.maintain_row('soft_delete', 'on', 'guard', 'on', 'confirm_by_other', 'on', 'id_prefix', 'q');


--
-- Name: Job "x"_event zz_batch_job_guard; Type: TRIGGER; Schema: My App; Owner: shop
--

CREATE TRIGGER zz_batch_job_guard BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON "My App"."Job ""x""_event" FOR EACH STATEMENT EXECUTE FUNCTION batch_job.guard_events();


--
-- Name: Job "x"_live zz_batch_job_live; Type: TRIGGER; Schema: My App; Owner: shop
--

CREATE TRIGGER zz_batch_job_live INSTEAD OF DELETE ON "My App"."Job ""x""_live" FOR EACH ROW EXECUTE FUNCTION batch_job.delete_live_row();


--
-- Name: by_type 00_batch_job_delete; Type: TRIGGER; Schema: app; Owner: shop
--

CREATE TRIGGER "00_batch_job_delete" AFTER DELETE ON app.by_type REFERENCING OLD TABLE AS old_jobs FOR EACH STATEMENT WHEN (('app.by_type_event'::regclass IS NOT NULL)) EXECUTE FUNCTION batch_job.record_events('notify', 'off');


--
-- Name: by_type_import 00_batch_job_delete; Type: TRIGGER; Schema: app; Owner: shop
--

CREATE TRIGGER "00_batch_job_delete" AFTER DELETE ON app.by_type_import REFERENCING OLD TABLE AS old_jobs FOR EACH STATEMENT WHEN (('app.by_type_event'::regclass IS NOT NULL)) EXECUTE FUNCTION batch_job.record_events('notify', 'off');


--
-- Name: by_type_other 00_batch_job_delete; Type: TRIGGER; Schema: app; Owner: shop
--

CREATE TRIGGER "00_batch_job_delete" AFTER DELETE ON app.by_type_other REFERENCING OLD TABLE AS old_jobs FOR EACH STATEMENT WHEN (('app.by_type_event'::regclass IS NOT NULL)) EXECUTE FUNCTION batch_job.record_events('notify', 'off');


--
-- Name: delivery 00_batch_job_delete; Type: TRIGGER; Schema: app; Owner: shop
--

CREATE TRIGGER "00_batch_job_delete" AFTER DELETE ON app.delivery REFERENCING OLD TABLE AS old_jobs FOR EACH STATEMENT WHEN (('public.before_event'::regclass IS NOT NULL)) EXECUTE FUNCTION batch_job.record_events('notify', 'off');


--
-- Name: by_type 00_batch_job_insert; Type: TRIGGER; Schema: app; Owner: shop
--

CREATE TRIGGER "00_batch_job_insert" AFTER INSERT ON app.by_type REFERENCING NEW TABLE AS new_jobs FOR EACH STATEMENT WHEN (('app.by_type_event'::regclass IS NOT NULL)) EXECUTE FUNCTION batch_job.record_events('notify', 'off');


--
-- Name: by_type_import 00_batch_job_insert; Type: TRIGGER; Schema: app; Owner: shop
--

CREATE TRIGGER "00_batch_job_insert" AFTER INSERT ON app.by_type_import REFERENCING NEW TABLE AS new_jobs FOR EACH STATEMENT WHEN (('app.by_type_event'::regclass IS NOT NULL)) EXECUTE FUNCTION batch_job.record_events('notify', 'off');


--
-- Name: by_type_other 00_batch_job_insert; Type: TRIGGER; Schema: app; Owner: shop
--

CREATE TRIGGER "00_batch_job_insert" AFTER INSERT ON app.by_type_other REFERENCING NEW TABLE AS new_jobs FOR EACH STATEMENT WHEN (('app.by_type_event'::regclass IS NOT NULL)) EXECUTE FUNCTION batch_job.record_events('notify', 'off');


--
-- Name: delivery 00_batch_job_insert; Type: TRIGGER; Schema: app; Owner: shop
--

CREATE TRIGGER "00_batch_job_insert" AFTER INSERT ON app.delivery REFERENCING NEW TABLE AS new_jobs FOR EACH STATEMENT WHEN (('public.before_event'::regclass IS NOT NULL)) EXECUTE FUNCTION batch_job.record_events('notify', 'off');


--
-- Name: by_type 00_batch_job_runs; Type: TRIGGER; Schema: app; Owner: shop
--

CREATE TRIGGER "00_batch_job_runs" AFTER DELETE ON app.by_type REFERENCING OLD TABLE AS old_jobs FOR EACH STATEMENT WHEN ((('app.by_type_run'::regclass IS NOT NULL) AND ('app.by_type_type'::regclass IS NOT NULL))) EXECUTE FUNCTION batch_job.remove_runs();


--
-- Name: by_type_import 00_batch_job_runs; Type: TRIGGER; Schema: app; Owner: shop
--

CREATE TRIGGER "00_batch_job_runs" AFTER DELETE ON app.by_type_import REFERENCING OLD TABLE AS old_jobs FOR EACH STATEMENT WHEN ((('app.by_type_run'::regclass IS NOT NULL) AND ('app.by_type_type'::regclass IS NOT NULL))) EXECUTE FUNCTION batch_job.remove_runs();


--
-- Name: by_type_other 00_batch_job_runs; Type: TRIGGER; Schema: app; Owner: shop
--

CREATE TRIGGER "00_batch_job_runs" AFTER DELETE ON app.by_type_other REFERENCING OLD TABLE AS old_jobs FOR EACH STATEMENT WHEN ((('app.by_type_run'::regclass IS NOT NULL) AND ('app.by_type_type'::regclass IS NOT NULL))) EXECUTE FUNCTION batch_job.remove_runs();


--
-- Name: by_type 00_batch_job_update; Type: TRIGGER; Schema: app; Owner: shop
--

CREATE TRIGGER "00_batch_job_update" AFTER UPDATE ON app.by_type REFERENCING OLD TABLE AS old_jobs NEW TABLE AS new_jobs FOR EACH STATEMENT WHEN (('app.by_type_event'::regclass IS NOT NULL)) EXECUTE FUNCTION batch_job.record_events('notify', 'off');


--
-- Name: by_type_import 00_batch_job_update; Type: TRIGGER; Schema: app; Owner: shop
--

CREATE TRIGGER "00_batch_job_update" AFTER UPDATE ON app.by_type_import REFERENCING OLD TABLE AS old_jobs NEW TABLE AS new_jobs FOR EACH STATEMENT WHEN (('app.by_type_event'::regclass IS NOT NULL)) EXECUTE FUNCTION batch_job.record_events('notify', 'off');


--
-- Name: by_type_other 00_batch_job_update; Type: TRIGGER; Schema: app; Owner: shop
--

CREATE TRIGGER "00_batch_job_update" AFTER UPDATE ON app.by_type_other REFERENCING OLD TABLE AS old_jobs NEW TABLE AS new_jobs FOR EACH STATEMENT WHEN (('app.by_type_event'::regclass IS NOT NULL)) EXECUTE FUNCTION batch_job.record_events('notify', 'off');


--
-- Name: delivery 00_batch_job_update; Type: TRIGGER; Schema: app; Owner: shop
--

CREATE TRIGGER "00_batch_job_update" AFTER UPDATE ON app.delivery REFERENCING OLD TABLE AS old_jobs NEW TABLE AS new_jobs FOR EACH STATEMENT WHEN (('public.before_event'::regclass IS NOT NULL)) EXECUTE FUNCTION batch_job.record_events('notify', 'off');


--
-- Name: batch_job own; Type: TRIGGER; Schema: app; Owner: shop
--

CREATE TRIGGER own BEFORE INSERT ON app.batch_job FOR EACH ROW WHEN ((new.type = 'test'::text)) EXECUTE FUNCTION app.no_test();


--
-- Name: batch_job zz_batch_job; Type: TRIGGER; Schema: app; Owner: shop
--

CREATE TRIGGER zz_batch_job BEFORE INSERT OR DELETE OR UPDATE ON app.batch_job FOR EACH ROW EXECUTE FUNCTION batch_job.maintain_row('soft_delete', 'on', 'guard', 'on', 'confirm_by_other', 'off', 'id_prefix', 'job');


--
-- Name: by_id zz_batch_job; Type: TRIGGER; Schema: app; Owner: shop
--

CREATE TRIGGER zz_batch_job BEFORE INSERT OR DELETE OR UPDATE ON app.by_id FOR EACH ROW EXECUTE FUNCTION batch_job.maintain_row('soft_delete', 'on', 'guard', 'off', 'confirm_by_other', 'off', 'id_prefix', 'batch');


--
-- Name: by_type zz_batch_job; Type: TRIGGER; Schema: app; Owner: shop
--

CREATE TRIGGER zz_batch_job BEFORE INSERT OR DELETE OR UPDATE ON app.by_type FOR EACH ROW EXECUTE FUNCTION batch_job.maintain_row('soft_delete', 'on', 'guard', 'off', 'confirm_by_other', 'off', 'id_prefix', 'batch');


--
-- Name: delivery zz_batch_job; Type: TRIGGER; Schema: app; Owner: shop
--

CREATE TRIGGER zz_batch_job BEFORE INSERT OR DELETE OR UPDATE ON app.delivery FOR EACH ROW EXECUTE FUNCTION batch_job.maintain_row('soft_delete', 'on', 'guard', 'on', 'confirm_by_other', 'off', 'id_prefix', 'batch');


--
-- Name: plain zz_batch_job; Type: TRIGGER; Schema: app; Owner: shop
--

CREATE TRIGGER zz_batch_job BEFORE INSERT OR DELETE OR UPDATE ON app.plain FOR EACH ROW EXECUTE FUNCTION batch_job.maintain_row('soft_delete', 'off', 'guard', 'on', 'confirm_by_other', 'off', 'id_prefix', 'p');


--
-- Name: unfilled zz_batch_job; Type: TRIGGER; Schema: app; Owner: shop
--

CREATE TRIGGER zz_batch_job BEFORE INSERT OR DELETE OR UPDATE ON app.unfilled FOR EACH ROW EXECUTE FUNCTION batch_job.maintain_row('soft_delete', 'on', 'guard', 'off', 'confirm_by_other', 'off', 'id_prefix', 'batch');


--
-- Name: by_type_event zz_batch_job_guard; Type: TRIGGER; Schema: app; Owner: shop
--

CREATE TRIGGER zz_batch_job_guard BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON app.by_type_event FOR EACH STATEMENT EXECUTE FUNCTION batch_job.guard_events();


--
-- Name: batch_job_live zz_batch_job_live; Type: TRIGGER; Schema: app; Owner: shop
--

CREATE TRIGGER zz_batch_job_live INSTEAD OF DELETE ON app.batch_job_live FOR EACH ROW EXECUTE FUNCTION batch_job.delete_live_row();


--
-- Name: by_id_live zz_batch_job_live; Type: TRIGGER; Schema: app; Owner: shop
--

CREATE TRIGGER zz_batch_job_live INSTEAD OF DELETE ON app.by_id_live FOR EACH ROW EXECUTE FUNCTION batch_job.delete_live_row();


--
-- Name: by_type_live zz_batch_job_live; Type: TRIGGER; Schema: app; Owner: shop
--

CREATE TRIGGER zz_batch_job_live INSTEAD OF DELETE ON app.by_type_live FOR EACH ROW EXECUTE FUNCTION batch_job.delete_live_row();


--
-- Name: plain_live zz_batch_job_live; Type: TRIGGER; Schema: app; Owner: shop
--

CREATE TRIGGER zz_batch_job_live INSTEAD OF DELETE ON app.plain_live FOR EACH ROW EXECUTE FUNCTION batch_job.delete_live_row();


--
-- Name: unfilled_live zz_batch_job_live; Type: TRIGGER; Schema: app; Owner: shop
--

CREATE TRIGGER zz_batch_job_live INSTEAD OF DELETE ON app.unfilled_live FOR EACH ROW EXECUTE FUNCTION batch_job.delete_live_row();


--
-- Name: batch_job zz_batch_job; Type: TRIGGER; Schema: public; Owner: shop
--

CREATE TRIGGER zz_batch_job BEFORE INSERT OR DELETE OR UPDATE ON public.batch_job FOR EACH ROW EXECUTE FUNCTION batch_job.maintain_row('soft_delete', 'on', 'guard', 'off', 'confirm_by_other', 'off', 'id_prefix', 'batch');


--
-- Name: before_event zz_batch_job_guard; Type: TRIGGER; Schema: public; Owner: shop
--

CREATE TRIGGER zz_batch_job_guard BEFORE INSERT OR DELETE OR UPDATE OR TRUNCATE ON public.before_event FOR EACH STATEMENT EXECUTE FUNCTION batch_job.guard_events();


--
-- Name: batch_job_live zz_batch_job_live; Type: TRIGGER; Schema: public; Owner: shop
--

CREATE TRIGGER zz_batch_job_live INSTEAD OF DELETE ON public.batch_job_live FOR EACH ROW EXECUTE FUNCTION batch_job.delete_live_row();


--
-- Name: before_live zz_batch_job_live; Type: TRIGGER; Schema: public; Owner: shop
--

CREATE TRIGGER zz_batch_job_live INSTEAD OF DELETE ON public.before_live FOR EACH ROW EXECUTE FUNCTION batch_job.delete_live_row();


--
-- Name: batch_job batch_job_created_by_fkey; Type: FK CONSTRAINT; Schema: app; Owner: shop
--

ALTER TABLE ONLY app.batch_job
    ADD CONSTRAINT batch_job_created_by_fkey FOREIGN KEY (created_by) REFERENCES public."user"(id) ON DELETE CASCADE;


--
-- Name: batch_job batch_job_tenant_fkey; Type: FK CONSTRAINT; Schema: app; Owner: shop
--

ALTER TABLE ONLY app.batch_job
    ADD CONSTRAINT batch_job_tenant_fkey FOREIGN KEY (tenant) REFERENCES app.tenant(id);


--
-- Name: step step_job_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: shop
--

ALTER TABLE ONLY app.step
    ADD CONSTRAINT step_job_id_fkey FOREIGN KEY (job_id) REFERENCES app.batch_job(id) ON DELETE CASCADE;


--
-- Name: batch_job FK_cbc0d7bd4e6d5d4f0bbd5b1d7a4; Type: FK CONSTRAINT; Schema: public; Owner: shop
--

ALTER TABLE ONLY public.batch_job
    ADD CONSTRAINT "FK_cbc0d7bd4e6d5d4f0bbd5b1d7a4" FOREIGN KEY (created_by) REFERENCES public."user"(id);


--
-- Name: batch_job; Type: ROW SECURITY; Schema: app; Owner: shop
--

ALTER TABLE app.batch_job ENABLE ROW LEVEL SECURITY;

--
-- Name: batch_job own; Type: POLICY; Schema: app; Owner: shop
--

CREATE POLICY own ON app.batch_job TO reader USING ((created_by = CURRENT_USER));


--
-- Name: SCHEMA app; Type: ACL; Schema: -; Owner: shop
--

GRANT USAGE ON SCHEMA app TO reader;


--
-- Name: TABLE batch_job; Type: ACL; Schema: app; Owner: shop
--

GRANT SELECT ON TABLE app.batch_job TO reader;


--
-- Name: COLUMN batch_job.context; Type: ACL; Schema: app; Owner: shop
--

GRANT UPDATE(context) ON TABLE app.batch_job TO reader;


--
-- Name: COLUMN batch_job.result; Type: ACL; Schema: app; Owner: shop
--

GRANT UPDATE(result) ON TABLE app.batch_job TO reader;


--
-- Name: TABLE batch_job_live; Type: ACL; Schema: app; Owner: shop
--

GRANT SELECT,DELETE ON TABLE app.batch_job_live TO reader WITH GRANT OPTION;


--
-- Name: TABLE batch_job; Type: ACL; Schema: public; Owner: shop
--

GRANT SELECT,INSERT ON TABLE public.batch_job TO reader;


--
-- Name: TABLE before_event; Type: ACL; Schema: public; Owner: shop
--

GRANT SELECT ON TABLE public.before_event TO reader;


--
-- PostgreSQL database dump complete
--


