"""Finding the codecs that are installed, the project's own and other people's alike."""

from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType
from typing import Final

from telemetry.codecs.codec import Codec

GROUP: Final = "zone.codecs"


class CodecNotUsable(Exception):
    """An installed codec cannot be loaded, or two claim one name."""

    def __init__(self, entry: EntryPoint, why: str) -> None:
        super().__init__(f"codec {entry.name!r} ({entry.value}): {why}")
        self.entry = entry


def load_codecs(entries: Iterable[EntryPoint] | None = None) -> Mapping[str, Codec]:
    """Return the codecs by name; ``entries`` are the installed ones unless given.

    Raises CodecNotUsable: a device whose codec is missing would fall silent, so the service
    must not start without one that is declared.
    """
    found: dict[str, Codec] = {}
    for entry in entry_points(group=GROUP) if entries is None else entries:
        codec = _load(entry)
        if entry.name in found:
            raise CodecNotUsable(entry, "another installed package has a codec of this name")
        found[entry.name] = codec
    return MappingProxyType(found)


def _load(entry: EntryPoint) -> Codec:
    try:
        codec = entry.load()
    except (ImportError, AttributeError) as error:
        raise CodecNotUsable(entry, f"cannot be imported: {error}") from error
    if not callable(getattr(codec, "decode", None)):
        raise CodecNotUsable(entry, "has no decode(frame, unit)")
    if getattr(codec, "name", None) != entry.name:
        raise CodecNotUsable(entry, f"calls itself {getattr(codec, 'name', None)!r}")
    return codec  # type: ignore[no-any-return]
