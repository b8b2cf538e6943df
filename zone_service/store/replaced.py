"""The permit whose place another takes: it goes on until that comes into force, and ends in the same step."""

from datetime import datetime

from sqlmodel import Session, select

from permits.deadlines import Case
from permits.life import halts, may_replace, replaces
from permits.step_checks import ReplacedHalted
from zone_service.store import history
from zone_service.store.permit_step import Step
from zone_service.store.tables import PermitRow


def halted(session: Session, case: Case, at: datetime) -> str | None:
    """Return the permit whose place one takes, while that may not go on in what both name; else ``None``.

    What is suspended would go on under the other as if somebody had let it. Of one that is over there is
    nothing left to be suspended.
    """
    number = replaces(case.changes)
    if number is None:
        return None
    row = session.exec(select(PermitRow).where(PermitRow.number == number)).one_or_none()
    other = None if row is None else history.permit_of(row)
    if other is None or not may_replace(case.permit, other) or other.terms.valid_to <= at:
        return None
    return other.number if halts(other, case.permit.terms) else None


def require_goes_on(step: Step) -> None:
    """Refuse to take the place of what is suspended.

    Raises:
        ReplacedHalted: names it.
    """
    if other := halted(step.session, step.case, step.at):
        raise ReplacedHalted(step.permit, step.action, other)
