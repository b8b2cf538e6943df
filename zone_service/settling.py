"""The first moments of a connection to a broker that gives back in no order what was not stored.

nats-server delivers again what a worker that died had not acknowledged only after its waiting
time, behind newer messages. Judged as they come, those would be late: kept, but no longer able to
open a violation. So what comes in the first seconds is held and put into the order in which it
was said.
"""

from collections.abc import Sequence
from math import inf

import msgspec

from telemetry.decode import decode
from telemetry.report import Frame, Report
from zone_service.settings import BrokerKind
from zone_service.world import World

SETTLE_S = {BrokerKind.NATS: 3.0, BrokerKind.MOSQUITTO: 0.0, BrokerKind.EXTERNAL: 0.0}
"""Longer than the broker's waiting time; others deliver in order as soon as one connects."""


MOST_HELD = 50_000
"""More than nats-server sends of what is not acknowledged, several times over."""
LONGEST_HELD_S = 15.0
"""A connection that comes and goes must not keep for ever what came over it."""


class Settling:
    """Holds frames from before a connection is made until some time after it.

    Where more comes than can be held, or a connection comes and goes for longer than is bearable,
    what is held passes on in its order, and what comes then is held anew.
    """

    def __init__(self, seconds: float, most: int = MOST_HELD) -> None:
        self._seconds = seconds
        self._most = most
        self._until_s = self._let_go_s = inf
        self._held: list[Frame] = []
        self.active = False
        self.let_go = 0
        """How many frames passed on before their time."""

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
        self._held = [
            msgspec.structs.replace(frame, received_s=frame.received_s + by_s)
            for frame in self._held
        ]

    def take(self, frames: Sequence[Frame], world: World, now_s: float) -> list[Frame]:
        """Return the frames that may be judged now."""
        if not self.active:
            return list(frames)
        if frames and not self._held:
            self._let_go_s = now_s + LONGEST_HELD_S
        self._held.extend(frames)
        if now_s >= self._until_s:
            self.active = False
        elif len(self._held) < self._most and now_s < self._let_go_s:
            return []
        else:
            self.let_go += len(self._held)
        held, self._held, self._let_go_s = self._held, [], inf
        return as_said(held, world)


def as_said(frames: Sequence[Frame], world: World) -> list[Frame]:
    """Return frames in the order of the times that their reports name."""
    return sorted(frames, key=lambda frame: _said_s(frame, world))


def _said_s(frame: Frame, world: World) -> float:
    times = [
        said.event_time_s
        for said in decode(frame, world.units, world.codecs)
        if isinstance(said, Report)
    ]
    return min(times, default=frame.received_s)
