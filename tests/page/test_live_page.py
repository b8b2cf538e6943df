"""The live page in a browser, against a service that says what the test wants."""

import math
import re
import struct
import time
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.page.fake_service import (
    NOW_MS,
    STALE,
    UNKNOWN,
    VIOLATING,
    FakeService,
    Thing,
    violation,
)

Open = Callable[..., Page]
Pixel = tuple[int, int, int]
NEAR = "#13/30.9/121.93"
WIDE = "#9/31.0/121.9"
ON_LAND, ON_SEA = (121.83, 30.97), (122.15, 31.13)
HALO_PX = 12


def pixels(png: bytes) -> Callable[[int, int], Pixel]:
    """Return a function from a place of a screenshot (8-bit RGB or RGBA) to its colour."""
    width, _, _, kind = struct.unpack(">IIBB", png[16:26])
    channels = {2: 3, 6: 4}[kind]
    data, at = b"", 8
    while at < len(png):
        (length,) = struct.unpack(">I", png[at : at + 4])
        if png[at + 4 : at + 8] == b"IDAT":
            data += png[at + 8 : at + 8 + length]
        at += 12 + length
    rows = _unfiltered(zlib.decompress(data), width * channels, channels)

    def at_place(x: int, y: int) -> Pixel:
        red, green, blue = rows[y][x * channels : x * channels + 3]
        return red, green, blue

    return at_place


def _unfiltered(raw: bytes, stride: int, channels: int) -> list[bytearray]:
    rows, above = [], bytearray(stride)
    for start in range(0, len(raw), stride + 1):
        kind, row = raw[start], bytearray(raw[start + 1 : start + 1 + stride])
        for index in range(stride):
            left = row[index - channels] if index >= channels else 0
            corner = above[index - channels] if index >= channels else 0
            row[index] = (row[index] + _predicted(kind, left, above[index], corner)) & 255
        rows.append(row)
        above = row
    return rows


def _predicted(kind: int, left: int, up: int, corner: int) -> int:
    match kind:
        case 0:
            return 0
        case 1:
            return left
        case 2:
            return up
        case 3:
            return (left + up) // 2
        case _:
            guess = left + up - corner
            return min((left, up, corner), key=lambda each: abs(guess - each))


def projected(page: Page, longitude_deg: float, latitude_deg: float) -> tuple[int, int]:
    """Return where a place is on the screen, by the map's address and Web Mercator alone."""
    zoom, latitude, longitude = map(float, page.url.split("#", 1)[1].split("/"))
    box = page.locator(".stage").bounding_box()
    assert box is not None
    world_px = 512 * 2**zoom
    dx = (longitude_deg - longitude) / 360 * world_px
    dy = (_north(latitude) - _north(latitude_deg)) / (2 * math.pi) * world_px
    return round(box["x"] + box["width"] / 2 + dx), round(box["y"] + box["height"] / 2 + dy)


def _north(latitude_deg: float) -> float:
    return math.log(math.tan(math.pi / 4 + math.radians(latitude_deg) / 2))


def shown_at(page: Page, longitude_deg: float, latitude_deg: float) -> Pixel:
    x, y = projected(page, longitude_deg, latitude_deg)
    box = {"x": x - 2, "y": y - 2, "width": 5, "height": 5}
    return pixels(page.screenshot(clip=box))(2, 2)  # type: ignore[arg-type]


def eventually(probe: Callable[[], bool], within_s: float = 30) -> None:
    until = time.monotonic() + within_s
    while not probe():
        assert time.monotonic() < until, "it did not come about"
        time.sleep(0.1)


def is_red(pixel: Pixel) -> bool:
    red, green, blue = pixel
    return red > 200 and green < 110 and blue < 110


def is_blue(pixel: Pixel) -> bool:
    red, _, blue = pixel
    return blue > 190 and blue - red > 60


def test_signing_in_leads_to_the_live_map(open_page: Open, fake: FakeService, address: str) -> None:
    fake.signed_in = None
    page = open_page(address)
    page.get_by_label("User name").fill("police-1")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_have_text("The user name or the password is not right.")
    page.get_by_role("button", name="Traffic police police-1").click()
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.locator(".link-state")).to_have_text("Live")
    assert page.url.startswith(f"{address}/live")
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()
    assert fake.signed_in is None


def test_an_object_is_drawn_where_it_is(open_page: Open, fake: FakeService, address: str) -> None:
    fake.place(Thing(0, "car-0", 121.94, 30.905), Thing(1, "car-1", 121.92, 30.895))
    page = open_page(f"{address}/live{NEAR}")
    expect(page.locator(".link-state")).to_have_text("Live")
    eventually(lambda: is_blue(shown_at(page, 121.94, 30.905)))
    assert is_blue(shown_at(page, 121.92, 30.895))
    assert not is_blue(shown_at(page, 121.93, 30.905))


def test_an_object_that_moves_arrives_at_its_fix_and_goes_no_further(
    open_page: Open, fake: FakeService, address: str
) -> None:
    fake.place(Thing(0, "car-0", 121.94, 30.905))
    page = open_page(f"{address}/live{NEAR}")
    eventually(lambda: is_blue(shown_at(page, 121.94, 30.905)))
    fake.place(Thing(0, "car-0", 121.945, 30.905))
    eventually(lambda: is_blue(shown_at(page, 121.945, 30.905)))
    assert not is_blue(shown_at(page, 121.94, 30.905))
    time.sleep(1)
    assert is_blue(shown_at(page, 121.945, 30.905))


def test_an_object_in_violation_is_red_with_a_halo_and_its_name(
    open_page: Open, fake: FakeService, address: str
) -> None:
    fake.place(Thing(0, "car-0", 121.94, 30.905, flags=VIOLATING, label="沪A·T0001"))
    page = open_page(f"{address}/live{NEAR}")
    eventually(lambda: is_red(shown_at(page, 121.94, 30.905)))
    x, y = projected(page, 121.94, 30.905)
    clip: Any = {"x": x, "y": y, "width": 30, "height": 3}
    across = pixels(page.screenshot(clip=clip))
    assert across(HALO_PX, 1)[0] > across(29, 1)[0] + 30
    expect(page.locator(".names span")).to_have_text("沪A·T0001")


