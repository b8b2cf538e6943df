"""What the server of the database says of itself: its version, and its clock."""

import sqlite3
from collections.abc import Callable

from sqlalchemy import text

from zone_service.store.engine import Store


def version(store: Store) -> tuple[str, tuple[int, ...]]:
    """Return what the database is, in words, and its version in numbers."""
    if store.is_sqlite:
        return f"SQLite {sqlite3.sqlite_version}", sqlite3.sqlite_version_info
    with store.reader.connect() as connection:
        number = int(connection.execute(text("SHOW server_version_num")).scalar_one())
    found = divmod(number, 10_000)
    return f"PostgreSQL {found[0]}.{found[1]}", found


def ahead_s(store: Store, now_s: Callable[[], float]) -> float:
    """Return by how much the server's clock is ahead of ours; a file of SQLite goes by ours.

    Exact to half the time that the answer took.
    """
    if store.is_sqlite:
        return 0.0
    asked = text("SELECT extract(epoch FROM clock_timestamp())")
    with store.reader.connect() as connection:
        connection.execute(asked)  # the first question also makes the connection
        before_s = now_s()
        said_s = float(connection.execute(asked).scalar_one())
        return said_s - (before_s + now_s()) / 2
