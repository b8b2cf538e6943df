"""What the store knows of an application when its preconditions are asked: one value, gathered at once."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlmodel import Session, col, select

from permits.application import Application, application_from_json
from permits.deadlines import Case, flight_cut_off, whole_working_days
from permits.document import Covered
from permits.document_kinds import CoveredKind
from permits.entries import Consortium
from permits.issuing import Ruling, legal_day, refusals
from permits.mileage import NOT_KNOWN, Mileage
from permits.permit import Family, Permit, PermitKind, PermitState
from permits.precondition_facts import EarlierPermit, GrantedFlight, Known, Proof, Subject
from permits.transition import Detail
from zone_service.store import applications, attestations, history, register
from zone_service.store.documents import document_of
from zone_service.store.driven import AttestedFigures
from zone_service.store.flights_at_once import flights_at_once
from zone_service.store.records import PLATFORM, RegisterEntry
from zone_service.store.tables import ApplicationRow, DocumentRow, PermitRow, ZoneRow

_HANDED_IN = frozenset({PermitState.SUBMITTED, PermitState.NOTIFIED})
_WITH_APPLICANT = frozenset({PermitState.DRAFT, PermitState.RETURNED_FOR_CORRECTION})
_PASSED = (PermitState.ACTIVE, PermitState.RENEWAL_PENDING, PermitState.EXPIRED)
"""A stage counts as passed while its permit is in force, and after it ended by its time alone."""
_IDS_AT_ONCE = 500


def known(
    session: Session,
    case: Case,
    at: datetime,
    under: Ruling,
    *,
    warning_id: str | None = None,
    mileage: Mileage | None = None,
) -> Known:
    """Return all that is known of the application of a permit at a moment.

    ``warning_id``: of the warning that is being published; ``mileage``: from where kilometres are
    known, the attested figures of the store where nothing else is given.
    """
    permit = case.permit
    application = applications.get(session, PLATFORM, permit.number)
    entries = [
        register.get(session, PLATFORM, each) for each in dict.fromkeys(application.entry_ids)
    ]
    consortium = application.consortium_id
    firms = [permit.holder_id, *_members(session, consortium)]
    papers = _papers(session, [*(e.entry_id for e in entries), permit.number, *firms, consortium])
    source = mileage or AttestedFigures(session, at)
    driven = source.driven([each.entry_id for each in entries], permit.terms.zone_ids)
    earlier = _earlier(session, permit)
    spared = applications.spared_of(
        session, permit, {each.entry_id: each for each in entries}, at, under.sheet
    )
    return Known(
        permit=permit,
        application=application,
        at=at,
        subjects=tuple(
            Subject(
                entry_id=each.entry_id,
                particulars=each.particulars,
                proofs=papers[_covered(each)],
                driven=driven.get(each.entry_id, NOT_KNOWN),
                recognised=spared.recognised.get(each.entry_id, frozenset()),
            )
            for each in entries
        ),
        own_proofs=papers[Covered(CoveredKind.PERMIT, permit.number)],
        firm_proofs=tuple(
            each for firm in firms for each in papers[Covered(CoveredKind.ORGANISATION, firm)]
        ),
        handed_in_at=_handed_in(case),
        cut_off=flight_cut_off(case),
        notice_wd=_notice(case, at),
        warning_id=warning_id or _warning(case),
        rules_in_force=not refusals(under.sheet, legal_day(at), permit.family),
        earlier=earlier,
        segment_classes=_classes(session, permit, earlier),
        flights=_flights(session, permit),
        attestations=attestations.that_count(session, permit.number, at),
    )


def _covered(entry: RegisterEntry) -> Covered:
    return Subject(entry_id=entry.entry_id, particulars=entry.particulars).covered


def _members(session: Session, consortium_id: str | None) -> Iterable[str]:
    if consortium_id is None:
        return ()
    found = register.get(session, PLATFORM, consortium_id).particulars
    if not isinstance(found, Consortium):
        return ()
    return dict.fromkeys(each.organisation_id for each in found.members)


def _papers(session: Session, keys: Iterable[str | None]) -> Mapping[Covered, tuple[Proof, ...]]:
    """Return the documents with a file about some things, those too that have run out."""
    found: dict[Covered, tuple[Proof, ...]] = defaultdict(tuple)
    wanted = sorted({each for each in keys if each})
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        asked = select(DocumentRow).where(
            col(DocumentRow.covers_key).in_(wanted[start : start + _IDS_AT_ONCE]),
            col(DocumentRow.sha256).is_not(None),
            col(DocumentRow.withdrawn_at).is_(None),
        )
        for row in session.exec(asked.order_by(col(DocumentRow.document_id))):
            document = document_of(row)
            found[document.covers] += (Proof(row.document_id, document),)
    return found


def _handed_in(case: Case) -> datetime | None:
    """Return when it was handed in last; what is with its applicant is not handed in."""
    if case.permit.state in _WITH_APPLICANT:
        return None
    moments = (each.at for each in reversed(case.changes) if each.after in _HANDED_IN)
    return next(moments, None)


def _notice(case: Case, at: datetime) -> int | None:
    if case.permit.family is not Family.VESSEL:
        return None
    return whole_working_days(case, _handed_in(case) or at)


def _warning(case: Case) -> str | None:
    told = (each.details.get(Detail.WARNING_ID) for each in reversed(case.changes))
    return next((each for each in told if each), None)


def _earlier(session: Session, permit: Permit) -> tuple[EarlierPermit, ...] | None:
    if permit.family is not Family.ROAD:
        return None
    asked = (
        select(PermitRow, ApplicationRow.body)
        .join(ApplicationRow, col(ApplicationRow.number) == col(PermitRow.number), isouter=True)
        .where(
            PermitRow.holder_id == permit.holder_id,
            PermitRow.number != permit.number,
            col(PermitRow.state).in_([each.value for each in _PASSED]),
        )
        .order_by(col(PermitRow.number))
    )
    return tuple(
        _passed(history.permit_of(row), _application(body)) for row, body in session.exec(asked)
    )


def _application(body: str | None) -> Application:
    return Application() if body is None else application_from_json(json.loads(body))


def _passed(permit: Permit, application: Application) -> EarlierPermit:
    return EarlierPermit(
        number=permit.number,
        kind=PermitKind(permit.kind),
        zone_ids=permit.terms.zone_ids,
        vehicle_ids=frozenset(application.entry_ids),
        driver_mode=application.driver_mode,
    )


def _classes(
    session: Session, permit: Permit, earlier: tuple[EarlierPermit, ...] | None
) -> dict[str, str]:
    """Return the class of each segment, here and before, of which the map has one."""
    if permit.family is not Family.ROAD:
        return {}
    wanted = sorted(permit.terms.zone_ids.union(*(each.zone_ids for each in earlier or ())))
    found: dict[str, str] = {}
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        asked = select(ZoneRow.zone_id, ZoneRow.category).where(
            col(ZoneRow.zone_id).in_(wanted[start : start + _IDS_AT_ONCE]),
            col(ZoneRow.until_revision).is_(None),
            ZoneRow.category != "",
        )
        found |= dict(session.exec(asked).all())
    return found


def _flights(session: Session, permit: Permit) -> tuple[GrantedFlight, ...] | None:
    if permit.family not in {Family.FLIGHT, Family.RECORD}:
        return None
    return flights_at_once(session, permit)