def test_a_silent_object_is_hollow_and_one_without_a_position_is_struck(
    open_page: Open, fake: FakeService, address: str
) -> None:
    fake.place(
        Thing(0, "car-0", 121.94, 30.905, heading_deg=None, flags=STALE),
        Thing(1, "car-1", 121.92, 30.905, heading_deg=None, flags=UNKNOWN),
        Thing(2, "car-2", 121.93, 30.89, heading_deg=None),
    )
    page = open_page(f"{address}/live{NEAR}")
    eventually(lambda: is_blue(shown_at(page, 121.93, 30.89)))
    assert not is_blue(shown_at(page, 121.94, 30.905))
    assert is_blue(shown_at(page, 121.92, 30.905))


def test_a_kind_that_is_switched_off_is_neither_drawn_nor_asked_for(
    open_page: Open, fake: FakeService, address: str
) -> None:
    fake.place(Thing(0, "car-0", 121.94, 30.905))
    page = open_page(f"{address}/live{NEAR}")
    eventually(lambda: is_blue(shown_at(page, 121.94, 30.905)))
    page.get_by_role("button", name="Road", exact=True).click()
    eventually(lambda: not is_blue(shown_at(page, 121.94, 30.905)))
    eventually(lambda: fake.subscriptions[-1]["kinds"] == ["air", "water"])
    assert "kinds=air,water" in page.url
    page.reload()
    expect(page.get_by_role("button", name="Road", exact=True)).to_have_attribute(
        "aria-pressed", "false"
    )


def test_a_click_on_an_object_tells_about_it(
    open_page: Open, fake: FakeService, address: str
) -> None:
    fake.place(Thing(0, "car-0", 121.94, 30.905, label="沪A·T0001", heading_deg=93))
    page = open_page(f"{address}/live{NEAR}")
    eventually(lambda: is_blue(shown_at(page, 121.94, 30.905)))
    page.mouse.click(*projected(page, 121.94, 30.905))
    panel = page.locator(".panel")
    expect(panel.get_by_role("heading")).to_have_text("沪A·T0001")
    for said in ("car-0", "P-2026-0001", "121.94000° E, 30.90500° N", "093°", "Normal"):
        expect(panel).to_contain_text(said)
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def quality(day: str, score: float | None, *missing: str) -> dict[str, Any]:
    items = [
        {"item": "position", "name": "position", "name_zh": "位置"},
        {"item": "speed", "name": "speed", "name_zh": "速度"},
        {"item": "direction", "name": "direction", "name_zh": "方向"},
    ]
    return {"day": day, "score": score, "reports": 1200, "missing": list(missing), "items": items}


@pytest.mark.requirement("D4d-67", "D4d-68")
def test_the_panel_tells_how_good_the_data_of_its_object_was_day_by_day(
    open_page: Open, fake: FakeService, address: str
) -> None:
    fake.place(Thing(0, "car-0", 121.94, 30.905))
    page = open_page(f"{address}/live{NEAR}")
    eventually(lambda: is_blue(shown_at(page, 121.94, 30.905)))
    page.mouse.click(*projected(page, 121.94, 30.905))
    told = page.locator(".panel .quality")
    expect(told).to_have_text("Data qualityNothing was heard in the last 30 days.DayScoreMissing")
    expect(told.locator("table")).to_be_hidden()
    page.keyboard.press("Escape")
    fake.quality = [
        *(quality(f"2026-09-{day}", 50.0) for day in range(10, 15)),
        quality("2026-09-19", None) | {"items": []},
        quality("2026-09-20", 91.26, "speed", "direction"),
        quality("2026-09-21", 100.0),
    ]
    page.mouse.click(*projected(page, 121.94, 30.905))
    rows = told.locator("tbody tr")
    expect(rows).to_have_count(7)
    expect(rows.nth(0)).to_have_text("2026-09-21100.0nothing")
    expect(rows.nth(1)).to_have_text("2026-09-2091.3speed, direction")
    expect(rows.nth(2)).to_have_text("2026-09-19UnknownUnknown")
    expect(told.locator(".none")).to_be_hidden()
    fake.place(Thing(0, "car-0", 121.94, 30.905, heading_deg=10))
    page.get_by_label("Language").select_option("zh-CN")
    expect(rows.nth(1)).to_have_text("2026-09-2091.3速度、方向")
    expect(told.locator(".title")).to_have_text("数据质量")
    assert len([each for each in fake.asked if each[1].endswith("/quality")]) == 2, "once a choice"


@pytest.mark.parametrize(
    ("state", "held", "left_out", "said"),
    [
        ("unknown", None, 0, "zones on board: unknown, version 3 not acknowledged"),
        ("held", 3, 0, "zones on board: version 3, that of now"),
        ("old", 2, 2, "zones on board: version 2, not 3 of now; checked here alone: 2"),
    ],
)
def test_the_card_that_is_chosen_tells_which_zones_its_device_has_on_board(
    open_page: Open,
    fake: FakeService,
    address: str,
    state: str,
    held: int | None,
    left_out: int,
    said: str,
) -> None:
    fake.fence = {
        "state": state, "version": 3, "held_version": held,
        "left_out": [{"of": "z", "what": "height"}] * left_out,
    }  # fmt: skip
    fake.open(violation(1))
    page = open_page(address)
    page.locator(".card-main").click()
    expect(page.locator(".card .on-board")).to_have_text(said)


PLAIN = (121.96, 30.875)
"""A place west of which nothing is drawn where there is no backdrop."""


