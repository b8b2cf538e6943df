"""Clips that come beside another: what was received after it was sealed, and times that were asked for.

Each names the first by its hash, which never changes: nothing is added to what is sealed. What came late is
noted in the transaction in which the history takes it in, so that nothing of it is passed over.
"""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final, NamedTuple

import sqlalchemy as sql
from sqlalchemy import Connection
from sqlmodel import Session

from zone_service.store import audit, clips, history_files
from zone_service.store.errors import Conflict, HistoryRemoved, InvalidValue
from zone_service.store.records import (
    EvidenceClip,
    EvidencePart,
    HistoryKind,
    Principal,
    Role,
)
from zone_service.store.scoping import require_role
from zone_service.store.tables import EvidenceClipRow, table

QUIET_S: Final = 120.0
"""A supplement is sealed once nothing more of it came for so long: a buffer is replayed in minutes."""
FURTHER_S: Final = 3600.0
"""Of one further time: its frames are in memory when it is sealed."""
WITHIN_S: Final = 24 * 3600.0
"""Of the first clip's: a further time is about the same matter, and no way to a device's whole life."""
_MAY_ASK: Final = (Role.POLICE, Role.REVIEWER, Role.ADMINISTRATOR)
_CLIPS = table(EvidenceClipRow)
_AROUND = (
    sql.select(_CLIPS)
    .where(
        _CLIPS.c.first_id.is_(None),
        _CLIPS.c.removed_at.is_(None),
        _CLIPS.c.due_s >= sql.bindparam("since"),
        _CLIPS.c.from_s <= sql.bindparam("until"),
    )
    .order_by(_CLIPS.c.clip_id)
)
_ONE = sql.select(_CLIPS).where(_CLIPS.c.clip_id == sql.bindparam("its"))
_BESIDE = sql.select(_CLIPS).where(
    _CLIPS.c.key == sql.bindparam("thing"), _CLIPS.c.part == sql.bindparam("its_part")
)
_LONGER = (
    sql.update(_CLIPS)
    .where(_CLIPS.c.clip_id == sql.bindparam("longer"), _CLIPS.c.sealed_at.is_(None))
    .values({each: sql.bindparam(each) for each in ("moments", "from_s", "due_s")})
)


class Late(NamedTuple):
    """What came late for a clip, by when it was received: the first and the last of it."""

    first_id: str
    from_s: float
    until_s: float


class Asked(NamedTuple):
    """A further time that is asked for, and for what."""

    begins: datetime
    ends: datetime
    purpose: str


def dated_within(connection: Connection, from_s: float, until_s: float) -> list[EvidenceClip]:
    """Return the clips whose files are kept, or are to be, and that hold something of a time."""
    rows = connection.execute(_AROUND, {"since": from_s, "until": until_s})
    return [clips.of_row(row) for row in rows]


def note_late(connection: Connection, late: Iterable[Late], at: datetime) -> int:
    """Note the supplements of what came late; return how many are new or longer."""
    return sum(_supplement(connection, each, at) for each in late)


def _supplement(connection: Connection, late: Late, at: datetime) -> int:
    row = connection.execute(_ONE, {"its": late.first_id}).one_or_none()
    if row is None:
        return 0
    first = clips.of_row(row)
    beside = _beside(connection, first.key, EvidencePart.SUPPLEMENT)
    for each in beside:
        if each.first_id == first.clip_id and each.sealed_at is None:
            ends = _ends([*each.moments_s, late.from_s, late.until_s])
            if _is_made_longer(connection, replace(each, moments_s=ends)):
                return 1
    ends = late.from_s, late.until_s
    made = _made(first, EvidencePart.SUPPLEMENT, len(beside) + 1, ends, at)
    connection.execute(sql.insert(_CLIPS), [clips.values_of(replace(made, after_s=QUIET_S))])
    return 1


def _is_made_longer(connection: Connection, clip: EvidenceClip) -> bool:
    given = {
        "longer": clip.clip_id,
        "moments": json.dumps(clip.moments_s),
        "from_s": clip.from_s,
        "due_s": clip.due_s,
    }
    return connection.execute(_LONGER, given).rowcount == 1


