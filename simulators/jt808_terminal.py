"""A JT/T 808 terminal: registers, authenticates, reports, and says again what nobody has answered.

``Terminal`` knows the wire and no socket; ``Wired`` is one by TCP.
"""

import asyncio
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from telemetry.codecs.jt808 import encode_location
from telemetry.codecs.jt808_frame import BadFrame, Edition, Message, read
from telemetry.codecs.jt808_session import (
    AUTHENTICATION,
    PLATFORM_ANSWER,
    REGISTRATION_ANSWER,
    Authentication,
    Registration,
    RegistrationResult,
    Result,
    encode_authentication,
    encode_heartbeat,
    encode_registration,
)

_MARK = b"\x7e"
_VEHICLE = Registration(31, 115, "ZONE", "SIM", "SIM0001", 1, "沪A00001")


@dataclass(slots=True)
class Terminal:
    """One terminal, whose memory outlives its connections."""

    phone: str
    edition: Edition = Edition.OF_2013
    code: str = ""
    """What it authenticates with; empty until it has registered."""
    serial: int = 0
    registered: RegistrationResult | None = None
    joined: Result | None = None
    """What its last authentication was answered with."""
    unanswered: dict[int, bytes] = field(default_factory=dict)
    """What it has said by its serial number, until it is told that it is stored."""
    answers: list[tuple[int, Result]] = field(default_factory=list)
    """Serial numbers and results, as they came."""
    _rest: bytes = b""

    def has_been_answered(self) -> bool:
        """Tell whether it knows if it is let in."""
        return self.joined is not None or self.registered not in {None, RegistrationResult.DONE}

    def hello(self) -> bytes:
        """Return what it says when it connects."""
        self._rest, self.joined = b"", None
        if not self.code:
            return encode_registration(
                self.phone, _VEHICLE, serial=self._next(), edition=self.edition
            )
        said = Authentication(self.code, "860000000000001", "sim")
        return encode_authentication(self.phone, said, serial=self._next(), edition=self.edition)

    def report(
        self, at_s: float, longitude_deg: float, latitude_deg: float, altitude_msl_m: float = 0.0
    ) -> bytes:
        """Return a report of where it is, which it keeps until that is answered."""
        serial = self._next()
        frame = encode_location(
            self.phone, at_s, longitude_deg, latitude_deg, altitude_msl_m=altitude_msl_m,
            ground_speed_mps=5.0, serial=serial, edition=self.edition,
        )  # fmt: skip
        self.unanswered[serial] = frame
        return frame

    def heartbeat(self) -> bytes:
        """Return a sign of life, which it keeps as well."""
        serial = self._next()
        frame = encode_heartbeat(self.phone, serial=serial, edition=self.edition)
        self.unanswered[serial] = frame
        return frame

    def again(self) -> bytes:
        """Return all that nobody has answered."""
        return b"".join(self.unanswered.values())

    def hear(self, data: bytes) -> bytes:
        """Take what the platform sent, and return what it says to that."""
        *whole, self._rest = (self._rest + data).split(_MARK)
        replies = [self._answer(message) for message in _messages(whole)]
        return b"".join(replies)

    def _next(self) -> int:
        self.serial = (self.serial + 1) & 0xFFFF
        return self.serial

    def _answer(self, message: Message) -> bytes:
        body = message.body
        if message.message_id == REGISTRATION_ANSWER:
            self.registered = RegistrationResult(body[2])
            if self.registered is RegistrationResult.DONE:
                self.code = body[3:].decode("gbk")
                return self.hello()
        elif message.message_id == PLATFORM_ANSWER:
            to, about = int.from_bytes(body[:2], "big"), int.from_bytes(body[2:4], "big")
            result = Result(body[4])
            if about == AUTHENTICATION:
                self.joined = result
            else:
                self.answers.append((to, result))
                self.unanswered.pop(to, None)
        return b""


def _messages(pieces: list[bytes]) -> Iterator[Message]:
    for piece in filter(None, pieces):
        message = read(piece)
        if not isinstance(message, BadFrame):
            yield message


class Wired:
    """A terminal by TCP."""

    def __init__(self, terminal: Terminal) -> None:
        self.terminal = terminal
        self._changed = asyncio.Event()
        self._reader: asyncio.StreamReader
        self._writer: asyncio.StreamWriter | None = None
        self._listening: asyncio.Task[None] | None = None

    async def connect(self, host: str, port: int) -> None:
        """Connect and say hello; what was not answered waits until it has joined."""
        self._reader, self._writer = await asyncio.open_connection(host, port)
        self._writer.write(self.terminal.hello())
        self._listening = asyncio.create_task(self._listen())

    def say(self, data: bytes) -> None:
        """Send bytes, whatever they are; nowhere while it is not connected."""
        if self._writer is not None:
            self._writer.write(data)

    async def until_joined(self, within_s: float) -> None:
        """Wait until it is told whether it is let in.

        Raises:
            TimeoutError: nobody told it in time.
        """
        async with asyncio.timeout(within_s):
            while self.terminal.joined is None:
                await self._change()

    async def until_answered(self, within_s: float, again_s: float) -> None:
        """Wait until all it said is answered, and say it again every so often.

        Raises:
            TimeoutError: it was not in time.
        """
        async with asyncio.timeout(within_s):
            while self.terminal.unanswered:
                try:
                    async with asyncio.timeout(again_s):
                        await self._change()
                except TimeoutError:
                    self.say(self.terminal.again())

    async def close(self) -> None:
        """Hang up."""
        if self._listening is not None:
            self._listening.cancel()
        if self._writer is not None:
            self._writer.close()
            with suppress(OSError):
                await self._writer.wait_closed()

    async def _change(self) -> None:
        self._changed.clear()
        await self._changed.wait()

    async def _listen(self) -> None:
        while data := await self._reader.read(65_536):
            self.say(self.terminal.hear(data))
            self._changed.set()
