"""The same judgement, but what we fail on costs itself alone.

An error of our own, in a codec or in a rule, would come again with every delivery of the message
that brings it about, and end the worker each time. So a batch that fails is put back and judged in
halves, down to the message that cannot be judged: that one is kept in the journal, counted as
refused with a reason of its own, and said aloud. A replay of the journal fails on it in the same way
and comes to the same memory; after a repair it is judged like any other.
"""

from collections.abc import Callable, Sequence
from itertools import groupby

from telemetry import topics
from telemetry.decode import decode
from telemetry.report import Frame, RefusalReason, Refused
from telemetry.waiting import Waiting
from zone_service.clock_frames import CLOCK_TOPICS, DUE_TOPIC
from zone_service.decisions import Failure, Outcome, Refusal
from zone_service.late_laws import NO_LAWS, Laws
from zone_service.memory import Memory, Undo
from zone_service.pipeline import judge_first_waiting, step
from zone_service.world import World

_EVERYBODYS = CLOCK_TOPICS - {DUE_TOPIC}
"""What the clock says to all devices at once; who waits no longer is a matter of each alone."""


def judge(memory: Memory, world: World, frames: Sequence[Frame], laws: Laws = NO_LAWS) -> Outcome:
    """Judge frames in their order as ``step`` does; never raises for what a frame brings about."""
    first, *others = _runs(frames) or [[]]
    outcome = _spared(memory, world, first, laws)
    for run in others:
        outcome.add(_spared(memory, world, run, laws))
    return outcome


def _runs(frames: Sequence[Frame]) -> list[list[Frame]]:
    """Cut where the clock speaks: that concerns everybody, and is not put back."""
    runs = groupby(frames, lambda frame: frame.topic in _EVERYBODYS)
    return [list(run) for _, run in runs]


def _spared(memory: Memory, world: World, frames: Sequence[Frame], laws: Laws = NO_LAWS) -> Outcome:
    if not frames or frames[0].topic in _EVERYBODYS:
        return step(memory, world, frames, laws)
    judged = _tried(memory, lambda: step(memory, world, frames))
    if isinstance(judged, Outcome):
        return judged
    if len(frames) == 1:
        return _alone(memory, world, frames[0], judged)
    half = len(frames) // 2
    outcome = _spared(memory, world, frames[:half])
    outcome.add(_spared(memory, world, frames[half:]))
    return outcome


def _tried(memory: Memory, judging: Callable[[], Outcome]) -> Outcome | Exception:
    """Return what comes of it, or what went wrong, with the memory as it was before."""
    memory.undo = undo = Undo(memory)
    try:
        return judging()
    except Exception as error:
        undo.put_back()
        return error
    finally:
        memory.undo = None


def _alone(memory: Memory, world: World, frame: Frame, error: Exception) -> Outcome:
    """Find out whether we fail on a frame, or on a report that waits and that it lets go."""
    outcome, waiting = Outcome(), _let_go_by(memory, world, frame)
    for device_id in waiting:
        outcome.add(_without_what_fails(memory, world, device_id, frame.received_s))
    judged = _tried(memory, lambda: step(memory, world, [frame])) if outcome.failures else error
    outcome.add(judged if isinstance(judged, Outcome) else _given_up(frame, judged))
    if isinstance(judged, Exception) and frame.topic == DUE_TOPIC:
        for device_id in waiting:
            memory.devices[device_id].waiting = ()  # none may wait for ever; the journal has them
    if frame not in outcome.journal:
        outcome.journal.append(frame)  # or a replay would not fail on the same
    return outcome


def _let_go_by(memory: Memory, world: World, frame: Frame) -> list[str]:
    """Return the devices of which a frame may let go what waits."""
    if frame.topic == DUE_TOPIC:
        named = {name for due_s, name in memory.due if due_s <= frame.received_s}
    else:
        named = _who_say(frame, world)
    devices = memory.devices
    return sorted(name for name in named if name in devices and devices[name].waiting)


def _who_say(frame: Frame, world: World) -> set[str]:
    try:
        said = decode(frame, world.units, world.codecs)
    except Exception:
        return set()  # it is the frame itself that we fail on
    # What is no report counts too, where messages have serials, and so does what is not taken.
    return {each.device_id for each in said if each.device_id is not None}


def _without_what_fails(memory: Memory, world: World, device_id: str, now_s: float) -> Outcome:
    """Take out of those who wait each that we fail on: it has never come."""
    outcome = Outcome()
    whole, kept = memory.devices[device_id].waiting, list[Waiting]()
    for each in whole:
        judged = _rehearsed(memory, world, device_id, each, now_s)
        if isinstance(judged, Exception):
            frame = Frame(topics.tele(device_id), b"", now_s)
            outcome.add(_given_up(frame, judged))
        else:
            kept.append(each)
    outcome.journal = []  # they were kept when they came
    if len(kept) < len(whole):
        memory.let_wait(device_id, memory.devices[device_id], tuple(kept))
    return outcome


def _rehearsed(
    memory: Memory, world: World, device_id: str, one: Waiting, now_s: float
) -> Outcome | Exception:
    """Judge one of those who wait as if it were the only one, and take it back."""
    memory.undo = undo = Undo(memory)
    try:
        memory.let_wait(device_id, memory.device(device_id), (one,))
        return judge_first_waiting(memory, world, device_id, now_s)
    except Exception as error:
        return error
    finally:
        undo.put_back()
        memory.undo = None


def _given_up(frame: Frame, error: Exception) -> Outcome:
    topic = topics.parse(frame.topic)
    device_id = None if topic is None else topic.device_id
    detail = f"we failed on it: {type(error).__name__}: {error}"
    refused = Refused(reason=RefusalReason.INTERNAL_ERROR, detail=detail, device_id=device_id)
    outcome = Outcome(journal=[frame], refusals=[Refusal(frame, refused)])
    outcome.counts["refused"] += 1
    outcome.failures.append(Failure.of(error, frame.topic, device_id))
    return outcome
