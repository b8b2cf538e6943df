"""What is suspended now: whole permits beside parts of others, in the order of the permits."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, and_, col, or_, select

from permits.deadlines import Case
from permits.ending_steps import HALTED
from permits.issuing import Ruling
from permits.matter_deadlines import MatterCase
from permits.suspended import Suspended, SuspendedKind, matter_kinds, partly, whole
from permits.suspension_grounds import SuspensionGround
from zone_service.store import history, matter_rows, matters, permit_taking
from zone_service.store.granted import ENDED
from zone_service.store.records import Principal
from zone_service.store.scoping import page_size, scoped_rows
from zone_service.store.tables import MatterRow, PermitRow


@dataclass(frozen=True, slots=True)
class SuspendedFile:
    """Something that is suspended, with the file that it can be let go on by."""

    suspended: Suspended
    case: Case | MatterCase


@dataclass(frozen=True, slots=True, kw_only=True)
class SuspendedFilter:
    """What is asked for; ``None`` and nothing ask for all."""

    number: str | None = None
    kinds: Sequence[SuspendedKind] = ()
    ground: SuspensionGround | None = None
    overdue_at: datetime | None = None
    """Somebody owed a step before that moment."""


def page(
    session: Session,
    principal: Principal,
    wanted: SuspendedFilter,
    under: Ruling,
    after: str = "",
    limit: int = 100,
) -> tuple[tuple[SuspendedFile, ...], str | None]:
    """Return what is suspended, and from after which key the next part begins.

    A part may be shorter than ``limit``, and is not the last one as long as there is a key.
    """
    number, _, matter_id = after.partition(" ")
    found = [
        *_whole(session, principal, wanted, under, number, limit),
        *_partly(session, principal, wanted, under, (number, matter_id), limit),
    ]
    found.sort(key=lambda each: _key(each[1]))
    part = found[:limit]
    following = " ".join(_key(part[-1][1])).strip() if len(part) == limit else None
    return tuple(_as_asked(part, wanted)), following


Read = tuple[Suspended | None, Case | MatterCase]


def _key(case: Case | MatterCase) -> tuple[str, str]:
    match case:
        case MatterCase(matter=matter):
            return matter.number, matter.matter_id
        case Case(permit=permit):
            return permit.number, ""


def _as_asked(read: Iterable[Read], wanted: SuspendedFilter) -> Iterable[SuspendedFile]:
    for suspended, case in read:
        if suspended is not None and wanted.ground in {None, suspended.ground}:
            yield SuspendedFile(suspended, case)


def _whole(
    session: Session,
    principal: Principal,
    wanted: SuspendedFilter,
    under: Ruling,
    after: str,
    limit: int,
) -> list[Read]:
    if wanted.kinds and SuspendedKind.PERMIT not in wanted.kinds:
        return []
    key, row = col(PermitRow.number), PermitRow
    asked = scoped_rows(row, principal).where(
        col(row.state).in_([each.value for each in HALTED]), key > after
    )
    if wanted.number is not None:
        asked = asked.where(key == wanted.number)
    if wanted.overdue_at is not None:
        asked = asked.where(col(row.due_at) < wanted.overdue_at)
    rows = session.exec(asked.order_by(key).limit(page_size(limit)))
    cases = permit_taking.cases_of(session, [history.permit_of(each) for each in rows], under)
    return [(whole(case), case) for case in cases]


def _partly(
    session: Session,
    principal: Principal,
    wanted: SuspendedFilter,
    under: Ruling,
    after: tuple[str, str],
    limit: int,
) -> list[Read]:
    row, number, key = MatterRow, col(MatterRow.number), col(MatterRow.matter_id)
    ended = [each.value for each in ENDED]
    over = select(PermitRow.number).where(col(PermitRow.state).in_(ended))
    asked = scoped_rows(row, principal).where(
        col(row.is_open),
        col(row.kind).in_([each.value for each in matter_kinds(wanted.kinds)]),
        # What was to be reported of an accident is owed beyond the permit; nothing is suspended then.
        number.not_in(over),
        or_(number > after[0], and_(number == after[0], key > after[1])),
    )
    if wanted.number is not None:
        asked = asked.where(number == wanted.number)
    if wanted.overdue_at is not None:
        asked = asked.where(col(row.due_at) < wanted.overdue_at)
    rows = session.exec(asked.order_by(number, key).limit(page_size(limit)))
    cases = matters.cases_of(session, tuple(map(matter_rows.matter_of, rows)), under)
    return [(partly(case), case) for case in cases]
