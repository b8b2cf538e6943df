"""Clips of evidence: noted when something happens, sealed once, held, and removed when their time is over.

What a clip is of is noted with the place in the feed of violations up to which all of it is noted, in one
transaction: so nothing is passed over and nothing is noted twice, whenever whoever notes it dies.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

import sqlalchemy as sql
from sqlalchemy import Connection
from sqlmodel import Session, col, func, select

from zone_service.store import audit
from zone_service.store.engine import Store
from zone_service.store.errors import Conflict, InvalidValue, NotFound
from zone_service.store.records import (
    PLATFORM,
    EvidenceClip,
    EvidenceFilter,
    EvidenceKind,
    EvidencePart,
    Principal,
    Role,
)
from zone_service.store.revisions import revision, take_on
from zone_service.store.scoping import one, page_size, require_role, scoped_rows
from zone_service.store.tables import EvidenceClipRow, table

ALL = EvidenceFilter()
_HANDLE = (Role.POLICE, Role.ADMINISTRATOR)
_AS_JSON = ("device_ids", "moments_s")
_CLIPS = table(EvidenceClipRow)
_LONGER = (
    sql.update(_CLIPS)
    .where(_CLIPS.c.clip_id == sql.bindparam("longer"), _CLIPS.c.sealed_at.is_(None))
    .values({each: sql.bindparam(each) for each in ("moments", "from_s", "due_s")})
)
_OF_SEALING = ("sealed_at", "kept_until", "name", "size_bytes", "sha256", "key_id", "frame_count")
_SEALED = (
    sql.update(_CLIPS)
    .where(
        _CLIPS.c.clip_id == sql.bindparam("its"),
        _CLIPS.c.sealed_at.is_(None),
        # What came late may have made it longer meanwhile: then it is sealed with that, the next time.
        _CLIPS.c.moments == sql.bindparam("as_read"),
    )
    .values({each: sql.bindparam(each) for each in _OF_SEALING})
)
_COLUMNS = [each.name for each in fields(EvidenceClip) if each.name not in _AS_JSON]


def followed(session: Session) -> int:
    """Return up to which event of the feed clips are noted."""
    return revision(session, "evidence")


def follow(
    connection: Connection,
    since: int,
    seq: int,
    new: Sequence[EvidenceClip],
    longer: Sequence[EvidenceClip],
) -> None:
    """Say up to where they are noted now, with the ``new`` ones and those that hold more moments since.

    Nothing is asked in between: on SQLite the worker waits for as long as this takes.

    Raises:
        Conflict: somebody else has gone on meanwhile.
    """
    if take_on(connection, "evidence", seq - since) != seq:
        raise Conflict(why="evidence noted")
    if new:
        connection.execute(sql.insert(_CLIPS), [values_of(each) for each in new])
    for each in longer:
        if connection.execute(_LONGER, _moments(each)).rowcount != 1:
            # Sealed meanwhile by somebody else: what closed is to have a clip of its own.
            raise Conflict(why="evidence noted")


def note(session: Session, clip: EvidenceClip) -> bool:
    """Note a clip that is to be sealed; false where it is noted already."""
    if session.get(EvidenceClipRow, clip.clip_id) is not None:
        return False
    session.add(EvidenceClipRow(**values_of(clip)))
    session.flush()
    return True


def some(session: Session, clip_ids: Collection[str]) -> dict[str, EvidenceClip]:
    """Return those of some clips that are noted, sealed ones too, by their ids."""
    rows = session.exec(select(EvidenceClipRow).where(col(EvidenceClipRow.clip_id).in_(clip_ids)))
    return {row.clip_id: of_row(row) for row in rows}


def due(session: Session, at_s: float, limit: int) -> tuple[EvidenceClip, ...]:
    """Return clips that are to be sealed at a moment, the longest due first."""
    asked = _unsealed().where(EvidenceClipRow.due_s <= at_s).order_by(col(EvidenceClipRow.due_s))
    return tuple(of_row(row) for row in session.exec(asked.limit(limit)))


def sealed(session: Session, clip: EvidenceClip, at: datetime) -> bool:
    """Say that a clip is sealed, with its file; false where it is already, or is to be longer. Its hash is in the audit.

    Nothing is asked before: on SQLite the worker waits meanwhile.
    """
    said = {each: getattr(clip, each) for each in _OF_SEALING}
    done = session.connection().execute(
        _SEALED, {"its": clip.clip_id, "as_read": json.dumps(clip.moments_s)} | said
    )
    if not done.rowcount:
        return False
    audit.record(session, PLATFORM, "evidence.seal", clip.clip_id, at, f"SHA-256 {clip.sha256}")
    return True


def oldest_due_s(store: Store) -> float | None:
    """Return since when the clip that is longest due could have been sealed; ``None``: none is noted."""
    asked = select(func.min(EvidenceClipRow.due_s)).where(col(EvidenceClipRow.sealed_at).is_(None))
    with store.read() as session:
        return session.exec(asked).one()


def needed_from_s(connection: Connection) -> float | None:
    """Return from when on the clips that are not sealed need what was received; ``None``: nothing."""
    asked = select(func.min(EvidenceClipRow.from_s)).where(col(EvidenceClipRow.sealed_at).is_(None))
    found: float | None = connection.execute(asked).scalar_one()
    return found


def every_sealed(session: Session) -> tuple[EvidenceClip, ...]:
    """Return the clips whose files are kept."""
    kept = col(EvidenceClipRow.sealed_at).is_not(None), col(EvidenceClipRow.removed_at).is_(None)
    rows = session.exec(select(EvidenceClipRow).where(*kept).order_by(EvidenceClipRow.clip_id))
    return tuple(of_row(row) for row in rows)


def get(session: Session, principal: Principal, clip_id: str) -> EvidenceClip:
    """Return one clip.

    Raises:
        NotFound: there is none that the principal may know of.
    """
    return of_row(one(session, EvidenceClipRow, principal, clip_id))


def page(
    session: Session,
    principal: Principal,
    asked: EvidenceFilter = ALL,
    after: str = "",
    limit: int = 100,
) -> tuple[EvidenceClip, ...]:
    """Return clips by their ids, from after one of them; operators see that there are some of theirs."""
    query = scoped_rows(EvidenceClipRow, principal).where(
        col(EvidenceClipRow.clip_id) > after, *_conditions(asked)
    )
    rows = session.exec(query.order_by(col(EvidenceClipRow.clip_id)).limit(page_size(limit)))
    return tuple(of_row(row) for row in rows)


def read(
    session: Session, principal: Principal, clip_id: str, purpose: str, at: datetime
) -> EvidenceClip:
    """Return a clip whose file is about to be read, which is on record with its purpose.

    Raises:
        NotAllowed: the principal is neither of the police nor an administrator: frames tell to the last
            decimal where somebody was.
        NotFound: there is no such clip, or it has no file.
        InvalidValue: nothing says what it is read for.
    """
    clip = get(session, principal, clip_id)
    require_role(principal, "read evidence", *_HANDLE)
    if not purpose.strip():
        raise InvalidValue(why="no purpose")
    if clip.name is None or clip.removed_at is not None:
        raise NotFound(what="file of evidence", key=clip_id)
    audit.record(session, principal, "evidence.read", clip_id, at, purpose)
    return clip


def hold(
    session: Session, principal: Principal, clip_id: str, reason: str, at: datetime
) -> EvidenceClip:
    """Put a legal hold on a clip: it is kept until that is lifted, whatever its time.

    Raises:
        NotFound, NotAllowed, InvalidValue: as ``read``; the police and administrators may.
        Conflict: one is on it, or it is removed.
    """
    row = _to_hold(session, principal, clip_id, reason)
    if row.held_by is not None or row.removed_at is not None:
        raise Conflict(why="evidence held", clip=clip_id, by=row.held_by or "–")
    row.held_by, row.held_at, row.held_for = principal.username, at, reason
    return _written(session, principal, row, "evidence.hold", reason, at)


def release(
    session: Session, principal: Principal, clip_id: str, reason: str, at: datetime
) -> EvidenceClip:
    """Lift the hold on a clip.

    Raises:
        NotFound, NotAllowed, InvalidValue: as ``hold``.
        Conflict: none is on it.
    """
    row = _to_hold(session, principal, clip_id, reason)
    if row.held_by is None:
        raise Conflict(why="evidence not held", clip=clip_id)
    row.held_by = row.held_at = row.held_for = None
    return _written(session, principal, row, "evidence.release", reason, at)


def over(session: Session, at: datetime, limit: int) -> tuple[EvidenceClip, ...]:
    """Return clips whose time is over, and on which no hold is."""
    kept, held = col(EvidenceClipRow.removed_at).is_(None), col(EvidenceClipRow.held_by).is_(None)
    asked = select(EvidenceClipRow).where(kept, held, col(EvidenceClipRow.kept_until) < at)
    rows = session.exec(asked.order_by(EvidenceClipRow.clip_id).limit(limit))
    return tuple(of_row(row) for row in rows)


def remove(session: Session, principal: Principal, clip_id: str, at: datetime) -> EvidenceClip:
    """Say that the file of a clip is removed, its time being over; the row stays.

    Raises:
        NotFound, NotAllowed: administrators alone may.
        Conflict: its time is not over, or a hold is on it.
    """
    require_role(principal, "remove evidence", Role.ADMINISTRATOR)
    row = _locked(session, principal, clip_id)
    until = row.kept_until
    if until is None or until >= at or row.held_by is not None or row.removed_at is not None:
        raise Conflict(why="evidence kept", clip=clip_id)
    row.removed_at = at
    return _written(session, principal, row, "evidence.remove", f"kept until {until:%Y-%m-%d}", at)


def removed_names(session: Session) -> tuple[str, ...]:
    """Return the names of the files of clips that are removed: none of them is to be there."""
    is_removed = col(EvidenceClipRow.removed_at).is_not(None)
    names = session.exec(select(EvidenceClipRow.name).where(is_removed))
    return tuple(filter(None, names))


def locked(session: Session, principal: Principal, clip_id: str) -> EvidenceClip:
    """Return a clip as it is until the transaction ends.

    Raises:
        NotFound: there is none that the principal may know of.
    """
    return of_row(_locked(session, principal, clip_id))


def _locked(session: Session, principal: Principal, clip_id: str) -> EvidenceClipRow:
    """Return a clip as it is now and stays until the transaction ends.

    Whoever puts a hold on it and whoever removes it change other columns: neither would see the other.
    """
    row: EvidenceClipRow = one(session, EvidenceClipRow, principal, clip_id)
    session.refresh(row, with_for_update=True)
    return row


def _to_hold(session: Session, principal: Principal, clip_id: str, reason: str) -> EvidenceClipRow:
    found = _locked(session, principal, clip_id)
    require_role(principal, "hold evidence", *_HANDLE)
    if not reason.strip():
        raise InvalidValue(why="no reason to hold")
    return found


def _written(
    session: Session,
    principal: Principal,
    row: EvidenceClipRow,
    action: str,
    reason: str,
    at: datetime,
) -> EvidenceClip:
    session.add(row)
    audit.record(session, principal, action, row.clip_id, at, reason)
    session.flush()
    return of_row(row)


def _conditions(asked: EvidenceFilter) -> list[Any]:
    found: list[Any] = []
    if asked.key is not None:
        found.append(col(EvidenceClipRow.key) == asked.key)
    for wanted, column in (
        (asked.is_held, EvidenceClipRow.held_by),
        (asked.is_sealed, EvidenceClipRow.sealed_at),
    ):
        if wanted is not None:
            found.append(col(column).is_not(None) if wanted else col(column).is_(None))
    return found


def _unsealed() -> Any:
    return select(EvidenceClipRow).where(col(EvidenceClipRow.sealed_at).is_(None))


def _moments(clip: EvidenceClip) -> dict[str, Any]:
    moments = json.dumps(clip.moments_s)
    return {"longer": clip.clip_id, "moments": moments, "from_s": clip.from_s, "due_s": clip.due_s}


def values_of(clip: EvidenceClip) -> dict[str, Any]:
    """Return the row of a clip."""
    values = {name: getattr(clip, name) for name in (*_COLUMNS, "clip_id", "from_s", "due_s")}
    said = {"kind": clip.kind.value, "part": clip.part.value}
    return (
        values
        | said
        | {
            "device_ids": json.dumps(clip.device_ids),
            "moments": json.dumps(clip.moments_s),
        }
    )


def of_row(row: Any) -> EvidenceClip:
    """Return the clip of a row."""
    values = {name: getattr(row, name) for name in _COLUMNS}
    return EvidenceClip(
        **values
        | {
            "kind": EvidenceKind(row.kind),
            "part": EvidencePart(row.part),
            "device_ids": tuple(json.loads(row.device_ids)),
            "moments_s": tuple(json.loads(row.moments)),
        }
    )
