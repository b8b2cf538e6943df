"""Times as people type them."""

from datetime import UTC, datetime

import typer


def time_typed(text: str, name: str) -> float:
    """Return a time in Unix seconds; UTC where it says no offset.

    Raises:
        typer.BadParameter: it is none; says which option it was.
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        msg = f"{text!r} is no time: expected one as 2026-11-27T08:00+08:00"
        raise typer.BadParameter(msg, param_hint=name) from None
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()
