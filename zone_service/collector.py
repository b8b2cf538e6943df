"""When Python's garbage collector may make everybody wait.

A full collection looks at every object there is: 0.2 s in a worker with a thousand zones, at a
moment of its own choosing. Nearly all of those objects live as long as the process, and what the
hot path makes is freed by its reference counts. So what has been built is set aside, out of the
collector's sight, and the collector looks at the rest more rarely.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

THRESHOLDS: Final = (200_000, 50, 100)
"""Of the three generations; Python's own are (700, 10, 10).

The youngest has what is known now of every device that spoke since it was last looked at: 13 000 objects
of a thousand devices and more. With 20 000 as the first it took 5 to 14 ms, every ten seconds at 5 000
messages a second; now it comes in two minutes. What lies there meanwhile is some megabytes. The worker
looks at it at the end of each turn, so that it never comes to that (``BetweenTurns``)."""

OLDER_EVERY_S: Final = 3_600.0
"""What outlives a turn is looked at so rarely: it takes a tenth of a second with ten thousand devices."""


class BetweenTurns:
    """Looks at what a turn has left, at its end: some objects, which takes some microseconds.

    Left to itself the collector comes when 200 000 are there, in the midst of a turn, and takes a tenth of
    a second: when a map is made, or when a thousand devices begin to break something at once.
    """

    __slots__ = ("_older_due_s",)

    def __init__(self, now_s: float) -> None:
        """``now_s``: steady seconds."""
        self._older_due_s = now_s + OLDER_EVERY_S

    def look(self, now_s: float) -> None:
        """Collect what is young; steady seconds."""
        is_due = now_s >= self._older_due_s
        if is_due:
            self._older_due_s = now_s + OLDER_EVERY_S
        gc.collect(1 if is_due else 0)


def set_aside() -> None:
    """Leave all that exists now out of collections to come; takes no time.

    Call it after something large has been built. What is set aside is still freed by its
    reference count, so a world that was swapped out goes as before.
    """
    gc.set_threshold(*THRESHOLDS)
    gc.freeze()


@contextmanager
def at_rest() -> Iterator[None]:
    """Within this nothing is collected, and what it has left is out of collections to come.

    For loading modules: hardly anything that they make is ever let go, and to look at all of it again
    and again was a fifth of the time in which the worker is loaded (1.3 s of a core, now 1.05). And for
    a start: with ten thousand zones it was 0.6 s of 2.5.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
