"""JT/T 808 over TCP: who speaks is made sure of, frames are passed on, answers wait for the store.

A frame is what stands between two marks, so that garbage costs itself alone, wherever the stream was
cut. A registration and an authentication are answered at once; anything else is answered by 0x8001
when the platform says that it is stored, which the terminal waits for and says again without.
"""

from dataclasses import dataclass, field, replace
from typing import Final

from telemetry.codecs.jt808 import LOCATION
from telemetry.codecs.jt808_frame import BadFrame, Message, read
from telemetry.codecs.jt808_session import (
    AUTHENTICATION,
    BATCH,
    HEARTBEAT,
    REGISTRATION,
    RegistrationResult,
    Result,
    encode_answer,
    encode_registration_answer,
    read_authentication,
    read_registration,
)
from telemetry.gateways.wire import (
    Answer,
    Close,
    Drop,
    Dropped,
    Ended,
    Event,
    Forward,
    Input,
    Joined,
    Passed,
    Received,
    Register,
    Registers,
    Taken,
    Told,
    Wire,
)
from telemetry.receipts import Receipt, digest_of
from telemetry.report import RefusalReason
from telemetry.wire_names import OWN_NAMES

MOST_BYTES: Final = 4096
"""Between two marks: the longest frame with every byte of it escaped has 2 100."""
MOST_WAITING: Final = 64
"""Messages that are not stored yet; no more are read until some are."""
MOST_BAD: Final = 100
"""Pieces in a row that are no frame: whoever says more of them speaks something else."""
MOST_FAILURES: Final = 3
"""Wrong codes on one connection."""
MOST_REFUSED: Final = 20
"""Messages of a connection that nobody has authenticated: whoever says more is not about to."""
TERMINAL_ANSWER: Final = 0x0001
"""What a terminal says of a message of ours; it waits for nothing."""

_MARK: Final = b"\x7e"
_TAKEN: Final = frozenset({HEARTBEAT, LOCATION, BATCH})
_REASONS: Final = {RefusalReason.BAD_CHECKSUM: Dropped.BAD_CHECKSUM}


@dataclass(frozen=True, slots=True)
class Link:
    """What is known of one connection."""

    rest: bytes = b""
    """Behind the last mark that was read."""
    skipping: bool = False
    """Whether what comes up to the next mark belongs to what was too large."""
    device_id: str | None = None
    phone: str = ""
    """The number that it is authenticated for."""
    fingerprint: str = field(default="", repr=False)
    """Of the credential by which it was."""
    serial: int = 0
    """Of the next message of ours."""
    waiting: tuple[tuple[str, Message], ...] = ()
    """What is not stored yet, by its digest, without its body."""
    bad: int = 0
    failures: int = 0
    refused: int = 0
    """Messages before it was authenticated."""


def step(link: Link, said: Input, units: Register) -> tuple[Link, list[Event]]:
    """Return the connection after what came, and what is to be done."""
    match said:
        case Received(data=data):
            return _read_on(replace(link, rest=link.rest + data), units)
        case Taken(receipt=receipt):
            after, answers = _answered(link, receipt)
            after, events = _read_on(after, units)
            return after, answers + events
        case Ended():
            return replace(link, rest=b""), [_cut(link)] if link.rest else []
        case Passed():
            return _known_still(link, units)
        case Told():
            return link, []


def is_full(link: Link) -> bool:
    """Tell whether nothing more is to be read until something is stored."""
    return len(link.waiting) >= MOST_WAITING


def _read_on(link: Link, units: Register) -> tuple[Link, list[Event]]:
    events: list[Event] = []
    data, start = link.rest, 0
    while not is_full(link) and (end := data.find(_MARK, start)) >= 0:
        piece, start = data[start:end], end + 1
        link, more = _piece(link, piece, units)
        events += more
        if any(isinstance(each, Close) for each in more):
            return replace(link, rest=b""), events
    link = replace(link, rest=data[start:])
    return (link, events) if is_full(link) else _bounded(link, events)


