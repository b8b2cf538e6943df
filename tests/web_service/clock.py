"""The clock of a web process in the tests: set on, as days pass in a story."""

import time
from datetime import datetime, tzinfo
from types import SimpleNamespace
from typing import Any

import pytest

from tests.web_service.site import Site
from zone_service import clock


class Clock:
    """The time of day of this process, so far ahead of the real one; it goes on from there.

    Tokens do not last as long as a story: whoever asks next gets another.
    """

    def __init__(self, patch: pytest.MonkeyPatch, site: Site) -> None:
        self.ahead_s, self._site = 0.0, site
        told, ahead = datetime, self._ahead_s

        class Told(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> Any:
                return told.fromtimestamp(time.time() + ahead(), tz)

        seconds = SimpleNamespace(time=lambda: time.time() + ahead(), monotonic=time.monotonic)
        patch.setattr(clock, "datetime", Told)
        patch.setattr(clock, "time", seconds)

    def to(self, at: datetime) -> None:
        """Let it be this time; never an earlier one."""
        assert at.timestamp() >= clock.unix_s(), f"{at} is over: it is {clock.now()}"
        self.ahead_s = at.timestamp() - time.time()
        self._site.forget_tokens()

    def _ahead_s(self) -> float:
        return self.ahead_s
