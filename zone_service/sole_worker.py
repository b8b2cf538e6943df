"""One worker on one database, wherever its other files are and whoever starts it.

Two would both be told every message, judge it, and give their events the same numbers.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TextIO

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from zone_service.data_lock import WORKER_NAME
from zone_service.store.engine import Store
from zone_service.store.errors import StoreError

WORKER_LOCK = 4_743_302
"""Any number of our own: who holds it in PostgreSQL is the worker."""


class SecondWorker(StoreError):
    """Another worker runs on this data."""


def hold(data_dir: Path) -> TextIO:
    """Hold the data for one worker; it lets go when the process ends, however it ends.

    Raises:
        SecondWorker: another one holds it.
    """
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = (data_dir / WORKER_NAME).open("a+")
    if not _locked(file):
        file.seek(0)
        process = file.read().strip() or "?"
        file.close()
        raise SecondWorker(why="second worker", process=process, directory=data_dir)
    file.seek(0)
    file.truncate()
    file.write(str(os.getpid()))
    file.flush()
    return file


def _locked(file: IO[str]) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def held_database(store: Store) -> Iterator[Callable[[], bool]]:
    """Hold a database for one worker; give a way to ask if it still is.

    A file of SQLite has a file beside it for that, of which the kernel lets go with the process.
    In PostgreSQL the lock lives as long as its connection: when the server was away, somebody else
    may have taken it meanwhile.

    Raises:
        SecondWorker: another one holds it.
    """
    with _held_file(store) if store.is_sqlite else _held_server(store) as still:
        yield still


@contextmanager
def _held_file(store: Store) -> Iterator[Callable[[], bool]]:
    # Not the database itself: closing it here would let go of SQLite's own locks on it.
    beside = Path(f"{Path(store.url.database or '').resolve()}-worker")
    with os.fdopen(os.open(beside, os.O_RDWR | os.O_CREAT, 0o600), "a+") as file:
        if not _locked(file):
            raise _taken(store)
        yield lambda: True


@contextmanager
def _held_server(store: Store) -> Iterator[Callable[[], bool]]:
    held: list[Connection] = []
    if not _take(store, held):
        raise _taken(store)

    def still() -> bool:
        if held and not _answers(held[0]):
            _give_back(held.pop())
        return bool(held) or _take_again(store, held)

    try:
        yield still
    finally:
        for connection in held:
            _give_back(connection)


def _taken(store: Store) -> SecondWorker:
    return SecondWorker(why="worker on database", url=store.url.render_as_string())


def _take(store: Store, held: list[Connection]) -> bool:
    """Keep a connection that has the lock; false when somebody else has it."""
    connection = store.writer.connect().execution_options(isolation_level="AUTOCOMMIT")
    asked = text("SELECT pg_try_advisory_lock(:key)")
    try:
        if connection.execute(asked, {"key": WORKER_LOCK}).scalar_one():
            held.append(connection)
    finally:
        if not held:
            connection.close()
    return bool(held)


def _take_again(store: Store, held: list[Connection]) -> bool:
    """After a break: true while nobody can be reached, false when somebody else has it."""
    try:
        return _take(store, held)
    except DBAPIError:
        # The server is away: nothing can be committed, by us or by anybody.
        return True


def _answers(connection: Connection) -> bool:
    try:
        connection.execute(text("SELECT 1"))
    except DBAPIError:
        return False
    return True


def _give_back(connection: Connection) -> None:
    """Close a connection and its lock: one that goes back to the pool would keep it."""
    connection.invalidate()
    connection.close()
