"""The members of a canonical report as tables, for a compiled loop to look things up in.

They are made of ``Wire``, which is what the plain decoder takes: there is no second list of
what is valid.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

import msgspec
import numpy as np
from msgspec import inspect

from telemetry import canonical_loop as loop
from telemetry.codecs.canonical import Wire
from telemetry.codecs.codec import EARLIEST_S, LATEST_S
from telemetry.report import ControlMode, OperationalStatus, TimeSource

MODES: Final = tuple(ControlMode)
STATUSES: Final = tuple(OperationalStatus)
"""In the order of their codes."""

COLUMNS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "event_time": loop.EVENT_TIME,
        "longitude": loop.LONGITUDE,
        "latitude": loop.LATITUDE,
        "altitude_hae_m": loop.HAE,
        "altitude_msl_m": loop.MSL,
        "height_ato_m": loop.ATO,
        "height_agl_m": loop.AGL,
        "altitude_baro_m": loop.BARO,
        "horizontal_accuracy_m": loop.HORIZONTAL,
        "vertical_accuracy_m": loop.VERTICAL,
        "ground_speed_mps": loop.GROUND_SPEED,
        "vertical_speed_mps": loop.CLIMB,
        "track_deg": loop.TRACK,
        "heading_deg": loop.HEADING,
        "battery_percent": loop.BATTERY,
        "seq": loop.SEQ,
        "satellites": loop.SATELLITES,
        "boot_id": loop.BOOT_BEGIN,
        "source_crs": loop.DATUM,
        "control_mode": loop.MODE,
        "operational_status": loop.STATUS,
    }
)
"""The column of each member among the numbers or the integers."""

_ANY: Final = (-np.inf, np.inf)


class Tables(NamedTuple):
    """What ``canonical_loop`` looks up; its functions say what each is. ``quoted`` are its words."""

    words: loop.Bytes
    word_at: loop.Ints
    quoted: loop.Eights
    masks: loop.Eights
    widths: loop.Ints
    keys: loop.Eights
    key_masks: loop.Eights
    key_widths: loop.Ints
    members: loop.Ints
    bounds: loop.Floats
    choices: loop.Ints


class _Member(NamedTuple):
    name: str
    kind: int
    bounds: tuple[float, float] = _ANY
    choices: tuple[str, ...] = ()


def _member(name: str, told: inspect.Type) -> _Member:
    """Return a member by its type, ``None`` aside."""
    match told:
        case inspect.UnionType(types=(one, inspect.NoneType())):
            return _member(name, one)
        case inspect.LiteralType(values=(1,)):
            return _Member(name, loop.VERSION)
        case inspect.DateTimeType():
            return _Member(name, loop.TIME, (EARLIEST_S, LATEST_S))
        case inspect.FloatType(ge=low, le=high):
            return _Member(name, loop.FLOAT, _bounds(low, high))
        case inspect.IntType(ge=0, le=high):
            return _Member(name, loop.COUNT, _bounds(0, high))
        case inspect.EnumType(cls=choices):
            return _Member(name, loop.CHOICE, choices=tuple(choice.value for choice in choices))
        case inspect.StrType(max_length=None):
            return _Member(name, loop.DEVICE)
        case inspect.StrType(min_length=1, max_length=loop.LONGEST_NAME):
            return _Member(name, loop.NAME)
        case _:
            msg = f"no compiled loop reads {name}: {told}"
            raise TypeError(msg)


def _bounds(low: float | None, high: float | None) -> tuple[float, float]:
    return (-np.inf if low is None else low, np.inf if high is None else high)


def _eights(texts: Sequence[bytes]) -> loop.Eights:
    """Return texts as rows of eight bytes each, with NULs behind."""
    width = -(-max(map(len, texts)) // 8) * 8
    padded = b"".join(text.ljust(width, b"\0") for text in texts)
    return np.frombuffer(padded, np.uint64).reshape(len(texts), width // 8)


def _words(texts: Sequence[bytes]) -> tuple[loop.Eights, loop.Eights, loop.Ints]:
    """Return texts as eights, which of their bits count, and how long each is."""
    masks = _eights([b"\xff" * len(text) for text in texts])
    return _eights(texts), masks, np.array([len(text) for text in texts], np.int64)


def _tables(wire: type[msgspec.Struct]) -> Tables:
    told: Any = inspect.type_info(wire)
    members = [_member(field.encode_name, field.type) for field in told.fields]
    words = [member.name for member in members]
    rows = []
    for member in members:
        first = len(words)
        words.extend(member.choices)
        rows.append((member.kind, COLUMNS.get(member.name, -1), first, len(words)))
    choices = (
        *(rows[words.index(name)][2] for name in ("source_crs", "control_mode", "operational_status")),
        len(words),
    )  # fmt: skip
    keys = [f'"{member.name}":'.encode() for member in members]
    encoded = [word.encode() for word in (*words, TimeSource.DEVICE.value)]
    return Tables(
        np.frombuffer(b"".join(encoded), np.uint8),
        np.cumsum([0, *map(len, encoded)]),
        *_words([word + b'"' for word in encoded]),
        *_words(keys),
        np.array(rows, np.int64),
        np.array([member.bounds for member in members]),
        np.array(choices, np.int64),
    )


TABLES: Final = _tables(Wire)
