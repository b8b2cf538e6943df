"""What a unit says of itself on its event topic: whether it is fit, and what it cannot show by a fix."""

from collections.abc import Mapping
from typing import Annotated, Final, Literal, Self

import msgspec
from msgspec import Meta

MOST: Final = 2**31 - 1


class SelfCheck(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One self-check. ``None`` is what it does not say."""

    passed: bool | None = None
    """By the unit's own checks."""
    remote_id_status: int | None = None
    """Status of its identification in flight, as the standard numbers it."""
    ais_on: bool | None = None
    """Whether its AIS transmits."""
    link_percent: int | None = None
    """Quality of its data link."""
    fence_version: int | None = None
    """Revision of the zones that it has on board."""

    @classmethod
    def of(cls, said: Mapping[str, int]) -> Self:
        """Return what whole numbers say, by the names of the fields; 0 and 1 are no and yes."""
        passed, ais_on = said.get("passed"), said.get("ais_on")
        return cls(
            None if passed is None else bool(passed),
            said.get("remote_id_status"),
            None if ais_on is None else bool(ais_on),
            said.get("link_percent"),
            said.get("fence_version"),
        )


NOTHING_SAID: Final = SelfCheck()


class _Wire(msgspec.Struct, gc=False, kw_only=True):
    """A self-check as it stands in the payload. Unknown members are skipped."""

    schema_version: Literal[1]
    event: Literal["self_check"]
    passed: bool | None = None
    remote_id_status: Annotated[int, Meta(ge=0, le=255)] | None = None
    ais_on: bool | None = None
    link_percent: Annotated[int, Meta(ge=0, le=100)] | None = None
    fence_version: Annotated[int, Meta(ge=0, le=MOST)] | None = None


_DECODER: Final = msgspec.json.Decoder(_Wire)


def read(payload: bytes) -> SelfCheck | None:
    """Return the self-check that an event is; ``None`` where it is another, or not to be read."""
    try:
        wire = _DECODER.decode(payload)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return SelfCheck(
        wire.passed, wire.remote_id_status, wire.ais_on, wire.link_percent, wire.fence_version
    )
