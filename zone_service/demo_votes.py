"""Votes of all departments on a permit of the demonstration: each by somebody of that department."""

from datetime import datetime

from sqlmodel import Session

from permits.department import Department
from permits.issuing import Ruling
from permits.permit import Permit
from permits.review import Choice
from zone_service.store import reviews
from zone_service.store.records import PLATFORM, Principal, Role


def reviewer_of(department: Department) -> Principal:
    """Return somebody who votes for a department."""
    name = f"demo-{department}"
    return Principal(name, name, Role.REVIEWER, name, department)


def approved_by_all(
    session: Session, number: str, at: datetime, under: Ruling
) -> tuple[Permit, Principal]:
    """Have all approve whose vote is waited for; return the permit then and one who had to vote.

    Of several the last one is returned: of a survey it is the maritime authority, which alone warns.
    """
    ballots = reviews.get(session, PLATFORM, number).rounds[-1].review.ballots
    for ballot in sorted(ballots, key=lambda ballot: ballot.mandatory):
        if ballot.vote is None:
            who = reviewer_of(ballot.department)
            reviews.vote(session, who, number, Choice.APPROVE, at, under=under)
    must = [ballot.department for ballot in ballots if ballot.mandatory]
    return reviews.get(session, PLATFORM, number).permit, reviewer_of(must[-1])
