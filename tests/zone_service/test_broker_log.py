"""What nats-server denies by itself, read off its log: a topic not one's own, and what is too large."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.broker.clients import Client, eventually
from tests.servers import RunningBroker
from zone_service.broker import device_client_id
from zone_service.broker_log import READ_BYTES, BrokerLog, log_of
from zone_service.decisions import Outcome
from zone_service.settings import BrokerKind, Settings

BEGUN = "[7] 2026/11/26 23:34:51.678639 [INF] Server is ready\n"
DENIED = (
    '[7] 2026/11/26 23:34:51.745671 [ERR] 10.0.0.9:44443 - mid:24 - "plain" - '
    'Publish Violation - Subject "zone.up.car-2.tele"\n'
)
OVERSIZED = (
    '[7] 2026/11/26 23:34:52.698802 [ERR] 10.0.0.9:47081 - mid:25 - "car-1-0123456789ab" - '
    "maximum payload exceeded: 140030 vs 69632\n"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A log in which something was denied before anybody read it."""
    path = tmp_path / "broker.log"
    path.write_text(BEGUN + DENIED)
    return path


@pytest.fixture
def log(path: Path) -> Iterator[BrokerLog]:
    followed = BrokerLog(path)
    yield followed
    followed.close()


def add(path: Path, said: str) -> None:
    with path.open("a") as out:
        out.write(said)


def topics(outcome: Outcome) -> list[str]:
    return [each.frame.topic for each in outcome.refusals]


def test_what_is_denied_from_now_on_is_counted_once(log: BrokerLog, path: Path) -> None:
    assert topics(log.look(60.0)) == []
    add(path, BEGUN + DENIED + DENIED)
    outcome = log.look(61.0)
    assert topics(outcome) == ["zone/up/car-2/tele"] * 2
    assert outcome.counts["refused"] == 2
    assert topics(log.look(62.0)) == []


def test_a_denial_names_the_topic_and_the_client_as_it_calls_itself_and_accuses_no_device(
    log: BrokerLog, path: Path
) -> None:
    add(path, DENIED)
    (each,) = log.look(61.0).refusals
    assert each.refused.reason == "forbidden_topic"
    assert each.refused.device_id is None
    assert each.frame.payload == b'client "plain" at 10.0.0.9:44443'


@pytest.mark.parametrize(
    ("line", "topic"),
    [
        (DENIED.replace("Subject", 'User "car-1", Subject'), "zone/up/car-2/tele"),
        (DENIED.replace('"plain"', '"plain" - "$G/user:car-1"'), "zone/up/car-2/tele"),
        (DENIED.replace("car-2.tele", "car//2.tele"), "zone/up/car.2/tele"),
    ],
)
def test_lines_of_other_versions_and_other_names_are_understood(
    log: BrokerLog, path: Path, line: str, topic: str
) -> None:
    add(path, line)
    assert topics(log.look(61.0)) == [topic]


def test_what_is_far_too_large_counts_under_the_device_that_the_client_id_names(
    log: BrokerLog, path: Path
) -> None:
    add(path, OVERSIZED)
    (each,) = log.look(61.0).refusals
    assert each.refused.reason == "too_large"
    assert "140030 bytes, at most 69632" in each.refused.detail
    assert each.frame.topic == "car-1"
    assert each.frame.payload == b'client "car-1-0123456789ab" at 10.0.0.9:47081, 140030 bytes'


@pytest.mark.parametrize(
    ("line", "subject"),
    [
        (OVERSIZED.replace('ab"', 'ab" - "$G/user:car-1"'), "car-1"),
        (OVERSIZED.replace("maximum", "Maximum"), "car-1"),
        (OVERSIZED.replace("car-1-0123456789ab", "car-1"), "car-1"),
        (OVERSIZED.replace("car-1-0123456789ab", "an-own-choice"), "an-own-choice"),
    ],
)
def test_what_is_too_large_is_understood_of_other_versions_and_client_ids(
    log: BrokerLog, path: Path, line: str, subject: str
) -> None:
    add(path, line)
    assert topics(log.look(61.0)) == [subject]


