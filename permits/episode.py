"""Violations as episodes: how one stands, and what is told of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from permits.cause import Cause
from permits.violation import Severity, ViolationCode

Position = tuple[float, float]
"""Longitude and latitude in degrees."""
Key = tuple[ViolationCode, str | None]
Why = Callable[[Key], Cause | None]
"""Tells why something begins to be seen with one look, or is no longer: asked of what turns alone."""


def not_known(_key: Key) -> Cause | None:
    """Tell of nothing why it is so."""
    return None


def always(cause: Cause) -> Why:
    """Return what tells the same of everything that turns with one look."""
    return lambda _key: cause


class Sample(NamedTuple):
    """One fix, and whether it showed a breach."""

    at_s: float
    shows: bool
    position: Position | None = None
    cause: Cause | None = None
    """Why it shows it, where the one before did not."""


@dataclass(frozen=True, slots=True)
class Excursion:
    """One breach as it lasts, whether or not it counts as a violation yet."""

    code: ViolationCode
    zone_id: str | None
    since_s: float
    """Device time of the first fix that showed it (for silence: when last heard)."""
    last_s: float
    """Time of the latest fix that showed it."""
    samples: int
    position: Position | None
    """Where it began; the first place known."""
    severity: Severity
    """The gravest so far."""
    measured: float | None
    """The worst so far."""
    limit: float | None
    detail: str
    category: str
    latest_position: Position | None = None
    is_open: bool = False
    is_worse: bool = False
    """It measured worse since it was last told of."""
    is_graver: bool = False
    told_s: float = 0.0
    """Time of the latest event about it."""
    clean_since_s: float | None = None
    """Time of the first fix, of an unbroken run, that did not show it."""
    clean_cause: Cause | None = None
    """Why that did not."""
    cause: Cause | None = None
    """Why it began; ``None`` where nobody knows."""
    recent: tuple[Sample, ...] = ()
    """The latest fixes, while it is not open and its rule lets some of them not show it."""

    @property
    def key(self) -> Key:
        """What makes it one and the same: the rule and the zone."""
        return self.code, self.zone_id


@dataclass(frozen=True, slots=True)
class Ended:
    """A violation that closed a short time ago, to tell a repeat."""

    code: ViolationCode
    zone_id: str | None
    until_s: float


@dataclass(frozen=True, slots=True)
class Opened:
    """A violation opened. ``since_s`` is when it began, ``at_s`` when the hold-off had passed."""

    code: ViolationCode
    zone_id: str | None
    since_s: float
    at_s: float
    severity: Severity
    measured: float | None = None
    limit: float | None = None
    position: Position | None = None
    """Where it began."""
    detail: str = ""
    is_repeat: bool = False
    """One like it closed a short time ago: shown, and not announced again."""
    cause: Cause | None = None
    """Why it began."""


@dataclass(frozen=True, slots=True)
class Updated:
    """An open violation got worse."""

    code: ViolationCode
    zone_id: str | None
    since_s: float
    at_s: float
    severity: Severity
    measured: float | None = None
    limit: float | None = None
    position: Position | None = None
    """Where it is now."""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Closed:
    """An open violation is over. ``until_s`` is when it ended, ``at_s`` when that was certain."""

    code: ViolationCode
    zone_id: str | None
    since_s: float
    until_s: float
    at_s: float
    severity: Severity
    measured: float | None = None
    limit: float | None = None
    cause: Cause | None = None
    """Why it ended."""


Event = Opened | Updated | Closed
