"""What held when something happened: the register, the permit, the rules and the zones of then.

What nobody kept so long is as it is now, and the clip says so: its revision is 0.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import msgspec
from sqlmodel import Session

from maps.geojson_write import write_zones
from permits.permit import Permit
from permits.rule_words import RuleSetError
from permits.terms import Terms, terms_to_json
from telemetry.report import Unit
from zone_service.rule_files import NoSuchRuleSet
from zone_service.store import (
    history,
    matter_rows,
    permits,
    rule_sets,
    stretch,
    violations,
    zones,
)
from zone_service.store.engine import Store
from zone_service.store.errors import NotFound
from zone_service.store.history import DeviceThen
from zone_service.store.records import PLATFORM, EvidenceClip, EvidenceKind, JudgedBy
from zone_service.store.revisions import revisions

NOT_KEPT: Final = 0
"""A revision that none is: what is told is what holds now."""
_NOW: Final = 2**62


@dataclass(frozen=True, slots=True)
class Then:
    """What held when something happened."""

    about: Mapping[str, Any]
    units: Mapping[str, Unit]
    revisions: Mapping[str, int]
    permit: Mapping[str, Any] | None
    rule_set: str
    rules: Mapping[str, str]
    zones: Mapping[str, Any]


class _About(NamedTuple):
    said: Mapping[str, Any]
    at_s: float
    """When it was found."""
    rule_set: str
    zone_revision: int | None
    zone_ids: frozenset[str]


def then(store: Store, clip: EvidenceClip) -> Then:
    """Return what held when something happened."""
    with store.read() as session:
        about = _about(session, clip)
    by = _judged_by(store, about.at_s)
    with store.read() as session:
        permit = _permit(session, clip.permit_number, by)
        named = about.zone_ids | (frozenset() if permit is None else _zones_of(permit.terms))
        zone_revision = about.zone_revision or (by and by.zone_revision) or NOT_KEPT
        map_ = zone_revision or revisions(session).zones
        return Then(
            about=about.said,
            units=_units(session, clip.device_ids, by),
            revisions={
                "zones": zone_revision,
                "registry": by.registry_revision if by else NOT_KEPT,
                "permits": by.permit_revision if by else NOT_KEPT,
            },
            permit=None if permit is None else _permit_json(permit),
            rule_set=about.rule_set,
            rules=_rules(session, (about.rule_set, clip.rule_set)),
            zones=write_zones(zones.some_at(session, map_, named)),
        )


def _about(session: Session, clip: EvidenceClip) -> _About:
    if clip.kind is EvidenceKind.ACCIDENT:
        matter = matter_rows.by_id(session, clip.key)
        said = {"kind": clip.kind.value, "matter": _plain(matter)}
        return _About(said, clip.moments_s[0], clip.rule_set, None, frozenset())
    its = violations.get(session, PLATFORM, clip.key)
    events = violations.events_of(session, PLATFORM, clip.key)
    said = {
        "kind": clip.kind.value,
        "violation": _plain(its),
        "events": [_plain(each) for each in events],
    }
    zone_ids = frozenset(filter(None, (its.zone_id,)))
    return _About(said, its.detected_at.timestamp(), its.rule_version, its.zone_revision, zone_ids)


def _judged_by(store: Store, at_s: float) -> JudgedBy | None:
    noted, _ = stretch.judged_around(store, at_s)
    return None if noted is None else noted.by


def _units(session: Session, device_ids: Iterable[str], by: JudgedBy | None) -> dict[str, Unit]:
    revision = _NOW if by is None else by.registry_revision
    found = (history.devices_at(session, revision, each) for each in device_ids)
    return {each.device.device_id: _unit(each) for some in found for each in some}


def _unit(then: DeviceThen) -> Unit:
    its = then.device
    return Unit(
        device_id=its.device_id,
        codec=its.codec,
        wire_id=its.wire_id,
        datum=its.datum,
        active=then.let_in,
    )


def _permit(session: Session, number: str | None, by: JudgedBy | None) -> Permit | None:
    if number is None:
        return None
    found = None if by is None else history.permit_at(session, number, by.permit_revision)
    if found is not None:
        return found
    try:
        return permits.get(session, PLATFORM, number)
    except NotFound:
        return None


def _zones_of(terms: Terms) -> frozenset[str]:
    """Return all zones that a permit names: those that it leads through and may enter judge it as well."""
    return terms.zone_ids | terms.transfer_zone_ids | terms.exempt_zone_ids


def _permit_json(permit: Permit) -> dict[str, Any]:
    return {
        "number": permit.number,
        "kind": permit.kind.value,
        "state": permit.state.value,
        "holder_id": permit.holder_id,
        "jurisdiction": permit.jurisdiction,
        "revision": permit.revision,
        "terms": terms_to_json(permit.terms),
    }


def _rules(session: Session, labels: Iterable[str]) -> dict[str, str]:
    """Return the texts of rule sets and of all that they rest on; those that are gone are left out."""
    found: dict[str, str] = {}
    for label in labels:
        try:
            layers = rule_sets.sheet_of(session, label).layers
            found |= {each: rule_sets.text_of(session, each) for each in (label, *layers)}
        except (NoSuchRuleSet, RuleSetError):
            continue
    return found


def _plain(value: object) -> Any:
    return msgspec.to_builtins(value, order="sorted")
