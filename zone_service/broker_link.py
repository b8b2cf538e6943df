"""One connection to the broker by asyncio, made again whenever it breaks."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Coroutine
from random import SystemRandom
from typing import Any, Final, Never

import aiomqtt

from zone_service.broker import BrokerAccess, BrokerError

FIRST_RETRY_S: Final = 0.2
LONGEST_RETRY_S: Final = 5.0
CANCEL_AGAIN_S: Final = 0.1
MOST_UNDER_WAY: Final = 1_000
"""Calls that the broker has not confirmed; who has more does not bound them, and that is logged."""
JITTER: Final = SystemRandom()
"""Of its own: the state of ``random`` belongs to the process, and who draws from a seed would find it changed."""

Take = Callable[[str, bytes], None]
"""Takes a message: its topic and what it says."""


async def stay_connected(
    made: Callable[[], aiomqtt.Client],
    serve: Callable[[aiomqtt.Client], Awaitable[None]],
    lost: Callable[[Exception, float], None],
) -> Never:
    """Connect and serve until cancelled; ``lost`` is told why a connection ended, and of the wait in seconds."""
    retry_s = FIRST_RETRY_S
    while True:
        try:
            async with made() as client:
                retry_s = FIRST_RETRY_S
                await serve(client)
        except (aiomqtt.MqttError, BrokerError, OSError) as error:
            lost(error, retry_s)
        await asyncio.sleep(retry_s * JITTER.uniform(0.5, 1))
        retry_s = min(2 * retry_s, LONGEST_RETRY_S)


def client_of(access: BrokerAccess, client_id: str, take: Take, **more: Any) -> aiomqtt.Client:
    """Return a client that is not connected yet, and hands what it hears to ``take``."""
    client = aiomqtt.Client(
        access.host,
        access.port,
        username=access.username,
        password=access.password,
        tls_context=access.tls_context(),
        identifier=client_id,
        queue_type=inbox(take),
        socket_options=[(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)],
        timeout=5,
        keepalive=15,
        **more,
    )
    # It warns of more calls under way than this; we bound them ourselves.
    client.pending_calls_threshold = MOST_UNDER_WAY
    return client


async def listen_while(client: aiomqtt.Client, work: Coroutine[Any, Any, None]) -> None:
    """Listen and do something until either ends.

    A client that can only listen, or only speak, is one to be made again.
    """
    both = {asyncio.create_task(each) for each in (_listen(client), work)}
    try:
        ended, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for each in ended:
            each.result()
    finally:
        while left := [each for each in both if not each.done()]:
            for each in left:
                each.cancel()
            # Again and again: to ``wait_for`` whatever comes at the same moment is more than being cancelled.
            await asyncio.wait(left, timeout=CANCEL_AGAIN_S)
        await asyncio.gather(*both, return_exceptions=True)


async def _listen(client: aiomqtt.Client) -> None:
    """Return when the connection ends; what comes is handed over by the inbox."""
    async for _ in client.messages:
        pass


def inbox(take: Take) -> type[asyncio.Queue[aiomqtt.Message]]:
    """Return a queue that hands messages over in the turn in which they were read.

    A queue that is awaited costs a task and a turn of the loop for each message.
    """

    class Inbox(asyncio.Queue[aiomqtt.Message]):
        def put_nowait(self, item: aiomqtt.Message) -> None:
            if isinstance(item.payload, bytes):
                take(item.topic.value, item.payload)

    return Inbox
