import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = '0001'
down_revision = None


# recipe: migration
def upgrade():
    def timestamp(name, **options):
        return sa.Column(name, sa.DateTime(timezone=True), **options)

    op.create_table(
        'user',
        sa.Column('id', sa.Text, primary_key=True),
        sa.Column('email', sa.Text, nullable=False),
    )
    op.create_table(
        'batch_job',
        sa.Column('id', sa.Text, primary_key=True),
        sa.Column('type', sa.Text, nullable=False),
        sa.Column('created_by', sa.Text, sa.ForeignKey('user.id')),
        sa.Column('context', JSONB),
        sa.Column('result', JSONB),
        sa.Column('dry_run', sa.Boolean, nullable=False, server_default=sa.false()),
        timestamp('created_at', nullable=False, server_default=sa.func.now()),
        timestamp('updated_at', nullable=False, server_default=sa.func.now()),
        *map(timestamp, ['deleted_at', 'pre_processed_at', 'confirmed_at', 'processing_at',
                         'completed_at', 'canceled_at', 'failed_at']),
    )
    op.execute('CREATE EXTENSION IF NOT EXISTS batch_job')
    op.execute("SELECT batch_job.attach('batch_job', events => true, notify => true)")  # adds the column status
    op.create_index('batch_job_created_by', 'batch_job', ['created_by'])
    op.create_index('batch_job_open', 'batch_job', ['status', 'id'],
                    postgresql_where=sa.text("deleted_at IS NULL AND status < 'completed'"))
    op.create_table(
        'consumer',
        sa.Column('name', sa.Text, primary_key=True),
        sa.Column('position', sa.BigInteger, nullable=False, server_default='0'),
    )


def downgrade():
    op.drop_table('consumer')
    op.execute("SELECT batch_job.detach('batch_job', drop_status => true)")
    op.drop_table('batch_job_event')  # detach keeps the history
    op.drop_table('batch_job')
    op.drop_table('user')
    op.execute('DROP EXTENSION batch_job')
# end recipe
