"""The answers of departments to plans of days, as rows: who is to answer, and what was answered."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from sqlmodel import Session, col, insert, select, update

from permits.department import Department
from permits.provisos import NONE, provisos_from_json, provisos_to_json
from permits.review import Ballot, Choice, Vote, Voter
from permits.reviewers import Reviewers
from zone_service.store.errors import Conflict
from zone_service.store.tables import DailyPlanRow, PlanAnswerRow


def open_for(session: Session, row: DailyPlanRow, named: Reviewers) -> None:
    """Give each department that is to answer a plan its one answer."""
    values = [
        {
            "number": row.number,
            "day": row.day,
            "filing": row.filing,
            "department": department.value,
            "mandatory": department in named.mandatory,
        }
        for department in (*named.mandatory, *named.advisory)
    ]
    session.exec(insert(PlanAnswerRow).values(values))


def of_plans(
    session: Session, number: str, plans: Sequence[DailyPlanRow]
) -> Mapping[date, tuple[Ballot, ...]]:
    """Return the answers to plans of a permit by their days: to those that are filed now alone."""
    filings = {each.day: each.filing for each in plans}
    asked = select(PlanAnswerRow).where(
        PlanAnswerRow.number == number, col(PlanAnswerRow.day).in_(tuple(filings))
    )
    found: defaultdict[date, list[Ballot]] = defaultdict(list)
    for row in session.exec(asked):
        if row.filing == filings[row.day]:
            found[row.day].append(_ballot(row))
    return {day: tuple(sorted(each, key=_place)) for day, each in found.items()}


def write(session: Session, row: DailyPlanRow, vote: Vote) -> None:
    """Write an answer down.

    Raises:
        Conflict: somebody else of the department was first.
    """
    its = PlanAnswerRow
    written = session.exec(
        update(its)
        .where(
            col(its.number) == row.number,
            col(its.day) == row.day,
            col(its.filing) == row.filing,
            col(its.department) == vote.department.value,
            col(its.choice).is_(None),
        )
        .values(
            choice=vote.choice.value,
            reason=vote.reason,
            conditions=json.dumps(provisos_to_json(vote.conditions), ensure_ascii=False),
            voter=vote.voter.name,
            organisation_id=vote.voter.organisation_id,
            at=vote.at,
        )
        .execution_options(synchronize_session=False)
    )
    if written.rowcount != 1:
        raise Conflict(why="voted meanwhile", department=vote.department, number=row.number)
    session.expire_all()


def _place(ballot: Ballot) -> tuple[bool, int]:
    """Those that must answer first, and departments as they are always listed."""
    return (not ballot.mandatory, list(Department).index(ballot.department))


def _ballot(row: PlanAnswerRow) -> Ballot:
    department = Department(row.department)
    return Ballot(department, row.mandatory, _vote(row, department))


def _vote(row: PlanAnswerRow, department: Department) -> Vote | None:
    if row.choice is None or row.at is None:
        return None
    return Vote(
        department=department,
        choice=Choice(row.choice),
        voter=Voter(row.voter or "", row.organisation_id or "", department),
        at=row.at,
        reason=row.reason or "",
        conditions=provisos_from_json(json.loads(row.conditions)) if row.conditions else NONE,
    )
