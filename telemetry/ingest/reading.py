"""paho's client, taking as much off the socket at a time as there is.

paho asks the system three or four times for each packet: its kind, its length byte by byte, its
body. At thousands of messages a second that was the largest part of what reading cost. The rest
of paho sees no difference, and where it should ever come to read in another way, it would only be
as slow as before.

What is left of that cost is paho's own handling of a message, 15 µs in a dozen calls. Messages that
stand whole among the bytes taken are given away before paho sees them; every other packet, and
one that is cut, is its own as ever (ADR 0020).
"""

from contextlib import suppress
from typing import Any, Final

from paho.mqtt.client import Client
from paho.mqtt.enums import MQTTErrorCode

from telemetry.ingest.packets import Publish, whole_publishes

READ_BYTES: Final = 65_536


class AheadClient(Client):
    """A client that may hold bytes which no poll tells of: ask ``has_ahead``."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._ahead = b""
        self._taken = 0
        self._may_take = True

    @property
    def has_ahead(self) -> bool:
        """Whether something was taken off the socket that no packet was made of yet."""
        return self._taken < len(self._ahead)

    def forget_ahead(self) -> None:
        """Drop what is left of a connection that has ended: the broker delivers it again."""
        self._ahead, self._taken = b"", 0

    def messages_ahead(self, most: int) -> list[Publish]:
        """Return at most so many messages that have come whole and are next in the stream.

        None is left to paho as long as it is not in the midst of a packet: whatever is found on
        the socket besides, also its end, paho finds itself.
        """
        if self._in_packet["command"]:
            return []
        if not self.has_ahead:
            with suppress(OSError):
                self._ahead, self._taken = super()._sock_recv(READ_BYTES), 0
        found, self._taken = whole_publishes(self._ahead, self._taken, most)
        return found

    def loop_read(self, max_packets: int = 1) -> MQTTErrorCode:
        """Let paho read, who may take something off the socket once.

        It reads one packet, but as many as messages of ours await confirmation, so in the midst
        of many alerts it would read on for as long as a flood lasts.
        """
        self._may_take = True
        return super().loop_read(max_packets)

    def _sock_recv(self, bufsize: int) -> bytes:
        if not self.has_ahead:
            if not self._may_take:
                raise BlockingIOError
            self._may_take = False
            self._ahead, self._taken = super()._sock_recv(READ_BYTES), 0
        data = self._ahead[self._taken : self._taken + bufsize]
        self._taken += len(data)
        return data
