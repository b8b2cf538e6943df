"""The first moments of a connection to a broker that gives back in no order what was not stored.

nats-server delivers again what a worker that died had not acknowledged only after its waiting
time, behind newer messages. Judged as they come, those would be late: kept, but no longer able to
open a violation. So what comes in the first seconds is held and put into the order in which it
was said.
"""

from collections import deque
from collections.abc import Sequence
from math import inf
from typing import NamedTuple

import msgspec

from telemetry.decode import decode
from telemetry.ingest import READING_BYTES
from telemetry.report import Frame, Report
from zone_service.settings import BrokerKind
from zone_service.world import World

SETTLE_S = {BrokerKind.NATS: 3.0, BrokerKind.MOSQUITTO: 0.0, BrokerKind.EXTERNAL: 0.0}
"""Longer than the broker's waiting time; others deliver in order as soon as one connects."""


MOST_HELD = 50_000
"""More than nats-server sends of what is not acknowledged, several times over."""
MOST_HELD_BYTES = 16 * 1024 * 1024
"""Of payload: as many honest messages as MOST_HELD, and no more memory than that for a flood of
large ones. Judged in portions, the worst there is in it takes half a minute."""
LONGEST_HELD_S = 15.0
"""A connection that comes and goes must not keep for ever what came over it."""


class _Held(NamedTuple):
    frame: Frame
    said_s: float | None
    """The earliest time that its reports name; None where it holds none."""

    def due_s(self) -> float:
        return self.frame.received_s if self.said_s is None else self.said_s


class Settling:
    """Holds frames from before a connection is made until some time after it.

    Where more comes than can be held, or a connection comes and goes for longer than is bearable,
    what is held passes on in its order, and what comes then is held anew. It passes on in
    portions of the size of a read, so that the clock can tick in between.
    """

    def __init__(
        self, seconds: float, most: int = MOST_HELD, most_bytes: int = MOST_HELD_BYTES
    ) -> None:
        self._seconds = seconds
        self._most = most
        self._most_bytes = most_bytes
        self._until_s = self._let_go_s = inf
        self._held: list[_Held] = []
        self._held_bytes = 0
        self._passing: deque[Frame] = deque()
        self.active = False
        self.let_go = 0
        """How many frames passed on before their time."""

    @property
    def is_passing_on(self) -> bool:
        """Whether frames wait that may be judged: before they are, no more should be read."""
        return bool(self._passing)

    def hold(self) -> None:
        """There is no connection: what comes first on the next one may be out of order."""
        self.active = self._seconds > 0
        self._until_s = inf

    def begin(self, now_s: float) -> None:
        """A connection was made."""
        self._until_s = now_s + self._seconds

    def left_s(self, now_s: float) -> float:
        """Return how long frames are still held; infinite before a connection is made."""
        return max(0.0, self._until_s - now_s)

    def set_clock(self, by_s: float) -> None:
        """The time of day was set: what is held was received at another."""
        self._held = [each._replace(frame=_received_later(each.frame, by_s)) for each in self._held]
        self._passing = deque(_received_later(frame, by_s) for frame in self._passing)

    def take(
        self, frames: Sequence[Frame], world: World, now_s: float, most: int = MOST_HELD
    ) -> list[Frame]:
        """Return the frames that may be judged now, at most so many of those that were held."""
        if not (self.active or self._passing or self._held):
            return list(frames)
        self._hold(frames, world, now_s)
        if not self._passing:
            self._let_pass(now_s)
        return self._portion(most)

    def _hold(self, frames: Sequence[Frame], world: World, now_s: float) -> None:
        if frames and not self._held:
            self._let_go_s = now_s + LONGEST_HELD_S
        self._held += (_Held(frame, _said_s(frame, world)) for frame in frames)
        self._held_bytes += sum(len(frame.payload) for frame in frames)

    def _let_pass(self, now_s: float) -> None:
        """Pass on in its order what is held, if it is time to."""
        if now_s >= self._until_s:
            self.active = False
        elif self._has_room and now_s < self._let_go_s:
            return
        else:
            self.let_go += len(self._held)
        self._passing.extend(each.frame for each in sorted(self._held, key=_Held.due_s))
        self._held, self._held_bytes, self._let_go_s = [], 0, inf

    @property
    def _has_room(self) -> bool:
        return len(self._held) < self._most and self._held_bytes < self._most_bytes

    def _portion(self, most: int) -> list[Frame]:
        taken: list[Frame] = []
        size = 0
        while self._passing and len(taken) < most and size < READING_BYTES:
            taken.append(self._passing.popleft())
            size += len(taken[-1].payload)
        return taken


def _said_s(frame: Frame, world: World) -> float | None:
    said = decode(frame, world.units, world.codecs)
    return min((each.event_time_s for each in said if isinstance(each, Report)), default=None)


def _received_later(frame: Frame, by_s: float) -> Frame:
    return msgspec.structs.replace(frame, received_s=frame.received_s + by_s)
