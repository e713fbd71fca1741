"""Jobs as models of Django: on the live view, and on the table with a soft deletion of the application's own."""

from django.db import DatabaseError, models, transaction
from django.db.models import Func, Q
from django.db.models.functions import Now
from psycopg.types.json import Jsonb


class User(models.Model):
    id = models.TextField(primary_key=True)
    email = models.TextField()

    class Meta:
        db_table = 'user'


# recipe: job
class Status(models.TextChoices):
    CREATED = 'created'
    PRE_PROCESSED = 'pre_processed'
    CONFIRMED = 'confirmed'
    PROCESSING = 'processing'
    COMPLETED = 'completed'
    CANCELED = 'canceled'
    FAILED = 'failed'


class StatusField(models.TextField):
    """The enum: compared and sorted in the order of the life cycle."""

    def db_type(self, connection):
        return 'batch_job.status'


class GenerateId(Func):
    function = 'batch_job.generate_id'
    output_field = models.TextField()


class JobColumns(models.Model):
    # What has a db_default comes back from an INSERT. The default None (NULL is "make one" to batch_job) is for
    # bulk_create(), which gives no id back to an object whose id is a DatabaseDefault.
    id = models.TextField(primary_key=True, default=None, db_default=GenerateId())
    type = models.TextField()
    created_by = models.ForeignKey(
        User, models.PROTECT, db_column='created_by', null=True, blank=True, related_name='%(class)ss')
    context = models.JSONField(null=True, blank=True)
    result = models.JSONField(null=True, blank=True)
    dry_run = models.BooleanField(db_default=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    updated_at = models.DateTimeField(db_default=Now(), editable=False)
    deleted_at = models.DateTimeField(null=True, editable=False)
    pre_processed_at = models.DateTimeField(null=True, editable=False)
    confirmed_at = models.DateTimeField(null=True, editable=False)
    processing_at = models.DateTimeField(null=True, editable=False)
    completed_at = models.DateTimeField(null=True, editable=False)
    canceled_at = models.DateTimeField(null=True, editable=False)
    failed_at = models.DateTimeField(null=True, editable=False)
    status = StatusField(choices=Status, db_default=Status.CREATED, editable=False)

    class Meta:
        abstract = True


class JobManager(models.Manager):
    def step(self, function, *args):
        """Calls batch_job.start(id), say; the job as it is then."""
        args = [Jsonb(arg) if isinstance(arg, dict) else arg for arg in args]
        return self.raw(f'SELECT * FROM batch_job.{function}({", ".join(["%s"] * len(args))})', args)[0]


class Job(JobColumns):
    objects = JobManager()

    class Meta:
        managed = False
        db_table = 'batch_job_live'
# end recipe

    class Stale(Exception):
        pass

    # recipe: lock
    def change(self, **values):
        """Saves these values, unless somebody has changed the job since it was loaded."""
        if not Job.objects.filter(pk=self.pk, updated_at=self.updated_at).update(**values):
            raise Job.Stale(self.pk)
        self.refresh_from_db()
    # end recipe


# recipe: errors
def take_up(job_id):
    """The job, for the worker that was first; None for the others."""
    try:
        with transaction.atomic():  # so that a transaction around it goes on after an error
            return Job.objects.step('start', job_id)
    except DatabaseError as error:
        # the cause is psycopg's exception; its .diag has the message, the detail and the hint
        if error.__cause__.sqlstate != '55000':
            raise
        return None
# end recipe


# recipe: deletion
class LiveQuerySet(models.QuerySet):
    def delete(self):
        return self.update(deleted_at=Now())


class LiveManager(models.Manager.from_queryset(LiveQuerySet)):
    def get_queryset(self):
        return super().get_queryset().filter(deleted_at=None)


class JobRecord(JobColumns):
    objects = LiveManager()
    everything = models.Manager()

    def delete(self):
        return JobRecord.objects.filter(pk=self.pk).delete()

    class Meta:
        db_table = 'batch_job'
        indexes = [
            models.Index(fields=['status', 'id'], name='batch_job_open',
                         condition=Q(deleted_at=None, status__lt=Status.COMPLETED)),
        ]
# end recipe


class JobEvent(models.Model):
    """The history of the jobs, which the extension writes."""

    seq = models.BigIntegerField(primary_key=True)
    job_id = models.TextField()
    event = models.TextField()
    to_status = models.TextField(null=True)

    class Meta:
        managed = False
        db_table = 'batch_job_event'


class Consumer(models.Model):
    """How far a reader of events has come."""

    name = models.TextField(primary_key=True)
    position = models.BigIntegerField(default=0)

    class Meta:
        db_table = 'consumer'

    @classmethod
    def poll(cls, name, handle, limit=1000):
        with transaction.atomic():  # the position is moved with the work, or not at all
            consumer = cls.objects.select_for_update().get(pk=name)
            for event in JobEvent.objects.raw(
                    'SELECT * FROM batch_job.read_events(%s, %s)', [consumer.position, limit]):
                handle(event)
                consumer.position = event.seq
            consumer.save()
