"""What a unit says of the fence that it has: on ``zone/up/<device>/ack``, or as its maker has it. Pure."""

from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from telemetry.fences import dji

MOST_SAID: Final = 200
"""Characters of what a unit gives as its reason."""
_Name = Annotated[str, Meta(max_length=128)]
DJI_REASONS: Final = {
    1: "could not parse the answer",
    2: "could not get the file information of the aircraft",
    3: "could not download the file",
    4: "link flip failed",
    5: "file transfer failed",
    6: "could not be disabled",
    7: "could not be deleted",
    8: "the aircraft could not load the areas",
    9: "could not be enabled",
    10: "the enhanced image transmission cannot be turned off",
    11: "the aircraft did not start",
    12: "the checksum does not hold",
    13: "timed out",
}
"""As the maker lists them."""


class Status(StrEnum):
    """What became of a fence on the unit."""

    TAKEN = "taken"
    REFUSED = "refused"


class Holds(msgspec.Struct, frozen=True):
    """A unit says which version it holds; none is how it asks for the one of now."""

    version: int | None
    status: Status = Status.TAKEN
    detail: str = ""


class HoldsFile(msgspec.Struct, frozen=True):
    """A DJI gateway says which file it holds, or why it does not."""

    checksum: str
    status: Status
    detail: str = ""
    needs_reply: bool = False
    tid: str = ""
    bid: str = ""


class WantsFiles(msgspec.Struct, frozen=True):
    """A DJI gateway asks for its files."""

    tid: str
    bid: str


class Serves(msgspec.Struct, frozen=True):
    """A DJI gateway says which aircraft it speaks for, and that they are online."""

    serials: tuple[str, ...]
    tid: str = ""
    bid: str = ""


Said = Holds | HoldsFile | WantsFiles | Serves


class _Fence(msgspec.Struct):
    version: Annotated[int, Meta(ge=0, le=2**53)] | None = None
    status: Status = Status.TAKEN
    detail: Annotated[str, Meta(max_length=2_000)] = ""


class _Ack(msgspec.Struct):
    fence: _Fence


class _File(msgspec.Struct):
    checksum: _Name = ""


class _Progress(msgspec.Struct):
    status: _Name
    reason: int = 0
    file: _File = msgspec.field(default_factory=_File)


class _Aircraft(msgspec.Struct):
    sn: Annotated[str, Meta(max_length=64)]


class _Topology(msgspec.Struct):
    sub_devices: Annotated[list[_Aircraft], Meta(max_length=64)] = []


class _Envelope(msgspec.Struct):
    method: _Name = ""
    tid: _Name = ""
    bid: _Name = ""
    need_reply: int = 0
    data: msgspec.Raw = msgspec.Raw(b"null")


_ACK: Final = msgspec.json.Decoder(_Ack)
_ENVELOPE: Final = msgspec.json.Decoder(_Envelope)
_PROGRESS: Final = msgspec.json.Decoder(_Progress)
_TOPOLOGY: Final = msgspec.json.Decoder(_Topology)
_BAD: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


def read(payload: bytes) -> Holds | None:
    """Return what a unit's acknowledgement says of fences; ``None`` where it says nothing of them."""
    try:
        fence = _ACK.decode(payload).fence
    except _BAD:
        return None
    return Holds(fence.version, fence.status, _printable(fence.detail))


def read_dji(payload: bytes) -> Said | None:
    """Return what a message of a DJI gateway has to do with flight areas; ``None`` is nothing."""
    try:
        said = _ENVELOPE.decode(payload)
        return _of_dji(said)
    except _BAD:
        return None


def _of_dji(said: _Envelope) -> Said | None:
    match said.method:
        case dji.GET:
            return WantsFiles(said.tid, said.bid)
        case "update_topo":
            found = _TOPOLOGY.decode(said.data).sub_devices
            return Serves(tuple(each.sn for each in found), said.tid, said.bid)
        case dji.PROGRESS:
            return _progress(said, _PROGRESS.decode(said.data))
        case _:
            return None


def _progress(said: _Envelope, progress: _Progress) -> HoldsFile | None:
    if progress.status == "synchronized":
        status, detail = Status.TAKEN, ""
    elif progress.status in {"fail", "switch_fail"}:
        reason = DJI_REASONS.get(progress.reason, "unknown reason")
        status, detail = Status.REFUSED, f"{progress.reason}: {reason}"
    else:
        return None
    needs_reply = bool(said.need_reply)
    return HoldsFile(progress.file.checksum, status, detail, needs_reply, said.tid, said.bid)


def _printable(text: str) -> str:
    return "".join(each for each in text[:MOST_SAID] if each.isprintable())
