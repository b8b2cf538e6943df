"""How high and when: the height band and the schedule of a GeoJSON feature."""

from collections.abc import Mapping
from datetime import date
from typing import cast

from geofence.zone import (
    HeightBand,
    HeightLimit,
    HeightReference,
    Moment,
    Schedule,
    SunTime,
    Window,
    moment,
)
from maps.findings import Findings, Json, is_number, shown

HEIGHT = {"value_m": "metres", "reference": f"one of {', '.join(sorted(HeightReference))}"}
SCHEDULE = {
    "windows": "an array",
    "valid_from": "a date, as 2026-05-31",
    "valid_to": "a date, as 2026-05-31",
    "utc_offset_s": "seconds",
}
WINDOW = {
    "days": "days from 0 (Monday) to 6",
    "start": "local time, as 07:30",
    "end": "local time, as 19:00",
}
"""Their members, all of them limits, with what each is expected to be."""


def read_band(properties: Mapping[str, Json], path: str, findings: Findings) -> HeightBand:
    """Read the height band of a feature; an end that is not there is unbounded."""
    lower = _height(properties.get("lower"), f"{path}.lower", findings)
    upper = _height(properties.get("upper"), f"{path}.upper", findings)
    same = lower is not None and upper is not None and lower.reference is upper.reference
    if same and lower is not None and upper is not None and lower.value_m > upper.value_m:
        findings.error(
            f"{path}.lower",
            "{low:g} m is above the upper end, {high:g} m",
            low=lower.value_m,
            high=upper.value_m,
        )
    return HeightBand(lower, upper)


def _height(value: Json, path: str, findings: Findings) -> HeightLimit | None:
    if value is None:
        return None
    members = findings.members(value, path)
    if members is None:
        return None
    findings.unknown(members, HEIGHT, path, HEIGHT)
    height_m = findings.required_number(members, "value_m", path)
    reference = findings.choice(members, "reference", path, list(HeightReference))
    if height_m is None or reference is None:
        return None
    return HeightLimit(height_m, HeightReference(reference))


def read_schedule(value: Json, path: str, findings: Findings) -> Schedule | None:
    """Read when a volume holds; no schedule means always."""
    if value is None:
        return None
    members = findings.members(value, path)
    if members is None:
        return None
    findings.unknown(members, SCHEDULE, path, SCHEDULE)
    found = findings.array(members.get("windows", []), f"{path}.windows") or []
    windows = [_window(w, f"{path}.windows[{i}]", findings) for i, w in enumerate(found)]
    offset_s = findings.number(members, "utc_offset_s", path)
    if offset_s is not None and (offset_s % 1 or abs(offset_s) >= 86_400):
        findings.error(
            f"{path}.utc_offset_s",
            "found {found:g}, expected whole seconds in a day",
            found=offset_s,
        )
    return Schedule(
        windows=tuple(window for window in windows if window is not None),
        valid_from=_date(members, "valid_from", path, findings),
        valid_to=_date(members, "valid_to", path, findings),
        utc_offset_s=8 * 3600 if offset_s is None else int(offset_s),
    )


def _window(value: Json, path: str, findings: Findings) -> Window | None:
    members = findings.members(value, path)
    if members is None:
        return None
    findings.unknown(members, WINDOW, path, WINDOW)
    days = members.get("days", list(range(7)))
    if not isinstance(days, list) or not days or not all(_is_day(day) for day in days):
        findings.error(
            f"{path}.days", "found {value}, expected days 0 (Monday) to 6", value=shown(days)
        )
        return None
    start, end = _moment(members, "start", path, findings), _moment(members, "end", path, findings)
    if start is None or end is None:
        return None
    return Window(frozenset(cast("list[int]", days)), start, end)


def _is_day(value: Json) -> bool:
    return is_number(value) and isinstance(value, int) and 0 <= value <= 6


def _moment(members: Mapping[str, Json], name: str, path: str, findings: Findings) -> Moment | None:
    value = members.get(name)
    try:
        found = moment(value) if isinstance(value, str) else None
    except ValueError:
        found = None
    if found is None or not (isinstance(found, SunTime) or found.tzinfo is None):
        findings.error(
            f"{path}.{name}",
            "found {value}, expected local time as 07:30, or the sun's as sunset+30min",
            value=shown(value),
        )
        return None
    return found


def _date(members: Mapping[str, Json], name: str, path: str, findings: Findings) -> date | None:
    value = members.get(name)
    if value is None:
        return None
    try:
        if isinstance(value, str):
            return date.fromisoformat(value)
    except ValueError:
        pass
    findings.error(
        f"{path}.{name}", "found {value}, expected a date as 2026-05-31", value=shown(value)
    )
    return None
