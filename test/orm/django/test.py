"""The contract with Django's ORM and migrations."""

import os
import pathlib
import sys
from datetime import datetime, timedelta, timezone

import django
import psycopg
from django.conf import settings

sys.path.append(str(pathlib.Path(__file__).parent.parent))

# Where the server is, libpq's environment says.
database = {'ENGINE': 'django.db.backends.postgresql', 'NAME': os.environ['PGDATABASE']}
settings.configure(
    INSTALLED_APPS=['jobs'],
    DATABASES={'default': database, 'nepal': {**database, 'TIME_ZONE': 'Asia/Kathmandu'}},
)
django.setup()

from django.core.management import call_command  # noqa: E402
from django.core.paginator import Paginator  # noqa: E402
from django.db import DatabaseError, connection, transaction  # noqa: E402
from django.db.models import Count  # noqa: E402

from contract import contract  # noqa: E402
from jobs.models import Consumer, Job, JobEvent, JobRecord, Status, User, take_up  # noqa: E402

plain = psycopg.connect(autocommit=True)
checks = {}


def check(name):
    def register(function):
        checks[name] = function
    return register


def seen(query, *args):
    """The first row that another connection sees."""
    return plain.execute(query, args).fetchone()


def row(job, columns):
    return seen(f'SELECT {columns} FROM batch_job WHERE id = %s', job.pk)


def saved(model=Job, **values):
    """A new job, in the database."""
    return model.objects.create(**{'type': 'import', **values})


def counted(call):
    """What the call returns, and how many statements it took, but for those of transactions."""
    statements = []

    def note(execute, sql, *args):
        statements.append(sql)
        return execute(sql, *args)

    with connection.execute_wrapper(note):
        return call(), len(statements)


def raised(kind, call):
    """The exception of this kind that the call raises."""
    try:
        with transaction.atomic():
            call()
    except kind as error:
        return error
    raise AssertionError(f'no {kind.__name__}')


@check('create.id')
def _():
    job = Job(type='import')
    _, statements = counted(job.save)
    assert statements == 1 and job.pk.startswith('batch_')
    assert row(job, 'type') == ('import',)
    return 'in RETURNING: db_default'


@check('create.status')
def _():
    job = saved()
    assert job.status == Status.CREATED == row(job, 'status')[0]
    assert job.updated_at == row(job, 'updated_at')[0]
    return 'in RETURNING: db_default'


@check('create.given')
def _():
    job, statements = counted(lambda: saved(id='job_1'))
    assert statements == 1 and job.pk == 'job_1' and row(job, 'status') == ('created',)


@check('create.bulk')
def _():
    types = [f'bulk {n}' for n in range(10)]
    jobs, statements = counted(lambda: Job.objects.bulk_create(Job(type=type) for type in types))
    assert statements == 1 and [row(job, 'type')[0] for job in jobs] == types
    assert {job.status for job in jobs} == {Status.CREATED}
    return 'with default=None, in one INSERT'


@check('status.read')
def _():
    job = saved()
    seen('UPDATE batch_job SET pre_processed_at = now(), confirmed_at = now() WHERE id = %s RETURNING 1', job.pk)
    assert job.status == Status.CREATED
    job.refresh_from_db()
    assert job.status == Status.CONFIRMED
    return 'after refresh_from_db()'


@check('status.query')
def _():
    now = datetime.now(timezone.utc)
    for values in [{'failed_at': now}, {'completed_at': now}, {}, {'processing_at': now}, {}]:
        saved(type='query', **values)
    jobs = Job.objects.filter(type='query').order_by('status')
    open_jobs = [Status.CREATED, Status.CREATED, Status.PROCESSING]
    assert [job.status for job in jobs] == [*open_jobs, Status.COMPLETED, Status.FAILED]
    assert list(jobs.filter(status__lt=Status.COMPLETED).values_list('status', flat=True)) == open_jobs
    assert jobs.filter(status__in=[Status.FAILED, Status.COMPLETED]).count() == 2
    assert list(jobs.values_list('status').annotate(Count('pk'))) == [
        (Status.CREATED, 2), (Status.PROCESSING, 1), (Status.COMPLETED, 1), (Status.FAILED, 1)]


@check('status.write')
def _():
    job = saved(status=Status.FAILED)
    assert job.status == Status.CREATED == row(job, 'status')[0]
    job.status = Status.COMPLETED
    job.save()
    assert job.status == Status.COMPLETED  # the object believes what it was told
    job.refresh_from_db()
    assert job.status == Status.CREATED == row(job, 'status')[0]
    assert Job.objects.filter(pk=job.pk).update(status=Status.FAILED) == 1
    assert row(job, 'status') == ('created',)
    return 'after an UPDATE, right with refresh_from_db()'


@check('lifecycle.call')
def _():
    job = saved(dry_run=True)
    took = []
    for function, *args in [['mark_pre_processed', {'count': 2}], ['confirm'], ['start'], ['complete', {'done': 2}]]:
        job = Job.objects.step(function, job.pk, *args)
        took.append(job.status)
    assert took == [Status.PRE_PROCESSED, Status.CONFIRMED, Status.PROCESSING, Status.COMPLETED]
    assert job.result == {'count': 2, 'done': 2}
    assert row(job, 'status, result') == ('completed', job.result)
    return 'raw(): the job as it is then'


