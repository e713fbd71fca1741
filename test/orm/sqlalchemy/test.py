"""The contract with SQLAlchemy and Alembic."""

import io
import pathlib
import sys
import warnings
from datetime import datetime, timedelta, timezone

import psycopg
import sqlalchemy
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, delete, event, func, insert, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.exc import StaleDataError

here = pathlib.Path(__file__).parent
sys.path.append(str(here.parent))

from contract import contract  # noqa: E402
from models import Base, Consumer, Job, JobRecord, Status, User, read_events, step, take_up  # noqa: E402

# Where the database is, libpq's environment says.
url = 'postgresql+psycopg://'
engine = create_engine(url)
plain = psycopg.connect(autocommit=True)
checks = {}

# A warning of SQLAlchemy's about a row count is a fault here.
warnings.simplefilter('error', sqlalchemy.exc.SAWarning)


def check(name):
    def register(function):
        def run():
            with Session(engine) as session:
                return function(session)
        checks[name] = run
    return register


def alembic():
    config = Config(stdout=io.StringIO())
    config.set_main_option('script_location', str(here / 'migrations'))
    config.set_main_option('sqlalchemy.url', url)
    return config


def seen(query, *args):
    """The first row that another connection sees."""
    return plain.execute(query, args).fetchone()


def row(job_id, columns):
    return seen(f'SELECT {columns} FROM batch_job WHERE id = %s', job_id)


def saved(session, model=Job, **values):
    """A new job, committed."""
    job = model(**{'type': 'import', **values})
    session.add(job)
    session.commit()
    return job


def counted(call):
    """What the call returns, and how many statements it took."""
    statements = []

    def note(*args):
        statements.append(args[2])

    event.listen(engine, 'before_cursor_execute', note)
    try:
        return call(), len(statements)
    finally:
        event.remove(engine, 'before_cursor_execute', note)


def raised(kind, call):
    """The exception of this kind that the call raises."""
    try:
        call()
    except kind as error:
        return error
    raise AssertionError(f'no {kind.__name__}')


@check('create.id')
def _(session):
    job = Job(type='import')
    session.add(job)
    _, statements = counted(session.flush)
    assert statements == 1 and job.id.startswith('batch_')
    session.commit()
    assert row(job.id, 'type') == ('import',)
    return 'in RETURNING'


@check('create.status')
def _(session):
    job = Job(type='import')
    session.add(job)
    session.flush()
    status, statements = counted(lambda: job.status)
    assert status is Status.created and statements == 0
    return 'in RETURNING'


@check('create.given')
def _(session):
    job = saved(session, id='job_1')
    assert job.id == 'job_1' and row('job_1', 'status') == ('created',)


@check('create.bulk')
def _(session):
    types = [f'bulk {n}' for n in range(10)]
    jobs = [Job(type=type) for type in types]
    session.add_all(jobs)
    session.flush()
    assert session.scalars(select(Job.type).where(Job.type.in_(types)).order_by(Job.id)).all() == types
    bulk = insert(Job).returning(Job)
    more, statements = counted(lambda: session.scalars(bulk, [{'type': type} for type in types]).all())
    session.commit()
    assert statements == 1 and {job.type for job in more} == set(types)
    assert len({job.id for job in jobs + more}) == 20
    assert seen("SELECT count(*), count(DISTINCT id) FROM batch_job WHERE type LIKE 'bulk%%'") == (20, 20)
    return 'add_all(): an INSERT each; insert().returning() sends one'


@check('status.read')
def _(session):
    job = saved(session)
    assert job.status is Status.created
    seen('UPDATE batch_job SET pre_processed_at = now(), confirmed_at = now() WHERE id = %s RETURNING 1', job.id)
    assert job.status is Status.created
    session.refresh(job)
    assert job.status is Status.confirmed
    return 'after refresh() or commit()'


