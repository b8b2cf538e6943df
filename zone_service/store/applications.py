"""Applications: what is handed in for a permit beside its terms, and what is still missing.

They stand apart from permits: the worker judges by terms alone, and needs none of this.
"""

import json
from collections.abc import Container, Iterable, Mapping
from datetime import datetime
from hashlib import sha256

from sqlmodel import Session, col, select

from permits.aircraft_class import classify
from permits.application import (
    MOST_ENTRIES,
    MOST_LETTERS,
    Application,
    application_from_json,
    application_to_json,
)
from permits.application_kinds import BY_CLASS, When
from permits.applied_for import modes_of, subject_of
from permits.completeness import NOTHING_SPARED, Entered, Handed, Spared, missing
from permits.document import Covered
from permits.document_kinds import CoveredKind, DocumentKind
from permits.entries import Aircraft, Consortium, Member, MemberRole, Vehicle
from permits.issuing import Ruling, legal_day
from permits.paper_words import Fault
from permits.permit import Permit
from permits.recognising import agreement_of, waived_by
from permits.sheet import Sheet
from zone_service.store import audit, consortium_members, history, places, register
from zone_service.store.errors import Conflict, InvalidValue, Stale
from zone_service.store.recognitions import facts_of_vehicle, told_of
from zone_service.store.records import PLATFORM, Principal, RegisterEntry
from zone_service.store.revisions import bump
from zone_service.store.scoping import one, require_own
from zone_service.store.tables import ApplicationRow, DocumentRow, PermitRow
from zone_service.store.untold import untold_of

OPEN = consortium_members.WITH_APPLICANT


def get(session: Session, principal: Principal, number: str) -> Application:
    """Return the application of a permit; empty where nobody has filled it in.

    Raises:
        NotFound: there is no permit that the principal may see.
    """
    one(session, PermitRow, principal, number)
    row = session.get(ApplicationRow, number)
    return Application() if row is None else application_from_json(json.loads(row.body))


def tag_of(application: Application) -> str:
    """Return by what an application is told from what it was or will be."""
    return sha256(_body(application).encode()).hexdigest()[:16]


def put(
    session: Session,
    principal: Principal,
    number: str,
    application: Application,
    at: datetime,
    *,
    expected: Container[str] | None = None,
) -> Application:
    """Fill in the application of a permit, whole, while it is with the applicant.

    Raises:
        NotFound: there is no such permit, or no such entry, that the principal may see.
        NotAllowed: the permit may be seen but not applied for.
        InvalidValue: an entry is neither the holder's nor brought by a member; too many, or too many words.
        Conflict: the application has been submitted.
        Stale: its tag is none of those ``expected``.
    """
    bump(session, "documents")
    # Whoever hands it in at the same time reads it: one of the two waits for the other.
    bump(session, "permits")
    permit = history.permit_of(one(session, PermitRow, principal, number))
    require_own(principal, "fill in an application", permit.holder_id)
    if permit.state not in OPEN:
        expected_states = ", ".join(OPEN)
        raise Conflict(
            why="application state", number=number, state=permit.state, expected=expected_states
        )
    if expected is not None and tag_of(get(session, principal, number)) not in expected:
        raise Stale(why="moved on", what="the application of", key=number)
    _require_small(application)
    together = _consortium(session, principal, permit, application)
    members = () if together is None else together.members
    consortium_members.keep(session, number, permit.holder_id, application.consortium_id, members)
    _require_own_entries(session, principal, permit, application)
    body = _body(application)
    row = session.get(ApplicationRow, number) or ApplicationRow(number=number)
    row.body, row.changed_at = body, at
    session.add(row)
    session.flush()
    audit.record(session, principal, "application.put", number, at)
    return application


def missing_of(
    session: Session, principal: Principal, number: str, at: datetime, *, under: Ruling
) -> tuple[Fault, ...]:
    """Return all that an application lacks on the day of a moment, by a rule set.

    Raises:
        NotFound: there is no permit that the principal may see.
    """
    permit = history.permit_of(one(session, PermitRow, principal, number))
    return missing(handed(session, permit, at, under.of(permit).sheet))


def handed(session: Session, permit: Permit, at: datetime, sheet: Sheet) -> Handed:
    """Return all that has been handed in for a permit and counts on the day of a moment."""
    application = get(session, PLATFORM, permit.number)
    entries = {
        each: register.get(session, PLATFORM, each) for each in sorted({*application.entry_ids})
    }
    operating = _operating(session, permit, application)
    firms = dict.fromkeys((permit.holder_id, *operating))
    about = [
        *(Covered(CoveredKind.ORGANISATION, each) for each in firms),
        Covered(CoveredKind.PERMIT, permit.number),
    ]
    return Handed(
        number=permit.number,
        kind=permit.kind,
        holder_id=permit.holder_id,
        terms=permit.terms,
        application=application,
        entries={
            entry_id: Entered(each.particulars, each.device_id, each.active)
            for entry_id, each in entries.items()
        },
        papers=_papers(session, about, [*entries, application.consortium_id], at),
        spared=spared_of(session, permit, entries, at, sheet),
        asked_of={
            entry_id: _asked(each.particulars, sheet)
            for entry_id, each in entries.items()
            if isinstance(each.particulars, Aircraft)
        },
        subject=subject_of(sheet, permit.kind),
        operating=operating,
        modes=modes_of(sheet, application.driver_mode),
        unconsented=consortium_members.unconsented(
            session,
            permit.number,
            permit.holder_id,
            {entry_id: each.organisation_id for entry_id, each in entries.items()},
        ),
        untold=untold_of(session, permit, sheet),
        misplaced=places.faults(session, permit.family, permit.terms),
    )


