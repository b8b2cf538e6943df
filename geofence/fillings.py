"""What the sets of volumes that fill cells say of a place: zones that hold it, and what is to be asked."""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from geofence.cells import seen
from geofence.grid import IntArray
from geofence.looking import Sets

Volumes = tuple[int, ...]
Value = TypeVar("Value")
_OfVolumes: TypeAlias = Sequence[Value] | Mapping[int, Value]


def fillings(sets: Sequence[Volumes], slot: IntArray, limited: NDArray[np.bool_]) -> Sets:
    """Lay out sets of volumes; ``slot`` and ``limited`` (a height or hours) are of each volume."""
    return _fillings(sets, slot.tolist(), limited.tolist())


def _fillings(
    sets: Sequence[Volumes], zone_of: "_OfVolumes[int]", is_limited: "_OfVolumes[bool]"
) -> Sets:
    asked = [[volume for volume in each if is_limited[volume]] for each in sets]
    plain = [sorted({zone_of[each] for each in some if not is_limited[each]}) for some in sets]
    return Sets(*map(seen, (*_laid(plain), *_laid(asked))))


def with_more(
    before: Sets, sets: Sequence[Volumes], slot: IntArray, limited: NDArray[np.bool_]
) -> Sets:
    """Return sets with others behind them; ``slot`` and ``limited`` as for ``fillings``."""
    # Few of ten thousand volumes are in them.
    these = np.array(sorted(set(chain.from_iterable(sets))), np.int64)
    zone_of, is_limited = (
        dict(zip(these.tolist(), each[these].tolist(), strict=True)) for each in (slot, limited)
    )
    more = _fillings(sets, zone_of, is_limited)
    more = more._replace(
        first_slot=more.first_slot + len(before.slots),
        first_limited=more.first_limited + len(before.limited),
    )
    return Sets(*(seen(np.concatenate(each)) for each in zip(before, more, strict=True)))


def _laid(runs: Sequence[Sequence[int]]) -> tuple[IntArray, IntArray, IntArray]:
    """Where each run begins, how long it is, and all of them one behind the other."""
    counts = np.array([len(each) for each in runs], np.int64)
    flat = np.array(list(chain.from_iterable(runs)), np.int64)
    return np.cumsum(counts) - counts, counts, flat
