"""Loops over arrays as machine code, made from the Python that stands there.

Compiled when they are first called with such arrays, and kept beside the source (or in
``NUMBA_CACHE_DIR``): the next process only loads them. With ``NUMBA_DISABLE_JIT=1`` they run as
the Python that they are, with ``NUMBA_BOUNDSCHECK=1`` an index past the end of an array raises.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Loop = TypeVar("Loop", bound=Callable[..., Any])
OPTIONS: dict[str, Any] = {
    "nogil": True,
    "error_model": "numpy",
    "fastmath": False,
    # Nothing is allocated in a loop, so nobody need count who holds the arrays: that took half the time.
    "_nrt": False,
}


def compiled(function: Loop) -> Loop:
    """Return the function as machine code, with IEEE 754 as it is and division like numpy's.

    It must take arrays and numbers, and mean the same when it is not compiled: indices within
    bounds, no ``None``, no objects.
    """
    try:
        made = numba.njit(cache=True, **OPTIONS)(function)
    except RuntimeError:
        # Nowhere to keep it: neither the folder of the source nor the user's own can be written.
        made = numba.njit(**OPTIONS)(function)
    return cast("Loop", made)


def inlined(function: Loop) -> Loop:
    """Return a part of loops, which is compiled into each of them where it stands.

    To hand a dozen arrays to a function takes longer than most of these functions.
    """
    return cast("Loop", numba.njit(inline="always", **OPTIONS)(function))
