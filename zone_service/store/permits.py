"""Permits and every step of their lives."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement
from sqlmodel import Session, and_, col, insert, or_, select

from permits.deadlines import Case
from permits.issuing import Ruling, legal_day
from permits.life_cycle import IN_FORCE
from permits.permit import (
    FAMILY_OF,
    Permit,
    PermitAction,
    PermitChanged,
    PermitKind,
    PermitState,
)
from permits.plating import PlateWanted
from permits.step_checks import TermsAmiss
from permits.terms import Terms
from permits.transition import Detail
from zone_service.drawn_corridors import problems_of
from zone_service.store import audit, history, permit_events, permit_parts, permit_taking, places
from zone_service.store.consortium_members import require_devices
from zone_service.store.errors import Conflict, InvalidValue
from zone_service.store.granted import ENDED, NEVER_GRANTED
from zone_service.store.records import ANY_PERMIT, PermitFilter, Principal
from zone_service.store.revisions import bump
from zone_service.store.scoping import fields, one, page_size, require_own, scoped_rows
from zone_service.store.tables import OrganisationRow, PermitRow

ENDED_RECENTLY = timedelta(days=30)
"""A device that goes on after its permit is reported as expired, not as never permitted."""

_PREFIX = {
    PermitKind.ROAD_TEST: "RT",
    PermitKind.DEMO_APPLICATION: "DA",
    PermitKind.DEMO_OPERATION: "DO",
    PermitKind.FLIGHT_ACTIVITY: "FA",
    PermitKind.COMMERCIAL_OPERATION: "CO",
    PermitKind.LOW_SPEED_TEST: "LT",
    PermitKind.LOW_SPEED_OPERATION: "LO",
    PermitKind.STANDING_FLIGHT: "SF",
    PermitKind.EMERGENCY_FLIGHT: "EF",
    PermitKind.TEST_BASE_USE: "TB",
    PermitKind.SUITABLE_AIRSPACE_FLIGHT: "SA",
    PermitKind.EXEMPT_FLIGHT: "XF",
    PermitKind.VESSEL_TRIAL: "VT",
    PermitKind.CHANNEL_SURVEY: "CS",
}
_IDS_AT_ONCE = 500


def create(
    session: Session,
    principal: Principal,
    *,
    kind: PermitKind,
    holder_id: str,
    terms: Terms,
    at: datetime,
    number: str | None = None,
    jurisdiction: str = "",
) -> Permit:
    """Begin an application and return it as a draft; without a number it gets the next one.

    ``jurisdiction`` is as ``RuleLibrary.chosen`` returns it; it stays what it is.

    Raises:
        NotAllowed: it is for another organisation.
        NotFound: there is no such organisation.
        InvalidValue: the holder is no more, a device is unknown or somebody else's, or a corridor cannot be judged by.
        PlacesRefused: the map does not let it name a zone that it names.
        Conflict: the number is taken.
    """
    require_own(principal, "apply for a permit", holder_id)
    _require_drawable(terms)
    count = bump(session, "permits")
    holder = one(session, OrganisationRow, principal, holder_id)
    if holder.ended_at is not None:
        raise InvalidValue(why="holder ended", holder=holder_id)
    require_devices(session, None, holder_id, terms)
    places.require(session, FAMILY_OF[kind], terms)
    number = number or f"{_PREFIX[kind]}-{legal_day(at).year}-{count:06d}"
    if session.get(PermitRow, number) is not None:
        raise Conflict(why="taken", what="permit", key=number)
    permit = Permit(number, kind, PermitState.DRAFT, holder_id, terms, jurisdiction=jurisdiction)
    values = permit_taking.values_of(permit) | {"created_at": at, "changed_at": at}
    session.exec(insert(PermitRow).values(values))
    permit_parts.keep(session, permit)
    history.keep_permit(session, number, count)
    audit.record(session, principal, "permit.create", number, at)
    return permit


def get(session: Session, principal: Principal, number: str) -> Permit:
    """Return one permit.

    Raises:
        NotFound: there is none that the principal may see.
    """
    return history.permit_of(fields(session, PermitRow, principal, number))


def page(
    session: Session,
    principal: Principal,
    *,
    wanted: PermitFilter = ANY_PERMIT,
    after: str = "",
    limit: int = 100,
) -> tuple[Permit, ...]:
    """Return permits in the order of their numbers, from after one of them."""
    key = col(PermitRow.number)
    asked = permit_parts.filtered(scoped_rows(PermitRow, principal).where(key > after), wanted)
    found = session.exec(asked.order_by(key).limit(page_size(limit)))
    return tuple(history.permit_of(row) for row in found)


def case(session: Session, principal: Principal, number: str, under: Ruling) -> Case:
    """Return one permit with what was done to it and what its time is counted by.

    Raises:
        NotFound: there is none that the principal may see.
    """
    found = get(session, principal, number)
    return permit_taking.cases_of(session, (found,), under)[0]


def apply_action(
    session: Session,
    principal: Principal,
    number: str,
    action: PermitAction,
    at: datetime,
    reason: str = "",
    *,
    under: Ruling,
    expected_revision: int | None = None,
    details: Mapping[Detail, str] | None = None,
    plates: Sequence[PlateWanted] = (),
    ended_plates: Sequence[str] = (),
    terms: Terms | None = None,
) -> Permit:
    """Do one step in the life of a permit and return the permit after it.

    What the law has done with it until then comes first, whoever looked in between. Of two who
    decide at once the first wins; the other gets a ``Conflict`` and looks again. The step keeps the
    rule set and version that it was done ``under``. ``plates`` are given, and ``ended_plates``
    ended, by the steps of the police that do so; ``terms`` are asked for anew by the applicant's.

    Raises:
        NotFound: there is none that the principal may see.
        NotAllowed: the step is not this principal's to take.
        ActionNotAllowed, ReasonRequired, DetailsRefused: the life cycle refuses it.
        PermitError, StoreError: a guard of the step refuses it.
        Conflict: the permit has moved on from ``expected_revision``.
    """
    found = case(session, principal, number, under)
    now = permit_taking.let_law(session, found, at, under, unless=action)
    before = now.permit
    permit_taking.require_actor(principal, before, action)
    if expected_revision is not None and expected_revision != before.revision:
        raise permit_taking.moved_on(before)
    if terms is not None:
        _require_terms(session, before, action, terms)
    return permit_taking.take(
        session,
        principal,
        now,
        action,
        at,
        reason,
        under=under,
        details=details,
        plates=plates,
        ended_plates=ended_plates,
        terms=terms,
    ).permit


def changes(session: Session, principal: Principal, number: str) -> tuple[PermitChanged, ...]:
    """Return what was done to a permit, in order.

    Raises:
        NotFound: there is none that the principal may see.
    """
    one(session, PermitRow, principal, number)
    return permit_events.of_permit(session, number)


def grants(
    session: Session, at: datetime, known: Mapping[str, Permit] | None = None
) -> tuple[Permit, ...]:
    """Return the permits that were granted and have not ended long before ``at``: for the worker.

    Suspended ones and those not yet confirmed are among them: their devices are known, and
    what they do now is a breach of its own kind. Those ``known`` by their number are read again
    only where they have changed, and are else the same objects.
    """
    known = known or {}
    standing = _standing(at)
    counts = session.exec(
        select(PermitRow.number, PermitRow.revision).where(*standing).order_by(PermitRow.number)
    ).all()
    new = [
        number for number, count in counts if number not in known or known[number].revision != count
    ]
    read = {permit.number: permit for permit in _read(session, new, standing)}
    found = (read.get(number) or known.get(number) for number, _ in counts)
    return tuple(permit for permit in found if permit is not None)


def _standing(at: datetime) -> tuple[ColumnElement[bool], ...]:
    recent = at - ENDED_RECENTLY
    return (
        col(PermitRow.state).not_in([state.value for state in NEVER_GRANTED]),
        or_(
            col(PermitRow.state).not_in([state.value for state in ENDED]),
            col(PermitRow.valid_to) >= recent,
            # What is struck off has ended before that: of an old store it would come back, all of it.
            and_(
                col(PermitRow.state) != PermitState.DEREGISTERED.value,
                col(PermitRow.changed_at) >= recent,
            ),
        ),
    )


def _read(
    session: Session, numbers: Sequence[str], standing: tuple[ColumnElement[bool], ...]
) -> Iterator[Permit]:
    """Read permits by their numbers; a great many are all read, whatever their numbers."""
    few = len(numbers) <= _IDS_AT_ONCE
    chosen = (col(PermitRow.number).in_(numbers),) if few else ()
    if numbers:
        yield from map(history.permit_of, session.exec(select(PermitRow).where(*standing, *chosen)))


def in_force(session: Session) -> tuple[Permit, ...]:
    """Return the permits under which the permitted activity may go on now, whoever asks."""
    states = [state.value for state in IN_FORCE]
    asked = select(PermitRow).where(col(PermitRow.state).in_(states))
    return tuple(map(history.permit_of, session.exec(asked)))


def grants_at(session: Session, revision: int, at: datetime) -> tuple[Permit, ...]:
    """Return what ``grants`` returned ``at`` a moment, when the permits were at a revision."""
    recent = at - ENDED_RECENTLY
    return history.permits_at(session, revision, NEVER_GRANTED, ENDED, recent)


def _require_terms(session: Session, permit: Permit, action: PermitAction, terms: Terms) -> None:
    if action is not PermitAction.AMEND_TERMS:
        raise TermsAmiss(permit, action, is_given=True)
    _require_drawable(terms)
    require_devices(session, permit.number, permit.holder_id, terms)
    places.require(session, permit.family, terms)


def _require_drawable(terms: Terms) -> None:
    """The last gate, whoever asked before: a corridor that cannot be drawn would stop the worker."""
    found = () if terms.corridor is None else problems_of(terms.corridor)
    if found:
        wrong = "; ".join(f"corridor.{each.path}: {each.message}" for each in found)
        raise InvalidValue(why="cannot be drawn", problems=wrong)
