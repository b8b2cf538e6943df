"""A feed that fails: what is shown must say so, and nothing that was missed stays missed."""

import re
import time
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.page.fake_service import FakeService, Thing, violation

Open = Callable[..., Page]


def test_a_late_heartbeat_warns_and_a_lost_feed_greys_the_map(
    open_page: Open, fake: FakeService, address: str
) -> None:
    fake.place(Thing(0, "car-0", 121.94, 30.905))
    page = open_page(address, language="zh-CN")
    expect(page.locator(".link-state")).to_have_text("实时")
    fake.beating = False
    fake.taking = False
    expect(page.locator(".banner[data-state=late]")).to_contain_text("秒没有收到数据")
    expect(page.locator(".lost")).to_be_hidden()
    expect(page.locator(".lost")).to_be_visible()
    expect(page.locator(".lost")).to_have_text("数据中断")
    expect(page.locator(".banner[data-state=lost]")).to_be_visible()
    expect(page).to_have_title("数据中断 测试区监管")
    greyed = page.locator(".stage").evaluate("stage => getComputedStyle(stage).filter")
    assert "grayscale" in greyed
    fake.beating = fake.taking = True
    expect(page.locator(".link-state")).to_have_text("实时")
    expect(page.locator(".banner")).to_be_hidden()


def test_a_broken_connection_goes_on_where_it_was(
    open_without_map: Open, fake: FakeService, address: str
) -> None:
    fake.open(violation(1))
    page = open_without_map(address)
    expect(page.locator(".card")).to_have_count(1)
    seen = fake.seq
    fake.open(violation(2), told=False)
    asked = len(fake.subscriptions)
    fake.drop()
    expect(page.locator(".card")).to_have_count(2)
    assert fake.subscriptions[asked]["resume"] == {"epoch": "epoch-1", "seq": seen}


def test_an_event_that_was_lost_on_an_open_connection_is_asked_for(
    open_without_map: Open, fake: FakeService, address: str
) -> None:
    page = open_without_map(address)
    expect(page.locator(".link-state")).to_have_text("Live")
    fake.open(violation(1), told=False)
    expect(page.locator(".card")).to_have_count(1)


def test_a_server_that_began_anew_replaces_all_that_was_shown(
    open_without_map: Open, fake: FakeService, address: str
) -> None:
    fake.place(Thing(0, "car-0", 121.94, 30.905))
    fake.open(violation(1))
    page = open_without_map(f"{address}/live?view=table")
    expect(page.locator(".card")).to_have_count(1)
    expect(page.locator("tbody tr")).to_have_count(1)
    fake.epoch, fake.seq = "epoch-2", 1
    fake.violations, fake.things = {}, {0: Thing(0, "car-9", 121.9, 30.9)}
    fake.drop()
    expect(page.locator(".card")).to_have_count(0)
    expect(page.locator("tbody tr")).to_contain_text("car-9")


def test_the_bar_shows_how_old_the_feed_is_and_that_it_ages(
    open_without_map: Open, fake: FakeService, address: str
) -> None:
    page = open_without_map(address)
    bar = page.locator(".bar")
    expect(bar).to_contain_text("Feed age 0.1 s")
    for age_ms, shown in ((4_300, "Feed age 4.3 s"), (200, "Feed age 0.2 s")):
        fake.feed_age_ms = age_ms
        expect(bar).to_contain_text(shown)
    fake.feed_age_ms = None
    expect(bar).to_contain_text("Feed age –")
    fake.feed_age_ms = 0
    expect(bar).to_contain_text("Feed age 0 s")
    fake.beating = False
    # From here on nobody says how old it is: the page itself counts the silence.
    expect(bar).to_contain_text(re.compile(r"Feed age ([3-9]|\d\d+)(\.\d)? s"))


def test_degraded_monitoring_is_said_while_the_feed_itself_lives(
    open_without_map: Open, fake: FakeService, address: str
) -> None:
    page = open_without_map(address)
    expect(page.locator(".link-state")).to_have_text("Live")
    expect(page.locator(".banner")).to_be_hidden()
    fake.degraded = True
    expect(page.locator(".banner")).to_contain_text("Monitoring degraded")
    expect(page.locator(".link-state")).to_have_text("Monitoring degraded")


def test_a_session_that_ended_leads_back_to_the_form(
    open_without_map: Open, fake: FakeService, address: str
) -> None:
    page = open_without_map(address)
    expect(page.locator(".link-state")).to_have_text("Live")
    fake.signed_in = None
    fake.drop()
    expect(page.get_by_role("button", name="Sign in", exact=True)).to_be_visible()


def test_an_object_that_goes_leaves_the_table_and_the_panel_says_so(
    open_without_map: Open, fake: FakeService, address: str
) -> None:
    fake.place(Thing(0, "car-0", 121.94, 30.905))
    page = open_without_map(f"{address}/live?view=table")
    page.get_by_role("button", name="car-0", exact=True).click()
    fake.take_away(0)
    expect(page.locator("tbody tr")).to_have_count(0)
    expect(page.locator(".panel")).to_contain_text("Not in view, or not located yet")


def test_frames_that_make_no_sense_are_passed_over(
    open_page: Open, fake: FakeService, address: str
) -> None:
    page = open_page(address)
    expect(page.locator(".link-state")).to_have_text("Live")
    fake.tell_bytes(b"\x01\x02")
    fake.tell_bytes(b"\xff" * 40)
    fake.tell({"op": "a later version says this"})
    fake.place(Thing(0, "car-0", 121.94, 30.905))
    expect(page.locator(".bar")).to_contain_text("Objects 1")


def test_twenty_thousand_fixes_are_taken_without_holding_up_the_page(
    open_page: Open, fake: FakeService, address: str
) -> None:
    page = open_page(address)
    expect(page.locator(".link-state")).to_have_text("Live")
    things = [
        Thing(n, f"car-{n}", 121.5 + n % 200 / 400, 31 + n // 200 / 400) for n in range(20000)
    ]
    fake.place(*things)
    started = time.monotonic()
    fake.open(violation(1))
    expect(page.locator(".card")).to_have_count(1)
    # A bound that a busy machine keeps: how fast it is no test beside others can tell.
    assert time.monotonic() - started < 15
