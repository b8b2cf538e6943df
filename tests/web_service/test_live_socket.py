"""The live feed over real sockets: what arrives, and who is sent away."""

import json
import socket
import time
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from tests.web_service.site import Running, Site, change, commit
from tests.web_service.viewer import Screen
from tests.web_service.watcher import SUBSCRIBE, Watcher, left_open, socket_to
from zone_service.broker import free_port
from zone_service.live_viewer import Limits


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


@pytest.mark.requirement("D4e-19")
def test_a_department_is_told_five_decimals_by_the_feed_and_by_the_interface(
    own_site: Site,
) -> None:
    longitude_deg, latitude_deg = exact = (121.41234567, 31.21234567)
    placed = replace(change("car-1"), longitude_deg=longitude_deg, latitude_deg=latitude_deg)
    happened(own_site, placed)
    delta(own_site, ["car-1", *exact, 90.0, 0])
    for name, told in (("paul", exact), ("rita", (121.41235, 31.21235))):
        watcher = Watcher(own_site, name)
        watcher.until(lambda screen: screen.places and screen.ongoing)
        seen = next(iter(watcher.screen.places.values()))[:2]
        assert seen == pytest.approx(told, abs=1e-7)
        shown = own_site.as_(name).get("/api/violations/car-1-1").json()
        for each in (shown, watcher.screen.ongoing["car-1-1"]):
            assert (each["longitude_deg"], each["latitude_deg"]) == told


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


def test_a_viewer_that_stops_reading_is_sent_away_and_the_others_do_not_notice(
    tmp_path: Path, town_url: str
) -> None:
    limits = Limits(spare_above_bytes=64 * 1024, slow_for_s=1.0)
    with Running(tmp_path, town_url, free_port(), limits) as site:
        stalled = left_open.enter_context(stalled_viewer(site))
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
