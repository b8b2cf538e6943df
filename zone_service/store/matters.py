"""Matters under permits: opened, taken further, listed.

A step is asked, brought about and written in one transaction, together with the step of the permit that
follows from it. Of two at once the first wins; the other gets a ``Conflict`` and looks again.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel import Session, col, select

from permits.accident import Accident
from permits.deadlines import Case
from permits.further import Renewal
from permits.issuing import Ruling, legal_day
from permits.matter import About, Matter, MatterChanged, act_in
from permits.matter_cycle import MATTER_MOVES
from permits.matter_deadlines import MatterCase, accident_limits, matter_dues
from permits.matter_refusals import MatterRefused
from permits.matter_states import MATTER_FAMILY_OF, MatterAction, MatterKind, MatterState
from permits.matter_step import MatterDetail, MatterStep
from permits.permit import Permit, PermitAction
from permits.plating import PlateWanted, must_bear_plates
from permits.provisos import NONE, Provisos
from permits.transition import Actor, Detail
from zone_service.store import (
    accident_clips,
    consortium_members,
    history,
    matter_parties,
    matter_rows,
    permit_taking,
    permits,
)
from zone_service.store.further_vehicles import awaited
from zone_service.store.matter_doing import Doing
from zone_service.store.matter_effects import MATTER_EFFECTS
from zone_service.store.matter_guards import MATTER_GUARDS
from zone_service.store.matter_papers import attached
from zone_service.store.records import PLATFORM, Principal, Role, department_of
from zone_service.store.revisions import bump
from zone_service.store.scoping import one, page_size, scoped_rows
from zone_service.store.tables import MatterRow, PermitRow

_PREFIX = {
    MatterKind.SUSPENSION: "SU",
    MatterKind.ACCIDENT: "AC",
    MatterKind.CHANGE: "CH",
    MatterKind.ADD_VEHICLES: "AV",
    MatterKind.HEARING: "HE",
}
_AUTHORITIES = frozenset({Role.REVIEWER, Role.POLICE})


def begin(
    session: Session,
    principal: Principal,
    number: str,
    kind: MatterKind,
    action: MatterAction,
    about: About,
    at: datetime,
    reason: str = "",
    *,
    under: Ruling,
    document_ids: Sequence[str] = (),
    details: Mapping[MatterDetail, str] | None = None,
) -> MatterCase:
    """Begin a matter under a permit by its first step.

    Raises:
        NotFound: there is no permit that the principal may see.
        MatterError: the step is not this principal's, or what must hold for it does not.
        Conflict: one of its kind is open, of which there may be one alone.
    """
    count = bump(session, "matters")
    permit = _permit_about(session, principal, number, about)
    if isinstance(about, Renewal):
        return _ask_renewal(session, principal, permit, about, at, reason, under)
    matter_id = f"{_PREFIX[kind]}-{legal_day(at).year}-{count:06d}"
    if isinstance(about, Accident):
        about = replace(about, stops=accident_limits(under.of(permit).sheet).stops)
    new = Matter(matter_id, number, kind, MatterState.NEW, permit.holder_id, about)
    case = _take(session, principal, new, (), action, at, reason, under, document_ids, details)
    accident_clips.note(session, case.matter, under.of(permit).sheet, at)
    return case


def act(
    session: Session,
    principal: Principal,
    matter_id: str,
    action: MatterAction,
    at: datetime,
    reason: str = "",
    *,
    under: Ruling,
    document_ids: Sequence[str] = (),
    details: Mapping[MatterDetail, str] | None = None,
    plates: Sequence[PlateWanted] = (),
    conditions: Provisos = NONE,
    expected_revision: int | None = None,
) -> MatterCase:
    """Do one step in a matter.

    Raises:
        NotFound: there is none that the principal may see.
        MatterError: the life cycle, or what must hold for the step, refuses it.
        Conflict: the matter has moved on from ``expected_revision``.
    """
    bump(session, "matters")
    matter = matter_rows.matter_of(one(session, MatterRow, principal, matter_id))
    if expected_revision is not None and expected_revision != matter.revision:
        raise matter_rows.moved_on(matter)
    changes = matter_rows.changes_of(session, (matter_id,)).get(matter_id, ())
    return _take(
        session,
        principal,
        matter,
        changes,
        action,
        at,
        reason,
        under,
        document_ids,
        details,
        plates,
        conditions,
    )


def get(session: Session, principal: Principal, matter_id: str, under: Ruling) -> MatterCase:
    """Return one matter with what was done in it and what its time is counted by.

    Raises:
        NotFound: there is none that the principal may see.
    """
    found = matter_rows.matter_of(one(session, MatterRow, principal, matter_id))
    return cases_of(session, (found,), under)[0]


def page(
    session: Session,
    principal: Principal,
    *,
    under: Ruling,
    number: str | None = None,
    kinds: Sequence[MatterKind] = (),
    state: MatterState | None = None,
    is_open: bool | None = None,
    overdue_at: datetime | None = None,
    after: str = "",
    limit: int = 100,
) -> tuple[MatterCase, ...]:
    """Return matters in the order of their ids, from after one of them.

    ``overdue_at``: only those in which somebody owed a step before that moment.
    """
    key = col(MatterRow.matter_id)
    asked = scoped_rows(MatterRow, principal).where(key > after)
    if number is not None:
        asked = asked.where(MatterRow.number == number)
    if kinds:
        asked = asked.where(col(MatterRow.kind).in_([each.value for each in kinds]))
    if state is not None:
        asked = asked.where(MatterRow.state == state.value)
    if is_open is not None:
        asked = asked.where(col(MatterRow.is_open).is_(is_open))
    if overdue_at is not None:
        asked = asked.where(col(MatterRow.due_at) < overdue_at)
    rows = session.exec(asked.order_by(key).limit(page_size(limit)))
    return cases_of(session, tuple(map(matter_rows.matter_of, rows)), under)


def _take(
    session: Session,
    principal: Principal,
    matter: Matter,
    changes: tuple[MatterChanged, ...],
    action: MatterAction,
    at: datetime,
    reason: str,
    under: Ruling,
    document_ids: Sequence[str],
    details: Mapping[MatterDetail, str] | None = None,
    plates: Sequence[PlateWanted] = (),
    conditions: Provisos = NONE,
) -> MatterCase:
    row = MATTER_MOVES[matter.family].get(matter.state, {}).get(action)
    _require_actor(session, principal, matter, action, row)
    after, changed = act_in(
        matter, action, at=at, by=principal.username, reason=reason, details=details
    )
    if conditions != NONE and action is not MatterAction.CONSENT:
        raise MatterRefused(matter.matter_id, action, why="no conditions")
    assert row is not None  # noqa: S101 -- act_in has refused what is not in the table
    if row.effects:
        # Before its rows are read: whoever changes the permit at the same time waits here.
        bump(session, "permits")
    case = _permit_case(session, matter.number, at, under)
    papers = attached(session, principal, matter, row, document_ids)
    doing = Doing(
        session, principal, matter, changes, case, row, at, reason.strip(), under.of(case.permit),
        papers, tuple(plates), conditions,
    )  # fmt: skip
    for guard in row.guards:
        MATTER_GUARDS[guard](doing)
    if matter.kind is MatterKind.RENEWAL and action in _OF_PERMIT:
        return _decide_renewal(doing)
    made = _done(doing, after, changed)
    return _decided(session, made, at, doing.under) if action is MatterAction.CONSENT else made


def _done(doing: Doing, after: Matter, changed: MatterChanged) -> MatterCase:
    """Write a step that its guards have let, and bring about what follows from it."""
    authority, department = _office(doing.principal)
    changed = replace(
        changed, rules=doing.under.label, papers=doing.papers, authority=authority,
        department=department, conditions=doing.conditions,
    )  # fmt: skip
    owners = matter_parties.of(doing.session, doing.matter)
    made = _case(after, (*doing.changes, changed), doing.case, doing.under, owners)
    dues = matter_dues(made)
    matter_rows.write(
        doing.session,
        doing.principal,
        after,
        changed,
        dues[0].at if dues else None,
        permit_taking.due_label(doing.under),
    )
    for effect in doing.row.effects:
        doing = doing.on(MATTER_EFFECTS[effect](doing, after))
    return replace(made, permit=doing.permit)


def _decided(session: Session, case: MatterCase, at: datetime, under: Ruling) -> MatterCase:
    """Take the step that the consents come to, once all are there: in the transaction of the last."""
    matter, permit = case.matter, case.permit
    if awaited(matter, case.changes, permit, under):
        return case
    sheet = under.of(permit).sheet
    plates = matter.kind is MatterKind.ADD_VEHICLES and must_bear_plates(sheet, permit.kind)
    action = MatterAction.GRANT_TO_PLATE if plates else MatterAction.GRANT
    return _take(session, PLATFORM, matter, case.changes, action, at, "", under, ())


_OF_PERMIT = {
    MatterAction.GRANT: PermitAction.RENEW,
    MatterAction.REFUSE: PermitAction.REFUSE_RENEWAL,
}
"""A renewal is a state of its permit, whose steps decide it; the matter follows them."""


def _decide_renewal(doing: Doing) -> MatterCase:
    permit_taking.take(
        doing.session,
        doing.principal,
        doing.case,
        _OF_PERMIT[doing.row.action],
        doing.at,
        doing.reason,
        under=doing.under,
    )
    return get(doing.session, PLATFORM, doing.matter.matter_id, doing.under)


def _ask_renewal(
    session: Session,
    principal: Principal,
    permit: Permit,
    about: Renewal,
    at: datetime,
    reason: str,
    under: Ruling,
) -> MatterCase:
    """Ask for a renewal by the step of the permit, which opens its matter.

    Raises:
        NotAllowed, PermitError: the step is not the principal's, or is refused.
    """
    until = about.asked_until
    details = {} if until is None else {Detail.ASKED_UNTIL: until.isoformat()}
    permits.apply_action(
        session, principal, permit.number, PermitAction.REQUEST_RENEWAL, at, reason,
        under=under, details=details,
    )  # fmt: skip
    found = matter_rows.open_of(session, permit.number)
    made = next(each for each in found if each.kind is MatterKind.RENEWAL)
    return get(session, principal, made.matter_id, under)


def _permit_about(session: Session, principal: Principal, number: str, about: About) -> Permit:
    """Return the permit that a matter is to be begun under, as far as the principal may.

    Who has left its consortium sees it no more, and still owes what happened to its own vehicles meanwhile.

    Raises:
        NotFound: there is none that the principal may see, or has left with all that it is told of.
    """
    own = principal.organisation_id
    owes = isinstance(about, Accident) and matter_parties.owners_of(session, about) == {own}
    if owes and own in consortium_members.left(session, number):
        return permits.get(session, PLATFORM, number)
    return permits.get(session, principal, number)


def _permit_case(session: Session, number: str, at: datetime, under: Ruling) -> Case:
    """Return the permit after what the law has done with it by now."""
    found = permit_taking.case_of(session, number, under)
    return permit_taking.let_law(session, found, at, under)


def cases_of(session: Session, found: Sequence[Matter], under: Ruling) -> tuple[MatterCase, ...]:
    """Return matters that were read, each with what its time is counted by."""
    changes = matter_rows.changes_of(session, [each.matter_id for each in found])
    numbers = sorted({each.number for each in found})
    rows = session.exec(select(PermitRow).where(col(PermitRow.number).in_(numbers)))
    its = {
        case.permit.number: case
        for case in permit_taking.cases_of(session, [history.permit_of(row) for row in rows], under)
    }
    owners = matter_parties.of_matters(session, [each.matter_id for each in found])
    return tuple(
        _case(
            each,
            changes.get(each.matter_id, ()),
            its[each.number],
            under,
            owners.get(each.matter_id, ()),
        )
        for each in found
    )


def _case(
    matter: Matter,
    changes: tuple[MatterChanged, ...],
    case: Case,
    under: Ruling,
    owners: Collection[str],
) -> MatterCase:
    limits = accident_limits(under.of(case.permit).sheet)
    return MatterCase(
        matter,
        case.permit,
        changes,
        case.limits,
        case.calendar,
        limits,
        case.remedies,
        tuple(sorted(owners)),
    )


def _office(principal: Principal) -> tuple[str, str]:
    """Return the organisation and the department of an authority; nothing for anybody else."""
    if principal.role not in _AUTHORITIES:
        return "", ""
    department = department_of(principal)
    return principal.organisation_id, department.value if department else ""


def _require_actor(
    session: Session,
    principal: Principal,
    matter: Matter,
    action: MatterAction,
    row: MatterStep | None,
) -> None:
    """Refuse a step to who has no part in it, whatever the state.

    Raises:
        MatterRefused: says whose it is.
    """
    table = MATTER_MOVES[MATTER_FAMILY_OF[matter.kind]].values()
    anywhere = (each for moves in table for each in moves.values() if each.action is action)
    may = row.actors if row else frozenset(actor for each in anywhere for actor in each.actors)
    if may and may.isdisjoint(_parts(session, principal, matter)):
        raise MatterRefused(matter.matter_id, action, *sorted(may), why="not yours")


def _parts(session: Session, principal: Principal, matter: Matter) -> frozenset[Actor]:
    if principal == PLATFORM:
        return frozenset({Actor.SYSTEM, Actor.DEPARTMENTS})
    match principal.role:
        case Role.OPERATOR if principal.organisation_id == matter.holder_id:
            return frozenset({Actor.APPLICANT})
        case Role.OPERATOR if matter_parties.is_of(session, principal.organisation_id, matter):
            return frozenset({Actor.OWNER})
        case Role.REVIEWER:
            return frozenset({Actor.REVIEWER})
        case Role.POLICE:
            return frozenset({Actor.POLICE})
        case _:
            return frozenset()
