"""The live feed's socket: a ticket opens it, subscriptions steer it."""

from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from starlette.concurrency import run_in_threadpool

from zone_service.auth import is_own_origin
from zone_service.clock import now, steady_unix_s
from zone_service.live_objects import DOMAINS, Filter
from zone_service.live_socket import EXTENSION
from zone_service.live_viewer import Resume, Sight, Subscription, Viewer
from zone_service.routes.sessions import PROGRAM_MARK
from zone_service.services import Services, services_of
from zone_service.store import tokens
from zone_service.store.errors import WrongCredentials
from zone_service.store.records import Principal, Proof

router = APIRouter(tags=["live"])

PROTOCOL = "zone.v1"
FORBIDDEN, BAD_DATA, TOO_MANY = 4403, 1008, 1013
MESSAGES_PER_SECOND = 20


class ResumeGiven(msgspec.Struct, forbid_unknown_fields=True):
    """Where the viewer was."""

    epoch: str
    seq: Annotated[int, msgspec.Meta(ge=0)]


class SubscriptionGiven(
    msgspec.Struct, forbid_unknown_fields=True, tag="sub", tag_field="op", kw_only=True
):
    """What the viewer looks at."""

    bbox: tuple[float, float, float, float] | None = None
    kinds: list[str] | None = None
    max_hz: float = 5.0
    resume: ResumeGiven | None = None


Admitted = tuple[Principal, Proof, Sight]

_decode = msgspec.json.Decoder(SubscriptionGiven).decode


class Refusal(Exception):
    """A viewer that says what we cannot make sense of."""


@router.websocket("/ws/live")
async def live(socket: WebSocket, ticket: str = "") -> None:
    """Show what happens, as it happens, to whoever has a ticket."""
    services = services_of(socket)
    admitted = await _admitted(socket, services, ticket)
    if admitted is None:
        services.metrics.auth_failures.labels(kind="ticket").inc()
        await socket.close(FORBIDDEN)
        return
    offered = socket.scope.get("subprotocols", [])
    await socket.accept(subprotocol=PROTOCOL if PROTOCOL in offered else None)
    principal, proof, sight = admitted
    hub = services.live.hub
    wire = socket.scope["extensions"][EXTENSION]
    viewer = hub.join(principal.user_id, sight, proof, wire)
    if viewer is None:
        wire.close(TOO_MANY, "too many connections of this user")
        return
    try:
        await _steer(socket, services, viewer)
    except WebSocketDisconnect:
        pass
    except Refusal as error:
        hub.drop(viewer, BAD_DATA, str(error)[:100])
    finally:
        hub.leave(viewer)


async def _admitted(socket: WebSocket, services: Services, ticket: str) -> Admitted | None:
    """Return whose ticket it is; a page of another site gets nowhere, and uses it up for nobody."""
    origin = socket.headers.get("origin")
    by_program = ticket.startswith(PROGRAM_MARK)
    if not (by_program if origin is None else is_own_origin(socket, origin)):
        return None
    try:
        return await run_in_threadpool(_redeem, services, ticket.removeprefix(PROGRAM_MARK))
    except WrongCredentials:
        return None


def _redeem(services: Services, ticket: str) -> Admitted:
    with services.store.write() as session:
        principal, proof = tokens.redeem_ticket(session, ticket, now())
    return principal, proof, services.live.sources.sight_of(principal)


async def _steer(socket: WebSocket, services: Services, viewer: Viewer) -> None:
    allowance, last_s = float(MESSAGES_PER_SECOND), steady_unix_s()
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        at_s = steady_unix_s()
        allowance = min(MESSAGES_PER_SECOND, allowance + (at_s - last_s) * MESSAGES_PER_SECOND)
        allowance, last_s = allowance - 1, at_s
        if allowance < 0:
            msg = f"more than {MESSAGES_PER_SECOND} messages a second"
            raise Refusal(msg)
        asked = subscription(message)
        if not viewer.closed:
            services.live.hub.subscribe(viewer, asked, at_s)


def subscription(message: Any) -> Subscription:
    """Return what a viewer asks for.

    Raises:
        Refusal: it is not a subscription.
    """
    try:
        given = _decode(message.get("text") or message.get("bytes") or b"")
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise Refusal(str(error)) from None
    kinds = None if given.kinds is None else frozenset(given.kinds)
    if kinds is not None and not kinds <= set(DOMAINS):
        msg = f"kinds: expected some of {', '.join(DOMAINS)}"
        raise Refusal(msg)
    if given.bbox is not None and not _is_box(given.bbox):
        msg = "bbox: expected west, south, east, north in degrees"
        raise Refusal(msg)
    resume = None if given.resume is None else Resume(given.resume.epoch, given.resume.seq)
    return Subscription(Filter(None, given.bbox, kinds), given.max_hz, resume)


def _is_box(box: tuple[float, float, float, float]) -> bool:
    west, south, east, north = box
    return all(abs(side) <= 360 for side in (west, east)) and -90 <= south <= north <= 90
