"""Fences put on board of autopilots, item by item as they ask for them. Pure.

Only on the ground: an aircraft that finds itself outside of a fence that has just come does something by
itself, and that is nothing to be caused from afar. So what is wanted waits for a heartbeat that says it is
disarmed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from telemetry.codecs import mavlink_mission as mission
from telemetry.codecs.mavlink_frame import Raw
from telemetry.fences.acknowledged import Status
from telemetry.fences.mavlink import Message
from telemetry.gateways.wire import Answer, Event, Say

AGAIN_S: Final = 2.0
"""Without a word of the autopilot it is announced anew."""
TRIES: Final = 5
ASK_EVERY_S: Final = 300.0
"""So often the platform is told which version is on board, and gives another if that is not the one of now."""


@dataclass(frozen=True, slots=True)
class OnBoard:
    """What one autopilot is to have, and how far that is."""

    component: int = 1
    asked_s: float | None = None
    """When the platform was last asked which fence it is to have."""
    held: int | None = None
    """The version that it has taken; ``None``: none that anybody here has heard of."""
    wanted: Message | None = None
    """Not on board yet."""
    announced_s: float | None = None
    """When it was last announced, or an item was sent; ``None`` while it waits for the ground."""
    tries: int = 0
    given: int = 0
    """Items that it has asked for since then, from the first on."""


Boards = Mapping[int, OnBoard]
"""By the number of the system."""


@dataclass(frozen=True, slots=True)
class Done:
    """What is known afterwards, and what is to be done."""

    board: OnBoard
    events: tuple[Event, ...] = field(default=())


def beaten(
    board: OnBoard, device_id: str, system: int, component: int, at_s: float, *, is_armed: bool
) -> Done:
    """Return what follows from a heartbeat: the platform is asked, or what is wanted is announced."""
    board = replace(board, component=component)
    if board.wanted is None:
        if board.asked_s is not None and 0 <= at_s - board.asked_s < ASK_EVERY_S:
            return Done(board)
        version = "null" if board.held is None else board.held
        said = Say(device_id, f'{{"fence":{{"version":{version}}}}}'.encode())
        return Done(replace(board, asked_s=at_s), (said,))
    if is_armed or board.announced_s is not None:
        return Done(board)
    return _announced(board, board.wanted, system, at_s, tries=1)


def told(board: OnBoard, message: Message, at_s: float) -> OnBoard:
    """Return what is known when the platform has said which fence it is to have."""
    return replace(board, asked_s=at_s, wanted=message, announced_s=None, tries=0, given=0)


def said(board: OnBoard, device_id: str, system: int, raw: Raw, at_s: float) -> Done:
    """Return what follows from what an autopilot says of its fence."""
    wanted = board.wanted
    if wanted is None or board.announced_s is None:
        return Done(board)
    match mission.read(raw):
        case mission.Asks(number=number) if number < len(wanted.items):
            its = wanted.items[number]
            frame = mission.item(
                system, board.component, number, its.command, its.param1, its.x, its.y
            )
            given = max(board.given, number + 1 if number <= board.given else 0)
            return Done(replace(board, announced_s=at_s, given=given), (Answer(frame),))
        case mission.Ends(result=mission.ACCEPTED) if board.given < len(wanted.items):
            return Done(board)  # late, and of what was put on board before
        case mission.Ends(result=mission.ACCEPTED):
            taken = replace(_ended(board, at_s), held=wanted.version)
            return Done(taken, (_acknowledged(device_id, wanted, Status.TAKEN, ""),))
        case mission.Ends(why=why):
            refused = _acknowledged(device_id, wanted, Status.REFUSED, why)
            return Done(_ended(board, at_s), (refused,))
        case _:
            return Done(board)


def passed(board: OnBoard, system: int, at_s: float) -> Done:
    """Return what follows when time has passed: it is announced anew, and given up in the end."""
    wanted, since_s = board.wanted, board.announced_s
    if wanted is None or since_s is None or 0 <= at_s - since_s < AGAIN_S:
        return Done(board)
    if board.tries >= TRIES:
        return Done(_ended(board, at_s))
    return _announced(board, wanted, system, at_s, tries=board.tries + 1)


def _announced(board: OnBoard, wanted: Message, system: int, at_s: float, tries: int) -> Done:
    frame = mission.announced(system, board.component, len(wanted.items))
    return Done(replace(board, announced_s=at_s, tries=tries, given=0), (Answer(frame),))


def _ended(board: OnBoard, at_s: float) -> OnBoard:
    return replace(board, asked_s=at_s, wanted=None, announced_s=None, tries=0, given=0)


def _acknowledged(device_id: str, wanted: Message, status: Status, why: str) -> Say:
    detail = f',"detail":"{why}"' if why else ""
    payload = f'{{"fence":{{"version":{wanted.version},"status":"{status.value}"{detail}}}}}'
    return Say(device_id, payload.encode())
