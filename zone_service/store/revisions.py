"""Counts that move with every change, so that a copy held elsewhere knows that it is old."""

from typing import Literal

import sqlalchemy as sql
from sqlalchemy import Connection
from sqlmodel import Session, select

from zone_service.store.records import Revisions
from zone_service.store.tables import RevisionRow, table

Part = Literal[
    "zones",
    "registry",
    "permits",
    "feed",
    "logins",
    "documents",
    "plates",
    "matters",
    "recognition",
    "audit",
    "evidence",
    "notices",
    "feedback",
]


_COUNTS = table(RevisionRow)
_ALL = sql.select(_COUNTS.c.name, _COUNTS.c.value)
"""Made once: the worker asks often, while messages wait."""
_MOVED = (
    sql.update(_COUNTS)
    .where(_COUNTS.c.name == sql.bindparam("part"))
    .values(value=_COUNTS.c.value + sql.bindparam("count"))
    .returning(_COUNTS.c.value)
)
"""Made once too: every change begins with it."""


def revisions(session: Session) -> Revisions:
    """Return the counts as they are now."""
    return revisions_on(session.connection())


def revisions_on(connection: Connection) -> Revisions:
    """Return the counts as they are now, without a session."""
    values = {row.name: row.value for row in connection.execute(_ALL)}
    return Revisions(values["zones"], values["registry"], values["permits"])


def revision(session: Session, part: Part) -> int:
    """Return one count."""
    return session.exec(select(RevisionRow.value).where(RevisionRow.name == part)).one()


def bump(session: Session, part: Part) -> int:
    """Count one change and return the new count.

    The first statement of a change: whoever changes the same part waits here, so changes come
    one after another and no two of them can lock each other out.
    """
    return take(session, part, 1)


def take(session: Session, part: Part, count: int) -> int:
    """Move a count on by ``count`` and return where it now is."""
    session.flush()
    return take_on(session.connection(), part, count)


def take_on(connection: Connection, part: Part, count: int) -> int:
    """Move a count on as ``take`` does, without a session."""
    return int(connection.execute(_MOVED, {"part": part, "count": count}).scalar_one())
