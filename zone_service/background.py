"""A process that nobody waits for lets those go first that somebody does.

Linux shares its cores among sessions before it shares them within one, and each of our children has a session
of its own: there it is the niceness of the session that counts, and that of the process alone changes nothing.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

NICENESS: Final = 10
"""About a tenth of the share of a process that has none."""
_OF_SESSION: Final = Path("/proc/self/autogroup")
"""Where the system has none, cores are shared among processes, and their own niceness counts."""


BURST_S: Final = 0.003
"""Of work at a time: what is put off by one is not late."""
REST: Final = 2.0
"""So many times as long as it works it rests: a third of a core is what the others feel at the most."""
RESTS_AT_MOST_S: Final = 25.0
"""In all: who has so much to do that this is not enough would fall behind for good."""


def stand_back() -> None:
    """Let others go first from here on; of a session that is a person's terminal this process alone does."""
    os.nice(NICENESS)
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            _OF_SESSION.write_text(str(NICENESS))
    if hasattr(os, "SCHED_IDLE"):
        # Whoever wakes up takes a core that has nothing else to do for a free one, and need not wait for
        # its turn to end: 3 ms, which a message waits for at the broker, the worker and the web each.
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


class Rests:
    """Rests between pieces of work, in proportion to them, to be called after each.

    What has the lowest place still slows down what runs beside it: two processes share the units of a core.
    """

    def __init__(
        self,
        worked_s: Callable[[], float] = time.process_time,
        sleep: Callable[[float], None] = time.sleep,
        most_s: float = RESTS_AT_MOST_S,
    ) -> None:
        """``most_s``: in all; who goes on as long as there is a platform is never behind for good."""
        self._worked_s = worked_s
        self._sleep = sleep
        self._since_s = worked_s()
        self._left_s = most_s

    def __call__(self) -> None:
        """Rest, if there was work for long enough since the last time."""
        burst_s = self._worked_s() - self._since_s
        if burst_s < BURST_S or self._left_s <= 0:
            return
        rest_s = min(REST * burst_s, self._left_s)
        self._left_s -= rest_s
        self._sleep(rest_s)
        self._since_s = self._worked_s()


def nothing() -> None:
    """Go on at once: somebody waits for it."""
