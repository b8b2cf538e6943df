"""Legal holds on times of the history: the files that tell of one stay, whatever their own time."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import Connection, select
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from zone_service.store import audit, history_files
from zone_service.store.errors import Conflict, InvalidValue, NotFound
from zone_service.store.records import HistoryHold, HistoryKind, Principal, Role
from zone_service.store.scoping import page_size, require_role
from zone_service.store.tables import HistoryHoldRow, table

_HOLDS = table(HistoryHoldRow)
_MAY = (Role.POLICE, Role.ADMINISTRATOR)
_NAMES = [each.name for each in fields(HistoryHold)]


def put(
    session: Session,
    principal: Principal,
    begins: datetime,
    ends: datetime,
    reason: str,
    at: datetime,
) -> HistoryHold:
    """Put a legal hold on what devices told from a moment on and before another.

    Raises:
        NotAllowed: the police and administrators may.
        InvalidValue: the moments are in the wrong order, or nothing says why.
    """
    require_role(principal, "hold the history", *_MAY)
    if begins >= ends:
        raise InvalidValue(why="history backwards", since=begins, until=ends)
    if not reason.strip():
        raise InvalidValue(why="no reason to hold")
    hold = HistoryHold(
        hold_id=uuid5(NAMESPACE_OID, f"{principal.username} {at} {begins} {ends}").hex,
        from_ms=round(begins.timestamp() * 1000),
        until_ms=round(ends.timestamp() * 1000),
        held_by=principal.username,
        held_at=at,
        held_for=reason,
    )
    session.add(HistoryHoldRow(**{name: getattr(hold, name) for name in _NAMES}))
    audit.record(session, principal, "history.hold", hold.hold_id, at, reason)
    session.flush()
    return hold


def release(
    session: Session, principal: Principal, hold_id: str, reason: str, at: datetime
) -> HistoryHold:
    """Lift a hold; what was known of it stays.

    Raises:
        NotAllowed, InvalidValue: as ``put``.
        NotFound: there is no such hold.
        Conflict: it is lifted already.
    """
    require_role(principal, "hold the history", *_MAY)
    row = session.get(HistoryHoldRow, hold_id, with_for_update=True)
    if row is None:
        raise NotFound(what="hold on the history", key=hold_id)
    if not reason.strip():
        raise InvalidValue(why="no reason to hold")
    if row.released_at is not None:
        raise Conflict(why="history not held", hold=hold_id)
    row.released_at = at
    session.add(row)
    audit.record(session, principal, "history.release", hold_id, at, reason)
    session.flush()
    return _hold(row)


def page(
    session: Session, principal: Principal, after: str = "", limit: int = 100
) -> tuple[HistoryHold, ...]:
    """Return holds by their ids, from after one of them, those too that are lifted.

    Raises:
        NotAllowed: the police and administrators may.
    """
    require_role(principal, "hold the history", *_MAY)
    asked = select_rows(HistoryHoldRow).where(col(HistoryHoldRow.hold_id) > after)
    rows = session.exec(asked.order_by(col(HistoryHoldRow.hold_id)).limit(page_size(limit)))
    return tuple(_hold(row) for row in rows)


def in_force(connection: Connection) -> tuple[HistoryHold, ...]:
    """Return the holds that are not lifted."""
    rows = connection.execute(select(_HOLDS).where(_HOLDS.c.released_at.is_(None)))
    return tuple(_hold(row) for row in rows)


def removed_of(connection: Connection, hold: HistoryHold) -> Mapping[HistoryKind, int | None]:
    """Return by kind up to when what a hold is on is removed, in Unix milliseconds; ``None``: nothing is."""
    return {
        kind: history_files.removed_until(connection, hold.from_ms, hold.until_ms, kind)
        for kind in HistoryKind
    }


def _hold(row: Any) -> HistoryHold:
    return HistoryHold(**{name: getattr(row, name) for name in _NAMES})
