"""Whatever a device sends wrong is refused or judged, counted and kept; nobody else suffers.

One worker on each pair of a broker and a store stays up through all of it. The same is shown in other places for
what does not come by telemetry: zone files (tests/cli, tests/web_service), a second platform on
the same data (tests/cli, tests/broker), a full disk and a broker that goes away (tests/zone_service).
"""

import json
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest

from tests.servers import PAIRS, Pair
from tests.store.city import refused as all_refused
from tests.zone_service.running import AIRPORT, AWAY, Client, Site, heard, settle, until
from zone_service.clock import now
from zone_service.settings import BrokerKind
from zone_service.store import credentials, journal, registry, violations
from zone_service.store.engine import open_store
from zone_service.store.records import PLATFORM, ViolationFilter, ViolationRecord

pytestmark = [pytest.mark.journey, pytest.mark.real_broker]

NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
DEVICES = tuple(f"bad-{number}" for number in NUMBERS)


@pytest.fixture(scope="module", params=PAIRS, ids=str)
def site(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A worker that all tests here throw things at."""
    pair: Pair = request.param
    directory = tmp_path_factory.mktemp("bad-input")
    broker = pair.require_broker(request)
    with pair.database(request, directory) as url, closing(open_store(url)) as store:
        settle(store, *DEVICES)
        broker.add(*DEVICES, "bad-stranger")
        running = Site(broker, store, url, directory)
        # Where the platform's own broker would write it.
        (directory / broker.kind.value).mkdir()
        (directory / broker.kind.value / "broker.log").symlink_to(broker.server.log)
        running.start()
        until(running.end_of_start, 30)
        yield running
        assert running.process is not None
        assert running.process.poll() is None, "the worker did not survive"
        assert running.end(signal.SIGTERM) == 0
        broker.remove(*DEVICES, "bad-stranger")


def refused(site: Site, device_id: str) -> Counter[str]:
    """How often something of a device was refused, by reason, as the store has it."""
    counts: Counter[str] = Counter()
    for each in all_refused(site.store):
        if device_id in each.subject:
            counts[each.reason] += each.count
    return counts


def of(site: Site, device_id: str, code: str) -> list[ViolationRecord]:
    with site.store.read() as session:
        asked = ViolationFilter(device_id=device_id, code=code)
        return list(violations.page(session, PLATFORM, asked))


def sequences(site: Site, device_id: str) -> list[int]:
    """The sequence numbers of a device in the history."""
    found = []
    for frame in journal.history(site.store, device_id):
        try:
            found.append(json.loads(frame.payload)["seq"])
        except (ValueError, KeyError, TypeError):
            continue
    return found


def throw(client: Client, payload: bytes, device_id: str | None = None) -> None:
    topic = f"zone/up/{device_id or client.username}/tele"
    client.mqtt.publish(topic, payload, qos=1).wait_for_publish(5)


def report(**changes: object) -> bytes:
    """A good report but for what is changed; Python writes NaN and 1e999 as they are."""
    said = {
        "schema_version": 1,
        "event_time": now().isoformat(),
        "longitude": AWAY[0],
        "latitude": AWAY[1],
        "height_agl_m": 30.0,
        "operational_status": "AIRBORNE",
    }
    return json.dumps(said | changes).encode()


def is_still_served(site: Site, client: Client, seq: int = 1) -> None:
    """A good report of the same device is stored and acknowledged."""
    name = client.username
    client.say(name, AWAY, seq)
    until(lambda: seq in sequences(site, name), 30)
    until(lambda: heard(client, f"zone/down/{name}/ack"), 30)


def beats(listener: Client) -> list[dict[str, Any]]:
    """The heartbeats that count what this test sent."""
    told = heard(listener, "zone/live/heartbeat")
    return [each for each in told if "out_of_range" in each["refused"]]


def counted(listener: Client, result: str) -> int:
    """How many messages came to this, as the last heartbeat says."""
    told = heard(listener, "zone/live/heartbeat")
    return int(told[-1]["counts"].get(result, 0)) if told else 0


BAD = {
    "malformed": [b"", b"not json", b"[1, 2", b"\xff\xfe", b"null", b'{"schema_version":1}'],
    "out_of_range": [report(latitude=91.0), report(longitude=-181.0), report(altitude_hae_m=1e308)],
}


def test_malformed_and_out_of_range_reports_are_refused_and_counted(site: Site) -> None:
    with site.listener() as listener, site.device("bad-one") as unit:
        for payloads in BAD.values():
            for payload in payloads:
                throw(unit, payload)
        until(lambda: refused(site, "bad-one") == {"malformed": 6, "out_of_range": 3})
        is_still_served(site, unit)
        until(lambda: beats(listener)[-1:] and beats(listener)[-1]["refused"]["out_of_range"] == 3)
    assert of(site, "bad-one", "KEEP_OUT_BREACH") == []


def test_a_position_that_is_not_a_number_is_refused_and_never_taken_for_outside(
    site: Site,
) -> None:
    with site.device("bad-two") as unit:
        unit.say("bad-two", AIRPORT, 1)
        until(lambda: of(site, "bad-two", "KEEP_OUT_BREACH"))
        for number in (b"NaN", b"Infinity", b"-Infinity", b"1e999"):
            throw(unit, report().replace(str(AWAY[0]).encode(), number))
        until(lambda: refused(site, "bad-two") == {"malformed": 3, "out_of_range": 1})
    (breach,) = of(site, "bad-two", "KEEP_OUT_BREACH")
    assert breach.closed_at is None


def test_a_report_that_is_a_little_too_large_is_refused_and_counted(site: Site) -> None:
    with site.device("bad-three") as unit:
        throw(unit, report(note="x" * 65_536))
        until(lambda: refused(site, "bad-three") == {"too_large": 1})
        is_still_served(site, unit)
        assert unit.mqtt.is_connected()
    kept = all_refused(site.store)
    assert max(len(each.sample) for each in kept) == journal.SAMPLE_BYTES


def test_a_report_that_is_far_too_large_costs_its_sender_the_connection(site: Site) -> None:
    """nats-server writes a line of it, which is counted; Mosquitto does not (docs/adr/0018)."""
    before = refused(site, "bad-three")["too_large"]
    with site.device("bad-three") as unit:
        unit.mqtt.publish("zone/up/bad-three/tele", report(note="x" * 140_000), qos=0)
        until(lambda: unit.lost_at_s)
        until(unit.listens)
        is_still_served(site, unit, 2)
    if site.broker.kind is BrokerKind.NATS:
        until(lambda: refused(site, "bad-three")["too_large"] == before + 1)
    else:
        assert refused(site, "bad-three")["too_large"] == before
    assert sequences(site, "bad-three")[-1] == 2


def test_a_clock_in_the_future_is_accused_and_does_not_freeze_its_device(site: Site) -> None:
    """The rules want three such reports over ten seconds: one may be a slip."""
    with site.device("bad-four") as unit:
        for seq in range(1, 61):
            ahead = now() + timedelta(days=1)
            unit.say("bad-four", AWAY, seq, event_time=ahead.isoformat())
            if of(site, "bad-four", "CLOCK_SKEW"):
                break
            time.sleep(0.5)
        for more in (1, 2):  # a jump is believed when the next fix confirms it
            unit.say("bad-four", AIRPORT, seq + more)
        until(lambda: of(site, "bad-four", "KEEP_OUT_BREACH"))
    (accused,) = of(site, "bad-four", "CLOCK_SKEW")
    assert accused.closed_at is None
    assert accused.opened_at < now()
    assert sequences(site, "bad-four") == list(range(1, seq + 3))


def test_what_comes_twice_is_stored_once_and_what_is_replayed_is_accused(site: Site) -> None:
    with site.listener() as listener, site.device("bad-five") as unit:
        said_at = now().isoformat()
        for _ in range(3):
            unit.say("bad-five", AWAY, 1, event_time=said_at)
        is_still_served(site, unit, seq=2)
        assert sequences(site, "bad-five") == [1, 2]
        assert of(site, "bad-five", "REPLAYED_SEQUENCE") == []
        until(lambda: counted(listener, "duplicate") >= 2)
        unit.say("bad-five", (AWAY[0] + 1e-5, AWAY[1]), 2)  # the same number for something else
        until(lambda: of(site, "bad-five", "REPLAYED_SEQUENCE"))
    assert len(of(site, "bad-five", "REPLAYED_SEQUENCE")) == 1
    assert sequences(site, "bad-five") == [1, 2, 2]


def test_a_device_that_speaks_as_another_is_not_heard_on_either_broker(site: Site) -> None:
    """Mosquitto drops it at delivery, nats-server at the door; in neither case does it count."""
    with site.device("bad-six") as unit:
        throw(unit, report(longitude=AIRPORT[0], latitude=AIRPORT[1], seq=1), "bad-seven")
        time.sleep(0.5)
    with site.device("bad-six") as unit:
        is_still_served(site, unit)
    assert list(journal.history(site.store, "bad-seven")) == []
    assert of(site, "bad-seven", "KEEP_OUT_BREACH") == []


def test_a_payload_that_names_another_device_accuses_the_sender_alone(site: Site) -> None:
    with site.device("bad-six") as unit:
        throw(unit, report(device_id="bad-seven", longitude=AIRPORT[0], latitude=AIRPORT[1]))
        until(lambda: refused(site, "bad-six")["wrong_device"] == 1)
        until(lambda: of(site, "bad-six", "UNREGISTERED_DEVICE"))
    assert of(site, "bad-seven", "KEEP_OUT_BREACH") == []


def test_a_device_that_nobody_registered_is_refused_and_reported(site: Site) -> None:
    with site.device("bad-stranger") as unit:
        throw(unit, report(seq=1))
        until(lambda: refused(site, "bad-stranger")["unknown_device"] == 1)
        until(lambda: of(site, "bad-stranger", "UNREGISTERED_DEVICE"))
    assert heard(unit, "zone/down/bad-stranger/ack") == []


def test_a_device_that_was_withdrawn_is_refused_though_its_session_may_live_on(
    site: Site,
) -> None:
    """The broker closes the door (tests/broker); what is still on its way is refused by name."""
    with site.device("bad-seven") as unit:
        is_still_served(site, unit)
        with site.store.write() as session:
            registry.deactivate(session, PLATFORM, "bad-seven", now())
        deadline = time.monotonic() + 10
        while not refused(site, "bad-seven")["revoked_device"]:
            assert time.monotonic() < deadline
            throw(unit, report(seq=2))
            time.sleep(0.2)
        site.broker.remove("bad-seven")
        try:
            until(lambda: not unit.mqtt.is_connected())
        finally:
            site.broker.add("bad-seven")


def test_a_credential_that_was_withdrawn_is_refused_whoever_runs_the_broker(site: Site) -> None:
    """This broker never learns of it, as one that somebody else runs; a new credential is let in."""
    with site.device("bad-eight") as unit:
        is_still_served(site, unit, 1)
        with site.store.write() as session:
            credentials.issue(session, PLATFORM, "bad-eight", now())
        is_still_served(site, unit, 2)
        with site.store.write() as session:
            credentials.revoke(session, PLATFORM, "bad-eight", now())
        say_until(unit, 3, lambda: refused(site, "bad-eight")["revoked_device"])
        until(lambda: of(site, "bad-eight", "UNREGISTERED_DEVICE"))
        with site.store.write() as session:
            credentials.issue(session, PLATFORM, "bad-eight", now())
        say_until(unit, 3, lambda: 3 in sequences(site, "bad-eight"))
        until(lambda: heard(unit, "zone/down/bad-eight/ack")[-1]["seq"] == 3)
        assert unit.mqtt.is_connected()
    assert refused(site, "bad-eight").keys() == {"revoked_device"}
    (accused,) = of(site, "bad-eight", "UNREGISTERED_DEVICE")
    assert accused.organisation_id == "sky"


def say_until(client: Client, seq: int, done: Callable[[], object]) -> None:
    """Send one and the same report again and again, as a unit does that is not acknowledged."""
    at = now().isoformat()

    def said() -> object:
        client.say(client.username, AWAY, seq, event_time=at)
        return done()

    until(said)


def test_what_is_open_about_a_device_does_not_end_when_its_credential_is_withdrawn(
    site: Site,
) -> None:
    """Else an operator could end it so."""
    with site.store.write() as session:
        credentials.issue(session, PLATFORM, "bad-nine", now())
    with site.device("bad-nine") as unit:
        unit.say("bad-nine", AIRPORT, 1)
        until(lambda: of(site, "bad-nine", "KEEP_OUT_BREACH"))
        with site.store.write() as session:
            credentials.revoke(session, PLATFORM, "bad-nine", now())
        say_until(unit, 2, lambda: refused(site, "bad-nine")["revoked_device"])
    (breach,) = of(site, "bad-nine", "KEEP_OUT_BREACH")
    assert breach.closed_at is None


def test_a_thousand_bad_messages_in_a_row_do_not_keep_a_good_one_waiting(site: Site) -> None:
    with site.device("bad-one") as bad, site.device("bad-two") as good:
        for number in range(1000):
            bad.mqtt.publish("zone/up/bad-one/tele", b"rubbish %d" % number, qos=0)
        is_still_served(site, good)
        until(lambda: refused(site, "bad-one")["malformed"] >= 900)
