"""Up to where air traffic management has approved a flight, by its vote in the joint review."""

from dataclasses import dataclass

from sqlmodel import Session

from permits.department import Department
from permits.permit import Family, Permit
from permits.precondition_facts import Origin, Source
from permits.review import Choice, Review
from zone_service.store import ballots

_APPROVES = frozenset({Choice.APPROVE, Choice.APPROVE_WITH_CONDITIONS})


@dataclass(frozen=True, slots=True)
class ApprovedHeight:
    """A top that was approved, and by what."""

    agl_m: float
    by: tuple[Source, ...]


def approved_height(session: Session, permit: Permit) -> ApprovedHeight | None:
    """Return the top above ground, in metres, that was approved, and by which vote.

    What is approved without a word of its height is approved as it was applied for. Before the vote, and
    where none is asked for, nobody has approved anything; nor has anybody of what would be higher since.
    """
    if permit.family is not Family.FLIGHT:
        return None
    review = ballots.current(session, permit)
    if review is None:
        return None
    for ballot in review.ballots:
        vote = ballot.vote
        if ballot.department is Department.ATM and vote is not None and vote.choice in _APPROVES:
            top_m = vote.conditions.max_height_agl_m or review.terms.max_height_agl_m
            source = Source(Origin.VOTE, f"{ballot.department}: {vote.voter.name}")
            return None if top_m is None else _still(permit, review, top_m, source)
    return None


def _still(permit: Permit, review: Review, top_m: float, source: Source) -> ApprovedHeight | None:
    asked_m, voted_m = permit.terms.max_height_agl_m, review.terms.max_height_agl_m
    higher = asked_m is None or (voted_m is not None and asked_m > voted_m)
    return None if higher else ApprovedHeight(top_m, (source,))
