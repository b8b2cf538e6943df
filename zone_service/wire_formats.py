"""The wire formats that this installation reads: a device of any other would never be heard."""

from collections.abc import Collection

from zone_service.store.errors import InvalidValue


def require_codec(codec: str, known: Collection[str]) -> None:
    """Refuse a codec that is not installed.

    Raises:
        InvalidValue: names it and those that are.
    """
    if codec not in known:
        raise InvalidValue(why="unknown codec", found=codec, expected=", ".join(sorted(known)))
