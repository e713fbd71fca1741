# As makemigrations writes it, but for the order, for what is said twice, and for the three operations of the extension.

import django.db.models.deletion
from django.contrib.postgres.operations import CreateExtension
from django.db import migrations, models
from django.db.models.functions import Now

import jobs.models


def moment():
    return models.DateTimeField(null=True, editable=False)


columns = [
    ('id', models.TextField(primary_key=True, serialize=False, default=None, db_default=jobs.models.GenerateId())),
    ('type', models.TextField()),
    ('context', models.JSONField(blank=True, null=True)),
    ('result', models.JSONField(blank=True, null=True)),
    ('dry_run', models.BooleanField(db_default=False)),
    ('created_at', models.DateTimeField(db_default=Now(), editable=False)),
    ('updated_at', models.DateTimeField(db_default=Now(), editable=False)),
    ('deleted_at', moment()),
    ('pre_processed_at', moment()),
    ('confirmed_at', moment()),
    ('processing_at', moment()),
    ('completed_at', moment()),
    ('canceled_at', moment()),
    ('failed_at', moment()),
    ('status', jobs.models.StatusField(
        choices=[('created', 'Created'), ('pre_processed', 'Pre Processed'), ('confirmed', 'Confirmed'),
                 ('processing', 'Processing'), ('completed', 'Completed'), ('canceled', 'Canceled'),
                 ('failed', 'Failed')],
        db_default='created', editable=False)),
    ('created_by', models.ForeignKey(
        'jobs.user', django.db.models.deletion.PROTECT, db_column='created_by', null=True, blank=True,
        related_name='%(class)ss')),
]


class Migration(migrations.Migration):
    initial = True
    dependencies = []

    # recipe: migration
    operations = [
        CreateExtension('batch_job'),  # before the table, which has a column of the type batch_job.status
        migrations.CreateModel(
            'User',
            fields=[
                ('id', models.TextField(primary_key=True, serialize=False)),
                ('email', models.TextField()),
            ],
            options={'db_table': 'user'},
        ),
        migrations.CreateModel(
            'JobRecord',
            fields=columns,  # those of a job, as makemigrations writes them
            options={
                'db_table': 'batch_job',
                'indexes': [
                    models.Index(fields=['status', 'id'], name='batch_job_open',
                                 condition=models.Q(('deleted_at', None), ('status__lt', 'completed'))),
                ],
            },
        ),
        migrations.RunSQL(
            "SELECT batch_job.attach('batch_job', guard => true, events => true, notify => true)",
            # detach keeps the history
            "SELECT batch_job.detach('batch_job', drop_status => true); DROP TABLE batch_job_event",
        ),
        migrations.CreateModel('Job', fields=columns, options={'db_table': 'batch_job_live', 'managed': False}),
    ]
    # end recipe
    operations += [
        migrations.CreateModel(
            'JobEvent',
            fields=[
                ('seq', models.BigIntegerField(primary_key=True, serialize=False)),
                ('job_id', models.TextField()),
                ('event', models.TextField()),
                ('to_status', models.TextField(null=True)),
            ],
            options={'db_table': 'batch_job_event', 'managed': False},
        ),
        migrations.CreateModel(
            'Consumer',
            fields=[
                ('name', models.TextField(primary_key=True, serialize=False)),
                ('position', models.BigIntegerField(default=0)),
            ],
            options={'db_table': 'consumer'},
        ),
    ]
