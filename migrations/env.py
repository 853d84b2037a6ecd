"""Alembic's environment for the host's own tables.

The host passes an open connection; there is no offline mode and no ini file to keep in step.
"""

from alembic import context

from host.store.tables import metadata

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    # SQLite can change a table only by writing it anew.
    render_as_batch=connection.dialect.name == "sqlite",
    transaction_per_migration=False,
)
with context.begin_transaction():
    context.run_migrations()
