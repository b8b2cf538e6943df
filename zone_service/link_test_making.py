"""A test of a data link, made and put on record: what the journal has, judged by the rules in force."""

from collections.abc import Iterator
from datetime import datetime

from sqlmodel import Session

from geofence.zone import ZoneKind
from permits.link_test import LinkTest
from permits.quality_rules import LinkTestRules, link_test_rules
from permits.ruleset import judged_by
from zone_service.clips.window import LONGEST_BATCH_S
from zone_service.history.reading import Reader
from zone_service.history.told import Told
from zone_service.link_testing import Where, tested
from zone_service.schemas.link_tests import FiguresShown
from zone_service.services import Services
from zone_service.store import journal, link_tests, permits, registry, zones
from zone_service.store.errors import Conflict, TryLater
from zone_service.store.records import Device, Principal
from zone_service.store.scoping import require_own


def made(services: Services, principal: Principal, device_id: str, ends: datetime) -> LinkTest:
    """Judge what a device sent in the minutes up to a moment, put it on record and return it.

    Raises:
        NotFound: there is no device of this id that the principal may see.
        NotAllowed: it is another's.
        Conflict: the rule set knows no such test.
        TryLater: others are reading the journal.
    """
    with services.store.read() as session:
        device = registry.device(session, principal, device_id)
        require_own(principal, "test the data link", device.organisation_id)
        sheet = services.rules.ruling(session).sheet
        where = _where(session, device, ends)
    asked = link_test_rules(sheet)
    if asked is None:
        raise Conflict(why="no link test", label=sheet.label)
    told = _told(services, device_id, asked, ends)
    found = tested(device_id, device.domain, told, ends, judged_by(sheet), asked, where)
    test = LinkTest(
        test_id=0,
        device_id=device_id,
        begins=found.begins,
        ends=found.ends,
        result=found.result,
        faults=found.faults,
        score=found.found.score.total if found.found.score else None,
        figures=FiguresShown.of_test(found).model_dump_json(),
        rule_set=sheet.label,
        by=principal.username,
        organisation_id=principal.organisation_id,
    )
    with services.store.write() as session:
        return link_tests.put_on_record(session, principal, test)


def _where(session: Session, device: Device, at: datetime) -> Where:
    """Return where a device may be by its permits, or without one where its like may be."""
    mine = [
        each.terms
        for each in permits.grants(session, at)
        if device.device_id in each.terms.device_ids
    ]
    in_force = zones.in_force(session).zones
    named = {zone_id for terms in mine for zone_id in terms.zone_ids}
    found = tuple(each for each in in_force if each.zone_id in named)
    if found:
        return Where(found, by_permit=True)
    domain = device.domain.value
    keep_in = (each for each in in_force if each.kind is ZoneKind.KEEP_IN)
    return Where(tuple(each for each in keep_in if domain in each.domains), by_permit=False)


def _told(
    services: Services, device_id: str, asked: LinkTestRules, ends: datetime
) -> tuple[Told, ...]:
    """Return what a device told in the minutes, from the journal: all of it is there for hours."""
    if not services.histories.acquire(blocking=False):
        raise TryLater(why="histories at once")
    try:
        return tuple(_read(services, device_id, ends.timestamp() - asked.minutes * 60, ends))
    finally:
        services.histories.release()


def _read(services: Services, device_id: str, begins_s: float, ends: datetime) -> Iterator[Told]:
    reader = Reader(services.store, services.settings.served, frozenset({device_id}))
    its = device_id.encode()
    with services.store.reader.begin() as connection:
        batches = journal.batches_between(connection, begins_s, ends.timestamp(), LONGEST_BATCH_S)
        # One at a time: of a large fleet these minutes are gigabytes.
        yield from reader.told(each for each in batches if its in each.batch.body)
