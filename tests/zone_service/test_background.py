"""What nobody waits for lets those go first that somebody does, where each has a session of its own, too."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from zone_service.background import NICENESS

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


pytestmark = pytest.mark.skipif(
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


def test_a_child_with_a_session_of_its_own_has_all_of_it_stand_back() -> None:
    assert told(of_its_own=True) == [min(NICENESS, 19 - os.nice(0)), str(NICENESS)]


def test_a_process_of_somebodys_terminal_stands_back_alone() -> None:
    before = OF_SESSION.read_text().split()[-1]
    assert told(of_its_own=False) == [min(NICENESS, 19 - os.nice(0)), before]
