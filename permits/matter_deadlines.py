"""What is due in a matter: by whom, and until when. Pure.

Days are counted as those of permits are (``permits.deadlines``). Nobody is refused for being late:
what is owed is shown as overdue, and still taken.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from types import MappingProxyType

from permits.issuing import SHANGHAI, legal_day
from permits.matter import Matter, MatterChanged
from permits.matter_cycle import MATTER_MOVES
from permits.matter_states import MatterAction, MatterState
from permits.matter_step import MatterDeadline
from permits.permit import Permit
from permits.time_limits import TimeLimits
from permits.transition import Actor
from permits.working_calendar import Counted, Known, WorkingCalendar


@dataclass(frozen=True, slots=True)
class MatterCase:
    """One matter with its permit, all that was done in it, and what its time is counted by."""

    matter: Matter
    permit: Permit
    changes: tuple[MatterChanged, ...]
    limits: TimeLimits
    calendar: WorkingCalendar


@dataclass(frozen=True, slots=True)
class MatterDue:
    """One time limit of a matter as it is now."""

    deadline: MatterDeadline
    at: datetime
    """UTC; this moment is still in time."""
    known: Known
    actors: frozenset[Actor]
    actions: tuple[MatterAction, ...]

    def is_overdue(self, at: datetime) -> bool:
        """Tell whether somebody owes it and is late."""
        return self.at < at


Limit = tuple[datetime, Known]


def matter_dues(case: MatterCase) -> tuple[MatterDue, ...]:
    """Return what is due in a matter in its state, the earliest first."""
    moves = MATTER_MOVES[case.matter.family].get(case.matter.state, {}).values()
    names = dict.fromkeys(name for step in moves for name in step.deadlines)
    found = []
    for name in names:
        limit = _COUNTS[name](case)
        if limit is not None:
            its = [step for step in moves if name in step.deadlines]
            actors = frozenset(actor for step in its for actor in step.actors)
            found.append(MatterDue(name, *limit, actors, tuple(step.action for step in its)))
    return tuple(sorted(found, key=lambda due: due.at))


def last_of(case: MatterCase, *states: MatterState) -> MatterChanged | None:
    """Return the step that last brought a matter into one of some states from another."""
    moves = (each for each in reversed(case.changes) if each.before is not each.after)
    return next((each for each in moves if each.after in states), None)


def _rectification(case: MatterCase) -> Limit | None:
    begun = last_of(case, MatterState.RECTIFICATION)
    if begun is None:
        return None
    last = legal_day(begun.at) + timedelta(days=case.limits.rectification_days)
    return _end_of(case.calendar.from_on(last))


def _end_of(counted: Counted) -> Limit:
    end = datetime.combine(counted.day + timedelta(days=1), time(), SHANGHAI)
    return end.astimezone(UTC), counted.known


_COUNTS: Mapping[MatterDeadline, Callable[[MatterCase], Limit | None]] = MappingProxyType(
    {
        MatterDeadline.RECTIFICATION: _rectification,
    }
)
