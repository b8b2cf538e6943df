"""Run by Alembic: changes the tables on the connection that the store hands over."""

from typing import Any

from alembic import context

from zone_service.store.tables import Row


def _migrate(connection: Any) -> None:
    context.configure(
        connection=connection,
        target_metadata=Row.metadata,
        render_as_batch=True,  # SQLite changes a table by copying it
        transactional_ddl=True,  # the store begins transactions itself, so SQLite can undo too
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


_migrate(context.config.attributes["connection"])
