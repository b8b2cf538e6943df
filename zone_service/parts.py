"""What ``zone up`` keeps running: each a process of its own, begun without the other commands.

To load those, and what shows their answers, takes a core for a third of a second, at a moment when the
four of them load at once and somebody waits for the platform.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from zone_service.interrupts import nothing_begun
from zone_service.settings import load

NICENESS: Final = 10
"""Of who makes evidence: the worker and the web process go first on whatever core there is."""


def worker() -> None:
    """Take telemetry from the broker and judge it, until told to stop."""
    with nothing_begun():
        from zone_service.worker_process import run

    run(load())


def web() -> None:
    """Serve the API, the live feed and the page, until told to stop."""
    with nothing_begun():
        from zone_service.web_process import run

    run(load())


def evidence() -> None:
    """Seal clips as their time comes in, until told to stop."""
    # Before anything is loaded: at a start of the platform the worker and the web load as well.
    os.nice(NICENESS)
    with nothing_begun():
        from zone_service.clips.keeper import run

    run(load())


def fences() -> None:
    """Tell units of the zones that concern them, until told to stop."""
    with nothing_begun():
        from zone_service.fences.pushing import run

    run(load())


WORDS: Final[Mapping[str, Sequence[str]]] = {
    "worker": ("worker",),
    "web": ("web",),
    "evidence": ("evidence", "seal", "--follow"),
    "fences": ("fence", "push"),
}
"""What one types after ``zone`` to run each alone."""
_PARTS: Final = {"worker": worker, "web": web, "evidence": evidence, "fences": fences}


def part(words: Sequence[str]) -> Callable[[], None] | None:
    """Return what runs the part that these words name, and nothing else; none where they name none."""
    return next((_PARTS[name] for name, said in WORDS.items() if tuple(words) == said), None)
