"""The same judgement, but what we fail on costs itself alone.

An error of our own, in a codec or in a rule, would come again with every delivery of the message
that brings it about, and end the worker each time. So a batch that fails is put back and judged in
halves, down to the message that cannot be judged: that one is kept in the journal, counted as
refused with a reason of its own, and said aloud. A replay of the journal fails on it in the same way
and comes to the same memory; after a repair it is judged like any other.
"""

from collections.abc import Sequence
from itertools import groupby

from telemetry import topics
from telemetry.report import Frame, RefusalReason, Refused
from zone_service.clock_frames import CLOCK_TOPICS
from zone_service.decisions import Failure, Outcome, Refusal
from zone_service.memory import Memory, Undo
from zone_service.pipeline import step
from zone_service.world import World


def judge(memory: Memory, world: World, frames: Sequence[Frame]) -> Outcome:
    """Judge frames in their order as ``step`` does; never raises for what a frame brings about."""
    first, *others = _runs(frames) or [[]]
    outcome = _spared(memory, world, first)
    for run in others:
        outcome.add(_spared(memory, world, run))
    return outcome


def _runs(frames: Sequence[Frame]) -> list[list[Frame]]:
    """Cut where the clock speaks: that concerns everybody, and is not put back."""
    runs = groupby(frames, lambda frame: frame.topic in CLOCK_TOPICS)
    return [list(run) for _, run in runs]


def _spared(memory: Memory, world: World, frames: Sequence[Frame]) -> Outcome:
    if not frames or frames[0].topic in CLOCK_TOPICS:
        return step(memory, world, frames)
    memory.undo = undo = Undo(memory)
    try:
        return step(memory, world, frames)
    except Exception as error:
        undo.put_back()
        if len(frames) == 1:
            return _given_up(frames[0], error)
    finally:
        memory.undo = None
    half = len(frames) // 2
    outcome = _spared(memory, world, frames[:half])
    outcome.add(_spared(memory, world, frames[half:]))
    return outcome


def _given_up(frame: Frame, error: Exception) -> Outcome:
    topic = topics.parse(frame.topic)
    device_id = None if topic is None else topic.device_id
    detail = f"we failed on it: {type(error).__name__}: {error}"
    refused = Refused(reason=RefusalReason.INTERNAL_ERROR, detail=detail, device_id=device_id)
    outcome = Outcome(journal=[frame], refusals=[Refusal(frame, refused)])
    outcome.counts["refused"] += 1
    outcome.failures.append(Failure.of(error, frame.topic, device_id))
    return outcome
