"""Named steps of the worker at which a test can let it die, as if the power went.

In production nothing happens here: a step counts only where ``ZONE_CRASH_AT`` names it, as
``step`` or ``step:nth``.
"""

import os
import signal
from typing import Final

STEPS: Final = (
    "before_read",
    "after_read",
    "after_judgement",
    "before_commit",
    "after_commit",
    "after_announcement",
    "after_acknowledgement",
    "after_swap",
    "after_piece",
)
"""In the order in which one turn of the worker passes them."""

VARIABLE: Final = "ZONE_CRASH_AT"


class CrashPoint:
    """Dies at one step, the nth time that it is reached; or never."""

    def __init__(self, where: str) -> None:
        self._step, _, nth = where.partition(":")
        self._left = int(nth or "1")
        if self._step and self._step not in STEPS:
            msg = f"{VARIABLE}={where!r}: expected one of {', '.join(STEPS)}, or nothing"
            raise ValueError(msg)

    @classmethod
    def of_environment(cls) -> "CrashPoint":
        """Return the one that the environment names."""
        return cls(os.environ.get(VARIABLE, ""))

    def reach(self, step: str) -> None:
        """Die, if this is the time and the place."""
        if step == self._step:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
