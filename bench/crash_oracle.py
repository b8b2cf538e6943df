"""What the store must hold after all crashes, held against what it does hold."""

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bench.crash_load import Fleet
from bench.crash_site import FORBIDDEN, Site
from permits.violation import ViolationCode
from telemetry import topics
from zone_service.store import device_days, journal, violations
from zone_service.store.records import PLATFORM, ViolationEvent, ViolationEventKind

Key = tuple[str, str, str | None, int]
"""Device, code, zone and device time of the start in milliseconds."""


@dataclass(slots=True)
class Findings:
    """How the store differs from the truth."""

    sent: int = 0
    acked: int = 0
    lost: int = 0
    """Acknowledged by the broker or the platform, and not in the history."""
    duplicated: int = 0
    violations_expected: int = 0
    violations_seen: int = 0
    """Of those that were expected."""
    wrong: list[str] = field(default_factory=list)
    """Everything else that is not as it should be, in words."""

    @property
    def good(self) -> bool:
        return not (
            self.lost
            or self.duplicated
            or self.wrong
            or self.violations_seen != self.violations_expected
        )


def check(site: Site, fleet: Fleet) -> Findings:
    """Read everything back."""
    found = Findings()
    _check_messages(site, fleet, found)
    _check_days(site, fleet, found)
    events = _feed(site)
    _check_feed(events, found)
    _check_violations(events, fleet, found)
    _check_store(site, found)
    return found


def _check_messages(site: Site, fleet: Fleet, found: Findings) -> None:
    kept = Counter(
        (frame.topic, json.loads(frame.payload)["seq"])
        for frame in journal.history(site.store)
        if frame.topic.startswith("zone/up/")
    )
    found.duplicated = sum(count - 1 for count in kept.values())
    for talker in fleet.talkers:
        topic = f"zone/up/{talker.device_id}/tele"
        promised = talker.acknowledged | set(range(1, talker.stored + 1))
        found.sent += talker.sent
        found.acked += len(promised)
        missing = sorted(seq for seq in promised if (topic, seq) not in kept)
        found.lost += len(missing)
        if missing:
            found.wrong.append(f"{talker.device_id}: lost {missing[:20]}")
        if talker.stored != talker.sent:
            found.wrong.append(
                f"{talker.device_id}: {talker.sent} sent, {talker.stored} acknowledged as stored"
            )


def _check_days(site: Site, fleet: Fleet, found: Findings) -> None:
    """What was counted of each device is what is in its history, however often a worker died."""
    names = [each.device_id for each in fleet.talkers]
    kept = Counter(
        frame.topic for frame in journal.history(site.store) if frame.topic.endswith("/tele")
    )
    counted = Counter[str]()
    with site.store.read() as session:
        for each in device_days.between(session, names, date.min, date.max):
            counted[each.device_id] += each.day.reports
    for name in names:
        if counted[name] != kept[topics.tele(name)]:
            found.wrong.append(
                f"{name}: {counted[name]} reports counted of its days, {kept[topics.tele(name)]} kept"
            )


def _feed(site: Site) -> list[ViolationEvent]:
    events: list[ViolationEvent] = []
    with site.store.read() as session:
        while page := violations.events_since(session, PLATFORM, len(events)):
            events += page
    return events


def _check_feed(events: list[ViolationEvent], found: Findings) -> None:
    if [each.seq for each in events] != list(range(1, len(events) + 1)):
        found.wrong.append("the feed's numbers have gaps")
    told = Counter((each.violation.id, each.event) for each in events)
    for (identity, kind), count in told.items():
        if count > 1 and kind is not ViolationEventKind.UPDATED:
            found.wrong.append(f"violation {identity} was {kind.value} {count} times")


def _check_violations(events: list[ViolationEvent], fleet: Fleet, found: Findings) -> None:
    """Every scripted one once, from its first fix to its last; and no other."""
    expected: dict[Key, float | None] = {
        _key(each.device_id, each.began_s): each.ended_s for each in fleet.excursions
    }
    found.violations_expected = len(expected)
    last = {each.violation.id: each.violation for each in events}
    for record in last.values():
        key = (record.device_id, record.code, record.zone_id, _ms(record.opened_at.timestamp()))
        if key not in expected:
            found.wrong.append(f"not scripted: {_said(record)}")
            continue
        ended_s = expected.pop(key)
        found.violations_seen += 1
        closed_ms = None if record.closed_at is None else _ms(record.closed_at.timestamp())
        if ended_s is None or closed_ms != _ms(ended_s):
            found.wrong.append(f"closed at another time than {ended_s}: {_said(record)}")
    found.wrong += [f"not seen: {key}" for key in expected]


def _key(device_id: str, began_s: float) -> Key:
    return device_id, ViolationCode.KEEP_OUT_BREACH.value, FORBIDDEN.zone_id, _ms(began_s)


def _ms(unix_s: float) -> int:
    return round(unix_s * 1000)


def _said(record: Any) -> str:
    return (
        f"{record.code} of {record.device_id} in {record.zone_id} from {record.opened_at} "
        f"to {record.closed_at}, detected {record.detected_at}, measured {record.measured}"
    )


def _check_store(site: Site, found: Findings) -> None:
    """Let SQLite look whether its file is whole; a worker that dies never writes to PostgreSQL's."""
    with site.store.begin() as connection:
        if connection.dialect.name != "sqlite":
            return
        answer = connection.exec_driver_sql("PRAGMA integrity_check").scalar_one()
    if answer != "ok":
        found.wrong.append(f"the database is damaged: {answer}")
