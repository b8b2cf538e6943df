"""Commits that the driver failed at and SQLAlchemy was given: counted, and said once a minute."""

import sqlite3

import structlog
from sqlalchemy.exc import OperationalError

from zone_service.clock import monotonic_s
from zone_service.spoken import Spoken

AGAIN_S = 60.0
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED})
_PRIMARY = 0xFF
"""Of a result code of SQLite: the rest says more of the same."""
_STATEMENT = "BEGIN IMMEDIATE"

log = structlog.get_logger("store")


class NotDirect:
    """How many there were in this process."""

    def __init__(self) -> None:
        self.count = 0
        self._spoken = Spoken(AGAIN_S)

    def note(self, error: Exception) -> None:
        """Count one; each kind of error is said at most once a minute."""
        self.count += 1
        if self._spoken.is_new(type(error).__name__, monotonic_s()):
            log.warning("not_committed_directly", count=self.count, exc_info=error)


NOT_DIRECT = NotDirect()


def raise_if_busy(error: Exception) -> None:
    """Raise what SQLAlchemy would after waiting as long again: somebody else holds the database.

    Raises:
        OperationalError: it is busy.
    """
    if isinstance(error, sqlite3.OperationalError):
        code = getattr(error, "sqlite_errorcode", 0)
        if code & _PRIMARY in _BUSY:
            raise OperationalError(_STATEMENT, None, error) from error
