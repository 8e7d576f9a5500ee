"""What alembic runs: the steps, in the connection and transaction of the caller."""

from __future__ import annotations

from alembic import context

from reports.store.tables import METADATA

context.configure(connection=context.config.attributes["connection"], target_metadata=METADATA)
with context.begin_transaction():
    context.run_migrations()
