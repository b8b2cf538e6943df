"""Work beside the worker that stands still while a turn of it is on.

The two share Python's lock: whoever computes beside a turn has the lock again whenever the turn comes back
from the disk or the socket, and for as long as one step in C takes. While a thousand zones were made, turns of
5 ms took up to 60 so, and what came meanwhile made the next ones long.
"""

import threading
import time
from typing import Final

MOST_S: Final = 0.02
"""So long it stands still at the most: a worker that turns without a pause must not keep its own change
waiting for ever. A piece of the work takes about a millisecond."""

LEFT_S: Final = 0.002
"""So long the worker does nothing before each turn while a change is made ready for it: turns of one message
each left what makes it a third of Python's lock, and a change of 10 ms took 25."""


class Courtesy:
    """Whether a turn is on; for one thread that turns, and those that work beside it."""

    __slots__ = ("_between",)

    def __init__(self) -> None:
        self._between = threading.Event()
        self._between.set()

    def begin(self) -> None:
        """A turn has begun."""
        self._between.clear()

    def end(self) -> None:
        """It is over."""
        self._between.set()

    def give_way(self) -> None:
        """Stand still until no turn is on, but not for long; called between two pieces of work."""
        self._between.wait(MOST_S)

    def leave_time(self) -> None:
        """Leave the time before a turn to whoever works beside it; what comes meanwhile is one batch."""
        time.sleep(LEFT_S)
