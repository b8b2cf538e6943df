"""One row of the life of a file, and the two tables: of the sandbox, and of what follows a breach."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from permits.governance_states import LADDER, FileKind
from permits.governance_states import FileAction as A
from permits.governance_states import FileState as S
from permits.transition import APPLICANT, POLICE, REVIEWER, SYSTEM, Actor


class FileGuard(StrEnum):
    """What must hold for a step, beside its place in the table."""

    HIGH_RISK = "high risk"
    """Something in it is on the high-risk list: compliance is reviewed before."""
    NOT_HIGH_RISK = "not high risk"
    """Nothing is: it is disclosed before and controlled later."""
    ALL_APPROVE = "all approve"
    """Each department that the rule set names has said that it may be admitted."""
    ONE_REJECTS = "one rejects"
    NAMED_DEPARTMENT = "named department"
    """Of one that the rule set names, and that has not said anything yet."""
    WAS_DISCLOSED = "was disclosed"
    """Admitted after disclosure: what was reviewed before is not controlled in this way."""
    PERIOD_OVER = "period over"
    ON_THE_LADDER = "on the ladder"
    """The step before was taken, or the severity begins there or higher."""
    NOT_SPARED = "not spared"
    """It is not first, minor, corrected in time and on the no-penalty list."""
    IS_SPARED = "is spared"
    WAS_CORRECTED = "was corrected"
    """Since it was ordered, where it was."""
    TIME_OVER = "time over"
    """The time to put it right is over."""


@dataclass(frozen=True, slots=True)
class FileStep:
    """One arrow."""

    action: A
    before: S
    after: S
    actors: frozenset[Actor]
    guards: tuple[FileGuard, ...] = ()


AUTHORITY = REVIEWER | POLICE
_REACHED = MappingProxyType(
    {
        A.REMIND: S.REMINDED,
        A.INTERVIEW: S.INTERVIEWED,
        A.ORDER_RECTIFICATION: S.RECTIFYING,
        A.SUSPEND: S.SUSPENDED,
        A.END: S.ENDED,
    }
)
"""Where each step of the ladder leads."""
ON_LADDER: tuple[S, ...] = (S.OPENED, *(_REACHED[each] for each in LADDER))


def _rows(
    action: A, before: S | Iterable[S], after: S, actors: frozenset[Actor], *guards: FileGuard
) -> tuple[FileStep, ...]:
    starts = (before,) if isinstance(before, S) else tuple(before)
    return tuple(FileStep(action, start, after, actors, guards) for start in starts)


def _in_place(
    action: A, states: Iterable[S], actors: frozenset[Actor], *guards: FileGuard
) -> tuple[FileStep, ...]:
    return tuple(FileStep(action, each, each, actors, guards) for each in states)


def _ladder() -> tuple[FileStep, ...]:
    """Each step leads up, from any below it; which may be left out is the rule set's."""
    found: list[FileStep] = []
    for at, action in enumerate(LADDER, 1):
        first = (FileGuard.ON_THE_LADDER,)
        guards = first if action is A.REMIND else (*first, FileGuard.NOT_SPARED)
        found += _rows(action, ON_LADDER[:at], _REACHED[action], AUTHORITY, *guards)
    return tuple(found)


_AFTER_ORDERS = (A.SUSPEND, A.END)
"""What an order that was not followed leaves: no way back, and none to close it as if it had been."""


def _not_rectified() -> tuple[FileStep, ...]:
    missed = S.NOT_RECTIFIED
    return (
        *_rows(A.MISS_RECTIFICATION, S.RECTIFYING, missed, SYSTEM, FileGuard.TIME_OVER),
        *_in_place(A.REPORT_CORRECTED, (missed,), APPLICANT),
        *(
            row
            for action in _AFTER_ORDERS
            for row in _rows(action, missed, _REACHED[action], AUTHORITY, FileGuard.ON_THE_LADDER)
        ),
    )