@pytest.mark.requirement("D4d-52")
def test_the_corridor_of_the_permit_of_a_selected_object_is_drawn_while_it_is_selected(
    open_page: Open, fake: FakeService, address: str
) -> None:
    fake.has_backdrop = False  # it would come at a time of its own choosing
    longitude, latitude = PLAIN
    line = [[longitude - 0.02, latitude], [longitude + 0.02, latitude]]
    fake.corridor = {
        "line": {"type": "LineString", "coordinates": line}, "half_width_m": 300,
        "lower": None, "upper": None,
    }  # fmt: skip
    fake.zones = {"type": "FeatureCollection", "features": []}
    fake.place(Thing(0, "car-0", longitude, latitude))
    page = open_page(f"{address}/live#13/{latitude}/{longitude}")
    eventually(lambda: is_blue(shown_at(page, longitude, latitude)))
    beside = (longitude - 0.012, latitude + 0.0015)
    before = shown_at(page, *beside)
    page.mouse.click(*projected(page, longitude, latitude))
    eventually(lambda: shown_at(page, *beside) != before)
    assert ("GET", "/api/permits/P-2026-0001", None) in fake.asked
    assert shown_at(page, longitude - 0.012, latitude + 0.004) == before, "beyond its width"
    page.keyboard.press("Escape")
    eventually(lambda: shown_at(page, *beside) == before)


@pytest.mark.requirement("D4d-54")
def test_a_zone_that_follows_a_device_is_drawn_around_it_wherever_it_goes(
    open_page: Open, fake: FakeService, address: str
) -> None:
    fake.has_backdrop = False  # it would come at a time of its own choosing
    longitude, latitude = PLAIN
    around = {
        "zone_id": "escort", "name": "Escort", "kind": "keep_out", "shape": "around",
        "restriction": "REQ_AUTHORIZATION", "follows": "car-0", "radius_m": 800,
    }  # fmt: skip
    feature = {"type": "Feature", "geometry": None, "properties": around}
    fake.zones = {"type": "FeatureCollection", "features": [feature]}
    fake.place(Thing(0, "car-0", longitude, latitude))
    page = open_page(f"{address}/live#13/{latitude}/{longitude}")
    eventually(lambda: is_blue(shown_at(page, longitude, latitude)))
    near, there = (longitude, latitude - 0.005), (longitude - 0.02, latitude - 0.005)
    eventually(lambda: shown_at(page, *near) != shown_at(page, *there))
    inside, outside = shown_at(page, *near), shown_at(page, *there)
    fake.place(Thing(0, "car-0", longitude - 0.02, latitude))
    eventually(lambda: (shown_at(page, *near), shown_at(page, *there)) == (outside, inside))


def test_the_page_asks_for_what_it_shows_and_a_margin(
    open_page: Open, fake: FakeService, address: str
) -> None:
    page = open_page(f"{address}/live{NEAR}")
    expect(page.locator(".link-state")).to_have_text("Live")
    west, south, east, north = fake.subscriptions[0]["bbox"]
    assert west < 121.9 < 121.96 < east
    assert south < 30.88 < 30.92 < north
    assert east - west < 0.3
    page.mouse.move(400, 300)
    page.mouse.wheel(0, 400)
    eventually(lambda: fake.subscriptions[-1]["bbox"][0] < west)


def test_violations_are_listed_the_worst_first_and_the_oldest_of_these(
    open_without_map: Open, fake: FakeService, address: str
) -> None:
    fake.open(violation(1))
    fake.open(violation(2, opened_at="2026-09-21T13:00:00.000Z"))
    page = open_without_map(address)
    expect(page.locator(".card .who")).to_have_text(["Car 2", "Car 1"])
    # What is there already when the feed begins is listed and not called out.
    eventually(lambda: bool(fake.subscriptions))
    fake.open(violation(3, code="KEEP_OUT_BREACH", severity="critical"))
    expect(page.locator(".card .who")).to_have_text(["Car 3", "Car 2", "Car 1"])
    expect(page.locator(".card").first).to_contain_text("▲ Critical")
    expect(page.locator(".card").last).to_contain_text("81 km/h (limit 60)")
    expect(page.locator("[aria-live=assertive]")).to_contain_text("Inside a keep-out zone, Car 3")
    expect(page).to_have_title("(3) Test-zone supervision")


@pytest.mark.parametrize(
    ("language", "entered", "left"),
    [
        (
            "en",
            "82 m above ground (zone: ground to 45 m AGL) · 87% inside · began: the zone changed",
            "82 m above ground · >99% outside · began: by the device itself",
        ),
        (
            "zh-CN",
            "离地 82 m（区域：地面 至 45 m AGL） · 区内概率 87% · 起因：区域变更",
            "离地 82 m · 区外概率 >99% · 起因：设备自身所致",
        ),
    ],
)
def test_a_breach_of_a_zone_tells_the_height_its_limits_how_sure_it_is_and_why_it_began(
    open_without_map: Open, fake: FakeService, address: str, language: str, entered: str, left: str
) -> None:
    limited = fake.zones["features"][0]["properties"]
    limited["upper"] = {"value_m": 45.0, "reference": "AGL"}
    height = {"height_agl_m": 82.4, "measured": None, "limit": None}
    low = violation(1, code="KEEP_OUT_BREACH", zone_id=limited["zone_id"], inside_probability=0.87)
    out = violation(2, code="KEEP_IN_EXIT", zone_id=None, inside_probability=0.0004)
    fake.open(low | height | {"opening_cause": "zone_changed"})
    fake.open(out | height | {"opening_cause": "device_moved"})
    page = open_without_map(address, language=language)
    expect(page.locator(".card .facts")).to_have_text([entered, left])
    # What was said before there were such figures has none, and what has no outline has no height.
    fake.open(violation(1, code="KEEP_OUT_BREACH", measured=None, limit=None))
    expect(page.locator(".card .facts").first).to_be_hidden()


def test_a_violation_that_ends_leaves_the_list_and_is_remembered(
    open_without_map: Open, fake: FakeService, address: str
) -> None:
    fake.open(violation(1))
    page = open_without_map(address)
    expect(page.locator(".card")).to_have_count(1)
    fake.open(violation(1, closed_at="2026-09-21T13:50:00.000Z", revision=2), event="closed")
    expect(page.locator(".card")).to_have_count(0)
    expect(page.get_by_text("No open violations")).to_be_visible()
    expect(page.get_by_text("Ended just now (1)")).to_be_visible()