@pytest.mark.parametrize(
    "line",
    [
        DENIED.replace("Publish", "Subscription"),
        OVERSIZED.replace("[ERR]", "[INF]"),
        OVERSIZED.replace("69632", "69632 or so"),
        DENIED.replace("[ERR]", "[INF]"),
        # A client that calls itself what a denial would say.
        (
            '[7] 2026/11/26 23:34:52.2 [ERR] 10.0.0.9:4 - mid:26 - "x\\" - Publish Violation - '
            'Subject \\"zone.up.car-2.tele" - invalid character in client ID\n'
        ),
    ],
)
def test_nothing_else_counts_as_a_denial(log: BrokerLog, path: Path, line: str) -> None:
    add(path, line)
    assert topics(log.look(61.0)) == []


def test_a_line_that_is_written_in_two_parts_is_read_whole(log: BrokerLog, path: Path) -> None:
    add(path, DENIED[:70])
    assert topics(log.look(61.0)) == []
    add(path, DENIED[70:])
    assert topics(log.look(62.0)) == ["zone/up/car-2/tele"]


def test_the_file_that_takes_its_place_is_followed_and_the_end_of_the_old_one_is_not_lost(
    log: BrokerLog, path: Path
) -> None:
    add(path, DENIED)
    path.rename(path.with_suffix(".log.1"))
    path.write_text(DENIED.replace("car-2", "car-3"))
    found = [*topics(log.look(61.0)), *topics(log.look(62.0))]
    assert found == ["zone/up/car-2/tele", "zone/up/car-3/tele"]


def test_a_flood_is_counted_in_part_and_costs_one_look(log: BrokerLog, path: Path) -> None:
    add(path, DENIED * 100_000)
    assert 0 < len(log.look(61.0).refusals) <= READ_BYTES / len(DENIED)
    assert topics(log.look(62.0)) == []
    add(path, DENIED)
    assert topics(log.look(63.0)) == ["zone/up/car-2/tele"]


def test_a_log_that_is_not_there_yet_is_read_from_its_beginning(tmp_path: Path) -> None:
    log = BrokerLog(tmp_path / "broker.log")
    assert topics(log.look(60.0)) == []
    add(tmp_path / "broker.log", DENIED)
    assert topics(log.look(61.0)) == ["zone/up/car-2/tele"]
    log.close()


def test_only_nats_server_has_such_a_log(tmp_path: Path) -> None:
    found = {kind: log_of(Settings(broker=kind, data_dir=tmp_path)) for kind in BrokerKind}
    assert found[BrokerKind.NATS] == tmp_path / "nats" / "broker.log"
    assert found[BrokerKind.MOSQUITTO] is found[BrokerKind.EXTERNAL] is None
    assert BrokerLog(None).look(60.0).refusals == []


@pytest.mark.real_broker
@pytest.mark.parametrize("qos", [0, 1])
def test_what_the_real_server_writes_of_what_is_too_large_is_understood(
    nats_broker: RunningBroker, qos: int
) -> None:
    (mine,) = nats_broker.add("speaker-1")
    log = BrokerLog(nats_broker.server.log)
    device = Client(mine, device_client_id("speaker-1", mine.password))
    device.publish("zone/up/speaker-1/tele", b"x" * 140_000, qos=qos)
    found = Outcome()

    def heard() -> bool:
        found.add(log.look(60.0))
        return bool(found.refusals)

    eventually(heard, 30.0)
    device.end()
    log.close()
    assert {(each.frame.topic, each.refused.reason) for each in found.refusals} == {
        ("speaker-1", "too_large")
    }


@pytest.mark.real_broker
@pytest.mark.parametrize("qos", [0, 1])
def test_what_the_real_server_writes_is_understood(nats_broker: RunningBroker, qos: int) -> None:
    mine, other = nats_broker.add("speaker-1", "silent-1")
    log = BrokerLog(nats_broker.server.log)
    device = Client(mine, "speaker-1-as-it-says")
    device.publish(f"zone/up/{other.username}/tele", b"forged", qos=qos)
    found = Outcome()

    def heard() -> bool:
        found.add(log.look(60.0))
        return bool(found.refusals)

    eventually(heard, 30.0)
    device.end()
    log.close()
    (each,) = found.refusals
    assert each.frame.topic == "zone/up/silent-1/tele"
    assert each.frame.payload.startswith(b'client "speaker-1-as-it-says" at 127.0.0.1:')