@check('status.query')
def _(session):
    now = datetime.now(timezone.utc)
    for values in [{'failed_at': now}, {'completed_at': now}, {}, {'processing_at': now}, {}]:
        saved(session, type='query', **values)
    jobs = select(Job.status).where(Job.type == 'query').order_by(Job.status)
    created, processing, completed, failed = Status.created, Status.processing, Status.completed, Status.failed
    assert session.scalars(jobs).all() == [created, created, processing, completed, failed]
    assert session.scalars(jobs.where(Job.status < completed)).all() == [created, created, processing]
    assert session.scalars(jobs.where(Job.status.in_([processing, failed]))).all() == [processing, failed]
    counts = session.execute(jobs.add_columns(func.count()).group_by(Job.status))
    assert counts.all() == [(created, 2), (processing, 1), (completed, 1), (failed, 1)]


@check('status.write')
def _(session):
    job = Job(type='import', status=Status.failed)
    session.add(job)
    session.flush()
    assert job.status is Status.failed  # the object believes what it was told, until it is loaded
    session.commit()
    assert job.status is Status.created and row(job.id, 'status') == ('created',)
    job.status = Status.completed
    session.commit()
    assert job.status is Status.created and row(job.id, 'status') == ('created',)
    return 'the object is right after refresh() or commit()'


@check('lifecycle.call')
def _(session):
    job = saved(session, dry_run=True)
    took = []
    for function, *args in [['mark_pre_processed', {'count': 2}], ['confirm'], ['start'], ['complete', {'done': 2}]]:
        assert step(session, function, job.id, *args) is job
        took.append(job.status)
    assert took == ['pre_processed', 'confirmed', 'processing', 'completed']
    session.commit()
    assert job.result == {'count': 2, 'done': 2}
    assert row(job.id, 'status, result') == ('completed', job.result)
    return 'select().from_statement(): no refresh'


@check('lifecycle.error')
def _(session):
    job = saved(session, dry_run=True)

    def refused(*args):
        with session.begin_nested() as savepoint:
            error = raised(DBAPIError, lambda: step(session, *args))
            savepoint.rollback()
        return error.orig.sqlstate, error.orig.diag.message_primary

    def digest():
        return session.scalar(select(func.batch_job.plan_digest(job.id)))

    assert refused('start', job.id) == ('55000', f'cannot start job "{job.id}": its status is created')
    step(session, 'mark_pre_processed', job.id)
    reviewed = digest()
    step(session, 'update', job.id, {'file': 'another.csv'})
    assert refused('confirm', job.id, reviewed)[0] == 'BJ001'
    step(session, 'confirm', job.id, digest())
    assert take_up(session, job.id) is job and take_up(session, job.id) is None
    session.commit()
    assert row(job.id, 'status') == ('processing',)
    return 'DBAPIError.orig.sqlstate'


@check('json.values')
def _(session):
    value = {'ж': ['é', '😀', {'deep': [[1, 'two'], {}, [], True]}], 'quote': '\\"\n%'}
    job = saved(session, context=value, result={'kept': value})
    session.refresh(job)
    assert job.context == value and job.result == {'kept': value}
    job.result['more'] = 1
    session.commit()
    assert row(job.id, 'context, result') == (value, {'kept': value, 'more': 1})
    return 'a changed key is noticed: MutableDict'


@check('json.numbers')
def _(session):
    value = {'sixteen': 9007199254740991, 'fraction': 0.1, 'nineteen': 1234567890123456789}
    job = saved(session, context=value)
    session.refresh(job)
    assert job.context == value and isinstance(job.context['nineteen'], int)
    assert row(job.id, "context ->> 'sixteen', context ->> 'fraction', context ->> 'nineteen'") == (
        '9007199254740991', '0.1', '1234567890123456789')
    return 'exact: an int of any length'


@check('json.null')
def _(session):
    jobs = [saved(session, context=None, result={'inner': None}), saved(session, result={'inner': None})]
    for job in jobs:
        session.refresh(job)
        assert job.context is None and job.result == {'inner': None}
        assert row(job.id, "context IS NULL, result ->> 'inner' IS NULL, jsonb_typeof(result -> 'inner')") == (
            True, True, 'null')
    return 'JSONB(none_as_null=True)'


