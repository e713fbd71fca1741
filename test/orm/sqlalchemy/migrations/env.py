"""Alembic's environment: which database, which models, and what is not theirs."""

from alembic import context
from sqlalchemy import NullPool, create_engine

from models import Base


# recipe: env
def include_name(name, type_, parent_names):
    return (type_, name) != ('table', 'batch_job_event')  # it is the extension's


def include_object(object, name, type_, reflected, compare_to):
    return not object.info.get('is_view')  # which Alembic would make a table
# end recipe


engine = create_engine(context.config.get_main_option('sqlalchemy.url'), poolclass=NullPool)
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata,
                      include_name=include_name, include_object=include_object)
    with context.begin_transaction():
        context.run_migrations()
