"""What a wire format has no word for: who speaks it never tells it, whatever the unit knows."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

WHO_DRIVES: Final = frozenset({"control_mode"})

UNTOLD: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "ais": WHO_DRIVES,
        "cam": WHO_DRIVES,
        "f3411": WHO_DRIVES,
        "gb46750": WHO_DRIVES,
        "gbt32960": WHO_DRIVES,
        "jt808": WHO_DRIVES,
        "jt808_json": WHO_DRIVES,
        "owntracks": WHO_DRIVES,
    }
)
"""By codec: members of a report. One that is not named here may tell all of them."""
