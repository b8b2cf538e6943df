"""How much a turn does of what is done some at a time, so that no message waits long for it.

Who is judged anew since a change, and whom a tick asks. Work is counted in microseconds that it usually takes
(``rejudging``, ``ticking``); how much of it a turn was given stands in the journal.
"""

from typing import Final

SLICE_US: Final = 1000.0
"""So much is judged anew in a turn, beside what was read; less where it has begun with something else."""
LEAST_US: Final = 500.0
"""But so much in any: one device, with what it breaks."""
TAKING_OVER_S: Final = 0.0015
"""A change for so many that it took longer to take over: nobody is judged anew in the same turn."""
SLICE_SHARE: Final = 0.1
"""Of a turn: where turns are long, small slices would take for ever."""
MOST_US: Final = 2500.0
"""But no more, however long they are: of the 5 ms that a change may add to a turn this leaves half for storing
and telling what comes of it."""
PART_US: Final = 1000.0
"""The same of a tick, which is to be through before the next one is due."""
PART_SHARE: Final = 0.1
MOST_SHARE: Final = 0.3
"""Of a turn, for each second that it has been under way, and at the most: some time it must be through."""
TICK_WAITS_S: Final = 0.3
"""So long a tick that is under way waits for those who are judged anew: nobody's silence is as urgent."""
TICK_HURRIES_S: Final = 1.0
"""From then on, when the next one is due, its parts are larger where turns are long, and the more the later it is."""

TICK_LATE_S: Final = 4.0
"""From then on a tick asks more than would not be felt: a silence is noticed late by as much."""


class Pacing:
    """What this turn was given, and how long the last one took."""

    __slots__ = ("_given_us", "_sliced", "_took_s")

    def __init__(self) -> None:
        self._given_us = 0.0
        """Of this turn."""
        self._took_s = 0.0
        """The last turn without that, or its parts would grow by themselves."""
        self._sliced = False
        """Whether some were judged anew in the last turn that did either."""

    def begin(self) -> None:
        """Begin a turn."""
        self._given_us = 0.0

    def end(self, took_s: float) -> None:
        """End it."""
        self._took_s = max(0.0, took_s - self._given_us / 1e6)

    @property
    def does_some(self) -> bool:
        """Whether this turn does some of what is done in parts."""
        return self._given_us > 0.0

    def is_the_ticks(self, ticking_s: float, *, somebody_waits: bool, swapped: bool) -> bool:
        """Tell whether the tick that is under way for so long asks some devices in this turn.

        While somebody waits to be judged anew, it waits a moment and then has every other turn, but none
        in which a change was taken over (``swapped``): with that stands how many are judged anew, and a
        replay that does not find it judges everybody.
        """
        if not somebody_waits:
            return True
        if swapped:
            return False
        return self._sliced and not 0.0 <= ticking_s < TICK_WAITS_S

    def part_us(self, ticking_s: float) -> float:
        """Give a tick that is under way for so long some more devices, and a fair part when it must end."""
        # Of a clock that was put back: nobody knows for how long it has been.
        late_s = MOST_SHARE / PART_SHARE if ticking_s < 0.0 else ticking_s
        share = min(PART_SHARE * late_s, MOST_SHARE) if late_s >= TICK_HURRIES_S else 0.0
        self._sliced = False
        most_us = MOST_US * max(1.0, late_s / TICK_LATE_S)
        share_us = min(share * self._took_s * 1e6, most_us)
        return self._give(max(PART_US, share_us))

    def slice_us(self, spent_s: float, *, swapped: bool) -> float:
        """Judge some anew in a turn that takes so long for other things: few, and a fair part where turns are long.

        Nobody, but said so, where it took long to take a change over (``swapped``).
        """
        if swapped and spent_s > TAKING_OVER_S:
            return 0.0
        left_us = SLICE_US - spent_s * 1e6
        self._sliced = True
        share_us = min(SLICE_SHARE * self._took_s * 1e6, MOST_US)
        return self._give(max(LEAST_US, left_us, share_us))

    def _give(self, work_us: float) -> float:
        self._given_us += work_us
        return work_us
