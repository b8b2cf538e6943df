"""The history as others read it: each format, read back by who knows it."""

import csv
import json
from io import BytesIO, StringIO
from xml.etree import ElementTree as ET

import geopandas
import pandas as pd
import pyarrow as pa
import pytest

from telemetry.report import ControlMode, Report
from zone_service.history.asked import Window
from zone_service.history.formats import records, written
from zone_service.history.frame import trajectories
from zone_service.history.given import MEDIA, Format
from zone_service.history.paging import begun, last_key, page
from zone_service.history.table import table_of
from zone_service.history.told import Told

AT_S = 1_777_896_000.25


def report(device_id: str, after_s: float, **said: object) -> Told:
    made = Report(device_id=device_id, event_time_s=AT_S + after_s, **said)  # type: ignore[arg-type]
    return Told(made, AT_S + after_s + 0.5, 7, int(after_s), 0)


@pytest.fixture(scope="module")
def table() -> pa.Table:
    there = {"longitude_deg": 121.1234567, "latitude_deg": 31.7654321}
    return table_of(
        [
            report("car-1", 0, **there, altitude_msl_m=4.25, satellites=9, seq=3, boot_id="a,b"),
            report("car-1", 1, ground_speed_mps=8.33, control_mode=ControlMode.AUTONOMOUS),
            report("car-1", 400, **there),
            report("drone-1", 2, **there, height_ato_m=-0.25, track_deg=359.99),
        ]
    )


def file(table: pa.Table, format_: Format) -> bytes:
    return b"".join(written(table, format_))


def test_json_has_what_was_told_in_the_words_and_units_of_the_platform(table: pa.Table) -> None:
    first, second, *_ = found = json.loads(file(table, Format.JSON))
    assert found == list(records(table))
    assert {name: value for name, value in first.items() if value is not None} == {
        "device_id": "car-1",
        "event_time": "2026-05-04T12:00:00.250Z",
        "received_time": "2026-05-04T12:00:00.750Z",
        "seq": 3,
        "longitude": 121.1234567,
        "latitude": 31.7654321,
        "altitude_msl_m": 4.25,
        "satellites": 9,
        "time_source": "device",
        "boot_id": "a,b",
        "source_datum": "WGS84",
        "control_mode": "UNKNOWN",
        "operational_status": "UNKNOWN",
        "codec": "canonical",
        "quality_flags": "",
        "frame": "7/0/0",
    }
    assert (second["longitude"], second["ground_speed_mps"]) == (None, 8.33)
    assert json.loads(file(table.slice(0, 0), Format.JSON)) == []


def test_geojson_has_a_point_for_each_report_and_none_where_no_position_was_told(
    table: pa.Table,
) -> None:
    found = json.loads(file(table, Format.GEOJSON))
    assert found["type"] == "FeatureCollection"
    assert [each["geometry"] and each["geometry"]["coordinates"] for each in found["features"]] == [
        [121.1234567, 31.7654321], None, [121.1234567, 31.7654321], [121.1234567, 31.7654321],
    ]  # fmt: skip
    assert found["features"][3]["properties"]["height_ato_m"] == -0.25


def test_csv_has_a_line_for_each_report_and_nothing_where_it_is_unknown(table: pa.Table) -> None:
    lines = list(csv.DictReader(StringIO(file(table, Format.CSV).decode())))
    assert [each["device_id"] for each in lines] == ["car-1", "car-1", "car-1", "drone-1"]
    assert (lines[0]["boot_id"], lines[0]["longitude"]) == ("a,b", "121.1234567")
    assert lines[1]["longitude"] == ""


def test_gpx_has_a_track_for_each_device_in_pieces_where_nothing_was_heard(table: pa.Table) -> None:
    names = {"": "http://www.topografix.com/GPX/1/1"}
    root = ET.fromstring(file(table, Format.GPX))
    assert [each.text for each in root.findall("trk/name", names)] == ["car-1", "drone-1"]
    pieces = root.findall("trk/trkseg", names)
    assert [len(piece) for piece in pieces] == [1, 1, 1]
    (point,) = pieces[0]
    assert point.attrib == {"lat": "31.7654321", "lon": "121.1234567"}
    assert [(each.tag.partition("}")[2], each.text) for each in point] == [
        ("ele", "4.25"), ("time", "2026-05-04T12:00:00.250Z"), ("sat", "9"),
    ]  # fmt: skip


def test_geoparquet_is_read_by_geopandas_with_its_datum_and_times(table: pa.Table) -> None:
    found = geopandas.read_parquet(BytesIO(file(table, Format.GEOPARQUET)))
    assert found.crs.to_epsg() == 4326
    assert list(found.geometry.notna()) == [True, False, True, True]
    assert found.geometry[0].coords[0] == (121.1234567, 31.7654321)
    assert found["event_time"][0] == pd.Timestamp("2026-05-04T12:00:00.250Z")
    assert found["seq"][0] == 3
    assert pd.isna(found["seq"][1])
    assert found["ground_speed_mps"][1] == 8.33


def test_trajectories_are_points_of_devices_by_their_event_time(table: pa.Table) -> None:
    found = trajectories(table)
    assert list(found["device_id"]) == ["car-1", "car-1", "drone-1"]
    assert isinstance(found.index, pd.DatetimeIndex)
    assert found.index.tz is None
    assert found.index[0] == pd.Timestamp("2026-05-04T12:00:00.250")
    assert found.crs.to_epsg() == 4326


def test_pages_follow_each_other_without_a_gap_or_a_double(table: pa.Table) -> None:
    found, after = [], None
    while (some := page(table, after, 3)).num_rows:
        found += some.to_pylist()
        after = last_key(some)
    assert found == table.to_pylist()
    assert last_key(table.slice(0, 0)) is None


def test_a_page_of_one_device_begins_at_the_time_of_the_last_row() -> None:
    asked = Window(10, 90, "car-1")
    assert begun(asked, None) == asked
    assert begun(asked, "car-1/40/7/0/0") == Window(40, 90, "car-1")
    assert begun(asked, f"car-1/{10**19 - 1}/7/0/0") == Window(90, 90, "car-1")
    assert begun(Window(10, 90), "car-1/40/7/0/0") == Window(10, 90)


def test_every_format_has_a_media_type_and_an_ending() -> None:
    assert MEDIA.keys() == set(Format)
