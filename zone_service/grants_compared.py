"""Whose permits are others than in the world before, and who has permits of other jurisdictions. Pure.

Worked out where a world is made, beside the worker: asked of ten thousand devices in the turn of a change, the
one took a tenth of a second and the other ten milliseconds.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import fields
from operator import attrgetter
from types import MappingProxyType
from typing import Final, NamedTuple

from geofence.breath import Breathe, at_once
from permits.compliance import Grant
from permits.ruleset import RuleSet

Grants = Mapping[str, tuple[Grant, ...]]
"""By the device that they name."""
COMPARED_AT_ONCE: Final = 512
"""Devices, between two breaths: each takes 2 us."""
NONE: Final = frozenset[str]()
_BUT_FOR_RULES: Final = attrgetter(
    *(each.name for each in fields(Grant) if each.compare and each.name != "rules")
)


class Regranted(NamedTuple):
    """The devices whose permits are others than they were, and since when."""

    before: Grants | None = None
    """The grants of the world that this one was made of; all others have those."""
    device_ids: frozenset[str] = NONE
    ruled_alone: frozenset[str] = NONE
    """Those of them whose permits are as they were, but for the rules that judge by them."""
    otherwise: frozenset[str] = NONE
    """The others of them."""


def compared(
    before: Grants, after: Grants, device_ids: Iterable[str], breathe: Breathe = at_once
) -> Regranted:
    """Return whose grants differ, of some devices; ``breathe`` is called between two pieces of the work."""
    otherwise, ruled_alone, rules = set[str](), set[str](), _SameRules()
    for count, each in enumerate(device_ids):
        old, new = before.get(each, ()), after.get(each, ())
        if old is not new and not _are_alike(old, new):
            otherwise.add(each)
        elif old is not new and not rules.judge_both(old, new):
            ruled_alone.add(each)
        if count % COMPARED_AT_ONCE == 0:
            breathe()
    others = frozenset(otherwise | ruled_alone)
    return Regranted(before, others, frozenset(ruled_alone), frozenset(otherwise))


def _are_alike(before: tuple[Grant, ...], after: tuple[Grant, ...]) -> bool:
    """Tell whether grants are the same, but for the rules that judge by them."""
    return len(before) == len(after) and all(
        _BUT_FOR_RULES(one) == _BUT_FOR_RULES(other)
        for one, other in zip(before, after, strict=True)
    )


class _SameRules:
    """Which rules are the same: of each two it is asked once, since that takes 30 us."""

    def __init__(self) -> None:
        self._known: dict[tuple[int, int], bool] = {}

    def judge_both(self, before: tuple[Grant, ...], after: tuple[Grant, ...]) -> bool:
        """Tell whether as many grants are judged by the same rules, each by its own."""
        pairs = zip(before, after, strict=True)
        return all(self._are_same(one.rules, other.rules) for one, other in pairs)

    def _are_same(self, one: RuleSet | None, other: RuleSet | None) -> bool:
        key = id(one), id(other)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = one == other
        return known


class ByOthers(NamedTuple):
    """Who is judged by the rules of other jurisdictions than that of the installation."""

    devices: Mapping[str, frozenset[str]] = MappingProxyType({})
    """The devices that have a permit of it, by the name of its rule set."""
    alone: frozenset[str] = NONE
    """Those that have no other: the rules of the installation judge nothing of them."""

    @classmethod
    def of(cls, grants: Grants) -> "ByOthers":
        """Return it of all that some grants name."""
        devices, alone = defaultdict[str, set[str]](set), set[str]()
        for device_id, those in grants.items():
            names = {each.rules.rule_set_id for each in those if each.rules is not None}
            for name in names:
                devices[name].add(device_id)
            if names and all(each.rules is not None for each in those):
                alone.add(device_id)
        return cls({name: frozenset(each) for name, each in devices.items()}, frozenset(alone))

    def amended(self, grants: Grants, device_ids: Collection[str]) -> "ByOthers":
        """Return the same where some devices have other grants."""
        new = ByOthers.of({each: grants.get(each, ()) for each in device_ids})
        names = self.devices.keys() | new.devices.keys()
        return ByOthers(
            {
                name: self.devices.get(name, NONE).difference(device_ids)
                | new.devices.get(name, NONE)
                for name in names
            },
            self.alone.difference(device_ids) | new.alone,
        )


NO_OTHERS: Final = ByOthers()
