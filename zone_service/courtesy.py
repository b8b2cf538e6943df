"""Work beside the worker that stands still while a turn of it is on.

The two share Python's lock: whoever computes beside a turn has the lock again whenever the turn comes back
from the disk or the socket, and for as long as one step in C takes. While a thousand zones were made, turns of
5 ms took up to 60 so, and what came meanwhile made the next ones long.
"""

import threading
from typing import Final

MOST_S: Final = 0.02
"""So long it stands still at the most: a worker that turns without a pause must not keep its own change
waiting for ever. A piece of the work takes about a millisecond."""


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
