"""Joint review as people take part in it: votes, opinions, and what waits for whom.

The vote that completes a round decides it in its own transaction: the permit is approved, sent back or
refused with that vote, or neither is written.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, insert, select

from permits.acts import Act
from permits.competence import NotCompetent
from permits.department import Department
from permits.issuing import Ruling
from permits.life_cycle import Family, PermitAction, PermitState
from permits.opinion import OpinionKind, Verdict
from permits.permit import Permit, PermitKind
from permits.provisos import NONE, Provisos
from permits.review import (
    Approved,
    Choice,
    NotYourBallot,
    OwnFile,
    Rejected,
    Returned,
    Review,
    ReviewClosed,
    Vote,
    Voter,
    cast,
    in_writing,
    tally,
)
from zone_service.store import audit, ballots, opinions, permits
from zone_service.store.competence import unfit_for
from zone_service.store.errors import Conflict, InvalidValue
from zone_service.store.records import (
    PLATFORM,
    Assignment,
    Awaited,
    OrganisationKind,
    Principal,
    ReviewFile,
    Role,
    department_of,
)
from zone_service.store.revisions import bump
from zone_service.store.scoping import one, page_size, require_role
from zone_service.store.tables import (
    AssignmentRow,
    DocumentRow,
    OpinionRow,
    OrganisationRow,
)

OPINIONS_WHILE = frozenset(
    {
        PermitState.SUBMITTED,
        PermitState.ACCEPTED,
        PermitState.THIRD_PARTY_REVIEW,
        PermitState.EXPERT_REVIEW,
        PermitState.JOINT_REVIEW,
        PermitState.NOTIFIED,
        PermitState.RESUME_REQUESTED,
    }
)
"""The states in which a file is under review, or asked to go on, and may be given an opinion."""
_APPLIED_FOR = OPINIONS_WHILE - {PermitState.RESUME_REQUESTED}
_ASKS = {
    OpinionKind.THIRD_PARTY: PermitAction.START_THIRD_PARTY_REVIEW,
    OpinionKind.EXPERT: PermitAction.START_EXPERT_REVIEW,
}
"""What asking somebody belongs to, for who is told that it is not theirs."""

_MOST = 2000
"""Characters of a reason on record; what is longer stands on the ballots in full."""


def get(session: Session, principal: Principal, number: str) -> ReviewFile:
    """Return all that joint review knows of a permit.

    Raises:
        NotFound: there is none that the principal may see.
    """
    permit = permits.get(session, principal, number)
    return ReviewFile(
        permit,
        ballots.rounds(session, permit),
        tuple(_assignment(each) for each in _asked(session, number)),
        opinions.given_on(session, number),
    )


def vote(
    session: Session,
    principal: Principal,
    number: str,
    choice: Choice,
    at: datetime,
    *,
    under: Ruling,
    reason: str = "",
    conditions: Provisos = NONE,
    missing: tuple[str, ...] = (),
    department: Department | None = None,
    expected_tag: str | None = None,
) -> ReviewFile:
    """Cast the vote of the principal's department and decide the permit if that was the last one.

    ``department`` is whose ballot is meant, where that is said; nobody votes on another's.

    Raises:
        NotFound: there is no permit that the principal may see.
        ReviewError: the vote does not count; its kind says why, and what was expected.
        Conflict: the review has moved on from ``expected_tag``.
        PermitError: it would decide the permit, and a guard of that step refuses.
    """
    # First of all: whoever votes at the same time waits here, and then sees this vote.
    bump(session, "permits")
    permit = permits.get(session, principal, number)
    if expected_tag is not None and expected_tag != get(session, principal, number).tag:
        raise Conflict(why="moved on", what="the review of permit", key=number)
    review = _open_review(session, permit, under, at)
    own = department_of(principal)
    meant = department or own
    if meant is None:
        have_one = tuple(each.department for each in review.ballots)
        raise NotYourBallot(why="no department", voter=principal.username, expected=have_one)
    voter = Voter(principal.username, principal.organisation_id, own)
    given = Vote(meant, choice, voter, at, reason, conditions, missing)
    after = cast(review, given)
    ballots.write(session, review, given)
    said = f"round {review.round}, {meant}: – → {choice}" + (f": {reason}" if reason else "")
    audit.record(session, principal, "review.vote", number, at, said[:_MOST])
    decide(session, permit, after, at, under)
    return get(session, principal, number)


def decide(session: Session, permit: Permit, review: Review, at: datetime, under: Ruling) -> bool:
    """Take the step that the votes come to, if they come to one; tell whether it was taken.

    Raises:
        PermitError: a guard of the step refuses it.
    """
    outcome = tally(review, at)
    match outcome:
        case Approved():
            # A vessel's warning has a number, and somebody publishes it.
            action = None if permit.family is Family.VESSEL else PermitAction.APPROVE
        case Returned():
            action = PermitAction.RETURN_FOR_CORRECTION
        case Rejected():
            action = PermitAction.REJECT
        case _:
            action = None
    if action is None:
        return False
    reason = in_writing(outcome)[:_MOST]
    permits.apply_action(session, PLATFORM, permit.number, action, at, reason, under=under)
    return True


def decide_without_opinion(session: Session, number: str, at: datetime, under: Ruling) -> bool:
    """Decide a permit that waited for nothing but an opinion whose time is over; tell whether it did.

    Raises:
        PermitError: a guard of the step refuses it.
    """
    bump(session, "permits")
    permit = permits.get(session, PLATFORM, number)
    review = ballots.current(session, permit)
    return review is not None and review.open and decide(session, permit, review, at, under)


def awaiting(
    session: Session,
    principal: Principal,
    after: str = "",
    limit: int = 100,
    *,
    kind: PermitKind | None = None,
    due_before: datetime | None = None,
) -> tuple[Awaited, ...]:
    """Return the permits that wait for the vote of the principal's department, by their numbers.

    Whoever is of no department has none. ``due_before``: only those to be decided before a moment.
    """
    own, most = department_of(principal), page_size(limit)
    if own is None:
        return ()
    return ballots.awaited(session, own, after, most, kind=kind, due_before=due_before)


def ask(
    session: Session,
    principal: Principal,
    number: str,
    organisation_id: str,
    kind: OpinionKind,
    at: datetime,
    *,
    under: Ruling,
) -> ReviewFile:
    """Ask a third party for its opinion: from then on its people see the permit.

    Raises:
        NotFound: there is no such permit or organisation.
        NotAllowed: the principal is neither a reviewer nor an administrator.
        InvalidValue: the organisation gives no opinions.
        NotCompetent: the principal's department is not to handle such an application.
        Conflict: it was asked before.
        OwnFile: the application is its own.
        ReviewClosed: the permit is not under review.
    """
    # First of all: who asks the same at the same time waits here, and then finds it asked.
    bump(session, "permits")
    permit = _under_review(session, principal, number)
    require_role(principal, "ask for an opinion", Role.REVIEWER, Role.ADMINISTRATOR)
    _require_competent(session, principal, permit, kind, under.of(permit))
    asked = one(session, OrganisationRow, principal, organisation_id)
    if asked.kind != OrganisationKind.THIRD_PARTY:
        raise InvalidValue(
            why="kind of organisation",
            organisation=organisation_id,
            kind=asked.kind,
            expected=OrganisationKind.THIRD_PARTY,
        )
    _require_other(session, permit, principal.username, organisation_id)
    if session.get(AssignmentRow, (number, organisation_id)) is not None:
        raise Conflict(why="asked already", organisation=organisation_id, number=number)
    session.exec(
        insert(AssignmentRow).values(
            number=number,
            organisation_id=organisation_id,
            kind=kind.value,
            at=at,
            by=principal.username,
        )
    )
    audit.record(session, principal, "review.ask", number, at, f"{kind}: {organisation_id}")
    return get(session, principal, number)


def give_opinion(
    session: Session,
    principal: Principal,
    number: str,
    verdict: Verdict,
    text: str,
    at: datetime,
    *,
    document_id: str | None = None,
) -> ReviewFile:
    """Attach the opinion of the principal's organisation to a permit that it was asked about.

    Raises:
        NotFound: there is no such permit, or it was not asked about it; or no such document of it.
        NotAllowed: the principal is of no third party.
        ReviewClosed: the permit is not under review.
    """
    permit = _under_review(session, principal, number)
    require_role(principal, "give an opinion", Role.ASSESSOR)
    _require_other(session, permit, principal.username, principal.organisation_id)
    asked = session.get_one(AssignmentRow, (number, principal.organisation_id))
    if document_id is not None:
        _require_of(session, principal, document_id, number)
    session.exec(
        insert(OpinionRow).values(
            number=number,
            kind=asked.kind,
            organisation_id=principal.organisation_id,
            author=principal.username,
            verdict=verdict.value,
            said=text,
            document_id=document_id,
            at=at,
        )
    )
    said = f"{asked.kind}: – → {verdict}: {text}"
    audit.record(session, principal, "review.opinion", number, at, said[:_MOST])
    return get(session, principal, number)


def _open_review(session: Session, permit: Permit, under: Ruling, at: datetime) -> Review:
    """Return the round that goes on; a permit that waited before there were rounds gets its first."""
    under_review = permit.state is ballots.UNDER_REVIEW.get(permit.family)
    found = ballots.current(session, permit)
    if under_review and (found is None or not found.open):
        ballots.open_round(session, permit, under, at)
        found = ballots.current(session, permit)
    if found is None:
        raise ReviewClosed(why="closed", number=permit.number)
    return found


def _under_review(session: Session, principal: Principal, number: str) -> Permit:
    permit = permits.get(session, principal, number)
    if permit.state not in OPINIONS_WHILE and not opinions.parts_await(session, number):
        raise ReviewClosed(why="closed for opinions", number=number)
    return permit


def _require_other(session: Session, permit: Permit, who: str, organisation_id: str) -> None:
    if organisation_id in ballots.parties(session, permit):
        raise OwnFile(why="own file", voter=who, organisation=organisation_id)


def _require_competent(
    session: Session, principal: Principal, permit: Permit, kind: OpinionKind, under: Ruling
) -> None:
    """Who handles an application asks about it; about parts that are suspended, who supervises."""
    act = Act.HANDLE if permit.state in _APPLIED_FOR else Act.SUPERVISE
    if why := unfit_for(session, principal, permit, act, under):
        raise NotCompetent(permit, _ASKS[kind], why)


def _require_of(session: Session, principal: Principal, document_id: str, number: str) -> None:
    document = one(session, DocumentRow, principal, document_id)
    if (document.covers_kind, document.covers_key) != ("permit", number):
        raise InvalidValue(
            why="about another", document=document_id, found=document.covers_key, expected=number
        )


def _asked(session: Session, number: str) -> Iterable[AssignmentRow]:
    key = col(AssignmentRow.organisation_id)
    return session.exec(select(AssignmentRow).where(AssignmentRow.number == number).order_by(key))


def _assignment(row: AssignmentRow) -> Assignment:
    return Assignment(row.number, row.organisation_id, OpinionKind(row.kind), row.at, row.by)
