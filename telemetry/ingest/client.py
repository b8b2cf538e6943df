"""The one MQTT client of the worker: read what is there, acknowledge after the commit, publish."""

import random
import ssl
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Final

from paho.mqtt.client import MQTTMessageInfo
from paho.mqtt.enums import MQTTErrorCode

from telemetry.ingest.back_off import BackOff
from telemetry.ingest.connection import PACKET_ID_BITS, Connection, make_client
from telemetry.ingest.packets import pubacks, publishes
from telemetry.report import Frame

READING_S: Final = 0.02
"""How long a call goes on reading while messages keep coming: a flood must not starve the
tick, and a longer batch would only add to the time until an alert."""
READING_BYTES: Final = 256 * 1024
"""How much payload ends a call: a message may hold a thousand reports. As short as they can be,
this much of them is judged in 0.4 s, and 1 MiB in 1.5 s, when the next tick has been due. A
thousand messages of one report each are about as much, so those are hardly ever parted."""

_PACKET_ID_MASK: Final = (1 << PACKET_ID_BITS) - 1


class Ingest:
    """A persistent MQTT 3.1.1 session of one thread.

    The session outlives the connection (``clean_session=False`` and a fixed client id), so what
    is published at QoS 1 while we are away is waiting, and what was not acknowledged comes again.
    Not safe to share between threads.
    """

    def __init__(
        self,
        host: str,
        port: int,
        username: str | None,
        password: str | None,
        client_id: str,
        subscriptions: Sequence[str],
        qos: int = 1,
        *,
        tls: ssl.SSLContext | None = None,
        formerly: Sequence[str] = (),
        jitter: Callable[[], float] = random.random,
    ) -> None:
        if qos not in (0, 1):
            msg = f"found QoS {qos}, expected 0 or 1: a second hand-shake would buy nothing here"
            raise ValueError(msg)
        self._connection = Connection(
            make_client(client_id, username, password, tls),
            host,
            port,
            [(topic, qos) for topic in subscriptions],
            BackOff(jitter),
            formerly,
        )
        self._outlet = self._connection.outlet
        self._confirming: deque[tuple[int, MQTTMessageInfo]] = deque()
        self._tokens = 0
        self.dropped = 0
        """Messages of QoS 0 that were not sent, for want of a connection or of room."""

    # -- state ------------------------------------------------------------------------------

    @property
    def connected(self) -> bool:
        """Whether the broker has accepted us and every subscription."""
        return self._connection.connected

    @property
    def problem(self) -> str:
        """Why it is not connected, for people; empty while it is."""
        return self._connection.problem

    @property
    def connections(self) -> int:
        """How often a connection was established."""
        return self._connection.established

    @property
    def unconfirmed(self) -> int:
        """How many messages of QoS 1 the broker has not confirmed yet."""
        return len(self._confirming)

    def fileno(self) -> int:
        """Return the descriptor to poll for reading, -1 without a connection."""
        return self._connection.fileno()

    def connect(self) -> None:
        """Try to connect now; on failure ``read`` goes on trying, with back-off.

        Blocks for at most a second, and the look-up of the host's name.
        """
        self._connection.back_off.forget()
        self._connection.attempt()

    def close(self) -> None:
        """Say goodbye and close; the session stays at the broker."""
        self._connection.close()

    # -- reading ----------------------------------------------------------------------------

    def read(self, max_messages: int, max_wait_s: float) -> list[Frame]:
        """Return the messages that have come, at most ``max_messages``, in their order.

        Waits up to ``max_wait_s`` for a first one; then reads on while there are more, for at
        most READING_S or until they hold READING_BYTES; what came with the last of them may be
        more by READ_BYTES and by the one message that had come in part. Also sends what is
        waiting, keeps the connection alive and makes a new one when it is time to. Never raises
        for what the broker does.
        """
        frames = self._connection.frames
        if not frames:
            self._connection.serve()
            if self._wait(max_wait_s):
                self._drain(max_messages)
        count = min(max_messages, len(frames))
        return [frames.popleft() for _ in range(count)]

    def _wait(self, max_wait_s: float) -> bool:
        """Wait for something to read; False when there was nothing in time."""
        until_s = time.monotonic() + max_wait_s
        while not self._connection.closed:
            left_s = max(0.0, until_s - time.monotonic())
            if self._connection.has_socket:
                if self._connection.wait_readable(left_s):
                    return True
            elif not self._wait_to_connect(left_s):
                return False
            if time.monotonic() >= until_s:
                return False
        return False

    def _wait_to_connect(self, left_s: float) -> bool:
        """Sleep until the next attempt is due and make it; False if it is not due in time."""
        pause_s = max(0.0, self._connection.back_off.due_s - time.monotonic())
        time.sleep(min(pause_s, left_s))
        if pause_s > left_s:
            return False
        self._connection.attempt()
        return True

    def _drain(self, max_messages: int) -> None:
        """Read until nothing is left, or count, size or time is up; then send the answers."""
        frames, connection = self._connection.frames, self._connection
        until_s = time.monotonic() + READING_S
        size = seen = 0
        while len(frames) < max_messages and size < READING_BYTES and time.monotonic() < until_s:
            if not connection.take_messages(max_messages - len(frames)):
                if not connection.read_packet():
                    break
                if len(frames) == seen and not connection.has_more():
                    break
            size += sum(len(frame.payload) for frame in islice(frames, seen, None))
            seen = len(frames)
        self._outlet.write()

    # -- writing ----------------------------------------------------------------------------

    def acknowledge(self, frames: Iterable[Frame]) -> None:
        """Tell the broker that these are stored, in the order in which they were read.

        Those of an earlier connection are left out: their packet ids may mean others by now,
        and the broker delivers them again anyway.
        """
        if not self._connection.linked:
            return
        number = self._connection.number
        self._outlet.send(
            pubacks(
                frame.mid & _PACKET_ID_MASK
                for frame in frames
                if frame.qos and frame.mid >> PACKET_ID_BITS == number
            )
        )

    def publish(self, topic: str, payload: bytes, qos: int = 0) -> int | None:
        """Send a message; return a token that ``confirmed`` gives back, or None if not sent.

        Without a connection nothing is taken: what must arrive stays in the caller's outbox.
        At QoS 0 it is also dropped, and counted, while the broker does not keep up reading:
        what goes out so is repeated or overtaken soon. QoS 0 counts as confirmed at once.
        """
        if not self.connected or (qos == 0 and self._outlet.congested):
            self.dropped += 1
            return None
        info = self._connection.client.publish(topic, payload, qos)
        self._outlet.write()
        if info.rc != MQTTErrorCode.MQTT_ERR_SUCCESS:
            self.dropped += 1
            return None
        self._tokens += 1
        if qos:
            self._confirming.append((self._tokens, info))
        return self._tokens

    def publish_all(self, messages: Iterable[tuple[str, bytes]]) -> None:
        """Send many messages of QoS 0, topic and payload, joined in one call of the system.

        paho takes 25 µs and a call of the system for each. Dropped and counted as ``publish``
        does where there is no connection or no room.
        """
        if not self.connected or self._outlet.congested:
            self.dropped += sum(1 for _ in messages)
            return
        self._outlet.send(publishes(messages))

    def confirmed(self) -> list[int]:
        """Return the tokens of messages of QoS 1 that the broker has confirmed since last asked."""
        done: list[int] = []
        while self._confirming and self._confirming[0][1].is_published():
            done.append(self._confirming.popleft()[0])
        return done
