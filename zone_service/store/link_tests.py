"""Tests of data links: put on record once, and read; none is ever changed."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlmodel import Session, col, func, select

from permits.condition import Verdict
from permits.link_test import Fault, Latest, LinkTest
from permits.quality_rules import link_test_rules
from permits.sheet import Sheet
from zone_service.store import audit, registry
from zone_service.store.records import Principal
from zone_service.store.scoping import page_size, require_own
from zone_service.store.tables import LinkTestRow

_IDS_AT_ONCE = 500


def put_on_record(session: Session, principal: Principal, test: LinkTest) -> LinkTest:
    """Write down a test that was made, and return it with its number.

    Raises:
        NotFound: there is no device of this id that the principal may see.
        NotAllowed: it is another's.
    """
    device = registry.device(session, principal, test.device_id)
    require_own(principal, "test the data link", device.organisation_id)
    row = LinkTestRow(
        device_id=test.device_id,
        begins_at=test.begins,
        ends_at=test.ends,
        result=test.result.value,
        faults=",".join(test.faults),
        score=test.score,
        figures=test.figures,
        rule_set=test.rule_set,
        made_by=principal.username,
        organisation_id=principal.organisation_id,
    )
    session.add(row)
    session.flush()
    reason = f"{test.result.value} by {test.rule_set}"
    audit.record(session, principal, "device.link-test", test.device_id, test.ends, reason)
    return _test(row)


def page(
    session: Session, principal: Principal, device_id: str, before: int | None, limit: int
) -> tuple[LinkTest, ...]:
    """Return the tests of a device, the newest first, from before one of them.

    Raises:
        NotFound: there is no device of this id that the principal may see.
    """
    registry.device(session, principal, device_id)
    key = col(LinkTestRow.test_id)
    asked = select(LinkTestRow).where(LinkTestRow.device_id == device_id)
    if before is not None:
        asked = asked.where(key < before)
    found = session.exec(asked.order_by(key.desc()).limit(page_size(limit)))
    return tuple(map(_test, found))


def latest(
    session: Session, device_ids: Collection[str], at: datetime, sheet: Sheet
) -> Mapping[str, Latest]:
    """Return the latest test of each device that still answers at a moment; of who has none, none.

    One that shows nothing answers nothing: a unit that is switched off must not hide that it failed.
    """
    rules = link_test_rules(sheet)
    if rules is None:
        return {}
    since = at - timedelta(days=rules.valid_days)
    wanted, found = sorted(device_ids), dict[str, Latest]()
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        its = col(LinkTestRow.device_id).in_(wanted[start : start + _IDS_AT_ONCE])
        shows = col(LinkTestRow.result) != Verdict.UNKNOWN.value
        newest = (
            select(func.max(LinkTestRow.test_id))
            .where(its, shows, col(LinkTestRow.ends_at) >= since, col(LinkTestRow.ends_at) <= at)
            .group_by(col(LinkTestRow.device_id))
        )
        rows = session.exec(select(LinkTestRow).where(col(LinkTestRow.test_id).in_(newest)))
        found |= {row.device_id: Latest(row.test_id or 0, Verdict(row.result)) for row in rows}
    return found


def _test(row: LinkTestRow) -> LinkTest:
    return LinkTest(
        test_id=row.test_id or 0,
        device_id=row.device_id,
        begins=row.begins_at,
        ends=row.ends_at,
        result=Verdict(row.result),
        faults=tuple(map(Fault, filter(None, row.faults.split(",")))),
        score=row.score,
        figures=row.figures,
        rule_set=row.rule_set,
        by=row.made_by,
        organisation_id=row.organisation_id,
    )