def test_acknowledging_sends_the_note_and_the_revision_that_was_seen(
    open_without_map: Open, fake: FakeService, address: str
) -> None:
    fake.open(violation(1, revision=4))
    page = open_without_map(address)
    page.get_by_role("button", name="Note…", exact=True).click()
    page.get_by_label("Note").fill("called the operator")
    page.get_by_role("button", name="Acknowledge with this note", exact=True).click()
    expect(page.locator(".card .state")).to_have_text("Acknowledged by police-1")
    said = {"revision": 4, "note": "called the operator"}
    assert ("POST", "v1/acknowledge", said) in fake.asked


def test_one_click_acknowledges_at_the_revision_that_was_seen(
    open_without_map: Open, fake: FakeService, address: str
) -> None:
    fake.open(violation(1, revision=4))
    page = open_without_map(address)
    page.get_by_role("button", name="Acknowledge", exact=True).click()
    expect(page.locator(".card .state")).to_have_text("Acknowledged by police-1")
    assert ("POST", "v1/acknowledge", {"revision": 4, "note": ""}) in fake.asked
    expect(page.locator("button.card-main:focus")).to_have_count(1)


def test_nothing_is_resolved_without_saying_how(
    open_without_map: Open, fake: FakeService, address: str
) -> None:
    fake.open(violation(1))
    page = open_without_map(address)
    page.get_by_role("button", name="Resolve…", exact=True).click()
    page.get_by_label("How it was dealt with (required)").fill("  ")
    page.get_by_role("button", name="Resolve with this note", exact=True).click()
    expect(page.locator(".card .problem")).to_contain_text("without a note")
    expect(page.locator("textarea:focus")).to_have_count(1)
    assert [asked for asked in fake.asked if asked[0] == "POST"] == []


def test_what_is_resolved_and_goes_on_stays_in_sight_until_it_ends(
    open_without_map: Open, fake: FakeService, address: str
) -> None:
    fake.open(violation(1, severity="critical"))
    fake.open(violation(2))
    page = open_without_map(address)
    resolve(page.locator(".card", has_text="Car 1"), "a warning")
    card = page.locator(".card").last
    expect(card).to_contain_text("Car 1")
    expect(card.locator(".state")).to_have_text("Still going on, resolved by police-1")
    expect(card).to_contain_text("Note: a warning")
    expect(card.get_by_role("button", name="Resolve…", exact=True)).to_be_hidden()
    expect(page).to_have_title("(2) Test-zone supervision")
    page.reload()
    expect(page.locator(".cards").first.locator(".card")).to_have_count(2)
    ended = fake.violations["v1"] | {"closed_at": "2026-09-21T13:50:00.000Z", "revision": 3}
    fake.open(ended, event="closed")
    expect(page.locator(".card")).to_have_count(1)


def test_what_ended_unhandled_is_found_after_a_reload_and_resolved(
    open_without_map: Open, fake: FakeService, address: str
) -> None:
    ended = "2026-09-21T13:50:00.000Z"
    fake.open(violation(1, closed_at=ended, revision=2))
    fake.open(violation(2, closed_at=ended, revision=2, handling="acknowledged"))
    fake.open(violation(3, closed_at=ended, revision=2, handling="resolved"))
    page = open_without_map(address)
    left = page.locator(".left-box")
    expect(left.locator("summary")).to_have_text("Ended, to be resolved (2)")
    expect(page.get_by_text("Ended just now")).to_be_hidden()
    left.locator("summary").click()
    expect(left.locator(".who")).to_have_text(["Car 2", "Car 1"])
    expect(left.locator(".age").first).to_have_text("ended Sep 21, 21:50")
    first = left.locator(".card", has_text="Car 1")
    first.get_by_role("button", name="Acknowledge", exact=True).click()
    expect(first.locator(".state")).to_have_text("Acknowledged by police-1")
    resolve(first, "a fine")
    expect(left.locator(".who")).to_have_text(["Car 2"])
    expect(left.locator("summary")).to_have_text("Ended, to be resolved (1)")


def test_what_ends_while_one_looks_on_joins_those_to_be_resolved(
    open_without_map: Open, fake: FakeService, address: str
) -> None:
    fake.open(violation(1))
    page = open_without_map(address)
    expect(page.locator(".card")).to_have_count(1)
    expect(page.locator(".left-box")).to_be_hidden()
    fake.open(violation(1, closed_at="2026-09-21T13:50:00.000Z", revision=2), event="closed")
    expect(page.locator(".left-box summary")).to_have_text("Ended, to be resolved (1)")


def test_the_latest_fifty_are_shown_and_more_when_asked(
    open_without_map: Open, fake: FakeService, address: str
) -> None:
    for number in range(60):
        fake.open(violation(number, closed_at="2026-09-21T13:50:00.000Z"))
    page = open_without_map(address)
    left = page.locator(".left-box")
    left.locator("summary").click()
    expect(left.locator("summary")).to_have_text("Ended, to be resolved (60)")
    expect(left.locator(".card")).to_have_count(50)
    left.get_by_role("button", name="50 of 60 shown: show more").click()
    expect(left.locator(".card")).to_have_count(60)
    expect(left.locator(".more")).to_be_hidden()


def resolve(card: Locator, note: str) -> None:
    card.get_by_role("button", name="Resolve…", exact=True).click()
    card.get_by_label("How it was dealt with (required)").fill(note)
    card.get_by_role("button", name="Resolve with this note", exact=True).click()


def test_a_conflict_shows_who_was_faster(
    open_without_map: Open, fake: FakeService, address: str
) -> None:
    fake.open(violation(1))
    page = open_without_map(address)
    page.get_by_role("button", name="Resolve…", exact=True).click()
    page.get_by_label("How it was dealt with (required)").fill("a warning")
    taken = {"revision": 2, "handling": "acknowledged", "handled_by": "police-2"}
    fake.violations["v1"] |= taken
    page.get_by_role("button", name="Resolve with this note", exact=True).click()
    expect(page.locator(".card .problem")).to_contain_text("Acknowledged (police-2)")
    page.get_by_role("button", name="Resolve with this note", exact=True).click()
    expect(page.locator(".card")).to_contain_text("Still going on, resolved by police-1")


