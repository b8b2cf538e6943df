"""What the store knows of an application when its preconditions are asked: one value, gathered at once."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlmodel import Session, and_, col, or_, select

from permits.application import Application, application_from_json
from permits.deadlines import Case, flight_cut_off, is_extreme, whole_working_days
from permits.document import Covered
from permits.document_kinds import CoveredKind
from permits.ending_steps import HALTED
from permits.issuing import Ruling, legal_day, refusals
from permits.mileage import NOT_KNOWN, Mileage, account_of, account_of_segments
from permits.permit import Family, Permit, PermitAction, PermitKind, PermitState
from permits.precondition_codes import PreconditionCode
from permits.precondition_facts import (
    NOTHING_ON_RECORD,
    Anew,
    EarlierPermit,
    GrantedFlight,
    Known,
    Proof,
    Subject,
)
from permits.regranting import Proposal
from permits.sheet import Sheet
from permits.states import FLIGHTS
from permits.transition import Detail
from zone_service.store import (
    applications,
    attestations,
    consortium_members,
    history,
    link_tests,
    register,
)
from zone_service.store.activities import classes_of
from zone_service.store.documents import document_of
from zone_service.store.elsewhere import Elsewhere, recognised_elsewhere
from zone_service.store.flights_at_once import flights_at_once
from zone_service.store.further_vehicles import added_since, people_since, with_people
from zone_service.store.heard_lately import heard_lately
from zone_service.store.heights import approved_height
from zone_service.store.measured import KnownMileage
from zone_service.store.on_record import on_record
from zone_service.store.records import PLATFORM, RegisterEntry
from zone_service.store.revisions import revision
from zone_service.store.segments import segment_lengths_km
from zone_service.store.tables import (
    ApplicationRow,
    DocumentRow,
    PermitEventRow,
    PermitRow,
)

_HANDED_IN = frozenset({PermitState.SUBMITTED, PermitState.NOTIFIED})
_WITH_APPLICANT = frozenset({PermitState.DRAFT, PermitState.RETURNED_FOR_CORRECTION})
_PASSED = (PermitState.ACTIVE, PermitState.RENEWAL_PENDING)
"""A stage counts as passed while its permit is in force, and after it ended by its time alone."""
_OVER = (PermitState.EXPIRED, PermitState.DEREGISTERED)
_RAN_OUT = select(PermitEventRow.number).where(
    PermitEventRow.action == PermitAction.EXPIRE.value,
    col(PermitEventRow.before).not_in(sorted(each.value for each in (*HALTED, PermitState.ISSUED))),
)
"""Also once it was struck off after that; but not where it was suspended when it ran out, or had not
come into force."""
_IDS_AT_ONCE = 500


def known(
    session: Session,
    case: Case,
    at: datetime,
    under: Ruling,
    *,
    warning_id: str | None = None,
    mileage: Mileage | None = None,
    proposed: Proposal | None = None,
) -> Known:
    """Return all that is known of the application of a permit at a moment.

    ``warning_id``: of the warning that is being published; ``mileage``: from where kilometres are
    known, what is attested and measured where nothing else is given; ``proposed``: what would
    become of it.
    """
    asked = _asked(session, case, at, under, proposed)
    case, permit, sheet = asked.case, asked.permit, asked.sheet
    papers, elsewhere = _its_papers(asked), recognised_elsewhere(session, asked.entries, at, sheet)
    earlier, height = _earlier(session, permit, asked.firms), approved_height(session, permit)
    return Known(
        permit=permit,
        application=asked.application,
        at=at,
        subjects=_subjects(asked, papers, elsewhere, mileage or KnownMileage(session, at)),
        own_proofs=papers[Covered(CoveredKind.PERMIT, permit.number)],
        firm_proofs=tuple(
            each for firm in asked.firms for each in papers[Covered(CoveredKind.ORGANISATION, firm)]
        ),
        handed_in_at=_handed_in(case),
        cut_off=flight_cut_off(case),
        is_extreme=is_extreme(case),
        notice_wd=_notice(case, at),
        warning_id=warning_id or _warning(case),
        fence_revision=revision(session, "zones"),
        rules_in_force=not refusals(sheet, legal_day(at), permit.family),
        earlier=earlier,
        recognised_stages=elsewhere.stages,
        segment_km=segment_lengths_km(session, permit),
        height_approved_m=height.agl_m if height else None,
        height_approved_by=height.by if height else (),
        segment_classes=_classes(session, permit, earlier),
        flights=_flights(session, permit),
        attestations=attestations.that_count(session, permit.number, at),
        anew=proposed.anew if proposed else _amended(case),
    )


def _amended(case: Case) -> Anew | None:
    """Return what is attested anew once the terms were amended, where nobody decides on them later."""
    its = (each.at for each in reversed(case.changes) if each.action is PermitAction.AMEND_TERMS)
    since = next(its, None)
    if since is None or case.permit.family is not Family.EXEMPT:
        return None
    return Anew(since, frozenset({PreconditionCode.ART31_EXEMPT}))


@dataclass(frozen=True, slots=True)
class _Asked:
    """An application while it is looked up: whose it is, what it is of, and as of when."""

    session: Session
    case: Case
    application: Application
    entries: tuple[RegisterEntry, ...]
    firms: tuple[str, ...]
    """Who applies, alone or together."""
    at: datetime
    sheet: Sheet

    @property
    def permit(self) -> Permit:
        """With the terms that are proposed, where some are."""
        return self.case.permit


def _asked(
    session: Session, case: Case, at: datetime, under: Ruling, proposed: Proposal | None
) -> _Asked:
    if proposed is not None:
        case = replace(case, permit=replace(case.permit, terms=proposed.terms))
    permit = case.permit
    application = _of_now(session, permit.number, proposed)
    gone = consortium_members.left(session, permit.number)
    gone |= proposed.leaving if proposed else frozenset()
    entries = tuple(_without(session, application.entry_ids, gone))
    application = replace(application, entry_ids=tuple(each.entry_id for each in entries))
    members = applications.members_of(session, permit.number, application)
    firms = dict.fromkeys((permit.holder_id, *(each.organisation_id for each in members)))
    firms = dict.fromkeys(each for each in firms if each not in gone)
    return _Asked(session, case, application, entries, tuple(firms), at, under.of(permit).sheet)


def _its_papers(asked: _Asked) -> Mapping[Covered, tuple[Proof, ...]]:
    """Return the documents about an application, its vehicles and people, and who applies."""
    own = (asked.permit.number, *asked.firms, asked.application.consortium_id)
    return _papers(asked.session, [*(each.entry_id for each in asked.entries), *own])


def _subjects(
    asked: _Asked,
    papers: Mapping[Covered, tuple[Proof, ...]],
    elsewhere: Elsewhere,
    source: Mileage,
) -> tuple[Subject, ...]:
    """Return the vehicles and people of an application with all that is known of each."""
    session, at, sheet, entries = asked.session, asked.at, asked.sheet, asked.entries
    driven = source.driven([each.entry_id for each in entries], asked.permit.terms.zone_ids)
    by_id = {each.entry_id: each for each in entries}
    spared = applications.spared_of(session, asked.permit, by_id, at, sheet)
    devices = {each.device_id for each in entries if each.device_id is not None}
    records = on_record(session, devices, asked.firms, at, sheet)
    heard = heard_lately(session, devices, at, sheet)
    tests = link_tests.latest(session, devices, at, sheet)

    def of(each: RegisterEntry) -> Subject:
        own = driven.get(each.entry_id, NOT_KNOWN)
        return Subject(
            entry_id=each.entry_id,
            particulars=each.particulars,
            proofs=papers[_covered(each)],
            driven=elsewhere.with_it(each.entry_id, own),
            recognised=spared.recognised.get(each.entry_id, frozenset()),
            recognised_from=elsewhere.sources_of(each.entry_id),
            told=elsewhere.told_of(each.entry_id, own, account_of(own)),
            told_of_segments=elsewhere.told_of(each.entry_id, own, account_of_segments(own)),
            on_record=records.get(each.device_id or "", NOTHING_ON_RECORD),
            heard=heard.get(each.device_id or ""),
            link_test=tests.get(each.device_id or ""),
        )

    return tuple(map(of, entries))


def named_of(session: Session, number: str) -> frozenset[str]:
    """Return the entries that are under a permit now, or are applied for with it."""
    named = _of_now(session, number, None).entry_ids
    gone = consortium_members.left(session, number)
    return frozenset(each.entry_id for each in _without(session, named, gone))


def _of_now(session: Session, number: str, proposed: Proposal | None) -> Application:
    """Return an application with the vehicles and people that came, or would come, after it."""
    found = applications.get(session, PLATFORM, number)
    people = proposed.people if proposed else None
    people = people_since(session, number) if people is None else people
    first = with_people(session, found.entry_ids, people)
    more = (
        *added_since(session, (number,)).get(number, ()),
        *(proposed.entry_ids if proposed else ()),
    )
    return replace(found, entry_ids=tuple(dict.fromkeys((*first, *more))))


def _without(
    session: Session, entry_ids: Iterable[str], gone: frozenset[str]
) -> list[RegisterEntry]:
    """Return entries but for those of who has left the consortium."""
    found = (register.get(session, PLATFORM, each) for each in dict.fromkeys(entry_ids))
    return [each for each in found if each.organisation_id not in gone]


def _covered(entry: RegisterEntry) -> Covered:
    return Subject(entry_id=entry.entry_id, particulars=entry.particulars).covered


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


def _earlier(
    session: Session, permit: Permit, firms: Sequence[str]
) -> tuple[EarlierPermit, ...] | None:
    """Return what those who apply have passed, together or each alone."""
    if permit.family is not Family.ROAD:
        return None
    asked = (
        select(PermitRow, ApplicationRow.body)
        .join(ApplicationRow, col(ApplicationRow.number) == col(PermitRow.number), isouter=True)
        .where(
            col(PermitRow.holder_id).in_(firms),
            PermitRow.number != permit.number,
            or_(
                col(PermitRow.state).in_([each.value for each in _PASSED]),
                and_(
                    col(PermitRow.state).in_([each.value for each in _OVER]),
                    col(PermitRow.number).in_(_RAN_OUT),
                ),
            ),
        )
        .order_by(col(PermitRow.number))
    )
    found = [(history.permit_of(row), _application(body)) for row, body in session.exec(asked)]
    more = added_since(session, [each.number for each, _ in found])
    return tuple(_passed(each, application, more) for each, application in found)


def _application(body: str | None) -> Application:
    return Application() if body is None else application_from_json(json.loads(body))


def _passed(
    permit: Permit, application: Application, more: Mapping[str, tuple[str, ...]]
) -> EarlierPermit:
    return EarlierPermit(
        number=permit.number,
        kind=PermitKind(permit.kind),
        zone_ids=permit.terms.zone_ids,
        vehicle_ids=frozenset((*application.entry_ids, *more.get(permit.number, ()))),
        driver_mode=application.driver_mode,
    )


def _classes(
    session: Session, permit: Permit, earlier: tuple[EarlierPermit, ...] | None
) -> Mapping[str, str]:
    """Return the class of each segment or airspace, here and before, of which the map has one."""
    if permit.family not in {Family.ROAD, Family.RECORD}:
        return {}
    return classes_of(
        session, permit.terms.zone_ids.union(*(each.zone_ids for each in earlier or ()))
    )


def _flights(session: Session, permit: Permit) -> tuple[GrantedFlight, ...] | None:
    if permit.family not in FLIGHTS:
        return None
    return flights_at_once(session, permit)
