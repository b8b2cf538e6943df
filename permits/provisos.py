"""The conditions on which departments approve (附条件), and the strictest of several.

Each condition can only take something away from what was applied for. To merge is to take away what
any of them takes away: so the order in which departments decide does not count, nor does a condition
that is set twice, and the result is never looser than a part.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from functools import reduce
from math import isfinite
from typing import Any, TypeVar

from permits.review_words import review_words
from permits.rule_words import Language
from permits.terms import Terms, hours_from_json, hours_to_json
from permits.value_words import ValueRefused
from permits.weekly_hours import ALWAYS, NEVER, Week, both, daily, week_of

Limit = TypeVar("Limit", int, float, datetime)
_LIMITS = (
    "max_speed_mps",
    "max_height_agl_m",
    "max_wind_mps",
    "max_vehicles",
    "min_visibility_m",
)


@dataclass(frozen=True, slots=True)
class Clash:
    """A way in which conditions leave nothing of what was applied for."""

    key: str
    filled: tuple[tuple[str, str], ...] = ()

    def said(self, language: Language) -> str:
        """Return it for a person to read."""
        return review_words(self.key, language, **dict(self.filled))

    def __str__(self) -> str:
        return self.said(Language.ENGLISH)


@dataclass(frozen=True, slots=True)
class Provisos:
    """What an approval depends on; ``None`` and empty sets ask for nothing, but see ``hours``."""

    max_speed_mps: float | None = None
    max_height_agl_m: float | None = None
    hours: Week | None = None
    """Empty where the hours of several have none in common."""
    only_zone_ids: frozenset[str] | None = None
    """Of the zones applied for these alone; empty where several have none in common."""
    excluded_zone_ids: frozenset[str] = frozenset()
    """Zones and transfer segments that are not permitted, and keep-out zones that are not to be
    entered though it was applied for. Where another zone of the permit covers the
    same ground, that ground stays permitted by it: roads cross each other."""
    control_modes: frozenset[str] | None = None
    min_visibility_m: float | None = None
    max_wind_mps: float | None = None
    valid_to: datetime | None = None
    max_vehicles: int | None = None
    others: frozenset[str] = frozenset()
    """In words: what no machine checks."""

    def __post_init__(self) -> None:
        if self.hours == ALWAYS:
            object.__setattr__(self, "hours", None)
        for name in _LIMITS:
            limit = getattr(self, name)
            if limit is not None and not (
                isinstance(limit, int | float) and limit > 0 and isfinite(limit)
            ):
                raise ValueRefused(why="limit", name=name, found=limit)
        if self.valid_to is not None and self.valid_to.utcoffset() is None:
            raise ValueRefused(why="naive", name="valid_to", found=self.valid_to)
        if not all(each.strip() for each in self.others):
            raise ValueRefused(why="others")

    @property
    def zone_ids(self) -> frozenset[str]:
        """All zones that it names."""
        return (self.only_zone_ids or frozenset()) | self.excluded_zone_ids


NONE = Provisos()
"""No condition at all."""


def merged(parts: Iterable[Provisos]) -> Provisos:
    """Return the strictest of each kind, over all parts."""
    return reduce(_stricter, parts, NONE)


def clashes(terms: Terms, asked: Provisos) -> tuple[Clash, ...]:
    """Return where conditions leave nothing of what was applied for; empty where all can be met."""
    return tuple(_clashes(terms, asked))


def ended_already(asked: Provisos, at: datetime) -> tuple[Clash, ...]:
    """Return that conditions would end by now what is in force: to end it asks for its own ground."""
    if asked.valid_to is None or asked.valid_to > at:
        return ()
    return (Clash("ended already", (("valid_to", asked.valid_to.isoformat()),)),)


def narrowed(terms: Terms, asked: Provisos) -> Terms:
    """Return the terms with every condition in them.

    Raises:
        ValueError: they leave nothing; ``clashes`` says where.
    """
    if found := clashes(terms, asked):
        raise ValueError("; ".join(map(str, found)))
    return replace(
        terms,
        zone_ids=_zones(terms, asked),
        transfer_zone_ids=terms.transfer_zone_ids - asked.excluded_zone_ids,
        exempt_zone_ids=terms.exempt_zone_ids - asked.excluded_zone_ids,
        valid_to=terms.valid_to if asked.valid_to is None else min(terms.valid_to, asked.valid_to),
        hours=terms.hours if asked.hours is None else daily(both(week_of(terms.hours), asked.hours)),
        max_speed_mps=_least(terms.max_speed_mps, asked.max_speed_mps),
        max_height_agl_m=_least(terms.max_height_agl_m, asked.max_height_agl_m),
        control_modes=_common(terms.control_modes or None, asked.control_modes) or frozenset(),
        max_wind_mps=_least(terms.max_wind_mps, asked.max_wind_mps),
        min_visibility_m=_greatest(terms.min_visibility_m, asked.min_visibility_m),
        max_vehicles=_least(terms.max_vehicles, asked.max_vehicles),
        other_conditions=terms.other_conditions | asked.others,
    )  # fmt: skip


def left_by(terms: Terms, asked: Provisos) -> Terms:
    """Return the terms with every condition in them; where those leave nothing, the terms as they are."""
    return terms if clashes(terms, asked) else narrowed(terms, asked)


def provisos_to_json(asked: Provisos) -> dict[str, object]:
    """Return what is asked as plain JSON values; what nobody asks for is left out."""
    told = {each.name: getattr(asked, each.name) for each in fields(asked)}
    return {
        name: _plain(value) for name, value in told.items() if value not in (None, frozenset())
    } | ({name: [] for name in ("only_zone_ids", "control_modes") if told[name] == frozenset()})


def provisos_from_json(found: Mapping[str, Any]) -> Provisos:
    """Return what ``provisos_to_json`` wrote.

    Raises:
        ValueError, TypeError: it is not that.
    """
    told = dict(found)
    for name in ("only_zone_ids", "excluded_zone_ids", "control_modes", "others"):
        if name in told:
            told[name] = frozenset(map(str, told[name]))
    if "hours" in told:
        hours = tuple(hours_from_json(each) for each in told["hours"])
        told["hours"] = week_of(hours) if hours else NEVER
    if "valid_to" in told:
        told["valid_to"] = datetime.fromisoformat(told["valid_to"])
    return Provisos(**told)


def _plain(value: object) -> object:
    match value:
        case frozenset():
            return sorted(value)
        case tuple():
            return [hours_to_json(window) for window in daily(value)] if value else []
        case datetime():
            return value.isoformat()
        case _:
            return value


def _stricter(one: Provisos, other: Provisos) -> Provisos:
    return Provisos(
        hours=_met(one.hours, other.hours),
        only_zone_ids=_common(one.only_zone_ids, other.only_zone_ids),
        excluded_zone_ids=one.excluded_zone_ids | other.excluded_zone_ids,
        control_modes=_common(one.control_modes, other.control_modes),
        valid_to=_least(one.valid_to, other.valid_to),
        others=one.others | other.others,
        max_speed_mps=_least(one.max_speed_mps, other.max_speed_mps),
        max_height_agl_m=_least(one.max_height_agl_m, other.max_height_agl_m),
        max_wind_mps=_least(one.max_wind_mps, other.max_wind_mps),
        max_vehicles=_least(one.max_vehicles, other.max_vehicles),
        min_visibility_m=_greatest(one.min_visibility_m, other.min_visibility_m),
    )


def _clashes(terms: Terms, asked: Provisos) -> Iterator[Clash]:
    if asked.hours is not None and not both(week_of(terms.hours), asked.hours):
        yield Clash("no hours")
    if terms.zone_ids and not _zones(terms, asked):
        yield Clash("no zones")
    if _common(terms.control_modes or None, asked.control_modes) == frozenset():
        yield Clash("no modes")
    if asked.valid_to is not None and asked.valid_to <= terms.valid_from:
        yield Clash("no days", (("valid_to", asked.valid_to.isoformat()),))
    if asked.max_vehicles is not None and len(terms.device_ids) > asked.max_vehicles:
        found = len(terms.device_ids)
        yield Clash("too many", (("most", str(asked.max_vehicles)), ("found", str(found))))


def _zones(terms: Terms, asked: Provisos) -> frozenset[str]:
    left = terms.zone_ids - asked.excluded_zone_ids
    return left if asked.only_zone_ids is None else left & asked.only_zone_ids


def _common(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _met(one: Week | None, other: Week | None) -> Week | None:
    if one is None or other is None:
        return other if one is None else one
    return both(one, other)


def _least(one: Limit | None, other: Limit | None) -> Limit | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def _greatest(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    return max(one, other)
