"""SQLite's write-ahead log, emptied beside the work.

SQLite itself lets the commit that fills the log carry all of it into the database file and wait for the
disk: of the worker's commits one in a few hundred takes ten times as long. A thread does it here,
often and little at a time. Without SQLite there is nothing to do.
"""

import threading
from sqlite3 import Error

import structlog
from sqlalchemy.exc import DBAPIError

from zone_service.store.engine import Store

EVERY_S = 0.5
WRITERS_WAIT_MS = 5
"""At most, until those who read an older state are done; else the log is begun again next time."""

log = structlog.get_logger("store")


class WalKeeping:
    """A thread that empties the log until it is closed."""

    def __init__(self, store: Store, every_s: float = EVERY_S) -> None:
        self._store = store
        self._every_s = every_s
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="wal-keeping", daemon=True)
        if store.is_sqlite:
            self._thread.start()

    def close(self) -> None:
        """End the thread."""
        self._is_over.set()
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def _run(self) -> None:
        while not self._is_over.wait(self._every_s):
            try:
                empty(self._store)
            except (DBAPIError, Error):
                log.exception("log_not_emptied", advice="is the disk full?")


def empty(store: Store) -> None:
    """Carry what is in the log into the database; writers wait only for the last of it."""
    with store.reader.connect() as connection:
        cursor = connection.connection.cursor()
        cursor.execute("PRAGMA wal_checkpoint(PASSIVE)")
        before = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute(f"PRAGMA busy_timeout={WRITERS_WAIT_MS}")
        try:
            # Only this lets the log be written from its beginning again; else it grows.
            cursor.execute("PRAGMA wal_checkpoint(RESTART)")
        finally:
            cursor.execute(f"PRAGMA busy_timeout={before[0]}")
