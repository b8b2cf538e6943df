"""A child process that is started again when it dies, each time after a longer pause."""

import subprocess
from collections.abc import Callable

import structlog

from zone_service import child
from zone_service.brokers.process import BrokerError

log = structlog.get_logger("supervisor")

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 30.0
STEADY_AFTER_S = 30.0
"""Whoever ran so long was well; its next death is a first one again."""


def pause_s(deaths: int) -> float:
    """Return how long to wait after so many deaths in a row; one is the first."""
    return min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** min(deaths - 1, 16))


class Kept:
    """When to start a program, and when again. Time comes in, so that no test has to wait."""

    def __init__(
        self,
        name: str,
        launch: Callable[[], None],
        alive: Callable[[], bool],
        status: Callable[[], int | None] = lambda: None,
    ) -> None:
        """``status``: with what it ended, if that is known; less than 0 is the signal that ended it."""
        self.name = name
        self.deaths = 0
        self._launch = launch
        self._alive = alive
        self._status = status
        self._started_s: float | None = None
        self._due_s = 0.0

    def tend(self, now_s: float) -> bool:
        """Notice a death, and start what is due; returns whether something was started."""
        if self._started_s is not None and not self._alive():
            self._mourn(now_s)
        if self._started_s is not None or now_s < self._due_s:
            return False
        return self._try(now_s)

    def start(self, now_s: float) -> None:
        """Start it for the first time; what goes wrong is the caller's."""
        self._launch()
        self.adopt(now_s)

    def adopt(self, now_s: float) -> None:
        """Look after what somebody else has started."""
        self._started_s = now_s

    def _try(self, now_s: float) -> bool:
        try:
            self.start(now_s)
        except (BrokerError, OSError) as error:
            self._postpone(now_s)
            log.warning("child_not_started", child=self.name, error=str(error))
            return False
        log.info("child_started", child=self.name, deaths=self.deaths)
        return True

    def _mourn(self, now_s: float) -> None:
        assert self._started_s is not None  # noqa: S101 - only who was started can die
        if now_s - self._started_s >= STEADY_AFTER_S:
            self.deaths = 0
        self._started_s = None
        self._postpone(now_s)
        log.warning(
            "child_died",
            child=self.name,
            status=self._status(),
            restart_in_s=round(self._due_s - now_s, 3),
        )

    def _postpone(self, now_s: float) -> None:
        self.deaths += 1
        self._due_s = now_s + pause_s(self.deaths)


class Program:
    """One of our own processes: the worker, the web."""

    def __init__(self, command: list[str], env: dict[str, str]) -> None:
        self.command = command
        self.env = env
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process, None when it does not run."""
        return self._process.pid if self._process is not None and self.alive() else None

    def launch(self) -> None:
        """Start it."""
        self._process = child.start(self.command, env=self.env)

    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def ask_to_stop(self) -> None:
        """Tell it to end, and wait for nothing."""
        if self._process is not None and self.alive():
            self._process.terminate()

    @property
    def status(self) -> int | None:
        """With what it ended; None when it runs, or never did."""
        return None if self._process is None else self._process.poll()

    def stop(self, patience_s: float) -> None:
        """End it, by force when it does not end in time."""
        if self._process is not None:
            child.end(self._process, patience_s)
