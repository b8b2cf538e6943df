"""One who looks on: what they asked for, what they were shown, and how much they may ask of us."""

from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from zone_service.live_objects import Filter, Mask
from zone_service.store.records import Proof

TRY_AGAIN_LATER: Final = 1013
UNAUTHORISED: Final = 4401


class Wire(Protocol):
    """The way to one viewer. Nothing here waits."""

    def write(self, data: bytes) -> None:
        """Send whole WebSocket frames."""

    def buffered_bytes(self) -> int:
        """Return how much was written and not yet taken by the network."""

    def close(self, code: int, reason: str) -> None:
        """End the connection; what was written before may be lost."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one viewer may ask of us."""

    spare_above_bytes: int = 256 * 1024
    """Of unsent data: from here on a viewer gets no positions."""
    close_above_bytes: int = 4 * 1024 * 1024
    """Of unsent data: violations are never dropped, so here the viewer is."""
    slow_for_s: float = 8.0
    """So long it may be spared before it is closed."""
    connections_per_user: int = 8
    max_hz: float = 10.0
    stale_after_s: float = 30.0
    kept_s: float = 600.0
    worker_silent_s: float = 3.0
    gap_for_s: float = 2.0
    forecast_kept_s: float = 4.0
    """Of one that the worker does not say again, which it does each second."""


class Sight(NamedTuple):
    """What somebody may be told."""

    scope: str | None
    """Of an organisation; ``None`` is of all."""
    decimals: int | None = None
    """Of a degree, in positions; ``None`` is as they came."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Where a viewer was when its connection broke."""

    epoch: str
    seq: int


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a viewer asks for; ``scope`` and ``decimals`` of ``wanted`` are not its own to choose."""

    wanted: Filter
    hz: float = 5.0
    resume: Resume | None = None


@dataclass(slots=True, eq=False)
class View:
    """What all viewers of one filter and rate have been shown: they share their frames."""

    wanted: Filter
    period_s: float
    version: int
    shown: Mask
    due_s: float


@dataclass(slots=True, eq=False)
class Viewer:
    """One connection."""

    user_id: str
    sight: Sight
    proof: Proof
    """The session or the token that it stands on: when that is over, so is the connection."""
    wire: Wire
    view: View | None = None
    spared_since_s: float | None = None
    """Since when it is sent no positions, because it does not read what it has."""
    closed: bool = False
