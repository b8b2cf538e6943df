"""Times as people type them."""

from datetime import datetime

import typer


def time_typed(text: str, name: str) -> float:
    """Return a time in Unix seconds.

    Raises:
        typer.BadParameter: it is none, or says no offset, so that it might be eight hours off; says
            which option it was.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        msg = f"{text!r} is no time: expected one as 2026-11-27T08:00+08:00"
        raise typer.BadParameter(msg, param_hint=name) from None
    if found.tzinfo is None:
        msg = (
            f"{text!r} says no offset: expected one as 2026-11-27T08:00+08:00, or with a Z for UTC"
        )
        raise typer.BadParameter(msg, param_hint=name)
    return found.timestamp()