def test_a_note_half_written_survives_what_comes_in(
    open_without_map: Open, fake: FakeService, address: str
) -> None:
    fake.open(violation(1))
    page = open_without_map(address)
    page.get_by_role("button", name="Note…", exact=True).click()
    page.get_by_label("Note").fill("half a sen")
    fake.open(violation(2, severity="critical"))
    expect(page.locator(".card")).to_have_count(2)
    expect(page.get_by_label("Note").and_(page.locator(":visible"))).to_have_value("half a sen")
    expect(page.locator("textarea:focus")).to_have_count(1)


def test_choosing_a_violation_flies_to_it(open_page: Open, fake: FakeService, address: str) -> None:
    fake.open(violation(1, longitude_deg=121.3, latitude_deg=31.25))
    page = open_page(f"{address}/live{NEAR}")
    page.locator(".card-main").click()
    page.wait_for_function("() => location.hash.includes('/31.25/121.3')")
    expect(page.locator(".panel h2")).to_have_text("car-1")


def test_keys_walk_the_list_and_acknowledge(
    open_page: Open, fake: FakeService, address: str
) -> None:
    fake.open(violation(1))
    fake.open(violation(2, opened_at="2026-09-21T13:50:00.000Z"))
    page = open_page(address)
    expect(page.locator(".card")).to_have_count(2)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("[aria-current=true] .who")).to_have_text("Car 2")
    page.keyboard.press("k")
    expect(page.locator("[aria-current=true] .who")).to_have_text("Car 1")
    page.keyboard.press("n")
    page.keyboard.type("jk")
    expect(page.locator("textarea:focus")).to_have_value("jk")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".card .state").first).to_have_text("Acknowledged by police-1")
    page.keyboard.press("j")
    page.keyboard.press("A")
    expect(page.locator(".card .state").last).to_have_text("Acknowledged by police-1")
    page.keyboard.press("r")
    page.keyboard.type("a fine")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".card .state").last).to_have_text("Still going on, resolved by police-1")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("Next violation")


def test_an_operator_sees_and_does_not_handle(
    open_without_map: Open, fake: FakeService, address: str
) -> None:
    fake.signed_in = "operator-1"
    fake.open(violation(1))
    page = open_without_map(address)
    expect(page.locator(".card")).to_have_count(1)
    expect(page.get_by_role("button", name="Acknowledge", exact=True)).to_have_count(0)
    expect(page.get_by_role("button", name="Resolve…", exact=True)).to_have_count(0)


def test_the_table_tells_what_the_map_shows(
    open_page: Open, fake: FakeService, address: str
) -> None:
    fake.place(
        Thing(0, "car-0", 121.94, 30.905, label="Car 0"),
        Thing(1, "uav-1", 121.92, 30.895, domain="air", flags=VIOLATING, label="UAV 1"),
        Thing(2, "usv-2", 121.93, 30.9, domain="water", flags=UNKNOWN, permit=None),
    )
    page = open_page(address)
    page.get_by_role("button", name="Table", exact=True).click()
    rows = page.locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.nth(0)).to_contain_text("▲ ViolatingUAV 1AirP-2026-0001121.92000° E, 30.89500° N")
    expect(rows.nth(1)).to_contain_text("Position unknown")
    rows.nth(2).get_by_role("button", name="Car 0", exact=True).click()
    expect(page.locator(".panel h2")).to_have_text("Car 0")
    eventually(lambda: fake.subscriptions[-1]["bbox"] is None)
    page.keyboard.press("t")
    expect(page.locator(".stage")).to_be_visible()


@pytest.mark.parametrize(
    ("language", "violations", "objects"),
    [("en", "No open violations", "No objects"), ("zh-CN", "当前没有违规", "没有对象")],
)
def test_nothing_to_show_is_said(
    open_without_map: Open, address: str, language: str, violations: str, objects: str
) -> None:
    page = open_without_map(f"{address}/live?view=table", language=language)
    expect(page.locator(".rail .empty")).to_contain_text(violations)
    expect(page.locator(".table .empty")).to_contain_text(objects)


def test_the_language_is_switched_at_once_and_remembered(
    open_page: Open, fake: FakeService, address: str
) -> None:
    fake.open(violation(1))
    page = open_page(address, language="zh-CN")
    card = page.locator(".card")
    expect(card).to_contain_text("超速")
    expect(card).to_contain_text("环湖一路")
    page.get_by_label("语言").select_option("en")
    expect(card).to_contain_text("Over the speed limit")
    expect(card).to_contain_text("Huanhu 1st Road")
    page.reload()
    expect(card).to_contain_text("Over the speed limit")
    assert page.evaluate("() => document.documentElement.lang") == "en"


def test_times_are_shanghai_s_with_utc_in_the_tooltip(
    open_without_map: Open, fake: FakeService, address: str
) -> None:
    fake.open(violation(1))
    page = open_without_map(address)
    expect(page.locator(".card .age")).to_have_attribute(
        "title", "Sep 21, 2026, 21:45:00 (Asia/Shanghai, UTC+8) · 2026-09-21T13:45:00.000Z"
    )


def test_what_devices_are_called_is_shown_and_never_run(
    open_page: Open, fake: FakeService, address: str
) -> None:
    nasty = "<img src=x onerror=alert(1)>"
    fake.open(violation(1, device_label=nasty, zone_name=nasty))
    fake.place(Thing(0, "car-0", 121.94, 30.905, label=nasty, flags=VIOLATING))
    page = open_page(f"{address}/live{NEAR}")
    expect(page.locator(".card .who")).to_have_text(nasty)
    expect(page.locator(".names span")).to_have_text(nasty)
    expect(page.locator("img[src=x]")).to_have_count(0)


def test_new_zones_are_fetched_when_the_feed_says_so(
    open_page: Open, fake: FakeService, address: str
) -> None:
    page = open_page(address)
    expect(page.locator(".link-state")).to_have_text("Live")
    asked = len(fake.asked)
    fake.tell({"op": "zones", "revision": 2})
    eventually(lambda: len(fake.asked) > asked)


