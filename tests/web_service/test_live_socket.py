"""The live feed over real sockets: who gets in, what arrives, who is sent away."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from tests.web_service.site import Running, Site, change, commit
from tests.web_service.viewer import Screen
from zone_service import live_loop
from zone_service.broker import free_port
from zone_service.clock import now
from zone_service.live_viewer import Limits
from zone_service.store import accounts, proofs
from zone_service.store.records import PLATFORM

OWN = "the site's own"
SUBSCRIBE: dict[str, Any] = {"op": "sub", "bbox": None, "kinds": None, "max_hz": 10}


def socket_to(site: Site, ticket: str, origin: str | None = OWN) -> ClientConnection:
    sent = site.origin if origin == OWN else origin
    return connect(
        f"ws://127.0.0.1:{site.port}/ws/live?ticket={ticket}",
        origin=None if sent is None else Origin(sent),
        subprotocols=[Subprotocol("zone.v1")],
        compression=None,
        max_size=None,
    )


_open = ExitStack()


@pytest.fixture(autouse=True)
def _hang_up() -> Iterator[None]:
    """Close what a test leaves open."""
    yield
    _open.close()


class Watcher:
    """A viewer on a socket."""

    def __init__(
        self,
        site: Site,
        name: str,
        screen: Screen | None = None,
        *,
        ticket: str | None = None,
        **said: Any,
    ) -> None:
        self.screen = screen or Screen()
        self.socket = _open.enter_context(socket_to(site, ticket or site.ticket(name)))
        with suppress(ConnectionClosed):  # whoever is sent away at once
            self.say(SUBSCRIBE | said)

    def say(self, said: object) -> None:
        self.socket.send(json.dumps(said))

    def until(self, shown: Callable[[Screen], Any], within_s: float = 5.0) -> None:
        """Read until the screen shows it."""
        deadline = time.monotonic() + within_s
        while not shown(self.screen):
            self.screen.take(self.socket.recv(deadline - time.monotonic()))

    def is_served(self) -> bool:
        """Ask for something and get it."""
        self.screen.heard.clear()
        self.say(SUBSCRIBE)
        self.until(lambda screen: "full" in screen.heard)
        return True

    def closed(self, within_s: float = 5.0) -> int | None:
        """Read until the end, and return its code."""
        with suppress(ConnectionClosed):
            while True:
                self.screen.take(self.socket.recv(within_s))
        return self.socket.close_code


def delta(site: Site, *objects: Any) -> None:
    """Let the worker say where things are."""
    live = site.services.live
    payload = json.dumps({"t": 0, "objects": objects}).encode()
    site.in_loop(lambda: live.take("zone/live/delta", payload))


def happened(site: Site, *changes: Any) -> tuple[int, ...]:
    """Commit violations and let the worker tell of them."""
    live = site.services.live
    events = commit(site.store, *changes)
    for event in events:
        told = live.sources.event(event)
        said = {"seq": told.seq, "event": told.event, "violation": told.violation}
        site.in_loop(partial(live.take, "zone/live/violation", json.dumps(said).encode()))
    return tuple(event.seq for event in events)


def test_what_the_worker_says_is_on_the_screen(own_site: Site) -> None:
    watcher = Watcher(own_site, "paul")
    watcher.until(lambda screen: "full" in screen.heard)
    assert watcher.socket.subprotocol == "zone.v1"
    own_site.services.live.registry_changed_soon()
    delta(own_site, ["car-1", 121.4, 31.2, 90.0, 0])
    watcher.until(lambda screen: screen.places)
    assert watcher.screen.by_device() == {
        "car-1": ("Car one", "road", None, (121.4, 31.2, 9000, 0))
    }
    happened(own_site, change("car-1"))
    watcher.until(lambda screen: screen.told)
    assert watcher.screen.ongoing["car-1-1"]["device_label"] == "Car one"
    watcher.until(lambda screen: screen.heartbeat.get("objects") == 1)


def test_an_acknowledgement_reaches_every_other_screen(own_site: Site) -> None:
    happened(own_site, change("car-1"))
    watcher = Watcher(own_site, "rita")
    watcher.until(lambda screen: screen.ongoing)
    address = "/api/violations/car-1-1/acknowledge"
    own_site.as_("paul").post(address, json={"revision": 1, "note": "seen"})
    watcher.until(lambda screen: screen.told)
    assert watcher.screen.ongoing["car-1-1"]["handled_by"] == "paul"


def test_what_the_bus_lost_is_read_from_the_store(own_site: Site) -> None:
    watcher = Watcher(own_site, "paul")
    watcher.until(lambda screen: "full" in screen.heard)
    commit(own_site.store, change("car-1", 1))
    happened(own_site, change("car-1", 2))
    watcher.until(lambda screen: len(screen.told) == 2, within_s=1.0)
    assert watcher.screen.told == [(1, "opened"), (2, "opened")]


def test_a_message_that_the_bus_never_brought_is_found_all_the_same(own_site: Site) -> None:
    watcher = Watcher(own_site, "paul")
    watcher.until(lambda screen: "full" in screen.heard)
    commit(own_site.store, change("car-1", 1))
    watcher.until(lambda screen: screen.told, within_s=5.0)


def test_nonsense_on_the_bus_is_passed_over(own_site: Site) -> None:
    live = own_site.services.live
    for payload in (b"", b"{", b"[]", b'{"t":1}', b"\xff", b'{"seq":"x","event":1,"violation":2}'):
        for topic in ("zone/live/delta", "zone/live/violation", "zone/live/heartbeat", "other"):
            own_site.in_loop(partial(live.take, topic, payload))
    watcher = Watcher(own_site, "paul")
    watcher.until(lambda screen: "full" in screen.heard)


def test_what_was_missed_is_told_after_a_broken_connection(own_site: Site) -> None:
    watcher = Watcher(own_site, "paul")
    happened(own_site, change("car-1", 1))
    watcher.until(lambda screen: screen.seq >= 1)
    watcher.socket.close()
    happened(own_site, change("car-1", 2), change("drone-1", 3))
    screen = watcher.screen
    resume = {"epoch": screen.epoch, "seq": screen.seq}
    again = Watcher(own_site, "paul", screen, resume=resume)
    again.until(lambda screen: screen.seq == 3)
    assert "resumed" in screen.heard
    assert screen.heard.count("snap") == 1
    assert len(screen.ongoing) == 3


def test_an_operators_socket_carries_nothing_of_another_operator(own_site: Site) -> None:
    watcher = Watcher(own_site, "otto")
    watcher.until(lambda screen: "full" in screen.heard)
    delta(own_site, ["car-1", 121.4, 31.2, None, 0], ["drone-1", 121.5, 31.2, None, 1])
    happened(own_site, change("car-1", 1), change("stranger", 2), change("drone-1", 3))
    watcher.until(lambda screen: screen.told and screen.places)
    watcher.until(lambda screen: screen.heartbeat.get("objects"))
    assert set(watcher.screen.by_device()) == {"drone-1"}
    assert watcher.screen.told == [(3, "opened")]
    assert watcher.screen.heartbeat["objects"] == 1
    # A resume does not open what a subscription does not.
    epoch = watcher.screen.epoch
    again = Watcher(own_site, "otto", Screen(), resume={"epoch": epoch, "seq": 0})
    again.until(lambda screen: screen.told)
    assert again.screen.told == [(3, "opened")]


# -- who gets in


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


# -- who is sent away


@pytest.mark.parametrize(
    "said",
    [
        "",
        "not json",
        "[]",
        '{"op":"shutdown"}',
        '{"op":"sub","scope":null}',
        '{"op":"sub","bbox":[1,2,3]}',
        '{"op":"sub","bbox":[0,5,1,-5]}',
        '{"op":"sub","bbox":[0,1e999,1,5]}',
        '{"op":"sub","kinds":["rail"]}',
        '{"op":"sub","max_hz":"often"}',
        '{"op":"sub","resume":{"epoch":"x","seq":-1}}',
        "[" * 4000,
        b"\xff\xfe",
    ],
)
def test_who_talks_nonsense_is_sent_away(site: Site, said: str | bytes) -> None:
    with socket_to(site, site.ticket("paul")) as viewer:
        viewer.send(said)
        with pytest.raises(ConnectionClosed) as ended:
            viewer.recv(5)
    assert ended.value.rcvd is not None
    assert ended.value.rcvd.code == 1008


def test_a_message_of_more_than_four_kilobytes_is_not_read(site: Site) -> None:
    with socket_to(site, site.ticket("paul")) as viewer:
        viewer.send('{"op":"sub","x":"' + "x" * 5000)
        with pytest.raises(ConnectionClosed) as ended:
            viewer.recv(5)
    assert ended.value.rcvd is not None
    assert ended.value.rcvd.code == 1009


def test_who_subscribes_without_end_is_sent_away(site: Site) -> None:
    watcher = Watcher(site, "paul")
    with suppress(ConnectionClosed):  # it is sent away while it still talks
        for _ in range(60):
            watcher.say(SUBSCRIBE)
    assert watcher.closed() == 1008


def test_a_rate_of_nonsense_is_made_a_sensible_one(site: Site) -> None:
    for hz in (0, -5, 1e9):
        Watcher(site, "paul", max_hz=hz).until(lambda screen: "full" in screen.heard)


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


def watching(site: Site, client: httpx.Client) -> Watcher:
    """Open the feed with a ticket that this browser or program has got."""
    watcher = Watcher(site, "", ticket=client.post("/api/ws-tickets").json()["ticket"])
    watcher.until(lambda screen: "full" in screen.heard)
    return watcher


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


def test_a_viewer_that_stops_reading_is_sent_away_and_the_others_do_not_notice(
    tmp_path: Path, town_url: str
) -> None:
    limits = Limits(spare_above_bytes=64 * 1024, slow_for_s=1.0)
    with Running(tmp_path, town_url, free_port(), limits) as site:
        stalled = _open.enter_context(stalled_viewer(site))
        watcher = Watcher(site, "rita")
        watcher.until(lambda screen: "full" in screen.heard)
        deadline = time.monotonic() + 20
        hub = site.services.live.hub
        while len(hub.viewers) == 2 and time.monotonic() < deadline:
            many = [[f"car-{n}", 121 + n / 1e4, 31.2, time.time() % 360, 0] for n in range(2000)]
            delta(site, *many)
            watcher.until(lambda screen: "delta" in screen.heard)
            watcher.screen.heard.clear()
        assert hub.counts.dropped == {"slow": 1}
        assert longest_buffer(site) < 1024 * 1024
        happened(site, change("car-1"))
        watcher.until(lambda screen: screen.told, within_s=2.0)
        assert last_words(stalled) == 1013


def longest_buffer(site: Site) -> int:
    hub = site.services.live.hub
    return max((viewer.wire.buffered_bytes() for viewer in hub.viewers), default=0)


def stalled_viewer(site: Site) -> socket.socket:
    """A viewer that subscribes and then reads nothing."""
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect(("127.0.0.1", site.port))
    ticket = site.ticket("paul")
    raw.sendall(
        f"GET /ws/live?ticket={ticket} HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\n"
        f"Origin: {site.origin}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    assert raw.recv(2000).startswith(b"HTTP/1.1 101 ")
    payload = json.dumps(SUBSCRIBE | {"bbox": [-180, -90, 180, 90]}).encode()
    raw.sendall(bytes([0x81, 0x80 | len(payload)]) + bytes(4) + payload)
    return raw


def last_words(raw: socket.socket) -> int | None:
    """Read everything that was on its way, and return the code of the close frame at its end."""
    raw.settimeout(10)
    tail = b""
    try:
        while chunk := raw.recv(65536):
            tail = (tail + chunk)[-200:]
            if b"\x03\xf5slow" in tail:
                break
    except ConnectionResetError:
        pass
    return 1013 if b"\x03\xf5slow" in tail else None
