"""What the platform has on record against vehicles: accidents they were liable for, violations it saw."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime

import msgspec
from sqlmodel import Session, col, or_, select

from permits.accident import Accident
from permits.governance_file import Breach
from permits.governance_states import FileState
from permits.matter_states import MatterAction, MatterKind
from permits.matter_step import MatterDetail
from permits.precondition_facts import OnRecord, Origin, Source
from permits.record_rules import RecordRules, record_rules
from permits.sheet import Sheet
from zone_service.store.tables import (
    GovernanceFileRow,
    MatterEventRow,
    MatterPartyRow,
    MatterRow,
    ViolationRow,
)

_IDS_AT_ONCE = 500
_MOST_SOURCES = 20
"""Of each kind: whoever has more against them does not need them all named."""


def on_record(
    session: Session,
    device_ids: Collection[str],
    holders: Collection[str],
    at: datetime,
    sheet: Sheet,
) -> Mapping[str, OnRecord]:
    """Return what is on record by device, while its holders are the same; absent where nothing is.

    Which findings make an accident its fault, which violations are those of traffic, and how long they
    stay on record, is in the rule set; where it does not say, nothing is counted.
    """
    rules = record_rules(sheet)
    if rules is None or not device_ids:
        return {}
    since = at - rules.lasts
    found: dict[str, list[Source]] = defaultdict(list)
    for device_id, source in (
        *_accidents(session, frozenset(device_ids), holders, since, rules),
        *_violations(session, device_ids, holders, since, rules),
    ):
        found[device_id].append(source)
    return {device_id: _together(sources) for device_id, sources in found.items()}


def _together(found: list[Source]) -> OnRecord:
    counts = Counter(each.origin for each in found)
    named = [
        each
        for origin in counts
        for each in [one for one in found if one.origin is origin][:_MOST_SOURCES]
    ]
    return OnRecord(
        at_fault_accidents=counts[Origin.ACCIDENT],
        traffic_violations=counts[Origin.VIOLATION],
        sources=tuple(named),
    )


def _accidents(
    session: Session,
    device_ids: frozenset[str],
    holders: Collection[str],
    since: datetime,
    rules: RecordRules,
) -> Iterator[tuple[str, Source]]:
    asked = (
        select(MatterRow.matter_id, MatterRow.about, MatterEventRow.details)
        .join(MatterEventRow, col(MatterEventRow.matter_id) == col(MatterRow.matter_id))
        .where(
            MatterRow.kind == MatterKind.ACCIDENT.value,
            or_(
                col(MatterRow.holder_id).in_(sorted(holders)),
                # Of a consortium's permit, whoever held it: it was the vehicle's own.
                col(MatterRow.matter_id).in_(
                    select(MatterPartyRow.matter_id).where(
                        col(MatterPartyRow.organisation_id).in_(sorted(holders))
                    )
                ),
            ),
            MatterEventRow.action == MatterAction.DETERMINE_LIABILITY.value,
        )
        .order_by(col(MatterRow.matter_id))
    )
    for matter_id, about, details in session.exec(asked):
        accident = msgspec.json.decode(about, type=Accident)
        found = msgspec.json.decode(details or "{}", type=dict[MatterDetail, str])
        if found.get(MatterDetail.LIABILITY) in rules.liable and accident.occurred_at >= since:
            for device_id in sorted(device_ids & accident.device_ids):
                yield device_id, Source(Origin.ACCIDENT, matter_id)


def _violations(
    session: Session,
    device_ids: Collection[str],
    holders: Collection[str],
    since: datetime,
    rules: RecordRules,
) -> Iterator[tuple[str, Source]]:
    wanted, spared = sorted(device_ids), _spared(session, holders)
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        asked = select(ViolationRow.device_id, ViolationRow.id).where(
            col(ViolationRow.device_id).in_(wanted[start : start + _IDS_AT_ONCE]),
            col(ViolationRow.organisation_id).in_(sorted(holders)),
            col(ViolationRow.code).in_(sorted(rules.codes)),
            col(ViolationRow.opened_at) >= since,
            # One that goes on is one.
            col(ViolationRow.joins).is_(None),
            col(ViolationRow.unfounded).is_(False),
        )
        for device_id, violation_id in session.exec(asked.order_by(col(ViolationRow.opened_seq))):
            if violation_id not in spared:
                yield device_id, Source(Origin.VIOLATION, violation_id)


def _spared(session: Session, holders: Collection[str]) -> frozenset[str]:
    """Return the violations that were put right and left unpunished (轻微违法不予处罚)."""
    asked = select(GovernanceFileRow.about).where(
        GovernanceFileRow.state == FileState.SPARED.value,
        col(GovernanceFileRow.organisation_id).in_(sorted(holders)),
    )
    found = (msgspec.json.decode(each, type=Breach).violation_id for each in session.exec(asked))
    return frozenset(each for each in found if each is not None)
