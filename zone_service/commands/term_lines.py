"""How the terms of a permit are told to people: what moves, where, when, how fast, how high and by whom."""

from collections.abc import Iterator
from typing import Any, Final

from zone_service.commands.showing import Column, Shown, named, said, within

_ENDS = ("begins", "ends")
_KMH = 3.6
_WEEK = 7


def _both(key: str, **filled: object) -> tuple[str, str]:
    from zone_service.certificate_words import both

    return both(key, **filled)


def _devices(item: Any, *, zh: bool) -> str:
    terms = item["terms"]
    halted, closed = set(terms["suspended_device_ids"]), ("suspended", "已暂停")[zh]
    return ", ".join(
        f"{each} ({closed})" if each in halted else each for each in terms["device_ids"]
    )


def _plates(item: Any, *, zh: bool) -> str:
    found = item["terms"]["plates"]
    return ", ".join(f"{each['number']} ({each['device_id']})" for each in found)


def _hours(item: Any, *, zh: bool) -> str:
    found = item["terms"]["hours"]
    return "; ".join(_window(each, zh=zh) for each in found) or _both("any")[zh]


def _window(window: Any, *, zh: bool) -> str:
    from zone_service.certificate_words import DAYS

    names, days = DAYS[zh].split(), window["days"]
    on = _both("every day")[zh] if len(days) == _WEEK else ", ".join(names[day] for day in days)
    return f"{window['start'][:5]}–{window['end'][:5]} {on}"


def _speed(item: Any, *, zh: bool) -> str:
    limit_mps = item["terms"]["max_speed_mps"]
    if limit_mps is None:
        return _both("no limit")[zh]
    return _both("speed value", kmh=round(limit_mps * _KMH, 1))[zh]


def _height(item: Any, *, zh: bool) -> str:
    limit_m = item["terms"]["max_height_agl_m"]
    return "" if limit_m is None else _both("height value", m=limit_m)[zh]


def _modes(item: Any, *, zh: bool) -> str:
    return ", ".join(item["terms"]["control_modes"]) or _both("any")[zh]


def _route(item: Any, *, zh: bool) -> str:
    corridor = item["terms"]["corridor"]
    if corridor is None:
        return ""
    heights = [_edge(each, corridor[each], zh=zh) for each in ("lower", "upper") if corridor[each]]
    return ("，" if zh else ", ").join(
        (_both("half width", m=corridor["half_width_m"])[zh], *heights)
    )


def _edge(name: str, height: Any, *, zh: bool) -> str:
    word = {"lower": ("from", "下限"), "upper": ("up to", "上限")}[name][zh]
    return f"{word} {_both('height value', m=height['value_m'])[zh]} {height['reference']}"


def _conditions(item: Any, *, zh: bool) -> str:
    return ("；" if zh else "; ").join(_asked(item["terms"], zh=zh))


def _asked(terms: Any, *, zh: bool) -> Iterator[str]:
    if terms["min_visibility_m"] is not None:
        yield _both("visibility", m=terms["min_visibility_m"])[zh]
    if terms["max_wind_mps"] is not None:
        yield _both("wind", mps=terms["max_wind_mps"])[zh]
    if terms["max_vehicles"] is not None:
        yield _both("vehicles at most", count=terms["max_vehicles"])[zh]
    yield from terms["other_conditions"]


def _flight(item: Any, *, zh: bool) -> str:
    flight = item["terms"]["flight"]
    return "" if flight is None else " – ".join(said(flight[each], zh=zh) for each in _ENDS)


TERMS: Final[tuple[Shown, ...]] = (
    named(Column("valid from", "有效期起", "terms.valid_from")),
    named(Column("until before", "有效期止（不含）", "terms.valid_to")),
    named(Column("devices", "设备", _devices)),
    named(Column("plates", "号牌", _plates)),
    within(
        "places",
        Column("zone", "区域", "zone_id"),
        Column("name", "名称", "name", at_chinese="name_zh"),
        Column("as", "用途", "use_said"),
        Column("on the map", "地图状态", "said"),
    ),
    named(Column("route of its own", "专用航线或路线", _route)),
    named(Column("hours", "时段", _hours)),
    named(Column("greatest speed", "最高速度", _speed)),
    named(Column("greatest height above ground", "最大真高", _height)),
    named(Column("control modes", "控制模式", _modes)),
    named(Column("conditions", "附加条件", _conditions)),
    named(Column("flight reported last", "最近报告的飞行", _flight)),
)
