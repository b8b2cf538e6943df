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
from permits.completeness import NOTHING_SPARED, Entered, Handed, Spared, missing
from permits.document import Covered
from permits.document_kinds import CoveredKind, DocumentKind
from permits.entries import Aircraft, Consortium, Vehicle
from permits.issuing import Ruling, legal_day
from permits.paper_words import Fault
from permits.permit import Permit, PermitState
from permits.recognising import agreement_of, waived_by
from permits.sheet import Sheet
from zone_service.store import audit, history, register
from zone_service.store.errors import Conflict, InvalidValue, Stale
from zone_service.store.recognitions import facts_of_vehicle, told_of
from zone_service.store.records import PLATFORM, Principal, RegisterEntry
from zone_service.store.revisions import bump
from zone_service.store.scoping import one, require_own
from zone_service.store.tables import ApplicationRow, DocumentRow, PermitRow

OPEN = (PermitState.DRAFT, PermitState.RETURNED_FOR_CORRECTION)
"""The states in which an application is with its applicant; afterwards it stays as it is."""


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
        InvalidValue: an entry belongs to nobody who applies; too many, or too many words.
        Conflict: the application has been submitted.
        Stale: its tag is none of those ``expected``.
    """
    bump(session, "documents")
    permit = history.permit_of(one(session, PermitRow, principal, number))
    require_own(principal, "fill in an application", permit.holder_id)
    if permit.state not in OPEN:
        msg = f"the application of {number} is {permit.state}: expected {' or '.join(OPEN)}"
        raise Conflict(msg)
    if expected is not None and tag_of(get(session, principal, number)) not in expected:
        msg = f"the application of {number} has moved on: look at it again"
        raise Stale(msg)
    _require_small(application)
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
    return missing(handed(session, permit, at, under.sheet))


def handed(session: Session, permit: Permit, at: datetime, sheet: Sheet) -> Handed:
    """Return all that has been handed in for a permit and counts on the day of a moment."""
    application = get(session, PLATFORM, permit.number)
    entries = {
        each: register.get(session, PLATFORM, each) for each in sorted({*application.entry_ids})
    }
    about = [
        Covered(CoveredKind.ORGANISATION, permit.holder_id),
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
    )


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
        msg = f"{len(application.entry_ids)} entries: expected at most {MOST_ENTRIES}"
        raise InvalidValue(msg)
    for item, said in application.content.items():
        if len(said) > MOST_LETTERS:
            msg = f"content.{item} has {len(said)} letters: expected at most {MOST_LETTERS}"
            raise InvalidValue(msg)


def _require_own_entries(
    session: Session, principal: Principal, permit: Permit, application: Application
) -> None:
    owners = {permit.holder_id}
    if application.consortium_id is not None:
        consortium = register.get(session, principal, application.consortium_id)
        _require_of(consortium, owners)
        if not isinstance(consortium.particulars, Consortium):
            msg = f"entry {consortium.entry_id!r}: expected a consortium"
            raise InvalidValue(msg)
        owners |= {each.organisation_id for each in consortium.particulars.members}
    for entry_id in application.entry_ids:
        _require_of(register.get(session, principal, entry_id), owners)


def _require_of(entry: RegisterEntry, owners: set[str]) -> None:
    if entry.organisation_id not in owners:
        msg = f"entry {entry.entry_id!r}: expected one of {', '.join(sorted(owners))}"
        raise InvalidValue(msg)
