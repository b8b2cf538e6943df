"""Who gets into the live feed, and for how long they may stay."""

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from websockets.exceptions import InvalidStatus

from tests.web_service.site import Running, Site
from tests.web_service.watcher import OWN, Watcher, socket_to, watching
from zone_service import live_loop
from zone_service.broker import free_port
from zone_service.clock import now
from zone_service.live_viewer import Limits
from zone_service.store import accounts, proofs
from zone_service.store.records import PLATFORM


def refused(site: Site, ticket: str, origin: str | None = OWN) -> None:
    with pytest.raises(InvalidStatus) as error, socket_to(site, ticket, origin):
        pass
    assert error.value.response.status_code == 403


@pytest.mark.parametrize("ticket", ["", "made-up", "p.made-up", "%00", "x" * 5000])
def test_without_a_ticket_nobody_gets_in(site: Site, ticket: str) -> None:
    refused(site, ticket)


def test_a_ticket_opens_one_socket_and_no_second(site: Site) -> None:
    ticket = site.ticket("paul")
    with socket_to(site, ticket):
        refused(site, ticket)


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
def test_a_page_of_another_site_does_not_get_in_with_a_valid_ticket(
    site: Site, origin: str
) -> None:
    refused(site, site.ticket("paul"), origin)


def test_only_a_programs_ticket_needs_no_origin(site: Site) -> None:
    browsers = site.signed_in("paul").post("/api/ws-tickets").json()["ticket"]
    refused(site, browsers, origin=None)
    with socket_to(site, site.ticket("paul"), origin=None):
        pass


def test_a_ticket_does_not_show_in_the_logs(
    site: Site, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    ticket = site.ticket("paul")
    with socket_to(site, ticket):
        pass
    refused(site, ticket)
    assert ticket not in caplog.text
    assert ticket not in "".join(capfd.readouterr())


def test_one_person_has_only_so_many_sockets(tmp_path: Path, town_url: str) -> None:
    limits = Limits(connections_per_user=2)
    with Running(tmp_path, town_url, free_port(), limits) as site:
        for _ in range(2):
            Watcher(site, "paul").until(lambda screen: "full" in screen.heard)
        assert Watcher(site, "paul").closed() == 1013
        Watcher(site, "rita").until(lambda screen: "full" in screen.heard)


# -- who may stay


def test_who_may_no_longer_look_is_sent_away(own_site: Site) -> None:
    watcher = Watcher(own_site, "olga")
    stays = Watcher(own_site, "otto")
    for each in (watcher, stays):
        each.until(lambda screen: "full" in screen.heard)
    with own_site.store.write() as session:
        accounts.close_account(session, PLATFORM, "olga", now())
    own_site.in_loop(own_site.services.live.recheck)
    assert watcher.closed() == 4401
    assert stays.is_served()


def test_signing_out_ends_the_feeds_of_that_session_and_no_other(own_site: Site) -> None:
    here, elsewhere = own_site.signed_in("paul"), own_site.signed_in("paul")
    first, second = watching(own_site, here), watching(own_site, here)
    others = watching(own_site, elsewhere), watching(own_site, own_site.as_("paul"))
    here.delete("/api/session")
    assert (first.closed(), second.closed()) == (4401, 4401)
    assert all(other.is_served() for other in others)


def test_revoking_a_token_ends_the_feeds_that_were_opened_with_it(own_site: Site) -> None:
    browser = own_site.signed_in("paul")
    program = own_site.browser()
    made = browser.post("/api/tokens", json={"label": "wall"}).json()["token"]
    program.headers["Authorization"] = f"Bearer {made}"
    wall, stays = watching(own_site, program), watching(own_site, browser)
    token_id = browser.get("/api/tokens").json()["items"][0]["token_id"]
    assert browser.delete(f"/api/tokens/{token_id}").status_code == 204
    assert wall.closed() == 4401
    assert stays.is_served()


def test_a_new_password_ends_the_feeds_of_every_session(own_site: Site) -> None:
    watcher = watching(own_site, own_site.signed_in("paul"))
    accounts.set_password(own_site.store, PLATFORM, "paul", "another password", now())
    own_site.in_loop(own_site.services.live.recheck)
    assert watcher.closed() == 4401


@pytest.mark.parametrize(
    "over",
    ["expires_at = created_at", "seen_at = '2026-01-01 00:00:00.000000'"],
    ids=["after twelve hours", "idle"],
)
def test_a_session_that_is_over_ends_its_feed(own_site: Site, over: str) -> None:
    watcher = watching(own_site, own_site.signed_in("paul"))
    with own_site.store.begin() as connection:
        connection.execute(text(f"UPDATE login_session SET {over}"))
    own_site.in_loop(own_site.services.live.recheck)
    assert watcher.closed() == 4401


def test_what_another_process_ended_is_noticed_without_being_asked(
    tmp_path: Path, town_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_loop, "RECHECK_S", 0.1)
    with Running(tmp_path, town_url, free_port()) as site:
        watcher = watching(site, site.signed_in("paul"))
        accounts.set_password(site.store, PLATFORM, "paul", "another password", now())
        assert watcher.closed() == 4401


def test_a_store_that_is_away_darkens_nobodys_screen(
    own_site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    watcher = watching(own_site, own_site.signed_in("paul"))

    def away(*_: object) -> None:
        raise OperationalError("SELECT", {}, Exception("the server is away"))

    with monkeypatch.context() as patched:
        patched.setattr(proofs, "standing", away)
        own_site.in_loop(own_site.services.live.recheck)
    assert watcher.is_served()
