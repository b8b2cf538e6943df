"""The judge of the crash benchmark finds what is wrong: else its zeros would say nothing."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest

from bench.crash_load import Excursion, Fleet
from bench.crash_oracle import Findings, check
from bench.crash_site import EDGE, Site
from telemetry.device_day import DeviceDay
from telemetry.report import Frame
from tests.store.city import change
from zone_service.settings import BrokerKind
from zone_service.store import device_days, journal
from zone_service.store.records import Batch, Commit, HeardDay, ViolationChange, violation_id

BEGAN_S, ENDED_S = 1795406400.25, 1795406402.5


@pytest.fixture
def site(tmp_path: Path, migrated_sqlite_url: str) -> Iterator[Site]:
    """A store; no broker and no worker run."""
    found = Site(BrokerKind.NATS, migrated_sqlite_url, tmp_path, ("crash-000",))
    yield found
    found.store.close()


@pytest.fixture
def fleet(site: Site) -> Fleet:
    """One device that sent two messages, had both acknowledged, and went out once."""
    found = Fleet(site.secrets, 5.0, EDGE, seed=1)
    (talker,) = found.talkers
    talker.sent, talker.stored, talker.acknowledged = 2, 2, {1, 2}
    found.excursions = [Excursion("crash-000", BEGAN_S, ENDED_S)]
    return found


def scripted(began_s: float = BEGAN_S, ended_s: float | None = ENDED_S) -> ViolationChange:
    return replace(
        change("crash-000", code="KEEP_OUT_BREACH", opened_at=datetime.fromtimestamp(began_s, UTC)),
        id=violation_id("crash-000", "KEEP_OUT_BREACH", "forbidden", began_s),
        zone_id="forbidden",
        closed_at=None if ended_s is None else datetime.fromtimestamp(ended_s, UTC),
    )


def judged(site: Site, fleet: Fleet, seqs: list[int], *changes: ViolationChange) -> Findings:
    """Put messages and violations into the history and hold it against the fleet."""
    frames = [
        Frame("zone/up/crash-000/tele", json.dumps({"seq": seq}).encode(), BEGAN_S) for seq in seqs
    ]
    batch = Batch(uuid4().hex, BEGAN_S, BEGAN_S, len(frames), journal.pack(frames))
    journal.commit_batch(site.store, Commit(batch=batch, violations=changes))
    count(site, len(frames))
    return check(site, fleet)


def count(site: Site, reports: int) -> None:
    """Have the day of the device count so many reports."""
    day = DeviceDay(20_779, BEGAN_S, BEGAN_S, reports, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0)
    device_days.keep(site.store, [HeardDay("crash-000", day)])


@pytest.mark.parametrize("counted", [1, 3])
def test_a_report_that_its_day_does_not_count_or_counts_twice_is_found(
    site: Site, fleet: Fleet, counted: int
) -> None:
    assert judged(site, fleet, [1, 2], scripted()).good
    count(site, counted)
    assert check(site, fleet).wrong == [f"crash-000: {counted} reports counted of its days, 2 kept"]


def test_all_in_order_is_good(site: Site, fleet: Fleet) -> None:
    found = judged(site, fleet, [1, 2], scripted())
    assert (found.sent, found.acked, found.violations_seen) == (2, 2, 1)
    assert found.wrong == []
    assert found.good


def test_an_acknowledged_message_that_is_not_in_the_history_is_lost(
    site: Site, fleet: Fleet
) -> None:
    found = judged(site, fleet, [1], scripted())
    assert found.lost == 1
    assert not found.good


def test_what_the_platform_acknowledged_to_the_device_counts_as_acknowledged(
    site: Site, fleet: Fleet
) -> None:
    fleet.talkers[0].acknowledged = set()
    assert judged(site, fleet, [1], scripted()).lost == 1


def test_a_message_that_is_there_twice_is_doubled(site: Site, fleet: Fleet) -> None:
    found = judged(site, fleet, [1, 2, 2], scripted())
    assert found.duplicated == 1
    assert not found.good


def test_a_scripted_violation_that_is_missing_is_found(site: Site, fleet: Fleet) -> None:
    found = judged(site, fleet, [1, 2])
    assert (found.violations_expected, found.violations_seen) == (1, 0)
    assert not found.good


@pytest.mark.parametrize(
    "wrong",
    [
        scripted(began_s=BEGAN_S + 0.2),
        scripted(ended_s=None),
        scripted(ended_s=ENDED_S + 0.2),
        replace(scripted(), code="IMPOSSIBLE_JUMP"),
    ],
    ids=["begins late", "never ends", "ends late", "another rule"],
)
def test_a_violation_that_is_not_as_it_was_scripted_is_found(
    site: Site, fleet: Fleet, wrong: ViolationChange
) -> None:
    assert not judged(site, fleet, [1, 2], wrong).good


def test_a_violation_that_nobody_scripted_is_found(site: Site, fleet: Fleet) -> None:
    other = scripted(began_s=BEGAN_S + 100, ended_s=ENDED_S + 100)
    found = judged(site, fleet, [1, 2], scripted(), other)
    assert [each.partition(":")[0] for each in found.wrong] == ["not scripted"]