@check('lifecycle.error')
def _():
    job = saved(dry_run=True)

    def refused(function, *args):
        cause = raised(DatabaseError, lambda: Job.objects.step(function, job.pk, *args)).__cause__
        return cause.sqlstate, cause.diag.message_primary

    def digest():
        return seen('SELECT batch_job.plan_digest(%s)', job.pk)[0]

    assert refused('start') == ('55000', f'cannot start job "{job.pk}": its status is created')
    Job.objects.step('mark_pre_processed', job.pk)
    reviewed = digest()
    Job.objects.step('update', job.pk, {'file': 'another.csv'})
    assert refused('confirm', reviewed)[0] == 'BJ001'
    Job.objects.step('confirm', job.pk, digest())
    assert take_up(job.pk) == job and take_up(job.pk) is None
    assert row(job, 'status') == ('processing',)
    return 'DatabaseError.__cause__.sqlstate'


@check('json.values')
def _():
    value = {'ж': ['é', '😀', {'deep': [[1, 'two'], {}, [], True]}], 'quote': '\\"\n%'}
    job = saved(context=value, result={'kept': value})
    job.refresh_from_db()
    assert job.context == value and job.result == {'kept': value}
    assert row(job, 'context, result') == (value, {'kept': value})
    assert Job.objects.get(context__quote='\\"\n%') == job


@check('json.numbers')
def _():
    value = {'sixteen': 9007199254740991, 'fraction': 0.1, 'nineteen': 1234567890123456789}
    job = saved(context=value)
    job.refresh_from_db()
    assert job.context == value and isinstance(job.context['nineteen'], int)
    assert row(job, "context ->> 'sixteen', context ->> 'fraction', context ->> 'nineteen'") == (
        '9007199254740991', '0.1', '1234567890123456789')
    return 'exact: an int of any length'


@check('json.null')
def _():
    for job in [saved(context=None, result={'inner': None}), saved(result={'inner': None})]:
        job.refresh_from_db()
        assert job.context is None and job.result == {'inner': None}
        assert row(job, "context IS NULL, result ->> 'inner' IS NULL, jsonb_typeof(result -> 'inner')") == (
            True, True, 'null')


@check('time.zone')
def _():
    at = datetime(2026, 3, 29, 1, 30, 0, 789000, timezone(timedelta(hours=5, minutes=45)))
    for alias in ['default', 'nepal']:
        job = Job.objects.using(alias).create(type='import', pre_processed_at=at)
        job.refresh_from_db()
        assert job.pre_processed_at == Job.objects.using('nepal').get(pk=job.pk).pre_processed_at == at
        assert row(job, "batch_job.to_json(batch_job) ->> 'pre_processed_at'") == ('2026-03-28T19:45:00.789Z',)
    # Django labels what it reads with its setting, whatever the session's time zone is by then.
    with connection.cursor() as cursor:
        cursor.execute("SET TIME ZONE 'Asia/Kathmandu'")
    assert Job.objects.get(pk=job.pk).pre_processed_at == at.replace(tzinfo=timezone.utc)
    connection.close()
    return 'with the setting TIME_ZONE; after SET TIME ZONE it is wrong'


@check('delete.view')
def _():
    job, *others = [saved(type='delete') for _ in range(3)]
    gone = Job(pk=job.pk)
    assert job.delete() == (1, {'jobs.Job': 1})
    assert not Job.objects.filter(pk=gone.pk).exists()
    assert row(gone, 'deleted_at IS NOT NULL') == (True,)
    assert Job.objects.filter(type='delete').delete() == (len(others), {'jobs.Job': len(others)})
    assert seen("SELECT count(*), count(deleted_at) FROM batch_job WHERE type = 'delete'") == (3, 3)


@check('delete.restore')
def _():
    job_id = saved().pk
    Job.objects.get(pk=job_id).delete()
    assert Job.objects.step('restore', job_id).deleted_at is None
    job = Job.objects.get(pk=job_id)
    assert row(job, 'deleted_at') == (None,)


@check('delete.own')
def _():
    record = saved(JobRecord)
    assert record.delete() == 1
    assert not JobRecord.objects.filter(pk=record.pk).exists()
    assert row(record, 'deleted_at IS NOT NULL') == (True,)
    assert JobRecord.everything.filter(pk=record.pk).update(deleted_at=None) == 1
    assert JobRecord.objects.get(pk=record.pk) == record and row(record, 'deleted_at') == (None,)
    return 'a manager; an UPDATE of deleted_at'


@check('delete.table')
def _():
    record = saved(JobRecord)
    assert JobRecord.everything.filter(pk=record.pk).delete() == (0, {})
    assert row(record, 'deleted_at IS NOT NULL') == (True,)
    return '0 rows, no error'


@check('relation.eager')
def _():
    job = saved(created_by=User.objects.create(id='usr_1', email='ann@example.com'))
    loaded = Job.objects.select_related('created_by').get(pk=job.pk)
    email, statements = counted(lambda: loaded.created_by.email)
    assert email == 'ann@example.com' and statements == 0