def _bounded(link: Link, events: list[Event]) -> tuple[Link, list[Event]]:
    """Keep no more of what has no end yet than a frame can have."""
    if not link.skipping and len(link.rest) > MOST_BYTES:
        link, more = _bad(link, link.rest, Dropped.TOO_LARGE)
        return replace(link, rest=b"", skipping=True), events + more
    return (replace(link, rest=b"") if link.skipping else link), events


def _cut(link: Link) -> Drop:
    return Drop(Dropped.MALFORMED, link.device_id or "", link.rest[:64])


def _piece(link: Link, piece: bytes, units: Register) -> tuple[Link, list[Event]]:
    """Take what stands between two marks."""
    if link.skipping or not piece:
        return replace(link, skipping=False), []
    if len(piece) > MOST_BYTES:
        return _bad(link, piece, Dropped.TOO_LARGE)
    message = read(piece)
    if isinstance(message, BadFrame):
        return _bad(link, piece, _REASONS.get(message.reason, Dropped.MALFORMED))
    return _while_unknown(
        link, *_message(replace(link, bad=0), message, _MARK + piece + _MARK, units)
    )


def _while_unknown(before: Link, link: Link, events: list[Event]) -> tuple[Link, list[Event]]:
    """Count what is refused of who has not said who it is, and end it: each costs a line of a list."""
    if before.device_id is not None or not any(isinstance(each, Drop) for each in events):
        return link, events
    link = replace(link, refused=link.refused + 1)
    if link.refused >= MOST_REFUSED:
        events = [*events, Close(f"{MOST_REFUSED} messages without an authentication")]
    return link, events


def _bad(link: Link, piece: bytes, reason: Dropped) -> tuple[Link, list[Event]]:
    events: list[Event] = [Drop(reason, link.device_id or "", piece[:64])]
    if link.bad + 1 >= MOST_BAD:
        events.append(Close(f"{MOST_BAD} pieces in a row are no frames of JT/T 808"))
    return replace(link, bad=link.bad + 1), events


def _message(
    link: Link, message: Message, frame: bytes, units: Register
) -> tuple[Link, list[Event]]:
    match message.message_id:
        case _ if message.part is not None or message.encrypted:
            return _refused(link, message, Dropped.UNSUPPORTED, Result.UNSUPPORTED)
        case int(each) if each == REGISTRATION:
            return _register(link, message, units)
        case int(each) if each == AUTHENTICATION:
            return _authenticate(link, message, units)
        case int(each) if each == TERMINAL_ANSWER:
            return link, [_drop(link, message, Dropped.UNSUPPORTED)]
        case _:
            return _pass_on(link, message, frame)


def _pass_on(link: Link, message: Message, frame: bytes) -> tuple[Link, list[Event]]:
    if link.device_id is None:
        return _refused(link, message, Dropped.NOT_AUTHENTICATED)
    if message.phone != link.phone:
        return _refused(link, message, Dropped.WRONG_UNIT)
    if message.message_id not in _TAKEN:
        return _refused(link, message, Dropped.UNSUPPORTED, Result.UNSUPPORTED)
    digest = digest_of(frame)
    others = tuple(each for each in link.waiting if each[0] != digest)
    waiting = (*others, (digest, replace(message, body=b"")))
    return replace(link, waiting=waiting), [Forward(link.device_id, frame)]


def _register(link: Link, message: Message, units: Register) -> tuple[Link, list[Event]]:
    """Tell a terminal of the register the code that it authenticates with from now on."""
    if read_registration(message) is None:
        return _refused(link, message, Dropped.MALFORMED, Result.WRONG)
    if link.device_id is not None and message.phone != link.phone:
        return _becomes_another(link, message)
    unit = units.get(message.phone)
    if unit is None:
        answer = _registered(link, message, RegistrationResult.NO_SUCH_TERMINAL)
        return _spoken(link), [_drop(link, message, Dropped.UNKNOWN_UNIT), answer]
    before = _registered(link, message, RegistrationResult.TERMINAL_REGISTERED_BEFORE)
    if not unit.token:
        return _spoken(link), [before]
    done = _registered(link, message, RegistrationResult.DONE, unit.token)
    if link.device_id is not None:
        return _spoken(link), [done]
    instead = _drop(link, message, Dropped.NOT_AUTHENTICATED), before
    return _spoken(link), [Registers(unit.device_id, done, instead)]


