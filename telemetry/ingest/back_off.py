"""When to try again to reach a broker that was not there."""

from collections.abc import Callable
from typing import Final

SHORTEST_S: Final = 0.1
LONGEST_S: Final = 10.0


class BackOff:
    """The wait before a new attempt: doubled at each, times a random half to one."""

    __slots__ = ("_delay_s", "_jitter", "due_s")

    def __init__(self, jitter: Callable[[], float]) -> None:
        self._jitter = jitter
        self._delay_s = SHORTEST_S
        self.due_s = 0.0
        """When the next attempt is due, by the caller's monotonic clock."""

    def forget(self) -> None:
        """Begin with the shortest wait again."""
        self._delay_s = SHORTEST_S

    def failed(self, now_s: float) -> None:
        """Note that an attempt, or a connection, came to nothing at ``now_s``."""
        self.due_s = now_s + self._delay_s * (0.5 + 0.5 * self._jitter())
        self._delay_s = min(2.0 * self._delay_s, LONGEST_S)
