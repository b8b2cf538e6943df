"""Named steps of the worker at which a test can let it die, as if the power went.

Nothing happens here unless ``ZONE_CRASH_AT`` names a step, as ``step`` or ``step:nth``; and in
production a worker does not start where it does.
"""

import os
import signal
from typing import Final

from zone_service.setting_words import SettingRefused
from zone_service.settings import Environment, UnsafeSettings

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
    "after_days",
)
"""In the order in which one turn of the worker passes them."""

VARIABLE: Final = "ZONE_CRASH_AT"


class CrashPoint:
    """Dies at one step, the nth time that it is reached; or never."""

    def __init__(self, where: str) -> None:
        """``where`` is empty, or what the variable may be.

        Raises:
            UnsafeSettings: it is something else.
        """
        self._step, colon, nth = where.partition(":")
        is_known = self._step in STEPS and (nth.isdecimal() or not colon)
        if where and not is_known:
            steps = ", ".join(STEPS)
            fault = SettingRefused(why="crash", name=VARIABLE, found=where, known=steps)
            raise UnsafeSettings(lambda language: [fault.said(language)])
        self._left = int(nth or "1")

    @classmethod
    def of_environment(cls, environment: Environment) -> "CrashPoint":
        """Return the one that the environment names.

        Raises:
            UnsafeSettings: it names one in production, or none that there is.
        """
        where = os.environ.get(VARIABLE, "")
        if where and environment is Environment.PRODUCTION:
            fault = SettingRefused(why="crash in production", name=VARIABLE, found=where)
            raise UnsafeSettings(lambda language: [fault.said(language)])
        return cls(where)

    def reach(self, step: str) -> None:
        """Die, if this is the time and the place."""
        if step == self._step:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
