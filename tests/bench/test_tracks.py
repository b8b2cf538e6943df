"""The benchmark on recorded tracks: its truth is plain, its platform is the platform, its counts are strict."""

import json
import math
import struct
from dataclasses import replace
from pathlib import Path

import pytest
from pyais import encode_dict
from shapely import box

from bench import tracks
from bench.tracks import Found, matched
from bench.tracks_fences import Fence, Visit, no_gap, visits
from bench.tracks_played import Told, fence_visits, frames, thinned, violations, world_of
from bench.tracks_recorded import (
    Fix,
    Recorded,
    buses,
    folder_of,
    geolife,
    made,
    recorded,
    ulog,
    vessels,
)
from telemetry.report import Domain

BEGINS_S = 1_795_406_400.0
SQUARE = Fence(100.0, box(121.90, 30.90, 121.901, 30.901))
OUT, IN, BEYOND = (121.8999, 30.9005), (121.9005, 30.9005), (121.9011, 30.9005)


def drive(*places: tuple[float, float], every_s: float = 10.0) -> list[Fix]:
    return [Fix(BEGINS_S + number * every_s, *place) for number, place in enumerate(places)]


@pytest.mark.requirement("F-25")
def test_dense_tracks_are_judged_as_shapely_judges_them_and_thinned_ones_lose_visits(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACKS_FOLDER", str(tmp_path / "nowhere"))
    assert tracks.main(["--json", "--fences", "25"]) == 0
    told = json.loads(capsys.readouterr().out)
    counts = {
        rate: [
            sum(
                each[what]
                for each in told["lines"]
                if (each["by"], each["rate"]) == ("fences", rate)
            )
            for what in ("true", "missed", "false")
        ]
        for rate in tracks.RATES
    }
    assert told["wrong"] == 0
    assert counts["dense"][0] > 50
    assert counts["dense"][1:] == [0, 0]
    assert counts["30 s"][1] > counts["0.5 Hz"][1]


@pytest.mark.requirement("F-25")
def test_recorded_tracks_are_judged_as_shapely_judges_them() -> None:
    folder = folder_of()
    if folder is None:
        pytest.skip("there are no recordings beside the project")
    of_source: dict[str, list[Recorded]] = {}
    for track in recorded(folder):
        of_source.setdefault(track.source, []).append(replace(track, fixes=track.fixes[:500]))
    result = tracks.run([each for some in of_source.values() for each in some[:2]], 20)
    assert {"Geolife", "Bus", "AIS", "PX4"} == {each["source"] for each in result["sources"]}
    assert result["wrong"] == 0


# The truth


def test_a_visit_is_the_stretch_of_the_way_within() -> None:
    way = drive(OUT, BEYOND)
    (visit,) = visits(way, [SQUARE], no_gap(way, 60.0))
    assert visit.fence == 0
    assert visit.from_s - BEGINS_S == pytest.approx(10.0 * 1 / 12, abs=1e-4)
    assert visit.until_s - BEGINS_S == pytest.approx(10.0 * 11 / 12, abs=1e-4)


def test_who_stands_within_is_there_once() -> None:
    way = drive(OUT, IN, IN, IN, OUT)
    assert len(visits(way, [SQUARE], no_gap(way, 60.0))) == 1


def test_over_a_gap_nobody_crosses_and_who_is_within_at_both_ends_stayed() -> None:
    def visited(*places: tuple[float, float]) -> list[tuple[float, float]]:
        way = drive(*places, every_s=100.0)
        found = visits(way, [SQUARE], no_gap(way, 60.0))
        return [(each.from_s - BEGINS_S, each.until_s - BEGINS_S) for each in found]

    assert visited(OUT, BEYOND) == []
    assert visited(IN, IN) == [(0.0, 100.0)]
    assert visited(IN, BEYOND) == [(0.0, 0.0)]
    assert visited(OUT, IN) == [(100.0, 100.0)]


# What is told


def test_the_platform_tells_of_a_visit_between_two_fixes() -> None:
    world, sent = world_of([SQUARE], Domain.ROAD), frames(drive(OUT, BEYOND, BEYOND))
    passed = Told(0, BEGINS_S, BEGINS_S + 10.0, BEGINS_S + 10.0)
    assert fence_visits(world, sent)[0] == [passed]
    assert [each[:3] for each in violations(world, sent)] == [passed[:3]]


def test_the_platform_tells_of_an_entry_at_the_first_fix_within() -> None:
    world, sent = world_of([SQUARE], Domain.ROAD), frames(drive(OUT, IN, IN, BEYOND))
    told, seen = fence_visits(world, sent)
    assert told == [Told(0, BEGINS_S, BEGINS_S + 10.0, BEGINS_S + 30.0)]
    assert not any(each.jump for each in seen)


def test_a_unit_that_sends_every_30_s_sends_the_next_fix_that_is_due() -> None:
    fixes = [Fix(BEGINS_S + second, *OUT) for second in (0, 7, 29, 31, 58, 64, 200)]
    sent = [fix.at_s - BEGINS_S for fix in thinned(fixes, 30.0)]
    assert sent == [0, 31, 64, 200]


# The counts


def test_a_visit_that_was_told_counts_for_one_true_visit_alone() -> None:
    true = [Visit(0, 10.0, 12.0), Visit(0, 14.0, 16.0)]
    assert matched(true, [Told(0, 0.0, 11.0, 30.0)]) == Found(2, 1, 0, (1.0,))
    assert matched(true, []) == Found(2, 2, 0, ())


def test_what_was_told_where_nobody_was_is_false() -> None:
    assert matched([], [Told(0, 0.0, 5.0, 5.0)]) == Found(0, 0, 1, ())
    assert matched([Visit(0, 10.0, 12.0)], [Told(0, 0.0, 5.0, 5.0)]) == Found(1, 1, 1, ())


# The recordings


def test_a_plt_file_is_read_behind_its_head() -> None:
    head = "Geolife trajectory\nWGS 84\nAltitude is in Feet\nReserved 3\n0,2\n0\n"
    (fix,) = geolife(head + "40.5,116.25,0,156,39745.9,2026-11-23,04:00:00\n")
    assert fix == Fix(BEGINS_S, 116.25, 40.5)


def test_each_bus_has_its_track() -> None:
    text = (
        "vehicle_id,timestamp,latitude,longitude\n"
        "1,2026-11-23 04:00:00,53.4,-2.9\n2,2026-11-23 04:00:01,53.5,-2.8\n"
    )
    assert [list(each) for each in buses(text)] == [
        [Fix(BEGINS_S, -2.9, 53.4)],
        [Fix(BEGINS_S + 1.0, -2.8, 53.5)],
    ]


def test_vessels_tell_the_second_and_a_way_too_long_for_it_takes_minutes_more() -> None:
    def line(second: int, north_m: float) -> str:
        said = {"type": 1, "mmsi": 244_000_001, "lon": 23.0, "lat": 36.0 + north_m / 111_320.0}
        (sentence,) = encode_dict(
            {**said, "second": second, "speed": 10.0}, talker_id="AI", sentence_type="VDM"
        )
        return str(sentence)

    # 10 knots are 5.1 m/s: 51 m in each ten seconds, and 360 m in 70.
    ways = [(45, 0.0), (55, 51.0), (5, 103.0), (15, 463.0), (25, 514.0), (35, 566.0), (45, 617.0)]
    (track,) = vessels("\n".join([*(line(*way) for way in ways), "!AIVDM,1,1,,A,,0*26"]))
    fixes = list(track)
    assert [fix.at_s - fixes[0].at_s for fix in fixes] == [0, 10, 20, 90, 100, 110, 120]


def test_an_autopilots_receiver_is_read_by_the_format_that_its_log_declares() -> None:
    def message(kind: bytes, body: bytes) -> bytes:
        return struct.pack("<Hc", len(body), kind) + body

    declared = (
        b"vehicle_gps_position:uint64_t time_utc_usec;int32_t lat;int32_t lon;float[2] other;"
    )
    row = struct.pack("<HQii", 7, int(BEGINS_S) * 1_000_000, 309_000_000, 1_219_000_000)
    log = b"".join((
        bytes(16),
        message(b"F", declared),
        message(b"A", struct.pack("<BH", 0, 7) + b"vehicle_gps_position"),
        message(b"D", row + bytes(8)),
        message(b"D", struct.pack("<H", 8) + bytes(24)),
    ))  # fmt: skip
    assert list(ulog(log)) == [Fix(BEGINS_S, 121.9, 30.9)]


def test_the_track_that_was_made_here_goes_no_faster_than_a_car() -> None:
    (track,) = made()
    ways = zip(track.fixes, track.fixes[1:], strict=False)
    assert track.interval_s == 1.0
    assert all(math.dist(one[1:], other[1:]) * 111_320.0 < 30.0 for one, other in ways)
