"""What nobody waits for lets those go first that somebody does, where each has a session of its own, too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from zone_service.background import NICENESS, REST, RESTS_AT_MOST_S, Rests

OF_SESSION = Path("/proc/self/autogroup")
STANDS_BACK = """
import os
from pathlib import Path
from zone_service.background import stand_back
stand_back()
told = Path("/proc/self/autogroup")
print(os.nice(0), told.read_text().split()[-1] if told.exists() and told.read_text() else "-")
"""


def shared_among_sessions() -> bool:
    """Whether sessions have a niceness here; where they have none the file is missing, or empty."""
    return OF_SESSION.exists() and bool(OF_SESSION.read_text())


needs_sessions = pytest.mark.skipif(
    not shared_among_sessions(), reason="cores are not shared among sessions here"
)


def told(*, of_its_own: bool) -> list[int | str]:
    """The niceness of a process that stands back, and that of its session."""
    command = [sys.executable, "-c", STANDS_BACK]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, start_new_session=of_its_own
    )
    own, session = done.stdout.split()
    return [int(own) - os.nice(0), session]


@needs_sessions
def test_a_child_with_a_session_of_its_own_has_all_of_it_stand_back() -> None:
    assert told(of_its_own=True) == [min(NICENESS, 19 - os.nice(0)), str(NICENESS)]


@needs_sessions
def test_a_process_of_somebodys_terminal_stands_back_alone() -> None:
    before = OF_SESSION.read_text().split()[-1]
    assert told(of_its_own=False) == [min(NICENESS, 19 - os.nice(0)), before]


@pytest.mark.skipif(not hasattr(os, "SCHED_IDLE"), reason="there is no lowest place here")
def test_who_stands_back_is_nobody_that_others_wait_for() -> None:
    asked = "import os; from zone_service import background as b; b.stand_back(); print(os.sched_getscheduler(0))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert int(done.stdout) == os.SCHED_IDLE


class Clock:
    """The time that a process has worked, and how long it has rested."""

    def __init__(self) -> None:
        self.worked_s = 0.0
        self.rested_s: list[float] = []

    def rests(self) -> Rests:
        return Rests(lambda: self.worked_s, self.rested_s.append)

    def works(self, pieces: int, each_s: float, rest: Rests) -> None:
        for _ in range(pieces):
            self.worked_s += each_s
            rest()


def test_who_rests_does_so_twice_as_long_as_it_works_in_bursts_that_nobody_feels() -> None:
    clock = Clock()
    clock.works(100, 0.001, clock.rests())
    assert max(clock.rested_s) < 0.01
    assert sum(clock.rested_s) == pytest.approx(REST * 0.1, rel=0.05)


def test_who_has_too_much_to_do_goes_on_without_a_rest_in_the_end() -> None:
    clock = Clock()
    clock.works(1_000, 0.1, clock.rests())
    assert sum(clock.rested_s) == pytest.approx(RESTS_AT_MOST_S)
