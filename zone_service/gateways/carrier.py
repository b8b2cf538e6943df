"""The gateway's connection to the broker: what it passes on, and what it hears of what is stored."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

import aiomqtt
import structlog

from telemetry import topics
from telemetry.gateways.outbox import Outbox
from telemetry.receipts import Receipt, decoded
from zone_service.broker import BrokerAccess
from zone_service.broker_link import client_of, listen_while, stay_connected
from zone_service.clock import monotonic_s

ACKNOWLEDGEMENTS: Final = "zone/down/+/ack"
FENCES: Final = "zone/down/+/fence"
MOST_SAID: Final = 1_000
AT_ONCE: Final = 100
"""Messages on their way to the broker at a time."""

_log = structlog.get_logger("zone.gateway")


class Carrier:
    """One connection, made again whenever it breaks; what was not stored by then is sent again."""

    def __init__(
        self,
        access: Callable[[], BrokerAccess],
        client_id: str,
        outbox: Outbox,
        taken: Callable[[str, Receipt], None],
        told: Callable[[str, bytes], None] | None = None,
    ) -> None:
        """``told`` is given which fences units are to have, where that is wanted."""
        self._access = access
        self._client_id = client_id
        self._outbox = outbox
        self._taken = taken
        self._told = told
        self._said: deque[tuple[str, bytes]] = deque(maxlen=MOST_SAID)
        self._woken = asyncio.Event()
        self.connected = False

    def wake(self) -> None:
        """Say that there is something to send."""
        self._woken.set()

    def say(self, device_id: str, payload: bytes) -> None:
        """Send what a unit says of the fence that it holds; what a broken connection takes is asked again."""
        self._said.append((device_id, payload))
        self._woken.set()

    async def run(self) -> None:
        """Stay connected until cancelled."""
        await stay_connected(self._client, self._serve, self._lost)

    def _client(self) -> aiomqtt.Client:
        return client_of(self._access(), self._client_id, self._take, max_inflight_messages=AT_ONCE)

    def _lost(self, error: Exception, _retry_s: float) -> None:
        _log.warning("broker_away", problem=str(error), waiting=len(self._outbox))

    async def _serve(self, client: aiomqtt.Client) -> None:
        await client.subscribe(ACKNOWLEDGEMENTS, qos=0)
        if self._told is not None:
            await client.subscribe(FENCES, qos=1)
        self.connected = True
        _log.info("broker_connected", waiting=len(self._outbox))
        self._outbox.send_all_again()
        self._woken.set()
        try:
            await listen_while(client, self._send(client))
        finally:
            self.connected = False

    async def _send(self, client: aiomqtt.Client) -> None:
        # PUBACK at QoS 1: it bounds what is on its way, and a worker that is away finds it waiting.
        while True:
            await self._woken.wait()
            self._woken.clear()
            while self._said:
                device_id, payload = self._said.popleft()
                await client.publish(topics.up_ack(device_id), payload, qos=1)
            while some := self._outbox.to_send(AT_ONCE, monotonic_s()):
                await asyncio.gather(
                    *(client.publish(each.topic, each.payload, qos=1) for each in some)
                )

    def _take(self, topic: str, payload: bytes) -> None:
        if self._told is not None and (fenced := _fenced(topic)) is not None:
            self._told(fenced, payload)
            return
        device_id = device_of(topic)
        receipt = decoded(payload)
        if device_id is not None and receipt != Receipt():
            self._taken(device_id, receipt)


def device_of(topic: str) -> str | None:
    """Return whose acknowledgement a topic is."""
    parts = topic.split("/")
    known = len(parts) == 4 and topics.is_device_id(parts[2]) and topic == topics.ack(parts[2])
    return parts[2] if known else None


def _fenced(topic: str) -> str | None:
    """Return whose fence a topic is."""
    parts = topic.split("/")
    known = len(parts) == 4 and topics.is_device_id(parts[2]) and topic == topics.fence(parts[2])
    return parts[2] if known else None
