"""How good the data of devices is, and the tests of their data links, over the API."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from maps.datum import from_wgs84
from telemetry.day_quality import DayQuality
from telemetry.device_day import DeviceDay
from telemetry.report import Datum, Frame
from tests.web_service.site import Site
from zone_service.clock import now
from zone_service.store import device_days, journal
from zone_service.store.records import Batch, Commit, HeardDay

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
DAY = "2026-11-20"


def day(days_later: int = 0, **said: Any) -> DeviceDay:
    noon_s = NOON.timestamp() + days_later * 86_400
    number = int((noon_s + 8 * 3600) // 86_400)
    told = DayQuality(**{"judged": 100, "timed": 100} | said)
    return DeviceDay(number, noon_s, noon_s + 99, 100, 0, 99.0, 0.0, 0.0, 0.0, 0.0, 0, quality=told)


@pytest.fixture(scope="module")
def heard(site: Site) -> Site:
    """A car of alpha's whose speed is missing in a quarter of its reports, and a drone of beta's."""
    rows = [
        HeardDay("car-1", day(lacking={"speed": 25}, accuracy_said=100, accuracy_total_m=300.0)),
        HeardDay("car-1", day(1)),
        HeardDay("drone-1", day(skewed=10)),
    ]
    device_days.keep(site.store, rows)
    return site


def asked(site: Site, who: str, path: str) -> Any:
    answer = site.as_(who).get(f"/api/{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


@pytest.mark.requirement("D4d-67", "D4d-68")
def test_a_day_of_a_device_is_told_with_its_figures_and_the_parts_of_its_score(heard: Site) -> None:
    window = f"from={DAY}&to={DAY}"
    (found,) = asked(heard, "olga", f"devices/car-1/quality?{window}")
    assert (found["day"], found["reports"], found["missing"]) == (DAY, 100, ["speed"])
    assert (found["accuracy_mean_m"], found["delay_mean_s"], found["rate_hz"]) == (3.0, 0.0, 1.01)
    parts = {each["part"]: each["worth"] for each in found["parts"]}
    assert (parts["items"], parts["gaps"], parts["clock"]) == (0.9375, 1.0, 1.0)
    assert 90 < found["score"] < 100
    said = {each["item"]: (each["mandatory"], each["said_ratio"]) for each in found["items"]}
    assert (said["speed"], said["own_time"]) == ((True, 0.75), (False, 1.0))
    assert [each["name_zh"] for each in found["parts"]][:2] == ["必报数据项", "上报频率"]


@pytest.mark.requirement("D4d-67", "D4e-6")
def test_all_devices_of_a_day_are_told_in_pages_and_operators_see_their_own(heard: Site) -> None:
    first = heard.as_("paul").get(f"/api/quality?day={DAY}&limit=1").json()
    assert ([each["device_id"] for each in first["items"]], first["next"]) == (["car-1"], "car-1")
    (then,) = asked(heard, "paul", f"quality?day={DAY}&after=car-1")
    assert (then["device_id"], then["skewed"]) == ("drone-1", 10)
    assert [each["device_id"] for each in asked(heard, "otto", f"quality?day={DAY}")] == ["drone-1"]
    assert heard.as_("otto").get("/api/devices/car-1/quality").status_code == 404


@pytest.mark.requirement("D4d-67")
def test_days_are_given_out_as_csv(heard: Site) -> None:
    for path in (f"quality?day={DAY}&", f"devices/car-1/quality?from={DAY}&to={DAY}&"):
        answer = heard.as_("paul").get(f"/api/{path}format=csv")
        assert answer.headers["content-type"].startswith("text/csv")
        first = next(csv.DictReader(io.StringIO(answer.text)))
        assert (first["device_id"], first["said_speed"], first["missing"]) == (
            "car-1",
            "0.75",
            "speed",
        )
        assert (first["part_items"], first["accuracy_worst_m"]) == ("0.9375", "0.0")


@pytest.mark.requirement("D4d-67")
def test_of_a_day_whose_quality_nobody_counted_all_of_it_is_unknown(own_site: Site) -> None:
    device_days.keep(own_site.store, [HeardDay("car-1", day(judged=0, timed=0))])
    path = f"devices/car-1/quality?from={DAY}&to={DAY}"
    (found,) = asked(own_site, "olga", path)
    assert (found["reports"], found["score"], found["missing"]) == (100, None, [])
    counted = (
        "gaps", "gap_total_s", "gap_longest_s", "lost", "replayed", "delayed", "skewed",
        "inaccurate", "jumps", "delay_worst_s", "accuracy_worst_m",
    )  # fmt: skip
    assert {found[each] for each in counted} == {None}


def test_a_file_of_many_devices_is_made_some_at_a_time(
    heard: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = heard.as_("paul").get(f"/api/quality?day={DAY}&format=csv").text
    monkeypatch.setattr("zone_service.routes.quality.AT_ONCE", 1)
    assert heard.as_("paul").get(f"/api/quality?day={DAY}&format=csv").text == whole
    assert len(whole.splitlines()) == 3


@pytest.mark.parametrize(
    ("window", "says"),
    [
        ("from=2026-11-21&to=2026-11-20", "expected a day and one that is not before it"),
        ("from=2024-11-21&to=2026-11-20", "expected at most 366"),
    ],
)
def test_a_window_of_days_that_is_none_is_refused(heard: Site, window: str, says: str) -> None:
    refused = heard.as_("olga").get(f"/api/devices/car-1/quality?{window}")
    assert (refused.status_code, says in refused.json()["detail"]) == (422, True)


def send(
    site: Site,
    device_id: str,
    at: datetime,
    minutes: float,
    name: str,
    north_deg: float = 0.0,
    datum: Datum = Datum.WGS84,
) -> None:
    """Put in the journal what a car sends each second up to a moment; in a datum that it does not declare."""
    frames = []
    for second in range(round(minutes * 60), 0, -1):
        sent = at - timedelta(seconds=second)
        latitude_deg = 30.7105 + north_deg * (minutes * 60 - second)
        placed = from_wgs84(121.309, latitude_deg, datum) if north_deg else (121.5, 31.2)
        longitude, latitude = map(float, placed)
        said = {
            "schema_version": 1, "event_time": sent.isoformat(), "seq": round(minutes * 60) - second,
            "boot_id": name, "longitude": longitude, "latitude": latitude, "ground_speed_mps": 0.0,
            "heading_deg": 90.0, "control_mode": "MANUAL", "horizontal_accuracy_m": 1.0,
        }  # fmt: skip
        payload = json.dumps(said).encode()
        frames.append(Frame(f"zone/up/{device_id}/tele", payload, sent.timestamp() + 0.1))
    times = (frames[0].received_s, frames[-1].received_s)
    batch = Batch(name, *times, len(frames), journal.pack(frames))
    journal.commit_batch(site.store, Commit(batch=batch))


@pytest.mark.requirement("D4b-80")
def test_a_link_that_was_tested_is_on_record_with_its_figures(site: Site) -> None:
    path = "/api/devices/car-2/link-tests"
    olga = site.as_("olga")
    silent = olga.post(path)
    assert silent.status_code == 201, silent.text
    assert (silent.json()["result"], silent.json()["score"]) == ("unknown", None)
    send(site, "car-2", now(), 5, "half")
    half = olga.post(path).json()
    assert (half["result"], [each["fault"] for each in half["faults"]]) == (
        "not met",
        ["not all the time"],
    )
    listed = asked(site, "paul", "devices/car-2/link-tests")
    assert [each["result"] for each in listed] == ["not met", "unknown"]
    newest = site.as_("paul").get(f"{path}?limit=1").json()
    (older,) = asked(site, "paul", f"devices/car-2/link-tests?after={newest['next']}")
    assert older["result"] == "unknown"
    assert site.as_("otto").post(path).status_code == 404
    assert site.as_("paul").post(path).status_code == 403


@pytest.mark.requirement("D4b-80")
def test_who_sends_all_the_time_all_that_it_must_passes(site: Site) -> None:
    send(site, "car-1", now(), 11, "whole")
    whole = site.as_("olga").post("/api/devices/car-1/link-tests").json()
    assert (whole["result"], whole["faults"]) == ("met", [])
    assert whole["score"] > 99
    assert (whole["by"], whole["figures"]["missing"]) == ("olga", [])
    assert 500 < whole["figures"]["reports"] <= 601
    assert whole["figures"]["datum"] is None


@pytest.mark.requirement("D4b-81")
def test_a_test_tells_a_unit_that_sends_another_datum_than_it_declares(own_site: Site) -> None:
    send(own_site, "car-2", now(), 11, "gcj", 1e-5, Datum.GCJ02)
    test = own_site.as_("olga").post("/api/devices/car-2/link-tests").json()
    doubt = test["figures"]["datum"]
    assert (doubt["declared"], doubt["likely"]) == ("WGS84", "GCJ02")
    assert (doubt["fixes"], doubt["on_ground"], doubt["on_ground_if_likely"]) == (60, 0, 60)
    assert 457 <= doubt["apart_m"] <= 501
    assert "road" in doubt["zone_ids"]
    # Without a permit the map alone says it, and streets run beside each other.
    assert "other datum" not in [each["fault"] for each in test["faults"]]
    newest = asked(own_site, "paul", "devices/car-2/link-tests")[0]
    assert newest["figures"]["datum"] == doubt
