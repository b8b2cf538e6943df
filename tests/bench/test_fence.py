"""The fence benchmark: its world is as it says, its judge is strict, its figures are figures."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from shapely import MultiPoint, box

from bench import fence, fence_lines, fence_loop, fence_postgis
from bench.fence_lines import Stage, checked, cuts, full_stage, line, paced, step_line
from bench.fence_loop import Loop, Order, Personal, own_corridors
from bench.fence_oracle import compare, containment
from bench.fence_peers import TreePeer
from bench.fence_tracks import NEAR_M, tracks
from bench.fence_world import World, side_m, to_metres, vertices_of, world
from geofence.events import EventKind, Judged
from geofence.fixes import Fixes
from geofence.fleet import Fleet
from geofence.grid import FloatArray
from geofence.snapshot import Snapshot, build
from geofence.step import step
from geofence.validity import problems as problems_of
from geofence.zone import HeightBand
from telemetry.report import Frame
from tests.servers import absent


@pytest.fixture(scope="module")
def thousand() -> World:
    return world(1000, side_m(1000))


@pytest.fixture(scope="module")
def stage() -> Stage:
    return full_stage(world(60, side_m(60)), 500, 12)


# The world


def test_zones_have_51_to_300_vertices_half_of_them_some_143(thousand: World) -> None:
    counts = [vertices_of(polygon) for polygon in thousand.outlines]
    assert 51 <= min(counts) <= max(counts) <= 300
    assert 130 <= np.median(counts) <= 156


def test_85_of_100_zones_are_roads_and_all_may_be_published(thousand: World) -> None:
    assert sum(zone.name == "Road" for zone in thousand.zones) == 850
    assert all(problems_of(zone) == () for zone in thousand.zones)


def test_roads_are_30_to_80_metres_wide(thousand: World) -> None:
    for zone, polygon in zip(thousand.zones[:85], thousand.outlines, strict=False):
        in_metres = shapely.transform(polygon, to_metres)
        # Of a long strip, twice the area over the circumference is about its width.
        width_m = 2.0 * in_metres.area / in_metres.length
        assert 25.0 <= width_m <= 82.0, zone.zone_id


def test_zones_overlap_as_densely_in_a_larger_world() -> None:
    assert side_m(1_000) == 60_000.0
    assert side_m(10_000) == pytest.approx(189_737, abs=1)


def test_some_zones_have_heights_hours_margins_speed_limits_and_single_domains(
    thousand: World,
) -> None:
    zones = thousand.zones
    assert 150 < sum(zone.volumes[0].band != HeightBand() for zone in zones) < 350
    assert 120 < sum(zone.volumes[0].schedule is not None for zone in zones) < 280
    assert sum(zone.speed_limit_mps is not None for zone in zones) == 250
    assert 50 < sum(len(zone.domains) == 1 for zone in zones) < 150
    assert [sum(zone.exit_margin_m == each for zone in zones) for each in (5.0, 15.0)] == [100, 100]


def test_most_places_are_near_a_corner_of_a_zone(thousand: World) -> None:
    made = tracks(thousand, 1000, 12)
    corners_m = to_metres(shapely.get_coordinates(thousand.outlines))
    tree = shapely.STRtree(list(MultiPoint(corners_m).geoms))
    for at in range(12):
        here_m = to_metres(np.column_stack((made.longitude_deg[at], made.latitude_deg[at])))
        _, away_m = tree.query_nearest(
            shapely.points(here_m), return_distance=True, all_matches=False
        )
        assert 0.6 <= (away_m <= NEAR_M + 0.1).mean() <= 0.75


def test_every_step_is_of_5_to_25_metres(thousand: World) -> None:
    made = tracks(thousand, 200, 12)
    lonlat = np.stack((made.longitude_deg, made.latitude_deg), axis=-1)
    place_m = to_metres(lonlat.reshape(-1, 2)).reshape(lonlat.shape)
    stride_m = np.hypot(*(place_m[1:] - place_m[:-1]).transpose(2, 0, 1))
    assert 4.9 <= stride_m.min() <= stride_m.max() <= 25.1


def test_no_message_of_a_device_arrives_before_an_earlier_one(stage: Stage) -> None:
    assert (np.diff(stage.tracks.numbers(), axis=0) > 0).all()
    assert (np.diff(stage.tracks.at_s, axis=0) > 0).all()


def test_a_seed_makes_the_same_world_again() -> None:
    one, other = (world(20, side_m(20)) for _ in range(2))
    assert one.zones == other.zones
    assert np.array_equal(tracks(one, 30, 3).longitude_deg, tracks(other, 30, 3).longitude_deg)


def test_messages_say_what_the_tracks_say(stage: Stage) -> None:
    loop = Loop(stage.snapshot, stage.known)
    told = loop._rows(loop._columns(stage.messages[:100]))
    made = stage.tracks.fixes(0, 100)
    for name in ("device", "longitude_deg", "latitude_deg", "at_s", "agl_m", "amsl_m", "hae_m"):
        np.testing.assert_array_equal(getattr(told, name), getattr(made, name))
    assert loop.seen.refused == 0


# The lines


def test_the_fences_say_what_the_oracle_says(stage: Stage) -> None:
    for batch in (7, 100, 1024):
        found = line(stage, batch, 1)
        assert found["problems"] == []
        assert found["events"] == found["events_expected"] == len(stage.must) > 50
        assert found["late"] == 0


def test_fixes_that_are_arrays_already_are_judged_alike(stage: Stage) -> None:
    found = step_line(stage, 100, 1)
    assert (found["problems"], found["events"]) == ([], len(stage.must))


def without_the_last(fleet: Fleet, snapshot: Snapshot, fixes: Fixes) -> tuple[Fleet, Judged]:
    fleet, judged = step(fleet, snapshot, fixes)
    return fleet, replace(judged, events=judged.events[:-1])


def test_an_engine_that_drops_an_event_is_caught(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fence_loop, "step", without_the_last)
    (problem,) = line(stage, 1024, 1)["problems"]
    batches = len(cuts(len(stage.tracks), 1024))
    assert problem.startswith(f"{batches} events missing, the first is Event(")


def test_an_engine_that_forgets_to_look_between_fixes_is_caught(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def points_only(fleet: Fleet, snapshot: Snapshot, fixes: Fixes) -> tuple[Fleet, Judged]:
        return step(fleet, snapshot, replace(fixes, crossing=np.zeros(len(fixes), np.bool_)))

    crossings = sum(event.kind is EventKind.CROSS for event in stage.must)
    assert crossings
    monkeypatch.setattr(fence_loop, "step", points_only)
    (problem,) = line(stage, 64, 1)["problems"]
    assert problem.startswith(f"{crossings} events missing")


def test_an_engine_that_lets_go_before_the_margin_is_left_is_caught(stage: Stage) -> None:
    strict = [replace(zone, exit_margin_m=0.0) for zone in stage.world.zones]
    problems = step_line(replace(stage, snapshot=build(strict, 1)), 64, 1)["problems"]
    assert [each.split(",")[0].split(" ", 1)[1] for each in problems] == [
        "events missing",
        "events invented",
    ]


class Neighbours:
    """Each device is looked up in the corridor of the next one."""

    def __init__(self, personal: Personal, devices: int) -> None:
        self._personal = personal
        self._devices = devices

    def inside(
        self, device: NDArray[np.int32], longitude_deg: FloatArray, latitude_deg: FloatArray
    ) -> NDArray[np.bool_]:
        other = ((device + 1) % self._devices).astype(np.int32)
        return self._personal.inside(other, longitude_deg, latitude_deg)


def test_a_corridor_that_is_not_its_devices_own_is_caught(stage: Stage) -> None:
    assert stage.personal is not None
    mixed_up = replace(stage, personal=Neighbours(stage.personal, stage.tracks.devices))
    (problem,) = line(mixed_up, 64, 1)["problems"]
    assert problem.endswith("fixes are wrong about their own corridor")


@pytest.mark.requirement("F-21")
def test_fixes_that_come_late_are_counted(stage: Stage) -> None:
    loop = Loop(stage.snapshot, stage.known)
    for _ in range(2):
        loop.take_fixes(stage.tracks.fixes(0, 50))
    assert "50 fixes were late" in checked(stage, loop)["problems"]


def test_a_fix_that_is_late_within_its_batch_is_late() -> None:
    order = Order(2)
    way = order.crossing(np.array([0, 1, 0], np.int32), np.array([5.0, 5.0, 4.0]))
    assert (order.late, way.tolist()) == (1, [False, False, True])


def test_a_message_that_is_refused_is_a_problem(stage: Stage) -> None:
    loop = Loop(stage.snapshot, stage.known)
    loop.take([*stage.messages[:3], replace_payload(stage, b"{}")])
    assert "1 messages were refused" in checked(stage, loop)["problems"]


def test_a_message_that_only_the_plain_decoder_takes_is_a_problem(stage: Stage) -> None:
    loop = Loop(stage.snapshot, stage.known)
    array = replace_payload(stage, b"[" + stage.messages[3].payload + b"]")
    loop.take([*stage.messages[:3], array])
    assert "1 messages were left to the plain decoder" in checked(stage, loop)["problems"]


def replace_payload(stage: Stage, payload: bytes) -> Frame:
    frame = stage.messages[3]
    return Frame(frame.topic, payload, frame.received_s)


def test_where_each_device_may_be_is_its_own_affair() -> None:
    own = [box(0, 0, 1, 1), box(5, 5, 6, 6)]
    held = own_corridors(own).inside(
        np.array([0, 1, 1], np.int32), np.array([1.0, 0.5, 5.5]), np.array([0.5, 0.5, 5.5])
    )
    assert held.tolist() == [True, False, True]


def test_a_latency_counts_from_the_moment_at_which_the_message_was_due(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:

    def take(loop: Loop, frames: Sequence[Frame]) -> None:
        time.sleep(0.05)
        taken(loop, frames)

    taken = Loop.take
    monkeypatch.setattr(Loop, "take", take)
    found = paced(stage, 2_000.0, 0.2)
    assert found["problems"] == []
    # Each waits for the batch before it, and half of them for most of it.
    assert found["check_ms_p50"] > 60.0
    assert found["messages_a_batch"] > 50


def test_the_law_of_a_power_is_found() -> None:
    assert fence_lines.exponent([10, 100, 1000], [3.0, 3.0, 3.0]) == 0.0
    assert fence_lines.exponent([10, 100, 1000], [3.0, 30.0, 300.0]) == 1.0


# The peers


def test_the_tree_does_the_same_work(stage: Stage) -> None:
    peer = TreePeer(stage.world, stage.tracks.devices)
    for begin, end in cuts(len(stage.tracks), 50):
        peer.take(stage.tracks.fixes(begin, end), begin)
    assert compare(stage.must, peer.events).problems() == []


@pytest.fixture(scope="module")
def postgis() -> Iterator[str]:
    if not fence_postgis.is_installed():
        absent("PostGIS 15", "run `make servers`")
    with fence_postgis.server() as address:
        yield address


def test_postgis_finds_the_same_containment(stage: Stage, postgis: str) -> None:
    peer = fence_postgis.PostgisPeer(postgis, stage.world)
    for begin, end in cuts(200, 64):
        peer.take(stage.tracks.fixes(begin, end), begin)
    assert peer.version().startswith("3.")
    peer.close()
    assert peer.pairs == containment(stage.world, stage.tracks, 200) != set()


# The whole


def test_a_quick_run_gives_every_figure_and_ends_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fence_postgis, "is_installed", lambda: False)
    assert fence.main(["--quick", "--json", "--plots", str(tmp_path)]) == 0
    said = capsys.readouterr()
    found = json.loads(said.out)
    for name in (
        "fixes_per_second_1k",
        "fixes_per_second_1k_b256",
        "ratio_10k_spread",
        "fixes_per_second_10k_dense",
        "one_message_ms_p50",
        "one_message_ms_p99",
        "check_ms_p99_20k",
        "share_of_a_core_20k",
        "ratio_strtree",
    ):
        assert found[name] > 0, name
    assert isinstance(found["growth_exponent_zones"], float)
    assert isinstance(found["growth_exponent_devices"], float)
    assert found["ratio_postgis"] is None
    assert "PostGIS 15 is not installed" in said.err
    assert found["problems"] == []
    for each in found["lines"].values():
        assert min(each["decode_us"], each["step_us"], each["personal_us"]) > 0
        assert each["events"] > 0
    assert "fixes/s" in fence.table(found)
    for name in ("fence-throughput.png", "fence-latency.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_a_run_with_a_planted_error_ends_with_status_1(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fence_postgis, "is_installed", lambda: False)
    monkeypatch.setattr(fence_loop, "step", without_the_last)
    tiny = replace(fence.QUICK, rates=(), seconds=0.1, growth_devices=(50, 100), many=150)
    monkeypatch.setattr(fence, "QUICK", tiny)
    assert fence.main(["--quick"]) == 1
    assert "events missing, the first is Event(" in capsys.readouterr().out
