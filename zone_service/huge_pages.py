"""Memory in pages of the usual size, for a process that must not be made to wait.

Where large arrays ask for huge pages, a thread of the kernel puts such pages together every ten seconds
and stops whoever uses that memory meanwhile: 10 to 40 ms of a worker at 5 000 messages a second,
which was most of what its slowest messages waited for.
"""

import ctypes
import sys
from typing import Final

SET_THP_DISABLE: Final = 41
"""``PR_SET_THP_DISABLE`` of ``linux/prctl.h``."""


def do_without() -> bool:
    """Do without huge pages in this process and those it starts; False where that cannot be said.

    To be called before anything large is built.
    """
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(SET_THP_DISABLE, 1, 0, 0, 0) == 0)