def test_a_keep_out_zone_is_coloured_on_the_map(
    open_page: Open, fake: FakeService, address: str
) -> None:
    square = [[[121.9, 30.88], [121.96, 30.88], [121.96, 30.92], [121.9, 30.92], [121.9, 30.88]]]
    properties = {"zone_id": "no", "name": "No", "kind": "keep_out", "domains": ["air"]}
    geometry = {"type": "Polygon", "coordinates": square}
    fake.zones["features"] = [{"type": "Feature", "geometry": geometry, "properties": properties}]
    page = open_page(f"{address}/live{NEAR}")

    def is_reddish() -> bool:
        red, _, blue = shown_at(page, 121.945, 30.911)
        return red > blue + 10

    eventually(is_reddish)


@pytest.mark.parametrize("scheme", ["dark", "light"])
def test_land_and_sea_lie_under_the_zones_and_say_that_they_are_schematic(
    open_page: Open, fake: FakeService, address: str, scheme: str
) -> None:
    fake.zones["features"] = []
    page = open_page(f"{address}/live{WIDE}", scheme=scheme)
    expect(page.locator(".maplibregl-ctrl-attrib")).to_have_text(
        "示意图 / schematic, not for navigation"
    )

    def bluer(place: tuple[float, float], than: tuple[float, float]) -> bool:
        (red, _, blue), (other_red, _, other_blue) = shown_at(page, *place), shown_at(page, *than)
        return blue - red > other_blue - other_red + 5

    eventually(lambda: bluer(ON_SEA, ON_LAND))


def test_without_a_backdrop_the_zones_lie_on_a_plain_sheet(
    open_page: Open, fake: FakeService, address: str
) -> None:
    fake.has_backdrop = False
    fake.zones["features"] = []
    page = open_page(f"{address}/live{WIDE}")
    expect(page.locator(".link-state")).to_have_text("Live")
    sheet = (0x1A, 0x21, 0x29)
    eventually(lambda: shown_at(page, *ON_LAND) == shown_at(page, *ON_SEA) == sheet)
    expect(page.locator(".maplibregl-ctrl-attrib")).to_have_count(0)


def test_the_panel_tells_each_open_violation_of_its_object(
    open_without_map: Open, fake: FakeService, address: str
) -> None:
    fake.place(Thing(0, "car-0", 121.94, 30.905, flags=VIOLATING))
    fake.open(violation(1, device_id="car-0"))
    fake.open(violation(2, device_id="car-0", code="KEEP_OUT_BREACH", severity="critical"))
    fake.open(violation(3, device_id="car-9"))
    page = open_without_map(f"{address}/live?view=table{NEAR}")
    page.get_by_role("button", name="car-0", exact=True).click()
    panel = page.locator(".panel")
    broken = panel.locator(".broken li")
    expect(broken).to_have_count(2)
    expect(broken.first).to_contain_text("▲ Inside a keep-out zone")
    expect(broken.last).to_contain_text("■ Over the speed limit")
    expect(broken.last).to_contain_text("Huanhu 1st Road · 81 km/h (limit 60)")
    expect(panel.locator("dt")).to_have_text(
        ["Device", "Kind", "Permit", "State", "Position", "Heading", "Speed", "Age of fix"]
    )
    fake.open(
        violation(2, device_id="car-0", closed_at="2026-09-21T13:50:00.000Z", revision=2),
        event="closed",
    )
    expect(broken).to_have_count(1)


@pytest.mark.parametrize(
    ("language", "soon", "begun"),
    [("en", r"in (\d|1\d) s", "has begun"), ("zh-CN", r"(\d|1\d) 秒后", "已开始")],
)
def test_the_panel_tells_what_its_object_is_about_to_break(
    open_page: Open, fake: FakeService, address: str, language: str, soon: str, begun: str
) -> None:
    fake.place(Thing(0, "uav-0", 121.94, 30.905))
    page = open_page(f"{address}/live?view=table{NEAR}", language=language)
    page.get_by_role("button", name="uav-0", exact=True).click()
    ahead = page.locator(".panel .broken li")

    def told(state: str, at: float) -> None:
        alarm = {
            "code": "KEEP_OUT_BREACH", "state": state, "zone_id": "z", "zone_name": "Airport",
            "zone_name_zh": "机场", "at": datetime.fromtimestamp(at, UTC).isoformat(),
            "certain": state == "begun", "longitude_deg": None, "latitude_deg": None,
        }  # fmt: skip
        devices = [{"device_id": "uav-0", "alarms": [alarm]}]
        fake.tell({"op": "forecast", "devices": devices})

    told("ahead", NOW_MS / 1000 + 15.0)
    expect(ahead).to_contain_text("Airport" if language == "en" else "机场")
    expect(ahead).to_contain_text(re.compile(soon))
    told("begun", NOW_MS / 1000)
    expect(ahead).to_contain_text(begun)
    fake.tell({"op": "forecast", "devices": [{"device_id": "uav-0", "alarms": []}]})
    expect(ahead).to_have_count(0)


def ahead_at(
    longitude_deg: float | None, latitude_deg: float | None, **said: Any
) -> dict[str, Any]:
    return {
        "code": "KEEP_OUT_BREACH", "state": "ahead", "zone_id": "z", "zone_name": "Airport",
        "zone_name_zh": "机场", "certain": True, "longitude_deg": longitude_deg,
        "latitude_deg": latitude_deg,
        "at": datetime.fromtimestamp(NOW_MS / 1000 + 15.0, UTC).isoformat(),
    } | said  # fmt: skip


