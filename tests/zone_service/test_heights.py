"""The three heights of a device, from any one that its unit measured."""

from pathlib import Path

import pytest

from maps.geotiff import SurfaceUnreadable
from maps.surface import Level
from telemetry.report import Report
from zone_service.heights import Heights
from zone_service.settings import UnsafeSettings, load
from zone_service.world_loader import heights_of

SHANGHAI = Heights(terrain_amsl=Level(4.0), geoid_hae=Level(11.0))


def report(**said: float) -> Report:
    here = {"device_id": "uav-1", "event_time_s": 0.0, "longitude_deg": 121.5, "latitude_deg": 31.2}
    return Report(**here | said)  # type: ignore[arg-type]


def all_three(heights: Heights, of: Report) -> tuple[float | None, float | None, float | None]:
    return heights.agl_m(of), heights.amsl_m(of), heights.hae_m(of)


@pytest.mark.requirement("D4d-48")
@pytest.mark.parametrize(
    "said", [{"height_agl_m": 100.0}, {"altitude_msl_m": 104.0}, {"altitude_hae_m": 115.0}]
)
def test_one_height_and_the_surfaces_give_the_others(said: dict[str, float]) -> None:
    assert all_three(SHANGHAI, report(**said)) == (100.0, 104.0, 115.0)


@pytest.mark.requirement("D4d-39", "D4d-48")
@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"height_agl_m": 100.0}, (100.0, None, None)),
        ({"altitude_msl_m": 104.0}, (None, 104.0, None)),
        ({"altitude_hae_m": 115.0}, (None, None, 115.0)),
        ({}, (None, None, None)),
    ],
)
def test_without_surfaces_what_was_not_measured_stays_unknown(
    said: dict[str, float], expected: tuple[float | None, float | None, float | None]
) -> None:
    assert all_three(Heights(), report(**said)) == expected


def test_with_the_ground_alone_the_ellipsoid_stays_unknown_and_the_other_way_round() -> None:
    ground, sea = Heights(terrain_amsl=Level(4.0)), Heights(geoid_hae=Level(11.0))
    assert all_three(ground, report(height_agl_m=100.0)) == (100.0, 104.0, None)
    assert all_three(ground, report(altitude_hae_m=115.0)) == (None, None, 115.0)
    assert all_three(sea, report(altitude_hae_m=115.0)) == (None, 104.0, 115.0)


def test_what_was_measured_counts_before_what_can_be_derived() -> None:
    every = report(height_agl_m=90.0, altitude_msl_m=120.0, altitude_hae_m=150.0)
    assert all_three(SHANGHAI, every) == (90.0, 120.0, 150.0)


def test_the_height_above_take_off_is_none_of_the_three() -> None:
    assert all_three(SHANGHAI, report(height_ato_m=80.0)) == (None, None, None)


def test_the_settings_name_a_number_or_a_file_for_each_surface(tmp_path: Path) -> None:
    assert heights_of(load(terrain_amsl_m=4.0, geoid_hae_m=11.0)) == SHANGHAI
    assert heights_of(load()) == Heights()
    file = tmp_path / "ground.tif"
    file.write_text("no map")
    with pytest.raises(SurfaceUnreadable, match=r"ground.tif"):
        heights_of(load(terrain_file=file))


def test_a_number_and_a_file_or_a_file_that_is_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnsafeSettings, match="ZONE_GEOID_HAE_M with ZONE_GEOID_FILE"):
        load(geoid_hae_m=11.0, geoid_file=tmp_path)
    with pytest.raises(UnsafeSettings, match=r"nothing.tif: expected a file"):
        load(terrain_file=tmp_path / "nothing.tif")
