"""The map is listed, written to a file, and cut back by those who keep it."""

import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest

from maps.geojson import read_zones
from tests.cli.conftest import Shell


def feature(zone_id: str, west: float = 121.0, **said: Any) -> dict[str, Any]:
    ring = [[west, 31.0], [west + 0.1, 31.0], [west + 0.1, 31.1], [west, 31.1], [west, 31.0]]
    properties = {"zone_id": zone_id, "name": zone_id.title(), "kind": "keep_in"}
    return {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": properties | said,
    }


def imported(shell: Shell, *features: dict[str, Any]) -> None:
    file = shell.folder / "zones.geojson"
    file.write_text(
        json.dumps({"type": "FeatureCollection", "datum": "WGS84", "features": list(features)})
    )
    done = shell.zone("map", "import", str(file))
    assert done.returncode == 0, done.stderr


def cells(line: str) -> list[str]:
    return re.split(r" {2,}", line)


@pytest.fixture
def kept(shell: Shell) -> Shell:
    """A shell on a machine that has its tables."""
    return shell


def test_zones_are_listed_with_what_they_are_and_since_when(kept: Shell) -> None:
    imported(kept, feature("harbour"), feature("campus"), feature("campus", 121.5))
    imported(
        kept,
        feature("harbour", kind="keep_out", name="The harbour"),
        feature("campus"),
        feature("campus", 121.5),
    )
    names, campus, harbour = map(cells, kept.zone("map", "list").stdout.splitlines())
    assert names == ["zone", "kind", "volumes", "revision", "since (UTC)", "name"]
    assert (campus[:4], campus[5]) == (["campus", "keep_in", "2", "1"], "Campus")
    assert (harbour[:4], harbour[5]) == (["harbour", "keep_out", "1", "2"], "The harbour")
    since = datetime.fromisoformat(harbour[4]).replace(tzinfo=UTC)
    assert abs((datetime.now(UTC) - since).total_seconds()) < 300


def test_a_map_without_zones_says_how_there_will_be_some(kept: Shell) -> None:
    listed = kept.zone("map", "list")
    assert (listed.returncode, len(listed.stdout.splitlines())) == (0, 1)
    assert "`zone map import FILE`" in listed.stderr
    refused = kept.zone("map", "export", "zones.geojson")
    assert refused.returncode == 1
    assert "nothing to write" in refused.stderr
    assert not (kept.folder / "zones.geojson").exists()


def test_zones_are_withdrawn_all_that_are_named_or_none(kept: Shell) -> None:
    imported(kept, feature("fair-2025"), feature("fair-2026"), feature("campus"))
    refused = kept.zone("map", "withdraw", "campus", "fair-2027", "nowhere")
    assert (refused.returncode, refused.stdout) == (1, "")
    unknown = r"no zone 'fair-2027' \('fair-202[56]'\?\), 'nowhere'; nothing was changed"
    assert re.search(unknown, refused.stderr)
    assert len(kept.zone("map", "list").stdout.splitlines()) == 4
    done = kept.zone("map", "withdraw", "fair-2025", "fair-2026", "fair-2025")
    assert done.stdout == "fair-2025, fair-2026 are withdrawn: in force is revision 3\n"
    _, left = kept.zone("map", "list").stdout.splitlines()
    assert left.startswith("campus ")


def test_a_map_that_is_written_is_read_back_as_the_same_map(kept: Shell) -> None:
    hours = {"windows": [{"start": "sunset-30min", "end": "01:00"}], "valid_from": "2026-12-01"}
    top = {"value_m": 120, "reference": "AGL"}
    imported(kept, feature("fair", schedule=hours, upper=top, name_zh="博览会"), feature("campus"))
    done = kept.zone("map", "export", "kept.geojson")
    assert done.stdout == "2 zones of revision 1 in kept.geojson\n"
    text = (kept.folder / "kept.geojson").read_text("utf-8")
    assert "博览会" in text
    assert kept.zone("map", "import", "kept.geojson").returncode == 0
    again = kept.zone("map", "export", "-").stdout
    assert read_zones(again) == read_zones(text)
    listed = kept.zone("map", "list").stdout.splitlines()[1:]
    assert [cells(line)[3] for line in listed] == ["1", "1"]


def test_a_file_that_is_there_is_written_over_only_where_that_is_said(kept: Shell) -> None:
    imported(kept, feature("campus"))
    mine = kept.folder / "mine.geojson"
    mine.write_text("drawn by hand")
    refused = kept.zone("map", "export", "mine.geojson")
    assert (refused.returncode, mine.read_text()) == (1, "drawn by hand")
    assert "expected a new file, or --force" in refused.stderr
    assert kept.zone("map", "export", "mine.geojson", "--force").returncode == 0
    assert len(read_zones(mine.read_bytes()).zones) == 1
    unknown = kept.zone("map", "export", "mine.xyz")
    assert (unknown.returncode, (kept.folder / "mine.xyz").exists()) == (2, False)
    assert "'.xyz' says no format" in " ".join(unknown.stderr.replace("│", " ").split())
    nowhere = kept.zone("map", "export", "gone/mine.geojson")
    assert nowhere.returncode == 1
    assert "there is no folder gone" in nowhere.stderr


def test_a_map_goes_into_a_geopackage_and_back_and_no_shapefile_is_written(kept: Shell) -> None:
    imported(kept, feature("fair", upper={"value_m": 120, "reference": "AGL"}), feature("campus"))
    written = kept.zone("map", "export", "map.gpkg")
    assert written.returncode == 0, written.stderr
    again = kept.zone("map", "export", "map.gpkg")
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
    back = kept.zone("map", "import", "map.gpkg", "--dry-run")
    assert back.stdout.endswith("all of them as they were before\n"), back.stderr
    assert kept.zone("map", "export", "map.shp").returncode == 2


def test_a_file_that_is_no_geopackage_is_refused_in_the_language_that_was_asked_for(
    kept: Shell,
) -> None:
    (kept.folder / "no.gpkg").write_bytes(b"nothing")
    english = kept.zone("map", "import", "no.gpkg")
    chinese = kept.zone("--lang", "zh", "map", "import", "no.gpkg")
    assert (english.returncode, chinese.returncode) == (1, 1)
    assert "no.gpkg was refused: 1 problem, nothing was changed" in english.stderr
    assert "no.gpkg: is no GeoPackage, or not a whole one: expected" in english.stderr
    assert "no.gpkg: 不是 GeoPackage，或文件不完整：应为" in chinese.stderr
