"""The permit whose place another takes: it goes on until that comes into force, and ends in the same step."""

from datetime import datetime

from sqlmodel import Session, select

from permits.deadlines import Case
from permits.life import replaces
from permits.permit import Permit, PermitAction, PermitChanged, transition
from permits.replacing import Hold, hold, holds_open
from permits.step_checks import ReplacedHalted, StillHalted
from permits.terms import Terms
from permits.transition import Guard
from zone_service.store import history, matter_rows, permit_events
from zone_service.store.permit_step import Step
from zone_service.store.records import PLATFORM, Role
from zone_service.store.tables import PermitRow


def halted(session: Session, case: Case, at: datetime) -> tuple[str, Hold] | None:
    """Return the permit whose place one takes and what of it holds the one back; ``None`` where nothing does.

    What is halted would go on under the other as if somebody had let it, also after an end that somebody
    brought about. One that waits itself is as good as the one whose place it takes.
    """
    permit, number, seen = case.permit, replaces(case.changes), set[str]()
    while number is not None and number not in seen:
        seen.add(number)
        other = _permit(session, number)
        if other is None or not _is_of_the_same(permit, other):
            return None
        changes = permit_events.of_permits(session, [number]).get(number, ())
        if found := _hold(session, other, changes, permit.terms, at):
            return number, found
        began = any(each.action is PermitAction.ACTIVATE for each in changes)
        number = None if began else replaces(changes)
    return None


def held_back(session: Session, case: Case, at: datetime) -> tuple[str, Hold] | None:
    """Return the same of a permit that is to come into force; ``None`` of any other."""
    permit = case.permit
    row = transition(permit.family, permit.state, PermitAction.ACTIVATE)
    asks = row is not None and Guard.REPLACED_GOES_ON in row.guards
    return halted(session, case, at) if asks else None


def require_goes_on(step: Step) -> None:
    """Refuse to take the place of what is halted; after the act of an authority a department may.

    Raises:
        ReplacedHalted: names it.
    """
    found = halted(step.session, step.case, step.at)
    if found is None or (found[1] is Hold.TAKEN and step.principal != PLATFORM):
        return
    raise ReplacedHalted(step.permit, step.action, *found)


def require_nothing_halted(step: Step) -> None:
    """Refuse its holder to end what an authority has halted, or has announced to take.

    Raises:
        StillHalted: says so.
    """
    is_holder = step.principal.role is Role.OPERATOR
    if is_holder and holds_open(step.permit, matter_rows.open_of(step.session, step.permit.number)):
        raise StillHalted(step.permit, step.action)


def _permit(session: Session, number: str) -> Permit | None:
    row = session.exec(select(PermitRow).where(PermitRow.number == number)).one_or_none()
    return None if row is None else history.permit_of(row)


def _is_of_the_same(permit: Permit, other: Permit) -> bool:
    return other.holder_id == permit.holder_id and other.family is permit.family


def _hold(
    session: Session,
    other: Permit,
    changes: tuple[PermitChanged, ...],
    terms: Terms,
    at: datetime,
) -> Hold | None:
    return hold(other, changes, matter_rows.open_of(session, other.number), terms, at)
