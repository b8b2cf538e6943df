"""Loops over arrays as machine code, made from the Python that stands there.

Compiled when they are first called with such arrays, and kept beside the source (or in
``NUMBA_CACHE_DIR``): the next process only loads them. With ``NUMBA_DISABLE_JIT=1`` they run as
the Python that they are, with ``NUMBA_BOUNDSCHECK=1`` an index past the end of an array raises.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba

Loop = TypeVar("Loop", bound=Callable[..., Any])


def compiled(function: Loop) -> Loop:
    """Return the function as machine code, with IEEE 754 as it is and division like numpy's.

    It must take arrays and numbers, and mean the same when it is not compiled: indices within
    bounds, no ``None``, no objects. It makes no arrays, it fills those of its caller: to count
    references to them took half the time.
    """
    return _made(function, {})


def inlined(function: Loop) -> Loop:
    """Return a small function likewise, to become a part of each that calls it.

    A call costs as much as looking at ten bytes. What is inlined is compiled for every call, so
    only what a loop over bytes cannot do without.
    """
    return _made(function, {"forceinline": True})


def _made(function: Loop, more: dict[str, Any]) -> Loop:
    options: dict[str, Any] = {
        "nogil": True, "error_model": "numpy", "fastmath": False, "_nrt": False, **more,
    }  # fmt: skip
    try:
        made = numba.njit(cache=True, **options)(function)
    except RuntimeError:
        # Nowhere to keep it: neither the folder of the source nor the user's own can be written.
        made = numba.njit(**options)(function)
    return cast("Loop", made)
