"""Times as people type them."""

from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

import typer

from zone_service.commands.languages import spoken

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")


def time_typed(text: str, name: str) -> float:
    """Return a time in Unix seconds; a day alone is its beginning in Shanghai, where the law counts days.

    Raises:
        typer.BadParameter: it is none, or says no offset, so that it might be eight hours off; says
            which option it was.
    """
    try:
        found = _day(text) or datetime.fromisoformat(text)
    except ValueError:
        msg = spoken(
            f"{text!r} is no time: expected one as 2026-11-27T08:00+08:00",
            f"{text!r} 不是时间：应如 2026-11-27T08:00+08:00",
        )
        raise typer.BadParameter(msg, param_hint=name) from None
    if found.tzinfo is None:
        msg = spoken(
            f"{text!r} says no offset: expected one as 2026-11-27T08:00+08:00, or with a Z for UTC",
            f"{text!r} 未注明时差：应如 2026-11-27T08:00+08:00，UTC 以 Z 结尾",
        )
        raise typer.BadParameter(msg, param_hint=name)
    return found.timestamp()


def _day(text: str) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(text), time(), SHANGHAI)
    except ValueError:
        return None
