"""The quality of a day, as the worker counts it of what devices send."""

from collections.abc import Callable

import pytest

from permits.quality_items import ITEMS, PARTS
from telemetry.data_items import DataItem
from telemetry.quality_score import Part
from telemetry.report import Domain, Frame
from zone_service.clock_frames import listening_frame, tick_frame
from zone_service.day_scores import Scoring
from zone_service.memory import Memory, from_bytes, to_bytes
from zone_service.pipeline import step
from zone_service.world import World

Say = Callable[..., Frame]
ON_ROAD = (121.92, 30.90)


def judged(world: World, *batches: list[Frame]) -> Memory:
    memory = Memory()
    for frames in batches:
        step(memory, world, frames)
    return memory


def reports(say: Say) -> list[Frame]:
    """A minute of a car: one report without a speed, one with a clock ahead, one that comes late."""
    frames = [
        say("car-1", *ON_ROAD, float(second), seq=second, boot_id="b", heading_deg=90.0)
        for second in range(57)
    ]
    frames.append(say("car-1", *ON_ROAD, 57.0, seq=57, boot_id="b", ground_speed_mps=None))
    frames.append(say("car-1", *ON_ROAD, 58.0, seq=58, boot_id="b", late_s=-9.0))
    frames.append(say("car-1", *ON_ROAD, 59.0, seq=59, boot_id="b", late_s=3.0))
    return frames


@pytest.mark.requirement("D4d-67")
def test_the_worker_counts_what_lacks_what_is_late_and_whose_clock_is_off(
    world: World, say: Say
) -> None:
    day = judged(world, reports(say)).days.day_of(0)
    assert day is not None
    told = day.quality
    assert (day.reports, told.judged, told.timed) == (60, 60, 60)
    assert (told.lacking["speed"], told.lacking["direction"]) == (1, 3)
    assert (told.lacking["horizontal_accuracy"], "position" in told.lacking) == (60, False)
    assert (told.delayed, told.skewed, told.ahead_worst_s) == (1, 1, 9.0)


@pytest.mark.requirement("D4d-67")
def test_what_is_delivered_again_or_replayed_from_a_checkpoint_comes_to_the_same_day(
    world: World, say: Say
) -> None:
    frames = reports(say)
    whole = judged(world, frames).days.day_of(0)
    assert judged(world, frames, frames).days.day_of(0) == whole
    half = judged(world, frames[:30])
    resumed = from_bytes(to_bytes(half))
    step(resumed, world, frames[20:])
    assert resumed.days.day_of(0) == whole


def test_a_tick_that_does_nothing_changes_nothing_of_a_day(world: World, say: Say) -> None:
    """It is in no journal, so a day that was replayed would be another."""
    first = say("car-1", *ON_ROAD, 40.0, seq=40, boot_id="b")
    late = say("car-1", *ON_ROAD, 20.0, seq=20, boot_id="b", late_s=30.0)
    tick = tick_frame(first.received_s + 5.0)
    with_it = judged(world, [first, tick, late]).days.day_of(0)
    assert with_it is not None
    assert with_it.first_s == first.received_s
    assert judged(world, [first, late]).days.day_of(0) == with_it


def test_a_number_that_is_used_twice_is_counted_and_a_time_that_we_did_not_hear_is_no_gap(
    world: World, say: Say
) -> None:
    twice = [
        say("car-1", *ON_ROAD, 0.0, seq=1, boot_id="b"),
        say("car-1", *ON_ROAD, 1.0, seq=1, boot_id="b", control_mode="AUTONOMOUS"),
    ]
    found = judged(world, twice).days.day_of(0)
    assert found is not None
    assert found.quality.replayed == 1
    first = [say("car-1", *ON_ROAD, 0.0)]
    later = [say("car-1", *ON_ROAD, 100.0)]
    silent = judged(world, first, later).days.day_of(0)
    deaf = judged(world, first, [listening_frame(later[0].received_s - 50.0), *later]).days.day_of(
        0
    )
    assert silent is not None
    assert deaf is not None
    assert (silent.quality.gaps, deaf.quality.gaps) == (1, 0)


@pytest.mark.requirement("D4d-68")
def test_a_day_is_scored_by_the_rules_of_its_domain(world: World, say: Say) -> None:
    day = judged(world, reports(say)).days.day_of(0)
    assert day is not None
    found = Scoring(world.rules).of("car-1", Domain.ROAD, day, day.last_s)
    assert found.mandatory == (
        DataItem.CONTROL_MODE, DataItem.POSITION, DataItem.SPEED, DataItem.DIRECTION,
    )  # fmt: skip
    assert found.score is not None
    assert found.score.missing == (DataItem.SPEED, DataItem.DIRECTION)
    assert found.score.total is not None
    assert 90 < found.score.total < 100


def test_the_law_and_telemetry_name_the_same_items_and_parts() -> None:
    assert set(ITEMS) == set(DataItem)
    assert set(PARTS) == set(Part)
    assert len({names[0] for names in ITEMS.values()}) == len(ITEMS)
