"""Who could vote at all: departments that decide on an application, and of which nobody has an account here."""

from collections.abc import Iterable

from sqlmodel import Session, col, select

from permits.department import Department
from permits.issuing import Ruling
from permits.permit import Permit, PermitState
from permits.review import Ballot
from permits.reviewers import reviewers
from zone_service.store import ballots
from zone_service.store.records import Role, seat_of
from zone_service.store.tables import AccountRow

FILED = frozenset(
    {
        PermitState.SUBMITTED,
        PermitState.ACCEPTED,
        PermitState.THIRD_PARTY_REVIEW,
        PermitState.EXPERT_REVIEW,
        PermitState.JOINT_REVIEW,
        PermitState.NOTIFIED,
    }
)
"""The states of what was handed in and is not decided."""


def vacant(session: Session, permit: Permit, under: Ruling) -> tuple[Ballot, ...]:
    """Return the ballots of an application that nobody could cast: that wait for ever, unless somebody comes.

    Those of its round, or else those that it would have by the rules as they are. Whoever is of the
    applicant does not vote on it, and so fills no seat.
    """
    waiting = _waiting(session, permit, under) if permit.state in FILED else ()
    if not waiting:
        return ()
    filled = _filled(session, ballots.parties(session, permit))
    return tuple(each for each in waiting if each.department not in filled)


def _waiting(session: Session, permit: Permit, under: Ruling) -> tuple[Ballot, ...]:
    review = ballots.current(session, permit)
    if review is not None and review.open:
        return tuple(each for each in review.ballots if each.vote is None)
    named = reviewers(under.of(permit).sheet, permit.kind)
    must = (Ballot(each, mandatory=True) for each in named.mandatory)
    may = (Ballot(each, mandatory=False) for each in named.advisory)
    return (*must, *may)


def _filled(session: Session, parties: Iterable[str]) -> frozenset[Department]:
    voting = [each.value for each in (Role.REVIEWER, Role.POLICE)]
    asked = (
        select(AccountRow.role, AccountRow.department)
        .where(
            col(AccountRow.active),
            col(AccountRow.role).in_(voting),
            col(AccountRow.organisation_id).not_in(sorted(parties)),
        )
        .distinct()
    )
    seats = (seat_of(Role(role), department) for role, department in session.exec(asked))
    return frozenset(each for each in seats if each is not None)