def test_a_dashed_line_leads_from_an_object_to_where_it_is_about_to_break_a_rule(
    open_page: Open, fake: FakeService, address: str
) -> None:
    fake.place(Thing(0, "uav-0", 121.92, 30.90, "air"), Thing(1, "car-1", 121.93, 30.91))
    page = open_page(f"{address}/live{NEAR}")
    eventually(lambda: bool(fake.subscriptions))
    alarms = [ahead_at(121.94, 30.905), ahead_at(None, None), ahead_at(121.9, 30.9, state="begun")]
    told = [
        {"device_id": "uav-0", "alarms": alarms},
        {"device_id": "car-1", "alarms": [ahead_at(121.92, 30.91, certain=False)]},
        {"device_id": "gone", "alarms": [ahead_at(121.92, 30.91)]},
    ]
    lines = page.locator(".courses g")

    def drawn(count: int) -> bool:
        # Told each second, as the service does: what comes before the snapshot is forgotten with it,
        # and what is not told again is not drawn for long.
        fake.tell({"op": "forecast", "devices": told})
        return lines.count() == count

    eventually(lambda: drawn(2))
    line = page.locator(".courses [data-device=uav-0] line")

    def ends() -> list[int]:
        box = page.locator(".stage").bounding_box()
        assert box is not None
        found = [float(line.get_attribute(name) or 0) for name in ("x1", "y1", "x2", "y2")]
        corner = (box["x"], box["y"]) * 2
        return [round(at + by) for at, by in zip(found, corner, strict=True)]

    def wanted(longitude_deg: float, latitude_deg: float) -> list[int]:
        start = projected(page, longitude_deg, latitude_deg)
        return [*start, *projected(page, 121.94, 30.905)]

    eventually(lambda: drawn(2) and _near(ends(), wanted(121.92, 30.90)))
    assert "dasharray: 7px, 5px" in _style(line)
    assert "dasharray: 2px, 5px" in _style(page.locator(".courses [data-certain=false] line"))
    # The line begins where the object is, and that moves.
    fake.place(Thing(0, "uav-0", 121.925, 30.902, "air"))
    eventually(lambda: drawn(2) and _near(ends(), wanted(121.925, 30.902)))
    asked = len(fake.subscriptions)
    page.get_by_role("button", name="Air", exact=True).click()
    eventually(lambda: len(fake.subscriptions) > asked)
    eventually(lambda: drawn(1))
    expect(line).to_have_count(0)
    withdrawn: list[dict[str, Any]] = [
        {"device_id": each, "alarms": []} for each in ("uav-0", "car-1", "gone")
    ]
    fake.tell({"op": "forecast", "devices": withdrawn})
    expect(lines).to_have_count(0)


def _near(found: list[int], wanted: list[int]) -> bool:
    return all(abs(one - other) <= 2 for one, other in zip(found, wanted, strict=True))


def _style(line: Locator) -> str:
    dashes = line.evaluate("(each) => getComputedStyle(each).strokeDasharray")
    return f"dasharray: {dashes}"


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "On its way to break a rule (dashed)"), ("zh-CN", "即将违规的去向（虚线）")],
)
def test_the_legend_tells_what_a_dashed_line_is(
    open_page: Open, address: str, language: str, said: str
) -> None:
    page = open_page(f"{address}/live{NEAR}", language=language)
    expect(page.locator(".legend")).to_contain_text(said)


def test_the_age_of_a_fix_counts_on_the_servers_clock(
    open_page: Open, fake: FakeService, address: str
) -> None:
    fake.place(Thing(0, "car-0", 121.94, 30.905))
    page = open_page(f"{address}/live?view=table{NEAR}")
    page.get_by_role("button", name="car-0", exact=True).click()
    age = page.locator(".panel dd").last
    expect(age).to_have_text("Unknown")
    fake.place(Thing(0, "car-0", 121.94, 30.905))
    expect(age).to_have_text(re.compile(r"^\d s$"))


def test_a_small_screen_still_lets_one_review_and_acknowledge(
    open_page: Open, fake: FakeService, address: str
) -> None:
    fake.open(violation(1))
    page = open_page(address, viewport={"width": 360, "height": 640})
    page.get_by_role("button", name="Acknowledge", exact=True).click()
    expect(page.locator(".card .state")).to_have_text("Acknowledged by police-1")
    assert page.evaluate("() => document.documentElement.scrollWidth") <= 360


PHONE = {"width": 390, "height": 844}


def box_of(page: Page, selector: str) -> dict[str, float]:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return {
        "left": box["x"],
        "top": box["y"],
        "right": box["x"] + box["width"],
        "bottom": box["y"] + box["height"],
    }


def test_the_first_view_holds_all_zones_and_an_address_that_says_where_to_look_is_kept_to(
    open_page: Open, fake: FakeService, address: str
) -> None:
    page = open_page(address)
    page.wait_for_function("() => location.hash.includes('/')")

    def holds_all() -> bool:
        stage = box_of(page, ".stage")
        corners = [projected(page, *place) for place in ((120.9, 30.6), (122.1, 31.45))]
        return all(
            stage["left"] <= x <= stage["right"] and stage["top"] <= y <= stage["bottom"]
            for x, y in corners
        )

    eventually(lambda: zoom_of(page) != FIRST_ZOOM)
    eventually(holds_all)
    page = open_page(f"{address}/live{NEAR}")
    expect(page.locator(".link-state")).to_have_text("Live")
    assert page.url.endswith(NEAR)


def zoom_of(page: Page) -> float:
    # Not ``page.url``: that does not change while nothing is asked of the page.
    return float(page.evaluate("() => location.hash").removeprefix("#").split("/")[0])


FIRST_ZOOM = 8.6
"""Of a map that knows no zones yet."""


@pytest.mark.parametrize(
    ("language", "name"), [("en", "Show all zones"), ("zh-CN", "显示全部区域")]
)
def test_a_button_on_the_map_shows_all_zones(
    open_page: Open, address: str, language: str, name: str
) -> None:
    page = open_page(f"{address}/live{NEAR}", language=language)
    page.get_by_role("button", name=name, exact=True).click()
    eventually(lambda: zoom_of(page) < 10)


def test_on_a_phone_the_panel_is_a_sheet_that_leaves_map_and_table_free(
    open_page: Open, fake: FakeService, address: str
) -> None:
    fake.place(Thing(0, "car-0", 121.94, 30.905, flags=VIOLATING, label="Car " * 20))
    fake.open(violation(1, device_id="car-0"))
    page = open_page(f"{address}/live{NEAR}", viewport=PHONE)
    page.locator(".legend summary").click()
    page.locator(".card-main").click()
    panel = box_of(page, ".panel")
    assert panel["top"] >= box_of(page, ".stage")["bottom"] - 1
    assert panel["bottom"] <= box_of(page, ".bar")["top"] + 1
    expect(page.locator(".legend")).not_to_have_attribute("open", "")
    name = box_of(page, ".names span")
    assert name["left"] >= 0
    assert name["right"] <= PHONE["width"]
    page.get_by_role("button", name="Table", exact=True).click()
    assert panel["top"] >= box_of(page, ".table")["bottom"] - 1
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.locator(".card")).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth") <= PHONE["width"]


