"""Sequence numbers of one boot: seen, missing, repeated, given up.

Kept as runs, so that a buffer replayed from behind the live messages fills its holes without
being taken for repetition, and bounded whatever a device sends.
"""

from bisect import bisect_right
from typing import Final

import msgspec

MAX_RUNS: Final = 64
"""Runs of sequence numbers remembered in a boot, so one less is the number of open holes."""

RECENT_DIGESTS: Final = 8
"""Sequence numbers whose content is remembered, to see one used twice."""

Runs = tuple[tuple[int, int], ...]


class Boot(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """The sequence numbers seen since one start of a device."""

    boot_id: str | None
    floor: int
    """Numbers below are not waited for any more; 1 at first, where counting starts."""
    runs: Runs
    """First and last of each run, ascending; never empty, with a hole between any two."""
    progress_s: float
    """Receive time from which the wait for a hole to be filled counts."""
    digests: tuple[tuple[int, int], ...]
    """The latest numbers with the digest of what they said."""


def begin(boot_id: str | None, seq: int, digest: int, received_s: float) -> Boot:
    """Return a boot of which the first number was heard."""
    return Boot(boot_id, 1, ((seq, seq),), received_s, ((seq, digest),))


def done(boot: Boot) -> tuple[str | None, int] | None:
    """Return the boot and the number up to which nothing is missing, None without the start."""
    first, last = boot.runs[0]
    return (boot.boot_id, last) if first <= boot.floor else None


def is_given_up(boot: Boot, seq: int) -> bool:
    """Whether a number is among those no longer waited for."""
    return seq < boot.floor and boot.floor > 1


def is_replay(boot: Boot, seq: int, digest: int, distance: int) -> bool:
    """Whether a number heard before comes from long ago, or said something else then."""
    far_behind = boot.runs[0][1] - seq > distance
    return far_behind or any(n == seq and said != digest for n, said in boot.digests)


def with_number(runs: Runs, seq: int) -> Runs | None:
    """Return the runs with one more number, or None if it is among them."""
    first, last = runs[-1]
    if seq == last + 1:
        return (*runs[:-1], (first, seq))
    if seq > last:
        return (*runs, (seq, seq))
    after = bisect_right(runs, seq, key=_first)
    low = high = seq
    head, tail = runs[:after], runs[after:]
    if head and head[-1][1] >= seq:
        return None
    if head and head[-1][1] == seq - 1:
        head, low = head[:-1], head[-1][0]
    if tail and tail[0][0] == seq + 1:
        high, tail = tail[0][1], tail[1:]
    return (*head, (low, high), *tail)


def _first(run: tuple[int, int]) -> int:
    return run[0]


def grown(
    old: Boot,
    runs: Runs,
    said: tuple[int, int],
    received_s: float,
    give_up_after_s: float,
    *,
    returned: bool,
) -> tuple[Boot, int]:
    """Return the boot with its new runs, and how many numbers were given up on the way.

    ``returned`` is a device that was silent: it must have time to replay what it kept.
    """
    digests = (*old.digests[1 - RECENT_DIGESTS :], said)
    waited = len(old.runs) > 1 or old.runs[0][0] > old.floor
    # Any number from below the highest is a buffer being replayed, from whichever end.
    filling = said[0] < old.runs[-1][1]
    progress_s = old.progress_s if waited and not filling and not returned else received_s
    if len(runs) <= MAX_RUNS and received_s - progress_s <= give_up_after_s:
        return Boot(old.boot_id, old.floor, runs, progress_s, digests), 0
    floor, runs, lost = _given_up(old.floor, runs)
    return Boot(old.boot_id, floor, runs, received_s, digests), lost


def _given_up(floor: int, runs: Runs) -> tuple[int, Runs, int]:
    """Stop waiting for the lowest hole; return the new floor, the runs, and how many it was."""
    lost = 0
    if runs[0][0] > floor:
        floor, lost = runs[0][0], runs[0][0] - floor
        if len(runs) <= MAX_RUNS:
            return floor, runs, lost
    return runs[1][0], runs[1:], lost + runs[1][0] - runs[0][1] - 1
