"""What a further application is judged by: who must consent, and what is known of its vehicles."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlmodel import Session, col, select

from permits.accident import Accident
from permits.application_kinds import NEEDS, OFFICER_OF
from permits.deadlines import Case, renewed_at_least
from permits.department import Department
from permits.document_kinds import CoveredKind, DocumentKind
from permits.entries import Person, Vehicle
from permits.further import (
    Added,
    Addition,
    Change,
    faults_of_change,
    faults_of_leaving,
    faults_of_people,
)
from permits.hearing import Hearing
from permits.issuing import Ruling, legal_day
from permits.matter import Matter, MatterChanged, Suspension, consents
from permits.matter_states import MatterKind, MatterState
from permits.paper_words import Fault, PapersRefused
from permits.permit import Permit
from permits.regranting import Proposal, proposal
from permits.reviewers import reviewers
from permits.terms import Terms
from zone_service.store import applications, consortium_members, register
from zone_service.store.documents import counts_on
from zone_service.store.errors import NotFound
from zone_service.store.records import PLATFORM, RegisterEntry
from zone_service.store.tables import DocumentRow, MatterRow, RegisterRow


def awaited(
    matter: Matter, changes: Sequence[MatterChanged], permit: Permit, under: Ruling
) -> tuple[Department, ...]:
    """Return the departments whose consent is awaited, by the rule set; in its order."""
    there = consents(changes)
    return tuple(
        each
        for each in reviewers(under.of(permit).sheet, permit.kind).mandatory
        if each.value not in there
    )


def tested_of(session: Session, terms: Terms) -> tuple[Vehicle, ...]:
    """Return the vehicles of a permit as they are registered."""
    found = register.of_devices(session, PLATFORM, terms.device_ids)
    return tuple(each.particulars for each in found if isinstance(each.particulars, Vehicle))


def added_of(session: Session, about: Addition, permit: Permit, at: datetime) -> tuple[Added, ...]:
    """Return what is known of vehicles that are to be added."""
    confirmed = _confirmed(session, about.entry_ids, at)
    return tuple(
        _added(session, each, permit, is_confirmed=each in confirmed)
        for each in dict.fromkeys(about.entry_ids)
    )


def _added(session: Session, entry_id: str, permit: Permit, *, is_confirmed: bool) -> Added:
    try:
        entry = register.get(session, PLATFORM, entry_id)
    except NotFound:
        return Added(entry_id, None, None, is_confirmed)
    own = entry.active and _is_with(session, permit, entry)
    vehicle = entry.particulars if own and isinstance(entry.particulars, Vehicle) else None
    return Added(entry_id, vehicle, entry.device_id, is_confirmed)


def added_since(session: Session, numbers: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the entries of the vehicles that were added to permits after their grant, by number."""
    asked = select(MatterRow.number, MatterRow.about).where(
        col(MatterRow.number).in_(numbers),
        MatterRow.kind == MatterKind.ADD_VEHICLES.value,
        MatterRow.state == MatterState.GRANTED.value,
    )
    found = defaultdict[str, tuple[str, ...]](tuple)
    for number, about in session.exec(asked.order_by(col(MatterRow.matter_id))):
        found[number] += msgspec.json.decode(about, type=Addition).entry_ids
    return found


def people_since(session: Session, number: str) -> tuple[str, ...] | None:
    """Return who does it since the last change of them, by their entries; ``None``: those applied with."""
    asked = select(MatterRow.about).where(
        MatterRow.number == number,
        MatterRow.kind == MatterKind.CHANGE.value,
        MatterRow.state == MatterState.GRANTED.value,
    )
    latest = (col(MatterRow.changed_at).desc(), col(MatterRow.matter_id).desc())
    for about in session.exec(asked.order_by(*latest)):
        if (people := msgspec.json.decode(about, type=Change).people) is not None:
            return people
    return None


