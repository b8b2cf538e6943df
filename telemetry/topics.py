"""MQTT topics: which device speaks, and about what.

The device id is read from the topic, since the broker binds topics to credentials; what a
payload says of its own identity is only compared with it.
"""

import re
from enum import StrEnum
from functools import lru_cache
from typing import Final

import msgspec

DEVICE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{2,63}", re.ASCII)
"""ASCII only: no look-alike letters, no invisible marks, nothing that MQTT or NATS gives a
meaning to (``/ + # $ . * >`` and space)."""

SUBSCRIPTIONS: Final = (
    "zone/up/+/+",
    "thing/product/+/+",
    "thing/product/+/drc/up",
    "sys/product/+/status",
)
"""What the service listens to. No two overlap: some brokers deliver once a filter.

One filter for all that a device says on the platform's own topics: nats-server bounds what a session
has not acknowledged over all its filters together, passes over what comes beyond, and gives it later,
behind newer messages. A filter alone it just stops, in order. For the same reason one for all of a
maker's channels of that depth: a filter for each would not leave room for 10 000 messages."""

FORMER_SUBSCRIPTIONS: Final = (
    "zone/up/+/tele",
    "zone/up/+/event",
    "zone/up/+/ack",
    "thing/product/+/osd",
    "thing/product/+/state",
)
"""What a session of an earlier version may still be subscribed to, and would now overlap."""


_TO_UNITS: Final = ("/services", "/requests_reply", "/events_reply")


def is_to_unit(topic: str) -> bool:
    """Tell whether a topic that is listened to is one on which units are spoken to: what is on it is our own.

    A maker's plan has both directions under the same places, and one filter for all of them.
    """
    return topic.startswith("thing/") and topic.endswith(_TO_UNITS)


class Family(StrEnum):
    """Whose topic plan it is: the platform's own, or a maker's."""

    ZONE = "zone"
    DJI = "dji"


class Channel(StrEnum):
    """What a topic is for."""

    TELE = "tele"
    EVENT = "event"
    ACK = "ack"
    OSD = "osd"
    STATE = "state"
    STATUS = "status"
    EVENTS = "events"
    REQUESTS = "requests"
    SERVICES_REPLY = "services_reply"
    DRC_UP = "drc/up"


class Topic(msgspec.Struct, frozen=True, gc=False):
    """A topic that a device may publish to, taken apart."""

    device_id: str
    channel: Channel
    family: Family


_PLANS: Final = {
    ("zone", "up"): (
        Family.ZONE,
        {"tele": Channel.TELE, "event": Channel.EVENT, "ack": Channel.ACK},
    ),
    ("thing", "product"): (
        Family.DJI,
        {
            "osd": Channel.OSD,
            "state": Channel.STATE,
            "events": Channel.EVENTS,
            "requests": Channel.REQUESTS,
            "services_reply": Channel.SERVICES_REPLY,
            "drc/up": Channel.DRC_UP,
        },
    ),
    ("sys", "product"): (Family.DJI, {"status": Channel.STATUS}),
}


def is_device_id(text: str) -> bool:
    """Whether ``text`` may be a device id: 3 to 64 ASCII letters, digits, ``_`` or ``-``."""
    return DEVICE_ID.fullmatch(text) is not None


# Devices repeat a few topics for ever; a flood of made-up ones only turns the cache over.
@lru_cache(maxsize=65_536)
def parse(topic: str) -> Topic | None:
    """Return the parts of a topic that a device publishes to, or None if it is none of ours."""
    parts = topic.split("/", 3)
    if len(parts) != 4 or not is_device_id(parts[2]):
        return None
    family, channels = _PLANS.get((parts[0], parts[1]), (Family.ZONE, {}))
    channel = channels.get(parts[3])
    return None if channel is None else Topic(parts[2], channel, family)


def of_device(device_id: str) -> tuple[str, ...]:
    """Return every topic that a device publishes to, whichever plan it keeps to."""
    return tuple(
        f"{first}/{second}/{device_id}/{channel}"
        for (first, second), (_, channels) in _PLANS.items()
        for channel in channels
    )


def tele(device_id: str) -> str:
    """Where a device publishes its reports."""
    return f"zone/up/{device_id}/tele"


def event(device_id: str) -> str:
    """Where a device publishes what is not a fix."""
    return f"zone/up/{device_id}/event"


def up_ack(device_id: str) -> str:
    """Where a device says which command or fence it has taken."""
    return f"zone/up/{device_id}/ack"


def ack(device_id: str) -> str:
    """Where a device learns up to which sequence number its reports are stored."""
    return f"zone/down/{device_id}/ack"


def command(device_id: str) -> str:
    """Where a device gets orders."""
    return f"zone/down/{device_id}/cmd"


def alert(device_id: str) -> str:
    """Where a device, and so its driver or pilot, gets warnings."""
    return f"zone/down/{device_id}/alert"


def fence(device_id: str) -> str:
    """Where a device gets the zones it must know."""
    return f"zone/down/{device_id}/fence"


def dji_osd(serial: str) -> str:
    """Where a DJI aircraft reports its position, every two seconds."""
    return f"thing/product/{serial}/osd"


def dji_state(serial: str) -> str:
    """Where a DJI aircraft reports what has changed."""
    return f"thing/product/{serial}/state"


def dji_status(serial: str) -> str:
    """Where a DJI gateway says which aircraft are online."""
    return f"sys/product/{serial}/status"


def dji_events(serial: str) -> str:
    """Where a DJI gateway says what has happened, such as that its flight areas are synchronized."""
    return f"thing/product/{serial}/events"


def dji_requests(serial: str) -> str:
    """Where a DJI gateway asks for something, such as its flight areas."""
    return f"thing/product/{serial}/requests"


def dji_services_reply(serial: str) -> str:
    """Where a DJI gateway answers what it was told to do."""
    return f"thing/product/{serial}/services_reply"


def dji_drc_up(serial: str) -> str:
    """Where a DJI gateway reports its aircraft's position up to 30 times a second, if told to."""
    return f"thing/product/{serial}/drc/up"


def dji_services(serial: str) -> str:
    """Where a DJI gateway is told what to do."""
    return f"thing/product/{serial}/services"


def dji_requests_reply(serial: str) -> str:
    """Where a DJI gateway gets what it asked for."""
    return f"thing/product/{serial}/requests_reply"


def dji_events_reply(serial: str) -> str:
    """Where a DJI gateway learns that what it said has come."""
    return f"thing/product/{serial}/events_reply"


def dji_status_reply(serial: str) -> str:
    """Where a DJI gateway learns that what it serves is known."""
    return f"sys/product/{serial}/status_reply"