def _transfer() -> tuple[FileStep, ...]:
    """What the police are given they alone go on with: what to suspend or end, or that it is over."""
    moved, given = S.TRANSFERRED, (*ON_LADDER[:-1], S.NOT_RECTIFIED)
    return (
        *_rows(A.TRANSFER_TO_POLICE, given, moved, REVIEWER, FileGuard.NOT_SPARED),
        *_rows(A.SUSPEND, moved, S.SUSPENDED, POLICE),
        *_rows(A.END, moved, S.ENDED, POLICE),
        *_rows(A.CLOSE, moved, S.CLOSED, POLICE),
    )


IN_SANDBOX = (S.ADMITTED, S.SANDBOX_SUSPENDED)
CONTROLLED = (*IN_SANDBOX, S.EXITED, S.EXPIRED)
"""Where what was disclosed may be controlled later."""
_G = FileGuard
STEPS: Mapping[FileKind, tuple[FileStep, ...]] = MappingProxyType(
    {
        FileKind.SANDBOX: (
            *_rows(A.START_REVIEW, S.APPLIED, S.UNDER_REVIEW, REVIEWER, _G.HIGH_RISK),
            *_rows(A.DISCLOSE, S.APPLIED, S.ADMITTED, APPLICANT, _G.NOT_HIGH_RISK),
            *_in_place(A.GIVE_OPINION, (S.UNDER_REVIEW,), AUTHORITY, _G.NAMED_DEPARTMENT),
            *_rows(A.ADMIT, S.UNDER_REVIEW, S.ADMITTED, REVIEWER, _G.ALL_APPROVE),
            *_rows(A.REJECT, S.UNDER_REVIEW, S.REJECTED, REVIEWER, _G.ONE_REJECTS),
            *_rows(A.WITHDRAW, (S.APPLIED, S.UNDER_REVIEW), S.WITHDRAWN, APPLICANT),
            # What is over can be looked at still: that nobody has done so does not end with it.
            *_in_place(A.CONTROL, CONTROLLED, AUTHORITY, _G.WAS_DISCLOSED),
            *_rows(A.EXIT, IN_SANDBOX, S.EXITED, APPLICANT),
            *_rows(A.EXPIRE, IN_SANDBOX, S.EXPIRED, SYSTEM, _G.PERIOD_OVER),
            *_rows(A.HALT, S.ADMITTED, S.SANDBOX_SUSPENDED, SYSTEM),
            *_rows(A.GO_ON, S.SANDBOX_SUSPENDED, S.ADMITTED, AUTHORITY),
            *_rows(A.PUT_OUT, IN_SANDBOX, S.SANDBOX_ENDED, SYSTEM),
        ),
        FileKind.BREACH: (
            *_ladder(),
            *_not_rectified(),
            *_transfer(),
            *_in_place(A.REPORT_CORRECTED, ON_LADDER[:-1], APPLICANT),
            *_rows(A.SPARE, (S.OPENED, S.REMINDED), S.SPARED, AUTHORITY, _G.IS_SPARED),
            *_rows(A.CLOSE, ON_LADDER[1:-1], S.CLOSED, AUTHORITY, _G.WAS_CORRECTED),
        ),
    }
)
"""The tables: what is not in them is refused by name."""
FIRST: Mapping[FileKind, S] = MappingProxyType(
    {FileKind.SANDBOX: S.APPLIED, FileKind.BREACH: S.OPENED}
)


def step_of(kind: FileKind, state: S, action: A) -> FileStep | None:
    """Return the row of the table; ``None`` for what may not happen."""
    rows = (each for each in STEPS[kind] if (each.before, each.action) == (state, action))
    return next(rows, None)


def allowed(kind: FileKind, state: S) -> frozenset[A]:
    """Return what may be done in a state."""
    return frozenset(each.action for each in STEPS[kind] if each.before is state)


def actors_of(kind: FileKind, action: A) -> frozenset[Actor]:
    """Return who may ever do something."""
    return frozenset(
        actor for each in STEPS[kind] if each.action is action for actor in each.actors
    )