@check('time.zone')
def _(session):
    at = datetime(2026, 3, 29, 1, 30, 0, 789000, timezone(timedelta(hours=5, minutes=45)))
    for zone in ['UTC', 'America/St_Johns', 'Europe/Berlin']:
        session.execute(text(f"SET LOCAL TIME ZONE '{zone}'"))
        job = Job(type='import', pre_processed_at=at)
        session.add(job)
        session.flush()
        session.refresh(job)
        assert job.pre_processed_at == at
        session.commit()
        assert row(job.id, "batch_job.to_json(batch_job) ->> 'pre_processed_at'") == ('2026-03-28T19:45:00.789Z',)


@check('delete.view')
def _(session):
    job, *others = [saved(session, type='delete') for _ in range(3)]
    job_id = job.id
    session.delete(job)
    session.commit()
    assert session.get(Job, job_id) is None
    assert row(job_id, 'deleted_at IS NOT NULL') == (True,)
    assert session.execute(delete(Job).where(Job.type == 'delete')).rowcount == len(others)
    session.commit()
    assert seen("SELECT count(*), count(deleted_at) FROM batch_job WHERE type = 'delete'") == (3, 3)


@check('delete.restore')
def _(session):
    job = saved(session)
    job_id = job.id
    session.delete(job)
    session.commit()
    assert step(session, 'restore', job_id).deleted_at is None
    session.commit()
    assert session.get(Job, job_id).type == 'import'
    assert row(job_id, 'deleted_at') == (None,)


@check('delete.own')
def _(session):
    record = saved(session, JobRecord, type='own')
    record.deleted_at = func.now()
    session.commit()
    own = select(JobRecord).where(JobRecord.type == 'own')
    assert session.scalars(own).all() == []
    assert row(record.id, 'deleted_at IS NOT NULL') == (True,)
    hidden = session.scalars(own, execution_options={'include_deleted': True}).one()
    hidden.deleted_at = None
    session.commit()
    assert session.scalars(own).one() is record
    return 'with_loader_criteria(); an UPDATE of deleted_at'


@check('delete.table')
def _(session):
    record = saved(session, JobRecord, type='table')
    job_id = record.id
    session.delete(record)
    assert 'expected to delete 1 row(s); 0 were matched' in str(raised(StaleDataError, session.commit))
    session.rollback()
    assert row(job_id, 'deleted_at') == (None,)
    deleted = delete(JobRecord).where(JobRecord.id == job_id).execution_options(synchronize_session=False)
    assert session.execute(deleted).rowcount == 0
    session.commit()
    assert row(job_id, 'deleted_at IS NOT NULL') == (True,)
    return 'StaleDataError, rolled back; delete(): 0 rows'


@check('relation.eager')
def _(session):
    session.add(User(id='usr_1', email='ann@example.com'))
    job_id = saved(session, created_by='usr_1').id
    session.expunge_all()
    loaded = session.scalars(select(Job).options(joinedload(Job.created_by_user)).where(Job.id == job_id)).one()
    email, statements = counted(lambda: loaded.created_by_user.email)
    assert email == 'ann@example.com' and statements == 0


@check('relation.lazy')
def _(session):
    user = User(id='usr_2', email='bob@example.com')
    job_id = saved(session, created_by_user=user).id
    assert row(job_id, 'created_by') == ('usr_2',)
    session.expunge_all()
    loaded = session.get(Job, job_id)
    email, statements = counted(lambda: loaded.created_by_user.email)
    assert email == 'bob@example.com' and statements == 1


@check('upsert')
def _(session):
    def upsert(type):
        statement = postgresql.insert(Job).values(id='upsert', type=type)
        statement = statement.on_conflict_do_update(index_elements=['id'], set_={'type': statement.excluded.type})
        return session.scalars(statement.returning(Job), execution_options={'populate_existing': True}).one()

    job = upsert('first')
    assert (job.type, job.status) == ('first', Status.created)
    assert upsert('second') is job and job.type == 'second'
    session.commit()
    session.merge(Job(id='upsert', type='third'))
    session.merge(Job(id='upsert too', type='merged'))
    session.commit()
    assert seen("SELECT array_agg(type ORDER BY id) FROM batch_job WHERE id LIKE 'upsert%%'") == (['third', 'merged'],)
    return 'insert().on_conflict_do_update(), and merge()'


