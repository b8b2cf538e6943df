"""What was refused, as people look it up; the worker's own writing is ``journal``."""

from typing import NamedTuple

from sqlmodel import Session, and_, col, or_, select

from telemetry import topics
from zone_service.store.records import Principal, Refusal, RefusalFilter
from zone_service.store.scoping import of_own_devices, page_size
from zone_service.store.tables import RefusalRow

ALL = RefusalFilter()
MINUTE_S = 60


class RefusalKey(NamedTuple):
    """What tells one row from another, in the order of a page."""

    minute_s: int
    subject: str
    reason: str


def key_of(refusal: Refusal) -> RefusalKey:
    """Return where in a list a refusal stands."""
    return RefusalKey(refusal.minute_s, refusal.subject, refusal.reason)


def page(
    session: Session,
    principal: Principal,
    asked: RefusalFilter = ALL,
    after: RefusalKey | None = None,
    limit: int = 100,
) -> tuple[Refusal, ...]:
    """Return refusals, newest minute first, from after one of them.

    An operator sees what was refused of a device of theirs. What somebody else tried on its topics
    is not theirs to see: the example of that names the client, whose id is a secret.
    """
    query = of_own_devices(select(RefusalRow), principal, col(RefusalRow.subject))
    order = col(RefusalRow.minute_s).desc(), col(RefusalRow.subject), col(RefusalRow.reason)
    conditions = [*_asked(asked), *_behind(after)]
    found = session.exec(query.where(*conditions).order_by(*order).limit(page_size(limit)))
    return tuple(_record(row) for row in found)


def _asked(asked: RefusalFilter) -> list[object]:
    minute, subject = col(RefusalRow.minute_s), col(RefusalRow.subject)
    found: list[object] = []
    if asked.device_id is not None:
        found.append(subject.in_((asked.device_id, *topics.of_device(asked.device_id))))
    if asked.from_s is not None:
        found.append(minute >= int(asked.from_s // MINUTE_S) * MINUTE_S)
    if asked.to_s is not None:
        found.append(minute <= int(asked.to_s))
    return found


def _behind(after: RefusalKey | None) -> list[object]:
    if after is None:
        return []
    minute, subject = col(RefusalRow.minute_s), col(RefusalRow.subject)
    same_minute, same_subject = minute == after.minute_s, subject == after.subject
    return [
        or_(
            minute < after.minute_s,
            and_(same_minute, subject > after.subject),
            and_(same_minute, same_subject, col(RefusalRow.reason) > after.reason),
        )
    ]


def _record(row: RefusalRow) -> Refusal:
    return Refusal(row.subject, row.reason, row.minute_s, row.count, row.sample)