def with_people(
    session: Session, entry_ids: Sequence[str], people: tuple[str, ...] | None
) -> tuple[str, ...]:
    """Return entries with some people in place of those among them; ``None``: as they are."""
    if people is None:
        return tuple(entry_ids)
    asked = select(RegisterRow.entry_id).where(
        col(RegisterRow.entry_id).in_(entry_ids), RegisterRow.kind == CoveredKind.PERSON.value
    )
    former = set(session.exec(asked))
    return (*(each for each in entry_ids if each not in former), *people)


def people_amiss(session: Session, about: Change, permit: Permit) -> tuple[Fault, ...]:
    """Return what is wrong with those who are to do it from then on; nothing where they stay the same."""
    if about.people is None and not about.leaving:
        return ()
    people = _staying(session, about, permit) if about.people is None else about.people
    found = {each: _person(session, each, permit) for each in people}
    mode = applications.get(session, PLATFORM, permit.number).driver_mode
    wanted = NEEDS[permit.kind].people
    return faults_of_people(found, wanted if mode is None else (*wanted, OFFICER_OF[mode]))


def _staying(session: Session, about: Change, permit: Permit) -> tuple[str, ...]:
    """Return who does it already, but for the people of the members that leave."""
    known = people_since(session, permit.number)
    asked = select(RegisterRow.entry_id).where(
        col(RegisterRow.entry_id).in_(
            applications.get(session, PLATFORM, permit.number).entry_ids if known is None else known
        ),
        RegisterRow.kind == CoveredKind.PERSON.value,
        col(RegisterRow.organisation_id).not_in(about.leaving),
    )
    return tuple(session.exec(asked.order_by(col(RegisterRow.entry_id))))


def leaving_amiss(session: Session, about: Change, permit: Permit) -> tuple[Fault, ...]:
    """Return what is wrong with the members that leave; nothing where nobody does."""
    if not about.leaving:
        return ()
    application = applications.get(session, PLATFORM, permit.number)
    members = applications.members_of(session, permit.number, application)
    return faults_of_leaving(about.leaving, permit.holder_id, members)


def gone_with(session: Session, about: object, permit: Permit) -> frozenset[str]:
    """Return the devices that leave a permit with the members that do."""
    leaving = about.leaving if isinstance(about, Change) else ()
    return consortium_members.devices_of(session, leaving, permit.terms)


def _person(session: Session, entry_id: str, permit: Permit) -> Person | None:
    try:
        entry = register.get(session, PLATFORM, entry_id)
    except NotFound:
        return None
    own = entry.active and _is_with(session, permit, entry)
    return entry.particulars if own and isinstance(entry.particulars, Person) else None


def _is_with(session: Session, permit: Permit, entry: RegisterEntry) -> bool:
    """Tell whether something is the holder's, or a member of the consortium brings it."""
    owners = {entry.entry_id: entry.organisation_id}
    number, holder_id = permit.number, permit.holder_id
    return not consortium_members.unconsented(session, number, holder_id, owners)


def proposal_of(
    session: Session, case: Case, matter: Matter, since: datetime, at: datetime
) -> Proposal:
    """Return what a permit would be, were what is asked for in a matter granted.

    Raises:
        PapersRefused: it cannot be.
    """
    about, terms = matter.about, case.permit.terms
    if isinstance(about, Suspension | Accident | Hearing):
        msg = f"{matter.kind} {matter.matter_id}: expected what is applied for"
        raise TypeError(msg)
    gone = gone_with(session, about, case.permit)
    if isinstance(about, Change) and (found := faults_of_change(terms, about, gone)):
        raise PapersRefused(*found)
    new = added_of(session, about, case.permit, at) if isinstance(about, Addition) else ()
    devices = [each.device_id for each in new if each.device_id is not None]
    return proposal(
        terms, about, since=since, until=renewed_at_least(case), devices=devices, gone=gone
    )


def _confirmed(session: Session, entry_ids: Sequence[str], at: datetime) -> frozenset[str]:
    found = session.exec(
        select(DocumentRow.covers_key).where(
            DocumentRow.covers_kind == CoveredKind.VEHICLE.value,
            col(DocumentRow.covers_key).in_(entry_ids),
            DocumentRow.kind == DocumentKind.SAME_CONFIGURATION.value,
            *counts_on(legal_day(at)),
        )
    )
    return frozenset(found)