@check('page')
def _(session):
    session.add_all(Job(type='page') for _ in range(25))
    session.commit()
    read, last = [], ''
    while page := session.scalars(
            select(Job.id).where(Job.type == 'page', Job.id > last).order_by(Job.id).limit(10)).all():
        read += page
        last = page[-1]
    assert read == sorted(set(read)) and len(read) == 25


@check('lock')
def _(session):
    job = saved(session, type='first')
    with Session(engine) as other:
        stale = other.get(Job, job.id)
        job.type = 'second'
        session.commit()
        stale.type = 'stale'
        raised(StaleDataError, other.commit)
        other.rollback()
        stale.type = 'third'  # read again, and so no more stale
        other.commit()
    assert row(job.id, 'type') == ('third',)
    return 'version_id_col = updated_at: StaleDataError'


@check('migrate.up')
def _(session):
    assert seen('SELECT job_table::text, live_view::text, event_table::text, notify FROM batch_job.attached()') == (
        'batch_job', 'batch_job_live', 'batch_job_event', True)
    assert seen("""
        SELECT count(*), count(DISTINCT made_in::text)
          FROM (SELECT xmin FROM pg_extension WHERE extname = 'batch_job'
                UNION ALL SELECT xmin FROM pg_class WHERE oid IN ('"user"'::regclass, 'batch_job_live'::regclass)
                UNION ALL SELECT xmin FROM alembic_version) made(made_in)""") == (4, 1)
    return 'one transaction, with alembic_version'


@check('migrate.down')
def _(session):
    command.downgrade(alembic(), 'base')
    left = "SELECT to_regclass('batch_job'), to_regclass('batch_job_event'), to_regnamespace('batch_job')"
    assert seen(left) == (None, None, None)
    command.upgrade(alembic(), 'head')
    assert saved(session).status is Status.created


@check('migrate.drift')
def _(session):
    command.check(alembic())
    with warnings.catch_warnings():
        warnings.filterwarnings('ignore', message="Did not recognize type 'xid8'")  # of the event table
        # what it says without the hooks of env.py
        found = compare_metadata(MigrationContext.configure(session.connection()), Base.metadata)
    named = {(change[0], getattr(change[1], 'name', change[1])) for change in found}
    assert named == {('add_table', 'batch_job_live'), ('remove_table', 'batch_job_event'),
                     ('remove_index', 'batch_job_event_job_id_seq_idx')}
    return 'none, with hooks that name the view and the event table'


@check('events.listen')
def _(session):
    with psycopg.connect(autocommit=True) as listener:
        listener.execute('LISTEN batch_job')
        saved(session)
        payloads = [notify.payload for notify in listener.notifies(timeout=10, stop_after=1)]
    assert payloads == ['{"table": "public.batch_job", "events": ["batch.created"]}']
    return 'psycopg: connection.notifies()'


@check('events.poll')
def _(session):
    session.add(Consumer(name='mailer', position=seen('SELECT max(seq) FROM batch_job_event')[0]))
    job = saved(session, type='poll')
    step(session, 'mark_pre_processed', job.id)
    step(session, 'start', job.id)
    session.commit()

    def poll(handle):
        with Session(engine) as session, session.begin():  # the position is moved with the work, or not at all
            consumer = session.get_one(Consumer, 'mailer', with_for_update=True)
            for event in session.execute(read_events(consumer.position, 3)).all():
                handle(event)
                consumer.position = event.seq

    raised(ZeroDivisionError, lambda: poll(lambda event: 1 / 0))
    read = []
    for _ in range(3):
        poll(read.append)
    assert [(event.job_id, event.event) for event in read] == [
        (job.id, f'batch.{name}') for name in ['created', 'pre_processed', 'confirmed', 'processing']]
    assert seen('SELECT position FROM consumer') == (read[-1].seq,)


command.upgrade(alembic(), 'head')
contract('SQLAlchemy', sqlalchemy.__version__, checks)