def members_of(session: Session, number: str, application: Application) -> tuple[Member, ...]:
    """Return the organisations that apply together, but for who has left; nobody where one is alone."""
    if application.consortium_id is None:
        return ()
    found = register.get(session, PLATFORM, application.consortium_id).particulars
    if not isinstance(found, Consortium):
        return ()
    left = consortium_members.left(session, number)
    return tuple(each for each in found.members if each.organisation_id not in left)


def _operating(session: Session, permit: Permit, application: Application) -> tuple[str, ...]:
    members = members_of(session, permit.number, application)
    found = [each.organisation_id for each in members if each.role is MemberRole.OPERATING]
    return tuple(dict.fromkeys(found)) or (permit.holder_id,)


def spared_of(
    session: Session,
    permit: Permit,
    entries: Mapping[str, RegisterEntry],
    at: datetime,
    sheet: Sheet,
) -> Spared:
    """Return what need not be handed in because other jurisdictions have told of the vehicles."""
    agreement = agreement_of(sheet)
    if agreement is None:
        return NOTHING_SPARED
    vehicles = {
        entry_id: each.particulars
        for entry_id, each in entries.items()
        if isinstance(each.particulars, Vehicle)
    }
    told = told_of(session, {each.vin for each in vehicles.values() if each.vin})
    found = {
        entry_id: facts
        for entry_id, vehicle in vehicles.items()
        if vehicle.vin in told and (facts := facts_of_vehicle(session, vehicle, at)) is not None
    }
    recognised = {entry_id: facts.papers & agreement.papers for entry_id, facts in found.items()}
    return Spared(recognised, waived_by(agreement, permit.kind))


def _papers(
    session: Session, about: list[Covered], entry_ids: Iterable[str | None], at: datetime
) -> dict[Covered, frozenset[DocumentKind]]:
    keys = sorted({each.key for each in about} | {each for each in entry_ids if each})
    on = legal_day(at)
    ends = col(DocumentRow.valid_to)
    found = session.exec(
        select(DocumentRow.covers_kind, DocumentRow.covers_key, DocumentRow.kind).where(
            col(DocumentRow.covers_key).in_(keys),
            col(DocumentRow.sha256).is_not(None),
            col(DocumentRow.withdrawn_at).is_(None),
            # An insurance that begins with the permit is handed in before it begins.
            ends.is_(None) | (ends >= on),
        )
    )
    papers: dict[Covered, set[DocumentKind]] = {}
    for kind, key, document in found:
        papers.setdefault(Covered(CoveredKind(kind), key), set()).add(DocumentKind(document))
    return {covered: frozenset(kinds) for covered, kinds in papers.items()}


def _asked(aircraft: Aircraft, sheet: Sheet) -> frozenset[When]:
    """Return what the class of an aircraft asks for; of no known class, all of it."""
    name = classify(aircraft, sheet).name
    if name is None:
        return frozenset(BY_CLASS)
    named = {when: sheet.parameters.get(f"uav.{name}.{key}") for when, key in BY_CLASS.items()}
    return frozenset(
        when for when, each in named.items() if each is None or each.value is not False
    )


def _body(application: Application) -> str:
    return json.dumps(application_to_json(application), ensure_ascii=False)


def _require_small(application: Application) -> None:
    if len(application.entry_ids) > MOST_ENTRIES:
        raise InvalidValue(
            why="too many entries", found=len(application.entry_ids), most=MOST_ENTRIES
        )
    for item, said in application.content.items():
        if len(said) > MOST_LETTERS:
            raise InvalidValue(
                why="too many letters", item=item, found=len(said), most=MOST_LETTERS
            )


def _consortium(
    session: Session, principal: Principal, permit: Permit, application: Application
) -> Consortium | None:
    if application.consortium_id is None:
        return None
    found = register.get(session, principal, application.consortium_id)
    _require_of(found, permit.holder_id)
    if not isinstance(found.particulars, Consortium):
        raise InvalidValue(why="no consortium", entry=found.entry_id)
    return found.particulars


def _require_own_entries(
    session: Session, principal: Principal, permit: Permit, application: Application
) -> None:
    brought = consortium_members.consents(session, permit.number)
    for entry_id in application.entry_ids:
        if entry_id not in brought:
            _require_of(register.get(session, principal, entry_id), permit.holder_id)


def _require_of(entry: RegisterEntry, owner: str) -> None:
    if entry.organisation_id != owner:
        raise InvalidValue(why="entry of another", entry=entry.entry_id, expected=owner)
