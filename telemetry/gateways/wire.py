"""What every gateway's core takes and gives, whichever wire it reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from telemetry.receipts import Receipt


class Dropped(StrEnum):
    """Why something that came was not passed on. Each is counted under one of these."""

    MALFORMED = "malformed"
    """What is no frame: garbage, a half of one."""
    BAD_CHECKSUM = "bad_checksum"
    TOO_LARGE = "too_large"
    """More than a frame may have, without an end."""
    UNKNOWN_UNIT = "unknown_unit"
    """A number that the register does not have."""
    NOT_AUTHENTICATED = "not_authenticated"
    """Said before it was known who speaks, or with a code that is not the unit's."""
    WRONG_UNIT = "wrong_unit"
    """Said under another number than the connection is authenticated for."""
    UNSUPPORTED = "unsupported"
    INCOMPLETE = "incomplete"
    """Parts of a message whose others never came."""
    TOO_MANY_CONNECTIONS = "too_many_connections"
    IDLE = "idle"
    """A connection on which nothing whole was said for too long."""
    SLOW_READER = "slow_reader"
    """A connection that does not take what it is answered."""
    BACKLOG_FULL = "backlog_full"
    """Datagrams beyond what is kept while nothing can be stored."""
    NEVER_STORED = "never_stored"
    """Sent again and again, and never acknowledged by the platform."""
    UNIT_GONE = "unit_gone"
    """What waited for a unit that was taken out of the register."""


@dataclass(frozen=True, slots=True)
class Known:
    """One unit of the register, as a gateway knows it."""

    device_id: str
    token: str = field(default="", repr=False)
    """What a terminal is told when it registers; empty where it is told none."""
    accepts: Callable[[str], bool] = field(default=lambda _: False, repr=False)
    """Whether a code is the unit's own."""
    fingerprint: str = field(default="", repr=False)
    """Of its credential: another one ends the connection that was let in by the one before."""


Register = Mapping[str, Known]
"""The units by what they are called on the wire: a terminal's number, an MMSI, ``sys:7``."""


@dataclass(frozen=True, slots=True)
class Received:
    """Bytes from the wire, wherever it was cut."""

    data: bytes
    at_s: float
    """Unix time."""
    is_whole: bool = False
    """Whether nothing of it goes on in what comes next: a datagram."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What the platform has stored of what a unit said."""

    device_id: str
    receipt: Receipt


@dataclass(frozen=True, slots=True)
class Passed:
    """Time has passed."""

    at_s: float
    """Unix time."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The other side has closed."""


@dataclass(frozen=True, slots=True)
class Told:
    """The platform says which fence a unit is to have."""

    device_id: str
    payload: bytes = field(repr=False)
    at_s: float
    """Unix time."""


Input = Received | Taken | Told | Passed | Ended


@dataclass(frozen=True, slots=True)
class Forward:
    """A payload for the broker, on the unit's own topic."""

    device_id: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """Bytes for the other side."""

    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Say:
    """A payload for the platform, on the topic where the unit says which fence it holds."""

    device_id: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Joined:
    """It is known who speaks on this connection."""

    device_id: str


@dataclass(frozen=True, slots=True)
class Drop:
    """Something that came and is not passed on."""

    reason: Dropped
    subject: str = ""
    """The unit's device id, or what a stranger calls itself; empty where nobody can tell."""
    sample: bytes = field(default=b"", repr=False)
    count: int = 1
    is_claimed: bool = False
    """Whether the subject is what somebody calls itself, and nothing shows that it is that."""


@dataclass(frozen=True, slots=True)
class Registers:
    """Somebody asks to be told a unit's code, and nothing shows that it is that unit."""

    device_id: str
    answer: Answer
    while_joined: tuple[Drop, Answer]
    """What is done instead while the unit is on a connection: it need not ask, so it is another."""


@dataclass(frozen=True, slots=True)
class Close:
    """The connection is to be closed."""

    why: str


Event = Forward | Answer | Say | Registers | Joined | Drop | Close

State = TypeVar("State")
Step = Callable[[State, Input, Register], tuple[State, list[Event]]]


@dataclass(frozen=True, slots=True)
class Wire(Generic[State]):
    """How one kind of wire is read."""

    name: str
    codec: str
    """The codec of the units that speak so."""
    begin: State
    """Of a new connection, or of the datagrams of one address."""
    step: Step[State]
    is_full: Callable[[State], bool]
    """Whether nothing more is to be read until the platform has stored some."""
    has_to_join: bool = False
    """Whether a connection must say who speaks before anything else."""
    hears_strangers: bool = False
    """Whether units of others are heard as a matter of course, so that none of them is named."""
    hears_fences: bool = False
    """Whether units are told of zones by it."""
    called: Callable[[str], str] = str
    """From a registered wire id to what a unit is called on the wire."""
