#!/usr/bin/python3
"""A worker: docs/workers.md explains it. libpq's variables (PGHOST, PGDATABASE ...) say where the jobs are."""
import os
import select
import signal
import socket
import threading
from contextlib import contextmanager

import psycopg
from psycopg.rows import namedtuple_row
from psycopg.types.json import Jsonb

NAME = f"{socket.gethostname()}:{os.getpid()}"
POLL = float(os.environ.get("POLL", 2))  # seconds until the next look for a job, unless a notification comes first
STEP = 100  # rows in a transaction: a second of work or so

ending = threading.Event()  # after SIGTERM
signal.signal(signal.SIGTERM, lambda *_: ending.set())


def call(connection, function, *arguments, **named):
    """SELECT * FROM batch_job.function(...), its first row."""
    marks = ["%s"] * len(arguments) + [f"{name} => %s" for name in named]
    statement = f"SELECT * FROM batch_job.{function}({', '.join(marks)})"
    return connection.execute(statement, [*arguments, *named.values()]).fetchone()


def claim(connection):
    return connection.execute(
        """SELECT id, run, status, context, checkpoint, extract(epoch FROM lease_until - clock_timestamp())::float / 3 AS beat
             FROM batch_job.claim('{import}', worker => %s)""", [NAME]).fetchone()


@contextmanager
def heartbeats(job):
    """Keeps the lease by a thread and a connection of their own, however long a step takes. Sets what it gives when the
    job is to be left, or is lost."""
    leave, done = threading.Event(), threading.Event()

    def beat():
        try:
            with psycopg.connect(autocommit=True, client_encoding="utf8") as connection:
                while not done.wait(job.beat):
                    if call(connection, "heartbeat", job.id, job.run)[0] != "continue":
                        leave.set()
        except psycopg.Error:
            leave.set()

    thread = threading.Thread(target=beat)
    thread.start()
    try:
        yield leave
    finally:
        done.set()
        thread.join()


def prepare(connection, job):
    """Counts what there is to do. Says whether to go on: a dry run waits for a person who confirms it."""
    counted = Jsonb({"count": job.context["rows"]})
    status = call(connection, "mark_pre_processed", job.id, counted, run=job.run).status
    if status == "confirmed":
        call(connection, "start", job.id, run=job.run)
    return status == "confirmed"


def work(connection, job, leave):
    """Each step is a transaction that writes what it has done and how far that is, or neither."""
    n, total = (job.checkpoint or {"n": 0})["n"], job.context["rows"]
    while n < total and not (leave.is_set() or ending.is_set()):
        first, n = n + 1, min(n + STEP, total)
        with connection.transaction():
            connection.execute("INSERT INTO imported (job_id, n) SELECT %s, generate_series(%s::int, %s)", [job.id, first, n])
            directive = call(connection, "heartbeat", job.id, job.run, items_done=n, items_total=total,
                             checkpoint=Jsonb({"n": n}))[0]
        if directive != "continue":
            leave.set()
    if n < total:
        call(connection, "release", job.id, job.run)
    else:
        call(connection, "complete", job.id, run=job.run)


def do(connection, job):
    try:
        with heartbeats(job) as leave:
            if job.status != "created" or prepare(connection, job):
                work(connection, job, leave)
    except Exception as error:
        # Not for a job that is another worker's by now, or over: then this is refused, or does nothing.
        call(connection, "retry", job.id, job.run, str(error))


def main():
    with psycopg.connect(autocommit=True, client_encoding="utf8", row_factory=namedtuple_row) as connection:
        connection.execute("LISTEN batch_job")
        notifications = []
        connection.add_notify_handler(notifications.append)
        while not ending.is_set():
            notifications.clear()
            if job := claim(connection):
                try:
                    do(connection, job)
                except psycopg.Error as error:
                    if error.sqlstate != "BJ002":
                        raise
                    print(f"{job.id}: {error}")
            elif not notifications:
                select.select([connection], [], [], POLL)


if __name__ == "__main__":
    main()
