"""What a unit is called on the wire, in formats in which it says that itself.

On a wire that many share, a terminal's number and an MMSI are one unit's in the whole world, so one device
alone may have each. A MAVLink system id is no such name: every aircraft leaves its factory as 1, and by
MQTT each has a topic of its own. A name that no unit of a format can say is a slip of whoever registers
it: all that the unit told would be refused as another's.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from telemetry.codecs.jt808_frame import without_zeros

OWN_NAMES: Final[Mapping[str, Callable[[str], str]]] = {"ais": str, "jt808": without_zeros}
"""Codecs whose units have a name of their own, and how that is made of a registered wire id."""


@dataclass(frozen=True, slots=True)
class Form:
    """How the units of a format are named in it."""

    said: str
    pattern: re.Pattern[str]
    is_always_said: bool = True
    """Whether each message names its unit, by the device id where no wire id is registered."""


_PHONE: Final = Form(
    "the number of a terminal: at most 20 digits, not all of them 0",
    re.compile(r"(?=[0-9]{1,20}\Z)0*[1-9][0-9]*"),
)
_PRODUCT: Final = Form(
    "at most 20 characters of ASCII", re.compile(r"[!-~]{1,20}"), is_always_said=False
)
FORMS: Final[Mapping[str, Form]] = MappingProxyType(
    {
        "ais": Form("an MMSI: nine digits", re.compile(r"[0-9]{9}")),
        "csae295": Form("a vehicleId: at most 17 characters of ASCII", re.compile(r"[!-~]{1,17}")),
        "f3411": _PRODUCT,
        "gb46750": _PRODUCT,
        "gbt32960": Form(
            "a VIN: 17 digits and capitals other than I, O and Q",
            re.compile(r"[A-HJ-NPR-Z0-9]{17}"),
        ),
        "jt808": _PHONE,
        "jt808_json": _PHONE,
        "mavlink": Form(
            "sys:1 to sys:255, or an aircraft's own number of at most 20 characters",
            re.compile(r"sys:([1-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])|(?!sys:)[!-~]{1,20}"),
            is_always_said=False,
        ),
    }
)
"""Of the codecs that know how; the names of others are as their units have them."""


def unsaid_form(codec: str, device_id: str, wire_id: str | None) -> str | None:
    """Return how a codec's units are named, where one cannot say the name by which its device is known."""
    form = FORMS.get(codec)
    if form is None:
        return None
    named = wire_id or (device_id if form.is_always_said else None)
    return None if named is None or form.pattern.fullmatch(named) else form.said
