"""Loops over arrays as machine code, made from the Python that stands there.

Compiled when they are first called with such arrays, and kept beside the source (or in
``NUMBA_CACHE_DIR``): the next process only loads them. With ``NUMBA_DISABLE_JIT=1`` they run as
the Python that they are, with ``NUMBA_BOUNDSCHECK=1`` an index past the end of an array raises.
"""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numba
from numpy.typing import NDArray

_CORE: Any = numba.core
_TO_READ, _TO_STAY, _AS_DATA = 0, 3, 1
"""How memory is asked for, as LLVM has it."""
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


def _fetch(array: NDArray[Any], row: int) -> None:
    """Ask for the memory of a row that will soon be read; changes nothing, and waits for nothing.

    Rows that lie anywhere are asked for some at a time, then read: else each waits for itself.
    There need not be such a row.
    """


def _fetched(_typing: Any, array: Any, _row: Any) -> Any:
    """Say what that is in machine code."""
    tools, types, ir = _CORE.cgutils, _CORE.types, _CORE.cgutils.ir

    def made(context: Any, builder: Any, _signature: Any, given: Any) -> Any:
        rows = context.make_array(array)(context, builder, given[0])
        nought, number = context.get_constant(types.intp, 0), ir.IntType(32)
        indices = [given[1], *(nought for _ in range(1, array.ndim))]
        at = tools.get_item_pointer(context, builder, array, rows, indices)
        at = builder.bitcast(at, tools.voidptr_t)
        kind = ir.FunctionType(ir.VoidType(), [at.type, number, number, number])
        asked = tools.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0")
        builder.call(asked, [at, *map(number, (_TO_READ, _TO_STAY, _AS_DATA))])
        return context.get_dummy_value()

    return types.void(array, types.intp), made


fetch = cast(
    "Callable[[NDArray[Any], int], None]",
    _fetch if _CORE.config.DISABLE_JIT else _CORE.extending.intrinsic(_fetched),
)
