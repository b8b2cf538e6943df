"""Who is in the consortium of a permit beside its holder, and what may be named there of theirs.

A member is seen by the permit's own application; what it owns is named by its consent alone (``bringing``).
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import Session, col, delete, select, update

from permits.entries import Consortium, Member
from permits.permit import Permit
from permits.states import PermitState
from permits.terms import Terms
from zone_service.store.errors import Conflict, InvalidValue
from zone_service.store.granted import ENDED
from zone_service.store.tables import (
    BroughtEntryRow,
    ConsortiumMemberRow,
    DeviceRow,
    PermitRow,
    RegisterRow,
)

WITH_APPLICANT = (PermitState.DRAFT, PermitState.RETURNED_FOR_CORRECTION)
"""The states in which an application is with its applicant; afterwards it stays as it is."""
_OVER = (*ENDED, PermitState.REJECTED, PermitState.WITHDRAWN)
_IDS_AT_ONCE = 500


def keep(
    session: Session,
    number: str,
    holder_id: str,
    consortium_id: str | None,
    members: Iterable[Member] = (),
) -> None:
    """Write down who applies together from now on; the consent of who does not any more is gone."""
    session.exec(delete(ConsortiumMemberRow).where(col(ConsortiumMemberRow.number) == number))
    its: list[str] = []
    if consortium_id is not None:
        its = sorted({each.organisation_id for each in members} - {holder_id})
        session.add_all(
            ConsortiumMemberRow(number=number, organisation_id=each, consortium_id=consortium_id)
            for each in its
        )
    session.exec(
        delete(BroughtEntryRow).where(
            col(BroughtEntryRow.number) == number, col(BroughtEntryRow.organisation_id).not_in(its)
        )
    )
    session.flush()


class Firms(NamedTuple):
    """Who has held a permit together."""

    staying: frozenset[str]
    """Its holder, and who has not left its consortium."""
    left: frozenset[str]

    @property
    def ever(self) -> frozenset[str]:
        """All of them."""
        return self.staying | self.left


def firms_of(session: Session, permits: Iterable[Permit]) -> dict[str, Firms]:
    """Return by number who holds each permit together, and who has."""
    found = {each.number: Firms(frozenset({each.holder_id}), frozenset()) for each in permits}
    wanted = sorted(found)
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        some = col(ConsortiumMemberRow.number).in_(wanted[start : start + _IDS_AT_ONCE])
        for row in session.exec(select(ConsortiumMemberRow).where(some)):
            staying, gone = found[row.number]
            firm = frozenset({row.organisation_id})
            has_left = row.left_at is not None
            found[row.number] = (
                Firms(staying, gone | firm) if has_left else Firms(staying | firm, gone)
            )
    return found


def left(session: Session, number: str) -> frozenset[str]:
    """Return the organisations that have left the consortium of a permit since its grant."""
    asked = select(ConsortiumMemberRow.organisation_id).where(
        ConsortiumMemberRow.number == number, col(ConsortiumMemberRow.left_at).is_not(None)
    )
    return frozenset(session.exec(asked))


def leave(session: Session, number: str, leaving: Collection[str], at: datetime) -> None:
    """Write down who has left; what it let be named is its own again."""
    its = (
        col(ConsortiumMemberRow.number) == number,
        col(ConsortiumMemberRow.organisation_id).in_(sorted(leaving)),
    )
    session.exec(
        update(ConsortiumMemberRow)
        .where(*its)
        .values(left_at=at)
        .execution_options(synchronize_session=False)
    )
    session.exec(
        delete(BroughtEntryRow).where(
            col(BroughtEntryRow.number) == number,
            col(BroughtEntryRow.organisation_id).in_(sorted(leaving)),
        )
    )


def consents(session: Session, number: str) -> Mapping[str, BroughtEntryRow]:
    """Return by their entries the consents of members that stand."""
    asked = select(BroughtEntryRow).where(BroughtEntryRow.number == number)
    return {each.entry_id: each for each in session.exec(asked)}


def unconsented(
    session: Session, number: str, holder_id: str, owners: Mapping[str, str]
) -> dict[str, str]:
    """Return of entries, by their owners, those that are another's and named without its consent."""
    others = {each: owner for each, owner in owners.items() if owner != holder_id}
    known = consents(session, number) if others else {}
    return {each: owner for each, owner in others.items() if each not in known}


def require_devices(session: Session, number: str | None, holder_id: str, terms: Terms) -> None:
    """Refuse devices that are neither the holder's nor of what a member brings.

    Raises:
        InvalidValue: names some of them.
    """
    wanted = sorted(terms.device_ids)
    own: set[str] = set()
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        some = col(DeviceRow.device_id).in_(wanted[start : start + _IDS_AT_ONCE])
        asked = select(DeviceRow.device_id).where(some, DeviceRow.organisation_id == holder_id)
        own.update(session.exec(asked))
    missing = [device_id for device_id in wanted if device_id not in own]
    if missing and number is not None:
        brought = _brought_devices(session, number)
        missing = [each for each in missing if each not in brought]
    if missing:
        raise InvalidValue(why="devices of holder", found=missing[:5], holder=holder_id)


def devices_of(session: Session, owners: Collection[str], terms: Terms) -> frozenset[str]:
    """Return the devices of some organisations under the terms of a permit."""
    if not owners:
        return frozenset()
    asked = select(DeviceRow.device_id).where(col(DeviceRow.organisation_id).in_(sorted(owners)))
    theirs = frozenset(session.exec(asked).all())
    return terms.device_ids & theirs


def require_unnamed(session: Session, consortium_id: str) -> None:
    """Refuse to make another of a consortium that somebody has judged, or is judging, as it is.

    Raises:
        Conflict: names a permit.
    """
    free = [each.value for each in (*WITH_APPLICANT, *_OVER)]
    asked = _naming(consortium_id).where(col(PermitRow.state).not_in(free))
    found = session.exec(asked.order_by(col(PermitRow.number)).limit(1)).first()
    if found is not None:
        number, _, state = found
        raise Conflict(why="consortium at work", key=consortium_id, number=number, state=state)


def renew(session: Session, consortium_id: str, consortium: Consortium) -> None:
    """Write down the members anew of what is still with its applicant."""
    free = [each.value for each in WITH_APPLICANT]
    asked = _naming(consortium_id).where(col(PermitRow.state).in_(free))
    for number, holder_id, _ in session.exec(asked).all():
        keep(session, number, holder_id, consortium_id, consortium.members)


def _naming(consortium_id: str) -> Any:
    named = select(ConsortiumMemberRow.number).where(
        ConsortiumMemberRow.consortium_id == consortium_id
    )
    return select(PermitRow.number, PermitRow.holder_id, PermitRow.state).where(
        col(PermitRow.number).in_(named)
    )


def _brought_devices(session: Session, number: str) -> frozenset[str]:
    asked = (
        select(RegisterRow.device_id)
        .join(BroughtEntryRow, col(BroughtEntryRow.entry_id) == col(RegisterRow.entry_id))
        .where(BroughtEntryRow.number == number, col(RegisterRow.device_id).is_not(None))
    )
    return frozenset(each for each in session.exec(asked) if each is not None)
