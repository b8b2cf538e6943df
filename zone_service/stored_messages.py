"""Which of a batch's messages have no number by which their senders could be told that they are stored."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from telemetry import topics
from telemetry.receipts import TOLD_BY_DIGEST, Receipt, digest_of
from telemetry.report import Frame
from zone_service.decisions import Outcome
from zone_service.world import World

_JSON: Final = b"{"
"""With which none of those formats begins: of ten thousand messages a second hardly any is looked at."""


def receipts_of(frames: Sequence[Frame], outcome: Outcome, world: World) -> dict[str, Receipt]:
    """Return what to tell, by device, of frames that are committed with what came of them.

    Repetitions too: whoever says something again has not heard that it is stored.
    """
    of_those = [(device_id, frame) for frame in frames if (device_id := _told(frame, world))]
    if not of_those:
        return {}
    refused = {(each.frame.topic, each.frame.payload) for each in outcome.refusals}
    found: dict[str, tuple[list[str], list[str]]] = defaultdict(lambda: ([], []))
    for device_id, frame in of_those:
        was_refused = (frame.topic, frame.payload) in refused
        found[device_id][was_refused].append(digest_of(frame.payload))
    return {each: Receipt(tuple(stored), tuple(no)) for each, (stored, no) in found.items()}


def _told(frame: Frame, world: World) -> str | None:
    """Return the device that is told of its message by digest, ``None`` where none is."""
    if frame.payload[:1] == _JSON or (topic := topics.parse(frame.topic)) is None:
        return None
    unit = world.units.get(topic.device_id)
    if unit is None or unit.codec not in TOLD_BY_DIGEST or topic.channel is not topics.Channel.TELE:
        return None
    return topic.device_id