@check('relation.lazy')
def _():
    user = User.objects.create(id='usr_2', email='bob@example.com')
    job = saved(created_by_id='usr_2')
    loaded = Job.objects.get(pk=job.pk)
    email, statements = counted(lambda: loaded.created_by.email)
    assert email == 'bob@example.com' and statements == 1
    assert user.jobs.get() == job and row(job, 'created_by') == ('usr_2',)


@check('upsert')
def _():
    def upsert(type):
        [job] = Job.objects.bulk_create([Job(id='upsert', type=type)], update_conflicts=True,
                                        unique_fields=['id'], update_fields=['type'])
        return job.status, *row(job, 'type')

    assert [upsert('first'), upsert('second')] == [(Status.CREATED, 'first'), (Status.CREATED, 'second')]
    made = [Job.objects.update_or_create(id='upsert 2', defaults={'type': type})[1] for type in ['first', 'second']]
    assert made == [True, False]
    assert seen("SELECT type FROM batch_job WHERE id = 'upsert 2'") == ('second',)
    return 'bulk_create(update_conflicts=True), update_or_create()'


@check('page')
def _():
    Job.objects.bulk_create(Job(type='page') for _ in range(25))
    jobs = Job.objects.filter(type='page').order_by('pk')
    read, last = [], ''
    while page := jobs.filter(pk__gt=last)[:10]:
        read += [job.pk for job in page]
        last = read[-1]
    assert read == sorted(set(read)) and len(read) == 25
    assert [job.pk for page in Paginator(jobs, 10) for job in page] == read


@check('lock')
def _():
    job = saved(type='first')
    stale = Job.objects.get(pk=job.pk)
    job.change(type='second')
    raised(Job.Stale, lambda: stale.change(type='stale'))
    assert row(job, 'type') == ('second',)
    job.change(type='third')
    assert row(job, 'type') == (job.type,) == ('third',)
    # save() writes all columns, stale timestamps as well, which is what guard refuses
    Job.objects.step('mark_pre_processed', job.pk)
    error = raised(DatabaseError, job.save).__cause__
    assert (error.sqlstate, error.diag.message_primary) == (
        '55000', 'column "pre_processed_at" of a job cannot be changed')
    job.save(update_fields=['type'])
    assert row(job, 'status') == ('confirmed',)
    return 'Django has none: a filter on updated_at, and guard'


@check('migrate.up')
def _():
    assert seen('SELECT job_table::text, live_view::text, event_table::text, notify FROM batch_job.attached()') == (
        'batch_job', 'batch_job_live', 'batch_job_event', True)
    # the index is the last that the migration makes
    assert seen("""
        SELECT count(*), count(DISTINCT made_in::text)
          FROM (SELECT xmin FROM pg_extension WHERE extname = 'batch_job'
                UNION ALL SELECT xmin FROM pg_class
                 WHERE relname IN ('user', 'batch_job_live', 'batch_job_open')) made(made_in)""") == (4, 1)
    return 'one transaction, but for the row in django_migrations'


@check('migrate.down')
def _():
    call_command('migrate', 'jobs', 'zero', verbosity=0)
    left = "SELECT to_regclass('batch_job'), to_regclass('batch_job_event'), to_regnamespace('batch_job')"
    assert seen(left) == (None, None, None)
    call_command('migrate', verbosity=0)
    assert saved().status == Status.CREATED


@check('migrate.drift')
def _():
    call_command('makemigrations', check_changes=True, dry_run=True, verbosity=0)
    # This compares the models with the migrations; with the database, nobody does:
    for model in [Job, JobRecord]:
        with connection.cursor() as cursor:
            columns = connection.introspection.get_table_description(cursor, model._meta.db_table)
        assert {column.name for column in columns} == {field.column for field in model._meta.concrete_fields}
    return 'none: models and migrations; the database is not looked at'


@check('events.listen')
def _():
    with psycopg.connect(autocommit=True) as listener:
        listener.execute('LISTEN batch_job')
        saved()
        payloads = [notify.payload for notify in listener.notifies(timeout=10, stop_after=1)]
    assert payloads == ['{"table": "public.batch_job", "events": ["batch.created"]}']
    return 'psycopg: connection.notifies()'


@check('events.poll')
def _():
    Consumer.objects.create(name='mailer', position=JobEvent.objects.latest('seq').seq)
    job = saved()
    Job.objects.step('mark_pre_processed', job.pk)
    Job.objects.step('start', job.pk)
    raised(ZeroDivisionError, lambda: Consumer.poll('mailer', lambda event: 1 / 0))
    read = []
    for _ in range(3):
        Consumer.poll('mailer', read.append, limit=3)
    assert [(event.job_id, event.event) for event in read] == [
        (job.pk, f'batch.{name}') for name in ['created', 'pre_processed', 'confirmed', 'processing']]
    assert seen('SELECT position FROM consumer') == (read[-1].seq,)


call_command('migrate', verbosity=0)
contract('Django', django.__version__, checks)
