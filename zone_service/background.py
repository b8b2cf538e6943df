"""A process that nobody waits for lets those go first that somebody does.

Linux shares its cores among sessions before it shares them within one, and each of our children has a session
of its own: there it is the niceness of the session that counts, and that of the process alone changes nothing.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

NICENESS: Final = 10
"""About a tenth of the share of a process that has none."""
_OF_SESSION: Final = Path("/proc/self/autogroup")
"""Where the system has none, cores are shared among processes, and their own niceness counts."""


def stand_back() -> None:
    """Let others go first from here on; of a session that is a person's terminal this process alone does."""
    os.nice(NICENESS)
    if os.getsid(0) == os.getpid():
        with suppress(OSError):
            _OF_SESSION.write_text(str(NICENESS))
