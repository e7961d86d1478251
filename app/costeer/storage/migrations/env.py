"""alembic's entry point: runs inside the program only, on the connection that `revisions.migrate` hands over.

Nothing is logged, printed or configured here; the transaction is the caller's.
"""

from __future__ import annotations

from alembic import context

from costeer.storage.models import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,
    render_as_batch=True,
)
with context.begin_transaction():
    context.run_migrations()
