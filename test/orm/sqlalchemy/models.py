"""Jobs as models of SQLAlchemy: on the live view, and on the table with a soft deletion of the application's own."""

import enum
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger, DateTime, FetchedValue, ForeignKey, Index, Text, column, event, false, func, select, text, type_coerce,
)
from sqlalchemy.dialects.postgresql import ENUM, JSONB
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.mutable import MutableDict
from sqlalchemy.orm import (
    DeclarativeBase, Mapped, Session, declared_attr, mapped_column, relationship, with_loader_criteria,
)


# recipe: job
class Status(enum.StrEnum):
    created = enum.auto()
    pre_processed = enum.auto()
    confirmed = enum.auto()
    processing = enum.auto()
    completed = enum.auto()
    canceled = enum.auto()
    failed = enum.auto()


class Base(DeclarativeBase):
    type_annotation_map = {
        str: Text,
        datetime: DateTime(timezone=True),
        # Without none_as_null, None would be written as the JSON value null.
        dict[str, Any]: MutableDict.as_mutable(JSONB(none_as_null=True)),
        Status: ENUM(Status, name='status', schema='batch_job', create_type=False),
    }


class User(Base):
    __tablename__ = 'user'

    id: Mapped[str] = mapped_column(primary_key=True)
    email: Mapped[str]


class JobColumns:
    id: Mapped[str] = mapped_column(primary_key=True, server_default=FetchedValue())
    type: Mapped[str]
    created_by: Mapped[str | None] = mapped_column(ForeignKey('user.id'))
    context: Mapped[dict[str, Any] | None]
    result: Mapped[dict[str, Any] | None]
    dry_run: Mapped[bool] = mapped_column(server_default=false())
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), server_onupdate=FetchedValue())
    deleted_at: Mapped[datetime | None]
    pre_processed_at: Mapped[datetime | None]
    confirmed_at: Mapped[datetime | None]
    processing_at: Mapped[datetime | None]
    completed_at: Mapped[datetime | None]
    canceled_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]
    status: Mapped[Status] = mapped_column(server_default=FetchedValue(), server_onupdate=FetchedValue())

    @declared_attr
    def created_by_user(cls) -> Mapped[User | None]:
        return relationship()

    # What the database fills in comes back with RETURNING, after UPDATE too; a stale object is not written.
    __mapper_args__ = {'eager_defaults': True, 'version_id_col': updated_at, 'version_id_generator': False}


class Job(JobColumns, Base):
    __tablename__ = 'batch_job_live'
    __table_args__ = {'info': {'is_view': True}}  # for Alembic, see env.py
# end recipe


# recipe: deletion
class JobRecord(JobColumns, Base):
    """The table itself, with the jobs that are deleted; queries show those only when asked to."""

    __tablename__ = 'batch_job'
    __table_args__ = (
        Index('batch_job_created_by', 'created_by'),
        Index('batch_job_open', 'status', 'id', postgresql_where=text("deleted_at IS NULL AND status < 'completed'")),
    )


@event.listens_for(Session, 'do_orm_execute')
def hide_deleted(state):
    if (state.is_select and not state.is_column_load and not state.is_relationship_load
            and not state.execution_options.get('include_deleted')):
        state.statement = state.statement.options(
            with_loader_criteria(JobRecord, JobRecord.deleted_at.is_(None), include_aliases=True))
# end recipe


class Consumer(Base):
    """How far a reader of events has come."""

    __tablename__ = 'consumer'

    name: Mapped[str] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, server_default='0')


# recipe: step
def step(session, function, *args):
    """Calls batch_job.start(id), say; returns the job, brought up to date where the session has it already."""
    args = [type_coerce(arg, JSONB) if isinstance(arg, dict) else arg for arg in args]
    job = getattr(func.batch_job, function)(*args).table_valued(*(column(c.name, c.type) for c in Job.__table__.c))
    statement = select(Job).from_statement(select(job))
    return session.scalars(statement, execution_options={'populate_existing': True}).one()


def take_up(session, job_id):
    """The job, for the worker that was first; None for the others."""
    try:
        with session.begin_nested():  # a savepoint: the transaction goes on after an error
            return step(session, 'start', job_id)
    except DBAPIError as error:
        # .orig is psycopg's exception; its .diag has the message, the detail and the hint
        if error.orig.sqlstate != '55000':
            raise
        return None
# end recipe


def read_events(after, limit):
    """Events after this position, as a query."""
    events = func.batch_job.read_events(after, limit).table_valued('seq', 'job_id', 'event', 'to_status')
    return select(events).order_by(events.c.seq)
