"""The rounds of joint reviews: who has a ballot, what was said on it, and how a round ended."""

import json
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam
from sqlalchemy import select as select_fields
from sqlmodel import Session, col, insert, select, update

from permits.department import Department
from permits.document_kinds import CoveredKind
from permits.issuing import Ruling
from permits.life_cycle import Family, PermitState
from permits.permit import Permit, PermitKind
from permits.provisos import NONE, provisos_from_json, provisos_to_json
from permits.review import Ballot, Choice, NoReviewers, Review, Vote, Voter
from permits.reviewers import opinions_due, reviewers
from zone_service.store.errors import Conflict
from zone_service.store.history import permit_of
from zone_service.store.records import Awaited, Outcome, Round
from zone_service.store.tables import BallotRow, PermitRow, RegisterRow, ReviewRoundRow, table

UNDER_REVIEW = {
    Family.ROAD: PermitState.JOINT_REVIEW,
    Family.FLIGHT: PermitState.SUBMITTED,
    Family.VESSEL: PermitState.NOTIFIED,
}
"""In which state a permit waits for the votes of departments."""
_ROUND, _BALLOT, _ENTRY = table(ReviewRoundRow), table(BallotRow), table(RegisterRow)
_ROUNDS = (
    select_fields(_ROUND).where(_ROUND.c.number == bindparam("number")).order_by(_ROUND.c.round)
)
_LAST_ROUND = (
    select_fields(_ROUND)
    .where(_ROUND.c.number == bindparam("number"))
    .order_by(_ROUND.c.round.desc())
    .limit(1)
)
_BALLOTS = select_fields(_BALLOT).where(_BALLOT.c.number == bindparam("number"))
_BALLOTS_OF = _BALLOTS.where(_BALLOT.c.round == bindparam("round"))
_CONSORTIA = select_fields(_ENTRY.c.particulars).where(
    _ENTRY.c.organisation_id == bindparam("holder_id"),
    _ENTRY.c.kind == CoveredKind.CONSORTIUM.value,
    _ENTRY.c.active,
)
"""Made once, and plain rows: whatever is decided begins with them."""


def open_round(session: Session, permit: Permit, under: Ruling, at: datetime) -> None:
    """Begin the next round: a ballot for each department that the rule set names.

    Raises:
        NoReviewers: it names none that must vote, and so nobody could decide.
    """
    under = under.of(permit)
    named = reviewers(under.sheet, permit.kind)
    if not named.mandatory:
        raise NoReviewers(why="nobody", label=under.label, kind=permit.kind)
    before = _rounds(session, permit.number)
    number = len(before) + 1
    session.exec(
        insert(ReviewRoundRow).values(
            number=permit.number,
            round=number,
            rules=under.label,
            opened_at=at,
            opinions_due=opinions_due(under.sheet, permit.kind, permit.terms.valid_from),
        )
    )
    for department in (*named.mandatory, *named.advisory):
        session.exec(
            insert(BallotRow).values(
                number=permit.number,
                round=number,
                department=department.value,
                mandatory=department in named.mandatory,
            )
        )


def rounds(session: Session, permit: Permit) -> tuple[Round, ...]:
    """Return the rounds of a permit in their order; the last one may go on."""
    found = _rounds(session, permit.number)
    ballots: dict[int, list[Row[Any]]] = {}
    for row in found and session.connection().execute(_BALLOTS, {"number": permit.number}):
        ballots.setdefault(row.round, []).append(row)
    own = parties(session, permit) if found else frozenset()
    return tuple(_round(permit, own, each, ballots.get(each.round, ())) for each in found)


def current(session: Session, permit: Permit) -> Review | None:
    """Return the last round of a permit; ``None`` where there never was one."""
    session.flush()
    connection, its = session.connection(), {"number": permit.number}
    last = connection.execute(_LAST_ROUND, its).one_or_none()
    if last is None:
        return None
    ballots = connection.execute(_BALLOTS_OF, its | {"round": last.round})
    return _round(permit, parties(session, permit), last, ballots).review


def write(session: Session, review: Review, vote: Vote) -> None:
    """Write a vote down on its ballot.

    Raises:
        Conflict: somebody else was first.
    """
    written = session.exec(
        update(BallotRow)
        .where(
            col(BallotRow.number) == review.number,
            col(BallotRow.round) == review.round,
            col(BallotRow.department) == vote.department.value,
            col(BallotRow.choice).is_(None),
        )
        .values(
            choice=vote.choice.value,
            reason=vote.reason,
            conditions=_text(provisos_to_json(vote.conditions)),
            missing=_text(list(vote.missing)),
            voter=vote.voter.name,
            organisation_id=vote.voter.organisation_id,
            at=vote.at,
        )
        .execution_options(synchronize_session=False)
    )
    if written.rowcount != 1:
        raise Conflict(why="voted meanwhile", department=vote.department, number=review.number)
    session.expire_all()


