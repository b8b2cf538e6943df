"""How a number of a series is written: ``{year}年第{serial:3}号``, a text with places."""

import re

_PLACE = re.compile(r"\{(kind|year|serial)(?::([1-9]))?\}")


def is_pattern(text: str) -> bool:
    """Tell whether a text has the year and the serial once each, and at most the kind beside."""
    names = sorted(name for name, _ in _PLACE.findall(text))
    return names in (["serial", "year"], ["kind", "serial", "year"]) and not set(
        _PLACE.sub("", text)
    ) & set("{}")


def written(pattern: str, kind: str, year: int, serial: int) -> str:
    """Fill a pattern; a serial that is longer than its width is written whole."""
    values = {"kind": kind, "year": str(year), "serial": str(serial)}
    return _PLACE.sub(lambda place: values[place[1]].zfill(int(place[2] or 1)), pattern)