def _registered(link: Link, message: Message, result: RegistrationResult, code: str = "") -> Answer:
    return Answer(encode_registration_answer(message, result, code, serial=link.serial))


def _authenticate(link: Link, message: Message, units: Register) -> tuple[Link, list[Event]]:
    said = read_authentication(message)
    if said is None:
        return _refused(link, message, Dropped.MALFORMED, Result.WRONG)
    if link.device_id is not None and message.phone != link.phone:
        return _becomes_another(link, message)
    unit = units.get(message.phone)
    if unit is None:
        return _failed(*_refused(link, message, Dropped.UNKNOWN_UNIT))
    if not unit.accepts(said.code):
        return _failed(*_refused(link, message, Dropped.NOT_AUTHENTICATED))
    joined = replace(
        link,
        device_id=unit.device_id,
        phone=message.phone,
        fingerprint=unit.fingerprint,
        failures=0,
    )
    answered, answer = _answer(joined, message, Result.DONE)
    return answered, [Joined(unit.device_id), answer]


def _becomes_another(link: Link, message: Message) -> tuple[Link, list[Event]]:
    """End it: what waits on this connection is the first one's, and would be answered to the second."""
    link, events = _refused(link, message, Dropped.WRONG_UNIT)
    return link, [*events, Close("says that it is another")]


def _failed(link: Link, events: list[Event]) -> tuple[Link, list[Event]]:
    if link.failures + 1 >= MOST_FAILURES:
        events.append(Close(f"{MOST_FAILURES} authentications failed"))
    return replace(link, failures=link.failures + 1), events


def _refused(
    link: Link, message: Message, reason: Dropped, result: Result = Result.FAILED
) -> tuple[Link, list[Event]]:
    link, answer = _answer(link, message, result)
    return link, [_drop(link, message, reason), answer]


def _drop(link: Link, message: Message, reason: Dropped) -> Drop:
    """Charge a message to the device that is known to speak, or to the number that it is said under."""
    # Never the body: that of an authentication is a secret.
    sample = f"message 0x{message.message_id:04x} of {message.phone}".encode()
    if link.device_id is not None and message.phone == link.phone:
        return Drop(reason, link.device_id, sample)
    return Drop(reason, message.phone, sample, is_claimed=True)


def _answered(link: Link, receipt: Receipt) -> tuple[Link, list[Event]]:
    """Answer what is stored, in the order in which it was said."""
    stored, refused = frozenset(receipt.stored), frozenset(receipt.refused)
    events: list[Event] = []
    for digest, message in link.waiting:
        if digest in refused or digest in stored:
            link, answer = _answer(link, message, _result(message, was_refused=digest in refused))
            events.append(answer)
    left = tuple(each for each in link.waiting if each[0] not in stored | refused)
    return replace(link, waiting=left), events


def _result(message: Message, *, was_refused: bool) -> Result:
    """Of a batch the rest is stored: said again, all of it would come again."""
    return Result.WRONG if was_refused and message.message_id != BATCH else Result.DONE


def _answer(link: Link, message: Message, result: Result) -> tuple[Link, Answer]:
    return _spoken(link), Answer(encode_answer(message, result, serial=link.serial))


def _spoken(link: Link) -> Link:
    return replace(link, serial=(link.serial + 1) & 0xFFFF)


def _known_still(link: Link, units: Register) -> tuple[Link, list[Event]]:
    """End the connection of a unit that was taken out of the register or has another credential."""
    if link.device_id is None:
        return link, []
    unit = units.get(link.phone)
    if unit is not None and unit.device_id == link.device_id:
        is_same = unit.fingerprint == link.fingerprint
        return link, [] if is_same else [Close("has another credential now")]
    gone = Drop(Dropped.UNIT_GONE, link.device_id, count=len(link.waiting))
    return replace(link, device_id=None, phone="", waiting=()), [
        gone,
        Close("no longer registered"),
    ]


WIRE: Final = Wire(
    name="jt808",
    codec="jt808",
    begin=Link(),
    step=step,
    is_full=is_full,
    has_to_join=True,
    called=OWN_NAMES["jt808"],
)
