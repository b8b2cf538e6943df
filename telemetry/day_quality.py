"""How good the data of one device was on one day: what was counted of its reports."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from telemetry.data_items import ITEMS


class DayQuality(msgspec.Struct, frozen=True, gc=False, kw_only=True, omit_defaults=True):
    """Of the reports of a day that were newer than all before them."""

    judged: int = 0
    """So many reports; all that is counted below is of them. 0: nothing is known."""
    lacking: dict[str, int] = {}
    """By item of data: how many lacked it. What none lacked is absent."""
    timed: int = 0
    """That had a time of their unit's own."""
    delay_total_s: float = 0.0
    """From that time to receipt; less than 0 where the unit's clock is ahead."""
    delay_worst_s: float = 0.0
    delayed: int = 0
    """That came later than the rule set lets pass."""
    ahead_worst_s: float = 0.0
    """How far the unit's clock was ahead of ours, at most."""
    skewed: int = 0
    """Whose clock was further off than the rule set lets pass, transport included; what a unit had
    kept in a buffer is late and not skewed."""
    accuracy_said: int = 0
    accuracy_total_m: float = 0.0
    accuracy_worst_m: float = 0.0
    inaccurate: int = 0
    """That claimed to be off by more than the rule set lets pass."""
    jumps: int = 0
    gaps: int = 0
    """Interruptions longer than silence is allowed, of a unit that was under way or did not say."""
    gap_total_s: float = 0.0
    gap_longest_s: float = 0.0
    lost: int = 0
    """Numbers given up after long waiting, of who numbers its reports."""
    replayed: int = 0
    """Numbers used twice for different things, or repeated from long ago."""
    left_under_way: bool = False
    """Whether it was under way, or did not say, when it was heard last."""


NOTHING_JUDGED: Final = DayQuality()

_SAME: Final = tuple(
    name for name in DayQuality.__struct_fields__ if name not in {"lacking", "left_under_way"}
)
COUNTED: Final = (*_SAME, "lacking", "standing")
"""The fields of a record that a day's quality is kept in."""


def from_record(said: Mapping[str, Any]) -> DayQuality:
    """Return what stands in a record, by the names of its fields."""
    if not said["judged"]:
        return NOTHING_JUDGED
    lacked = zip(ITEMS, said["lacking"], strict=True)
    return DayQuality(
        lacking={item.value: int(count) for item, count in lacked if count},
        left_under_way=not said["standing"],
        **{name: said[name] for name in _SAME},
    )


def to_record(one: Any, quality: DayQuality) -> None:
    """Write it into a record."""
    for name in _SAME:
        one[name] = getattr(quality, name)
    one["lacking"] = [quality.lacking.get(item, 0) for item in ITEMS]
    one["standing"] = not quality.left_under_way
