"""What a unit is called on a wire that many share, in formats in which it says that itself.

A terminal's number and an MMSI are one unit's in the whole world, so one device alone may have each. A
MAVLink system id is no such name: every aircraft leaves its factory as 1, and by MQTT each has a topic
of its own.
"""

from collections.abc import Callable, Mapping
from typing import Final

from telemetry.codecs.jt808_frame import without_zeros

OWN_NAMES: Final[Mapping[str, Callable[[str], str]]] = {"ais": str, "jt808": without_zeros}
"""Codecs whose units have a name of their own, and how that is made of a registered wire id."""