def close_round(session: Session, permit: Permit, outcome: Outcome, at: datetime) -> None:
    """Write down how the round of a permit that goes on ended."""
    session.exec(
        update(ReviewRoundRow)
        .where(col(ReviewRoundRow.number) == permit.number, col(ReviewRoundRow.outcome).is_(None))
        .values(outcome=outcome.value, closed_at=at)
        .execution_options(synchronize_session=False)
    )
    session.expire_all()


def awaited(
    session: Session,
    department: Department,
    after: str,
    limit: int,
    *,
    kind: PermitKind | None = None,
    due_before: datetime | None = None,
) -> tuple[Awaited, ...]:
    """Return the permits that wait for the vote of a department, in the order of their numbers."""
    asked = (
        select(PermitRow, ReviewRoundRow, BallotRow)
        .join(BallotRow, col(BallotRow.number) == col(PermitRow.number))
        .join(
            ReviewRoundRow,
            (col(ReviewRoundRow.number) == col(BallotRow.number))
            & (col(ReviewRoundRow.round) == col(BallotRow.round)),
        )
        .where(
            BallotRow.department == department.value,
            col(BallotRow.choice).is_(None),
            col(ReviewRoundRow.outcome).is_(None),
            col(PermitRow.state).in_({state.value for state in UNDER_REVIEW.values()}),
            col(PermitRow.number) > after,
        )
        .order_by(col(PermitRow.number))
        .limit(limit)
    )
    if kind is not None:
        asked = asked.where(PermitRow.kind == kind.value)
    if due_before is not None:
        asked = asked.where(col(PermitRow.due_at) < due_before)
    return tuple(
        Awaited(
            permit_of(permit),
            round_.round,
            department,
            ballot.mandatory,
            round_.opened_at,
            permit.due_at,
        )
        for permit, round_, ballot in session.exec(asked)
    )


def overdue(session: Session, at: datetime) -> tuple[str, ...]:
    """Return the permits of which every mandatory vote is cast and no opinion is waited for longer."""
    awaited = select(BallotRow.number).where(
        BallotRow.number == ReviewRoundRow.number,
        BallotRow.round == ReviewRoundRow.round,
        col(BallotRow.mandatory),
        col(BallotRow.choice).is_(None),
    )
    found = session.exec(
        select(ReviewRoundRow.number)
        .join(PermitRow, col(PermitRow.number) == col(ReviewRoundRow.number))
        .where(
            col(ReviewRoundRow.outcome).is_(None),
            col(ReviewRoundRow.opinions_due) <= at,
            col(PermitRow.state).in_({state.value for state in UNDER_REVIEW.values()}),
            ~awaited.exists(),
        )
        .order_by(col(ReviewRoundRow.number))
    )
    return tuple(found)


def parties(session: Session, permit: Permit) -> frozenset[str]:
    """Return the organisations whose application it is: its holder and who is in a consortium with it.

    Those of every consortium of the holder: whoever earns with it in one does not judge it in another.
    """
    session.flush()
    registered = session.connection().scalars(_CONSORTIA, {"holder_id": permit.holder_id})
    partners = (
        each["organisation_id"] for told in registered for each in json.loads(told)["members"]
    )
    return frozenset({permit.holder_id, *partners})


def _rounds(session: Session, number: str) -> tuple[Row[Any], ...]:
    session.flush()
    return tuple(session.connection().execute(_ROUNDS, {"number": number}))


def _round(
    permit: Permit, own: frozenset[str], row: Row[Any], ballots: Iterable[Row[Any]]
) -> Round:
    goes_on = row.outcome is None and permit.state is UNDER_REVIEW.get(permit.family)
    review = Review(
        number=permit.number,
        round=row.round,
        terms=permit.terms,
        parties=own,
        ballots=tuple(_ballot(each) for each in _in_order(ballots)),
        opinions_due=row.opinions_due,
        open=goes_on,
    )
    outcome = None if row.outcome is None else Outcome(row.outcome)
    return Round(review, row.rules, row.opened_at, row.closed_at, outcome)


def _in_order(ballots: Iterable[Row[Any]]) -> list[Row[Any]]:
    """Those that must vote first, and departments as they are always listed."""
    place = list(Department)
    return sorted(
        ballots, key=lambda row: (not row.mandatory, place.index(Department(row.department)))
    )


def _ballot(row: Row[Any]) -> Ballot:
    department = Department(row.department)
    return Ballot(department, row.mandatory, _vote(row, department))


def _vote(row: Row[Any], department: Department) -> Vote | None:
    if row.choice is None or row.at is None:
        return None
    return Vote(
        department=department,
        choice=Choice(row.choice),
        voter=Voter(row.voter or "", row.organisation_id or "", department),
        at=row.at,
        reason=row.reason or "",
        conditions=provisos_from_json(json.loads(row.conditions)) if row.conditions else NONE,
        missing=tuple(json.loads(row.missing)) if row.missing else (),
    )


def _text(found: object) -> str | None:
    return json.dumps(found, ensure_ascii=False) if found else None
