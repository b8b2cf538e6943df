"""What was refused, over the API."""

import base64
from typing import Any
from urllib.parse import quote

import pytest

from tests.web_service.site import Site, refuse, refused
from zone_service.store.records import Refusal

HALF_SAID = ("x" * 511 + "车").encode()[:512]
SAID = (
    Refusal("car-1", "malformed", 1_790_000_040, 2, b'{"schema_version": 1,\n'),
    Refusal("car-1", "too_large", 1_790_000_100, 1, HALF_SAID),
    Refusal("drone-1", "malformed", 1_790_000_100, 5, b"\x7e\x02\x00\x00"),
    Refusal("zone/up/car-1/tele", "forbidden_topic", 1_790_000_160, 3, b'client "x" at 10.0.0.9'),
)


@pytest.fixture
def told(own_site: Site) -> Site:
    refuse(own_site.store, *SAID)
    return own_site


def items(site: Site, who: str, query: str = "") -> list[dict[str, Any]]:
    answer = site.as_(who).get(f"/api/refusals{query}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def subjects(site: Site, who: str, query: str = "") -> list[tuple[str, str]]:
    return [(each["subject"], each["reason"]) for each in items(site, who, query)]


def test_a_refusal_says_who_why_when_how_often_and_what_it_was(told: Site) -> None:
    assert items(told, "paul")[-1] == {
        "subject": "car-1",
        "reason": "malformed",
        "minute": "2026-09-21T14:14:00.000Z",
        "count": 2,
        "sample": '{"schema_version": 1,\n',
        "sample_encoding": "text",
    }


def test_what_is_no_text_is_shown_in_base64(told: Site) -> None:
    (drone,) = items(told, "paul", "?device_id=drone-1")
    assert drone["sample_encoding"] == "base64"
    assert base64.b64decode(drone["sample"]) == b"\x7e\x02\x00\x00"


def test_a_letter_that_was_cut_with_the_message_does_not_make_it_unreadable(told: Site) -> None:
    large = next(each for each in items(told, "paul") if each["reason"] == "too_large")
    assert (large["sample"], large["sample_encoding"]) == ("x" * 511, "text")


@pytest.mark.requirement("D4e-6")
def test_operators_see_their_own_devices_and_the_police_everything(told: Site) -> None:
    assert subjects(told, "olga") == [("car-1", "too_large"), ("car-1", "malformed")]
    assert subjects(told, "otto") == [("drone-1", "malformed")]
    for who in ("paul", "ann", "rita"):
        assert len(subjects(told, who)) == 4
    assert subjects(told, "otto", "?device_id=car-1") == []


def test_of_a_device_the_police_see_what_others_tried_on_its_topics(told: Site) -> None:
    found = subjects(told, "paul", "?device_id=car-1")
    assert found[0] == ("zone/up/car-1/tele", "forbidden_topic")
    assert len(found) == 3


def test_a_time_is_asked_for_with_its_offset(told: Site) -> None:
    query = "?from=2026-09-21T22:15:30%2B08:00&to=2026-09-21T14:15:59Z"
    assert len(subjects(told, "paul", query)) == 2
    refused(told.as_("paul").get("/api/refusals?from=2026-09-21T14:15:00"), 422, "invalid-request")


def test_the_list_comes_in_parts(told: Site) -> None:
    found, after = list[str](), ""
    while True:
        answer = told.as_("paul").get(f"/api/refusals?limit=1{after}").json()
        found += [each["subject"] for each in answer["items"]]
        if answer["next"] is None:
            break
        after = f"&after={quote(answer['next'])}"
    assert found == ["zone/up/car-1/tele", "car-1", "drone-1", "car-1"]


@pytest.mark.parametrize("query", ["?after=nonsense", "?limit=0", "?limit=1001", "?to=now"])
def test_what_cannot_be_asked_is_refused(told: Site, query: str) -> None:
    refused(told.as_("paul").get(f"/api/refusals{query}"), 422, "invalid-request")
