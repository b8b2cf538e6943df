"""What a permit allows: which devices, where, when, how fast, how high and driven by whom."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time

from permits.corridor import OwnCorridor, corridor_from_json, corridor_to_json
from permits.plate import Plate, plate_from_json, plate_to_json
from permits.reported_flight import ReportedFlight, flight_from_json, flight_to_json
from permits.value_words import ValueRefused

SHANGHAI_UTC_OFFSET_S = 8 * 3600
"""Legal time is Asia/Shanghai, which has kept one offset, without summer time, since 1991."""

_DAY_S = 86_400
EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday; Monday counts as 0
_EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class DailyHours:
    """A weekly window in Shanghai time; both ends belong to it.

    ``days`` counts Monday as 0. A window that ends before it starts runs over midnight and
    belongs to the day on which it starts.
    """

    start: time
    end: time
    days: frozenset[int] = _EVERY_DAY
    start_s: float = field(init=False, repr=False, compare=False)
    """Seconds into the local day."""
    end_s: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "start_s", _second(self.start))
        object.__setattr__(self, "end_s", _second(self.end))
        if self.start == self.end:
            raise ValueRefused(why="hours", start=self.start, end=self.end)
        if not self.days or not self.days <= _EVERY_DAY:
            raise ValueRefused(why="days", found=sorted(self.days))

    def hold(self, weekday: int, second: float) -> bool:
        """Tell whether a local weekday and second of the day lie in the window."""
        if self.start_s < self.end_s:
            return weekday in self.days and self.start_s <= second <= self.end_s
        if second >= self.start_s:
            return weekday in self.days
        return second <= self.end_s and (weekday - 1) % 7 in self.days


@dataclass(frozen=True, slots=True)
class Terms:
    """The terms of one permit. Empty ``hours`` and ``control_modes`` mean any."""

    device_ids: frozenset[str]
    zone_ids: frozenset[str]
    """Where the activity is allowed: inside at least one. Empty allows nowhere, or, with a corridor
    of its own, anywhere on it."""
    valid_from: datetime
    """Belongs to the validity; ``valid_to`` is the first moment that does not."""
    valid_to: datetime
    transfer_zone_ids: frozenset[str] = frozenset()
    """转场路段: may be driven by hand alone, on the way to and from the zones above."""
    hours: tuple[DailyHours, ...] = ()
    max_speed_mps: float | None = None
    max_height_agl_m: float | None = None
    """The approved top above ground; ``None`` leaves the general limit of the rule set."""
    control_modes: frozenset[str] = frozenset()
    exempt_zone_ids: frozenset[str] = frozenset()
    """Keep-out zones that this permit may enter, such as a temporary control area: those that
    ask for an authorisation or set conditions. No permit lifts a prohibition."""
    corridor: OwnCorridor | None = None
    """The route that its devices keep to, within the zones above if there are any."""
    min_visibility_m: float | None = None
    """This and what follows was made a condition of the approval; people see to it, for no unit
    reports the weather."""
    max_wind_mps: float | None = None
    max_vehicles: int | None = None
    """How many may be added to it at most, those above among them."""
    other_conditions: frozenset[str] = frozenset()
    plates: tuple[Plate, ...] = ()
    """The temporary plates of its vehicles, as the police issued them; empty before that, and for
    what bears none."""
    suspended_device_ids: frozenset[str] = frozenset()
    """Of the devices above those that may not go on while the rest does."""
    suspended_zone_ids: frozenset[str] = frozenset()
    """Of all its zones those that are closed to it: to be in one of them alone is to be outside."""
    flight: ReportedFlight | None = None
    """The one that was reported last before its take-off; what is confirmed is confirmed of it alone."""
    valid_from_s: float = field(init=False, repr=False, compare=False)
    valid_to_s: float = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for name in ("valid_from", "valid_to"):
            if getattr(self, name).utcoffset() is None:
                raise ValueRefused(why="naive", name=name, found=getattr(self, name))
        if self.valid_to <= self.valid_from:
            raise ValueRefused(why="order", valid_to=self.valid_to, valid_from=self.valid_from)
        for name in ("max_speed_mps", "max_height_agl_m", "min_visibility_m", "max_wind_mps"):
            limit = getattr(self, name)
            if limit is not None and not 0 < limit < float("inf"):
                raise ValueRefused(why="limit", name=name, found=limit)
        # Unix seconds once a permit, and not twice a message.
        object.__setattr__(self, "valid_from_s", self.valid_from.timestamp())
        object.__setattr__(self, "valid_to_s", self.valid_to.timestamp())


def by_route_alone(terms: Terms) -> bool:
    """Tell whether a corridor is all that says where its devices may be.

    Not where every zone is suspended: what is closed does not set free what its corridor covers.
    """
    no_zones = not terms.zone_ids and not terms.suspended_zone_ids
    return terms.corridor is not None and no_zones


def standing(terms: Terms) -> Terms:
    """Return terms without the zones that are suspended; the same where none is."""
    if not terms.suspended_zone_ids:
        return terms
    return replace(
        terms,
        zone_ids=terms.zone_ids - terms.suspended_zone_ids,
        transfer_zone_ids=terms.transfer_zone_ids - terms.suspended_zone_ids,
    )


def within_hours(hours: tuple[DailyHours, ...], at_s: float) -> bool:
    """Tell whether a moment (Unix seconds) lies in the hours; no hours mean all day."""
    if not hours:
        return True
    day, second = divmod(at_s + SHANGHAI_UTC_OFFSET_S, _DAY_S)
    weekday = (int(day) + EPOCH_WEEKDAY) % 7
    return any(window.hold(weekday, second) for window in hours)


def terms_to_json(terms: Terms) -> dict[str, object]:
    """Return the terms as plain JSON values; sets become sorted lists, times ISO 8601."""
    return {
        "device_ids": sorted(terms.device_ids),
        "zone_ids": sorted(terms.zone_ids),
        "transfer_zone_ids": sorted(terms.transfer_zone_ids),
        "exempt_zone_ids": sorted(terms.exempt_zone_ids),
        "valid_from": terms.valid_from.isoformat(),
        "valid_to": terms.valid_to.isoformat(),
        "hours": [hours_to_json(window) for window in terms.hours],
        "max_speed_mps": terms.max_speed_mps,
        "max_height_agl_m": terms.max_height_agl_m,
        "control_modes": sorted(terms.control_modes),
        "corridor": None if terms.corridor is None else corridor_to_json(terms.corridor),
        "min_visibility_m": terms.min_visibility_m,
        "max_wind_mps": terms.max_wind_mps,
        "max_vehicles": terms.max_vehicles,
        "other_conditions": sorted(terms.other_conditions),
        "plates": [plate_to_json(each) for each in terms.plates],
        "suspended_device_ids": sorted(terms.suspended_device_ids),
        "suspended_zone_ids": sorted(terms.suspended_zone_ids),
        "flight": None if terms.flight is None else flight_to_json(terms.flight),
    }


def terms_from_json(found: Mapping[str, object]) -> Terms:
    """Return the terms that ``terms_to_json`` wrote.

    Raises:
        ValueError: a member is absent, unknown or of another type; it is named.
    """
    unknown = set(found) - _MEMBERS
    if unknown:
        msg = f"terms: unknown {sorted(unknown)}: expected {sorted(_MEMBERS)}"
        raise ValueError(msg)
    return Terms(
        device_ids=_texts(found, "device_ids"),
        zone_ids=_texts(found, "zone_ids"),
        transfer_zone_ids=_texts(found, "transfer_zone_ids"),
        exempt_zone_ids=_texts(found, "exempt_zone_ids"),
        valid_from=_moment(found, "valid_from"),
        valid_to=_moment(found, "valid_to"),
        hours=tuple(hours_from_json(each) for each in _list(found, "hours")),
        max_speed_mps=_number(found, "max_speed_mps"),
        max_height_agl_m=_number(found, "max_height_agl_m"),
        control_modes=_texts(found, "control_modes"),
        corridor=_corridor(found.get("corridor")),
        min_visibility_m=_number(found, "min_visibility_m"),
        max_wind_mps=_number(found, "max_wind_mps"),
        max_vehicles=_count(found, "max_vehicles"),
        other_conditions=_texts(found, "other_conditions"),
        plates=tuple(plate_from_json(each) for each in _list(found, "plates")),
        suspended_device_ids=_texts(found, "suspended_device_ids"),
        suspended_zone_ids=_texts(found, "suspended_zone_ids"),
        flight=_flight(found.get("flight")),
    )


_MEMBERS = frozenset(
    {
        "device_ids",
        "zone_ids",
        "transfer_zone_ids",
        "exempt_zone_ids",
        "valid_from",
        "valid_to",
        "hours",
        "max_speed_mps",
        "max_height_agl_m",
        "control_modes",
        "corridor",
        "min_visibility_m",
        "max_wind_mps",
        "max_vehicles",
        "other_conditions",
        "plates",
        "suspended_device_ids",
        "suspended_zone_ids",
        "flight",
    }
)


def _corridor(found: object) -> OwnCorridor | None:
    return None if found is None else corridor_from_json(found)


def _flight(found: object) -> ReportedFlight | None:
    return None if found is None else flight_from_json(found)


def _second(at: time) -> float:
    return at.hour * 3600 + at.minute * 60 + at.second + at.microsecond / 1e6


def hours_to_json(window: DailyHours) -> dict[str, object]:
    """Return one window as plain JSON values."""
    return {
        "days": sorted(window.days),
        "start": window.start.isoformat(),
        "end": window.end.isoformat(),
    }


def hours_from_json(found: object) -> DailyHours:
    """Return the window that ``hours_to_json`` wrote.

    Raises:
        ValueError: a member is absent or of another type.
    """
    if not isinstance(found, Mapping):
        raise _unexpected(found, "hours", "an object with days, start and end")
    return DailyHours(
        start=_time_of_day(found, "start"),
        end=_time_of_day(found, "end"),
        days=frozenset(_weekdays(found.get("days", sorted(_EVERY_DAY)))),
    )


def _weekdays(found: object) -> Iterable[int]:
    if not isinstance(found, list) or not all(type(day) is int for day in found):
        raise _unexpected(found, "hours.days", "a list of whole numbers")
    return found


def _time_of_day(found: Mapping[str, object], name: str) -> time:
    value = found.get(name)
    try:
        return time.fromisoformat(str(value))
    except ValueError as error:
        raise _unexpected(value, f"hours.{name}", "a time of day such as 08:00") from error


def _moment(found: Mapping[str, object], name: str) -> datetime:
    value = found.get(name)
    try:
        return datetime.fromisoformat(str(value))
    except ValueError as error:
        raise _unexpected(value, name, "a date and time with its offset") from error


def _list(found: Mapping[str, object], name: str) -> list[object]:
    value = found.get(name, [])
    if not isinstance(value, list):
        raise _unexpected(value, name, "a list")
    return value


def _texts(found: Mapping[str, object], name: str) -> frozenset[str]:
    values = _list(found, name)
    if not all(isinstance(value, str) for value in values):
        raise _unexpected(values, name, "a list of texts")
    return frozenset(map(str, values))


def _number(found: Mapping[str, object], name: str) -> float | None:
    value = found.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _unexpected(value, name, "a number or null")
    return float(value)


def _count(found: Mapping[str, object], name: str) -> int | None:
    value = _number(found, name)
    if value is not None and value != int(value):
        raise _unexpected(value, name, "a whole number or null")
    return None if value is None else int(value)


def _unexpected(found: object, name: str, expected: str) -> ValueError:
    return ValueError(f"terms: {name} is {found!r}: expected {expected}")
