"""The devices that a permit waits for before it comes into force, by what was heard of them."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from sqlmodel import Session, col, select

from permits import first_check
from permits.deadlines import Case
from permits.first_check import Awaited, LastHeard, NotSelfChecked
from permits.issuing import Ruling
from permits.lapse import Lapse, lapse
from permits.life_cycle import IN_FORCE
from permits.permit import Permit, PermitAction, transition
from permits.transition import Guard
from zone_service.store import device_days, replaced
from zone_service.store.permit_step import Step
from zone_service.store.records import HeardDay
from zone_service.store.tables import DeviceRow

_IDS_AT_ONCE = 500


def asks(permit: Permit, under: Ruling) -> bool:
    """Tell whether a permit is to come into force, and not before its devices were checked."""
    row = transition(permit.family, permit.state, PermitAction.ACTIVATE)
    if row is None or Guard.SELF_CHECKED not in row.guards:
        return False
    return bool(first_check.asked_items(under.of(permit).sheet, permit.family))


def awaited(session: Session, permit: Permit, at: datetime, under: Ruling) -> tuple[Awaited, ...]:
    """Return the devices that a permit waits for at a moment; none where no step of it asks for them.

    ``at`` may be before its validity begins: then it is what it would wait for.
    """
    return _awaited(session, permit, at, under) if asks(permit, under) else ()


def _awaited(session: Session, permit: Permit, at: datetime, under: Ruling) -> tuple[Awaited, ...]:
    retired = _retired(session, permit.terms.device_ids)
    heard = _last_heard(session, first_check.asked_devices(permit, retired))
    return first_check.awaited(permit, heard, at, under.of(permit).sheet, retired)


def require_self_checked(step: Step) -> None:
    """Refuse to put in force what waits for its devices.

    Raises:
        NotSelfChecked: names each of them, and what it lacks.
    """
    found = awaited(step.session, step.permit, step.at, step.under)
    if found:
        raise NotSelfChecked(step.permit, step.action, found)


def require_added_there(
    session: Session, permit: Permit, added: frozenset[str], at: datetime, under: Ruling
) -> None:
    """Refuse to add devices to a permit in force that would have been waited for before it was.

    One that is not in force yet waits for them with all others.

    Raises:
        NotSelfChecked: names each of them, and what it lacks.
    """
    if permit.state not in IN_FORCE or not added:
        return
    of_them = replace(
        permit,
        terms=replace(permit.terms, device_ids=added, suspended_device_ids=first_check.NOBODY),
    )
    if found := _awaited(session, of_them, at, under):
        raise NotSelfChecked(permit, PermitAction.CHANGE_TERMS, found)


def next_of_law(session: Session, case: Case, at: datetime, under: Ruling) -> Lapse | None:
    """Return the first step that the law has taken by a moment; what waits for something else is none.

    That is for devices, or for the end of a suspension of the permit whose place it takes. What is over by
    then did not come into force meanwhile, whoever is online now.
    """
    found = lapse(case, at)
    if found is None or found.action is not PermitAction.ACTIVATE:
        return found
    waits = _waits(session, case.permit, at, under) or replaced.halted(session, case, at)
    return lapse(case, at, without=found.action) if waits else found


def _waits(session: Session, permit: Permit, at: datetime, under: Ruling) -> bool:
    if not asks(permit, under):
        return False
    return at >= permit.terms.valid_to or bool(awaited(session, permit, at, under))


def _last_heard(session: Session, device_ids: frozenset[str]) -> Mapping[str, LastHeard]:
    return {each.device_id: _of(each) for each in device_days.last_of(session, device_ids)}


def _retired(session: Session, device_ids: Iterable[str]) -> frozenset[str]:
    wanted, found = sorted(device_ids), set[str]()
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        some = col(DeviceRow.device_id).in_(wanted[start : start + _IDS_AT_ONCE])
        asked = select(DeviceRow.device_id).where(some, col(DeviceRow.active).is_(False))
        found.update(session.exec(asked))
    return frozenset(found)


def _of(found: HeardDay) -> LastHeard:
    return LastHeard(
        datetime.fromtimestamp(found.day.last_s, UTC), found.lacks, found.day.said.passed
    )
