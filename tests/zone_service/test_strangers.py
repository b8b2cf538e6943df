"""Fifty thousand invented identities: reported, and nothing grows by them without bound."""

import json

import pytest

from telemetry.report import Frame
from zone_service.clock_frames import tick_frame
from zone_service.committing import MAX_UNKNOWN_A_MINUTE, Subjects, refusals_of
from zone_service.decisions import Outcome
from zone_service.live_objects import MAX_STRANGERS as MAX_STRANGE_SLOTS
from zone_service.live_objects import Described, Filter, Objects, Sighting
from zone_service.memory import Memory, from_bytes, to_bytes
from zone_service.pipeline import step
from zone_service.strangers import MAX_STRANGERS, OTHERS
from zone_service.world import World

NOON_S = 1_795_406_400.0
INVENTED = 50_000
A_SECOND = 500


def invented(number: int, at_s: float) -> Frame:
    return Frame(f"zone/up/ghost-{number}/tele", b"{}", at_s)


def flood(memory: Memory, world: World) -> list[Outcome]:
    """Five hundred new identities each second, for a hundred seconds."""
    outcomes = []
    for second in range(INVENTED // A_SECOND):
        first, at_s = second * A_SECOND, NOON_S + second
        frames = [invented(number, at_s) for number in range(first, first + A_SECOND)]
        outcomes.append(step(memory, world, [*frames, tick_frame(at_s + 0.5)]))
    return outcomes


@pytest.fixture
def memory() -> Memory:
    return Memory()


def test_the_first_are_reported_by_name_and_the_rest_under_one(
    memory: Memory, world: World
) -> None:
    outcomes = flood(memory, world)
    reported = {each.device_id for outcome in outcomes for each in outcome.changes.values()}
    violations = {each for outcome in outcomes for each in outcome.changes}
    assert len(reported) == MAX_STRANGERS + 1
    assert {"ghost-0", f"ghost-{MAX_STRANGERS - 1}", OTHERS} <= reported
    assert len(violations) == MAX_STRANGERS + 1
    not_watched = sum(outcome.counts["strangers_not_watched"] for outcome in outcomes)
    assert not_watched == INVENTED - MAX_STRANGERS


def test_every_one_of_them_is_still_refused_and_counted(memory: Memory, world: World) -> None:
    assert sum(outcome.counts["refused"] for outcome in flood(memory, world)) == INVENTED


def test_what_the_worker_remembers_stays_small(memory: Memory, world: World) -> None:
    flood(memory, world)
    assert len(memory.strangers) == MAX_STRANGERS + 1
    assert memory.devices == {}
    assert len(to_bytes(memory)) < 1_000_000
    assert from_bytes(to_bytes(memory)).strangers.keys() == memory.strangers.keys()


def test_what_was_reported_of_them_is_closed_when_they_are_quiet_and_forgotten_after_an_hour(
    memory: Memory, world: World
) -> None:
    flood(memory, world)
    end_s = NOON_S + INVENTED / A_SECOND
    step(memory, world, [tick_frame(end_s + 61)])
    assert memory.open == {}
    again = step(memory, world, [invented(INVENTED, end_s + 62)])
    assert [each.device_id for each in again.changes.values()] == [OTHERS]
    step(memory, world, [tick_frame(end_s + 3700)])
    assert memory.strangers == {}
    late = step(memory, world, [invented(INVENTED, end_s + 3701)])
    assert [each.device_id for each in late.changes.values()] == [f"ghost-{INVENTED}"]


def test_refusals_are_kept_under_few_names_a_minute_and_none_is_lost(
    memory: Memory, world: World
) -> None:
    subjects, rows = Subjects(), set()
    refused = 0
    for outcome in flood(memory, world):
        for each in refusals_of(outcome, subjects, world):
            rows.add((each.subject, each.reason, each.minute_s))
            refused += each.count
    minutes = {minute_s for _, _, minute_s in rows}
    assert len(rows) == len(minutes) * (MAX_UNKNOWN_A_MINUTE + 1)
    assert refused == INVENTED


def test_a_registered_device_is_counted_by_its_own_name_in_a_flood(world: World) -> None:
    subjects = Subjects()
    for number in range(INVENTED):
        subjects.name(f"ghost-{number}", 60, world)
    assert subjects.name("car-1", 60, world) == "car-1"
    assert subjects.name("ghost-0", 60, world) == "ghost-0"
    assert subjects.name("ghost-50001", 60, world) == OTHERS
    assert subjects.name("ghost-50001", 120, world) == "ghost-50001"


def test_invented_topics_are_counted_like_invented_identities(world: World) -> None:
    frames = [
        Frame(f"nonsense/{number}", json.dumps(number).encode(), NOON_S) for number in range(999)
    ]
    counted = refusals_of(step(Memory(), world, frames), Subjects(), world)
    assert len(counted) == MAX_UNKNOWN_A_MINUTE + 1
    assert sum(each.count for each in counted) == 999


def test_the_map_gives_few_slots_to_those_that_nobody_registered() -> None:
    objects, known = Objects(30.0, 600.0), {"car-1": Described("acme", "Car", "road", None)}
    for number in range(INVENTED):
        objects.violate(f"ghost-{number}", violating=True, place=None, said=known)
    assert objects.count == MAX_STRANGE_SLOTS
    objects.see(
        [
            Sighting("ghost-49999", 121.0, 31.0, None, 0),
            Sighting("car-1", 121.9, 30.9, None, 0),
        ],
        1.0,
        known,
    )
    assert objects.count == MAX_STRANGE_SLOTS + 1
    assert int(objects.visible(Filter("acme")).sum()) == 1
