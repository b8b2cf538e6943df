"""What devices told, over the API."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from telemetry.report import Frame
from tests.web_service.site import Site
from zone_service.history.compaction import Compaction
from zone_service.store import journal
from zone_service.store.records import Batch, Commit

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
WINDOW = "from=2026-11-20T04:00:00Z&to=2026-11-20T05:00:00Z"


def told(device_id: str, at: datetime, seq: int, longitude: float) -> Frame:
    said = {
        "schema_version": 1,
        "event_time": at.isoformat(),
        "seq": seq,
        "longitude": longitude,
        "latitude": 31.2,
    }
    return Frame(f"zone/up/{device_id}/tele", json.dumps(said).encode(), at.timestamp())


@pytest.fixture(scope="module")
def driven(site: Site) -> Site:
    """A car of alpha's and a drone of beta's: some of what they told in a file, some in the journal."""
    for number in range(4):
        at = NOON + timedelta(minutes=number)
        frames = [told(each, at, number, 121.5 + number) for each in ("car-1", "drone-1")]
        batch = Batch(f"h{number}", at.timestamp(), at.timestamp(), 2, journal.pack(frames))
        journal.commit_batch(site.store, Commit(batch=batch))
        if number == 1:
            settings = site.services.settings
            Compaction(site.store, settings.history_dir).run(NOON, everything=True)
    return site


def asked(site: Site, who: str, path: str) -> Any:
    answer = site.as_(who).get(f"/api/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def seqs(site: Site, who: str, path: str) -> list[tuple[str, int]]:
    return [(each["device_id"], each["seq"]) for each in asked(site, who, path)["items"]]


@pytest.mark.requirement("D4e-14")
def test_a_window_of_a_device_is_told_in_pages(driven: Site) -> None:
    first = asked(driven, "olga", f"devices/car-1/history?{WINDOW}&limit=3")
    assert [each["seq"] for each in first["items"]] == [0, 1, 2]
    assert first["items"][1]["event_time"] == "2026-11-20T04:01:00Z"
    assert first["items"][1]["longitude"] == 122.5
    rest = asked(driven, "olga", f"devices/car-1/history?{WINDOW}&limit=3&after={first['next']}")
    assert [each["seq"] for each in rest["items"]] == [3]
    assert rest["next"] is None


@pytest.mark.requirement("D4e-6", "D4e-14")
def test_operators_are_told_of_their_own_devices_alone(driven: Site) -> None:
    four = range(4)
    assert seqs(driven, "olga", f"history?{WINDOW}") == [("car-1", seq) for seq in four]
    assert seqs(driven, "otto", f"history?{WINDOW}") == [("drone-1", seq) for seq in four]
    assert len(seqs(driven, "paul", f"history?{WINDOW}")) == 8
    assert seqs(driven, "lena", f"history?{WINDOW}") == []
    for path in (f"history?{WINDOW}", "history/recent", "history/days/2026-11-20"):
        assert driven.as_("olga").get(f"/api/devices/drone-1/{path}").status_code == 404


def test_an_area_a_day_and_the_last_seconds_are_told(driven: Site) -> None:
    box = f"history?{WINDOW}&bbox=122.5,31,123.5,32"
    assert seqs(driven, "paul", box) == [
        ("car-1", 1), ("car-1", 2), ("drone-1", 1), ("drone-1", 2),
    ]  # fmt: skip
    assert len(seqs(driven, "olga", "devices/car-1/history/days/2026-11-20")) == 4
    assert seqs(driven, "olga", "devices/car-1/history/days/2026-11-19") == []
    assert seqs(driven, "olga", "devices/car-1/history/recent") == []


@pytest.mark.requirement("D4e-16")
def test_departments_read_five_decimals_and_others_read_exactly(site: Site) -> None:
    at = datetime(2026, 11, 18, 4, 0, tzinfo=UTC)
    frame = told("car-1", at, 9, 121.1234567)
    batch = Batch("exact", at.timestamp(), at.timestamp(), 1, journal.pack([frame]))
    journal.commit_batch(site.store, Commit(batch=batch))
    path = "devices/car-1/history?from=2026-11-18T04:00:00Z&to=2026-11-18T05:00:00Z"
    for who, longitude in (
        ("olga", 121.1234567), ("paul", 121.1234567), ("ann", 121.1234567), ("rita", 121.12346),
    ):  # fmt: skip
        (row,) = asked(site, who, path)["items"]
        assert row["longitude"] == longitude, who


@pytest.mark.requirement("D4e-16")
def test_a_file_of_others_positions_says_what_it_is_read_for_and_that_is_on_record(
    driven: Site,
) -> None:
    path = f"/api/devices/car-1/history?{WINDOW}&format=csv"
    for who in ("paul", "rita", "ann"):
        for purpose in ("", "&purpose=%20"):
            refused = driven.as_(who).get(path + purpose)
            assert (refused.status_code, "what it is read for" in refused.text) == (422, True)
    assert driven.as_("paul").get(f"{path}&purpose=case%20117").status_code == 200
    behind = "&after=car-1/0/0/0/0"
    assert driven.as_("rita").get(f"{path}&purpose=a%20page%20on{behind}").status_code == 200
    assert len(asked(driven, "rita", f"history?{WINDOW}&purpose=review")["items"]) == 8
    assert asked(driven, "rita", f"history?{WINDOW}&purpose=review{behind}")["items"]
    with driven.store.reader.begin() as connection:
        found = connection.exec_driver_sql(
            "SELECT actor, subject, reason FROM audit WHERE action = 'history.read'"
        ).all()
    assert [tuple(each) for each in found] == [
        ("paul", "car-1", "case 117"), ("rita", "car-1", "a page on"),
        ("rita", "all devices", "review"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("format_", "media", "begins"),
    [
        ("csv", "text/csv", b"device_id,event_time"),
        ("geojson", "application/geo+json", b'{"type":"FeatureCollection"'),
        ("gpx", "application/gpx+xml", b"<?xml"),
        ("geoparquet", "application/vnd.apache.parquet", b"PAR1"),
    ],
)
def test_it_is_given_as_a_file(driven: Site, format_: str, media: str, begins: bytes) -> None:
    answer = driven.as_("olga").get(f"/api/devices/car-1/history?{WINDOW}&format={format_}")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith(media)
    assert "car-1" in answer.headers["content-disposition"]
    assert answer.content.startswith(begins)


def test_few_files_are_made_at_once_and_the_others_are_told_so(driven: Site) -> None:
    path = f"/api/devices/car-1/history?{WINDOW}&format=csv"
    few = driven.services.histories
    assert few.acquire(blocking=False)
    whole = driven.as_("olga").get(path)
    assert whole.headers["content-length"] == str(len(whole.content))
    assert few.acquire(blocking=False)
    answer = driven.as_("olga").get(path, headers={"Accept-Language": "zh"})
    few.release(2)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "10")
    assert answer.json()["type"] == "urn:zone:problem:try-later"
    assert "请逐个下载" in answer.json()["detail"]


def test_the_last_day_of_the_calendar_is_refused(driven: Site) -> None:
    answer = driven.as_("olga").get("/api/devices/car-1/history/days/9999-12-31")
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("query", "english", "chinese"),
    [
        (
            "from=2026-11-20T05:00:00Z&to=2026-11-20T04:00:00Z",
            "a moment before another",
            "起点应早于终点",
        ),
        ("from=2026-11-20T04:00:00Z&to=2026-11-22T04:00:00Z", "at most 24 hours", "不超过 24 小时"),
        (f"{WINDOW}&bbox=1,2,3", "west,south,east,north", "西,南,东,北"),
        (f"{WINDOW}&bbox=120,32,121,31", "west,south,east,north", "西,南,东,北"),
    ],
)
def test_what_cannot_be_asked_says_what_can(
    driven: Site, query: str, english: str, chinese: str
) -> None:
    for language, said in (("en", english), ("zh", chinese)):
        answer = driven.as_("paul").get(
            f"/api/history?{query}", headers={"Accept-Language": language}
        )
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert said in answer.json()["detail"]