def ask_further(
    session: Session, principal: Principal, clip_id: str, asked: Asked, at: datetime
) -> EvidenceClip:
    """Note a further clip of what a clip is of, around another time, and who asked for it for what.

    Raises:
        NotFound: there is no such clip that the principal may know of.
        NotAllowed: the principal is none of the police, a department or an administrator.
        InvalidValue: nothing says for what, or it is no time that may be asked for.
        Conflict: the first is not sealed yet.
        HistoryRemoved: frames of the time are removed.
    """
    first = clips.locked(session, principal, clip_id)
    require_role(principal, "ask for further evidence", *_MAY_ASK)
    if first.first_id is not None:
        # What comes beside another never has others beside itself.
        first = clips.locked(session, principal, first.first_id)
    if not asked.purpose.strip():
        raise InvalidValue(why="no purpose")
    _require_time(first, asked, at)
    if first.sealed_at is None:
        raise Conflict(why="evidence not sealed", clip=first.clip_id)
    connection = session.connection()
    moments = asked.begins.timestamp(), asked.ends.timestamp()
    gone_ms = history_files.removed_until(
        connection, int(moments[0] * 1000), int(moments[1] * 1000), HistoryKind.RAW
    )
    if gone_ms is not None:
        until = datetime.fromtimestamp(gone_ms / 1000, at.tzinfo)
        raise HistoryRemoved(why="history removed", until=until)
    serial = len(_beside(connection, first.key, EvidencePart.FURTHER)) + 1
    made = replace(
        _made(first, EvidencePart.FURTHER, serial, moments, at),
        asked_by=principal.username,
        asked_for=asked.purpose,
    )
    connection.execute(sql.insert(_CLIPS), [clips.values_of(made)])
    audit.record(session, principal, "evidence.further", made.clip_id, at, asked.purpose)
    return made


def _require_time(first: EvidenceClip, asked: Asked, at: datetime) -> None:
    if asked.begins >= asked.ends:
        raise InvalidValue(why="history backwards", since=asked.begins, until=asked.ends)
    length_s = (asked.ends - asked.begins).total_seconds()
    if length_s > FURTHER_S:
        most = round(FURTHER_S / 3600)
        raise InvalidValue(why="history too long", found=asked.ends - asked.begins, most=most)
    earliest_s, latest_s = first.from_s - WITHIN_S, first.due_s + WITHIN_S
    is_near = earliest_s <= asked.begins.timestamp() and asked.ends.timestamp() <= latest_s
    if not is_near or asked.ends > at:
        earliest = datetime.fromtimestamp(earliest_s, at.tzinfo)
        latest = min(at, datetime.fromtimestamp(latest_s, at.tzinfo))
        raise InvalidValue(why="evidence of another time", earliest=earliest, latest=latest)


def _made(
    first: EvidenceClip,
    part: EvidencePart,
    serial: int,
    moments_s: tuple[float, ...],
    at: datetime,
) -> EvidenceClip:
    """Return a clip beside another, kept under the same rules, around nothing but its own time."""
    return EvidenceClip(
        kind=first.kind,
        key=first.key,
        part=part,
        organisation_id=first.organisation_id,
        other_organisation_id=first.other_organisation_id,
        permit_number=first.permit_number,
        device_ids=first.device_ids,
        moments_s=moments_s,
        serial=serial,
        first_id=first.clip_id,
        rule_set=first.rule_set,
        before_s=0.0,
        after_s=0.0,
        kept_years=first.kept_years,
        noted_at=at,
    )


def _ends(moments_s: Iterable[float]) -> tuple[float, float]:
    some = sorted(moments_s)
    return some[0], some[-1]


def _beside(connection: Connection, key: str, part: EvidencePart) -> list[EvidenceClip]:
    rows = connection.execute(_BESIDE, {"thing": key, "its_part": part.value})
    return [clips.of_row(row) for row in rows]