def test_on_a_phone_the_button_that_sends_a_note_is_in_sight(
    open_page: Open, fake: FakeService, address: str
) -> None:
    for number in range(3):
        fake.open(violation(number))
    page = open_page(address, viewport=PHONE)
    card = page.locator(".card").last
    card.get_by_role("button", name="Resolve…", exact=True).click()
    send = page.locator(".note:not([hidden]) [type=submit]")
    expect(send).to_be_in_viewport()
    eventually(
        lambda: (
            box_of(page, ".note:not([hidden]) [type=submit]")["bottom"]
            <= box_of(page, ".bar")["top"]
        )
    )


def test_the_panel_does_not_lie_on_the_table(
    open_page: Open, fake: FakeService, address: str
) -> None:
    fake.place(Thing(0, "car-0", 121.94, 30.905))
    page = open_page(f"{address}/live?view=table{NEAR}")
    page.get_by_role("button", name="car-0", exact=True).click()
    expect(page.locator(".panel")).to_be_visible()
    assert box_of(page, ".table")["right"] <= box_of(page, ".panel")["left"]


def test_a_service_that_lags_is_said_to_at_the_foot_as_at_the_head(
    open_page: Open, fake: FakeService, address: str
) -> None:
    fake.degraded, fake.messages_per_second = True, None
    page = open_page(address)
    foot = page.locator(".link-state")
    expect(foot).to_have_text("Monitoring degraded")
    expect(foot).to_have_attribute("data-state", "degraded")
    expect(page.locator(".banner")).to_contain_text("Monitoring degraded")
    expect(page.locator(".bar")).to_contain_text("Messages –/s")
    fake.degraded, fake.messages_per_second = False, 12.0
    expect(foot).to_have_text("Live")
    expect(page.locator(".banner")).to_be_hidden()
    expect(page.locator(".bar")).to_contain_text("Messages 12/s")


def test_units_under_one_mark_are_counted_beside_the_name_of_the_first(
    open_page: Open, fake: FakeService, address: str
) -> None:
    fake.place(
        Thing(0, "car-0", 121.94, 30.905, flags=VIOLATING),
        Thing(1, "car-1", 121.94002, 30.905, flags=VIOLATING),
        Thing(2, "car-2", 121.92, 30.895, flags=VIOLATING),
    )
    page = open_page(f"{address}/live{NEAR}")
    names = page.locator(".names span:visible")
    expect(names).to_have_text(["car-0 +1", "car-2"])


def test_a_zone_that_wants_leave_looks_unlike_one_that_nobody_may_enter(
    open_page: Open, fake: FakeService, address: str
) -> None:
    fake.zones["features"] = [
        keep_out("PROHIBITED", 121.90, 121.93),
        keep_out("REQ_AUTHORIZATION", 121.94, 121.97),
    ]
    page = open_page(f"{address}/live{NEAR}")

    def tint(longitude_deg: float) -> tuple[int, int]:
        red, green, blue = shown_at(page, longitude_deg, 30.911)
        return red - green, blue - green

    eventually(lambda: tint(121.915)[0] > 10 and tint(121.955)[1] > 10)
    assert tint(121.955)[1] - tint(121.915)[1] > 5
    page.locator(".legend summary").click()
    legend = page.locator(".legend")
    for said in ("Keep out for all", "Keep out without authorisation", "Airport surfaces"):
        expect(legend).to_contain_text(said)


def keep_out(restriction: str, west: float, east: float) -> dict[str, Any]:
    ring = [[west, 30.88], [east, 30.88], [east, 30.92], [west, 30.92], [west, 30.88]]
    return {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {
            "zone_id": restriction,
            "name": restriction,
            "kind": "keep_out",
            "domains": ["air"],
            "restriction": restriction,
        },
    }


def test_the_map_says_once_what_it_is_worth_and_the_foot_which_time_it_shows(
    open_page: Open, address: str
) -> None:
    page = open_page(address)
    expect(page.locator(".maplibregl-ctrl-attrib")).to_be_visible()
    expect(page.get_by_text("not for navigation")).to_have_count(1)
    expect(page.locator(".bar")).to_contain_text("Times: Shanghai, UTC+8")


def test_the_panel_and_the_table_tell_height_and_speed_where_they_are_known(
    open_page: Open, fake: FakeService, address: str
) -> None:
    fake.place(
        Thing(0, "uav-0", 121.94, 30.905, domain="air", height_m=85.25, speed_mps=12.0),
        Thing(1, "uav-1", 121.93, 30.905, domain="air"),
        Thing(2, "car-2", 121.92, 30.905, speed_mps=10.0),
        Thing(3, "usv-3", 121.91, 30.905, domain="water", speed_mps=5.144),
    )
    page = open_page(f"{address}/live?view=table{NEAR}")
    panel = page.locator(".panel dl")
    page.get_by_role("button", name="uav-0", exact=True).click()
    expect(panel).to_contain_text("Height above ground85 m")
    expect(panel).to_contain_text("Speed12 m/s (43.2 km/h)")
    page.get_by_role("button", name="uav-1", exact=True).click()
    expect(panel).to_contain_text("Height above groundUnknown")
    expect(panel).to_contain_text("SpeedUnknown")
    page.get_by_role("button", name="car-2", exact=True).click()
    expect(panel).to_contain_text("Speed36 km/h")
    expect(panel).not_to_contain_text("Height")
    expect(page.locator("td[data-column=speed]")).to_have_text(
        ["36 km/h", "12 m/s (43.2 km/h)", "–", "10 kn"]
    )
    expect(page.locator("td[data-column=height]")).to_have_text(["–", "85 m", "–", "–"])
