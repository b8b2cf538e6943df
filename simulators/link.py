"""The way from one unit to the service, with what goes wrong on it."""

from collections import deque
from collections.abc import Iterator, Sequence

import numpy as np

from simulators.faults import Fault, Moment, Timed, through
from telemetry.report import Report


class Link:
    """Takes the reports of one unit and gives out what arrives, as time goes on.

    The faults are transforms of a stream; here the stream is told of each moment, so that what
    waits comes out in time and not with the next report. ``start_s`` is where outages count
    from, Unix seconds.
    """

    def __init__(
        self, faults: Sequence[Fault], start_s: float, chance: np.random.Generator
    ) -> None:
        self._taken: deque[Timed | Moment] = deque()
        self._stream = through(self._given(), faults, start_s, chance)

    def send(self, report: Report, now_s: float) -> None:
        """Take what the unit says at this moment."""
        self._taken.append(Timed(now_s, report))

    def arrived(self, now_s: float) -> Iterator[Report]:
        """Yield what arrives by now, in its order; to be read to its end."""
        self._taken.append(Moment(now_s))
        for item in self._stream:
            if isinstance(item, Moment):
                return
            yield item.report

    def rest(self) -> Iterator[Report]:
        """Yield what is still on its way; after that nothing can be sent."""
        return (item.report for item in self._stream if isinstance(item, Timed))

    def _given(self) -> Iterator[Timed | Moment]:
        while self._taken:
            yield self._taken.popleft()
