"""The zones that permits name, held against the map: what is not on it is granted to nobody."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from itertools import islice
from typing import Any

import sqlalchemy as sql
from sqlmodel import Session

from geofence.zone import Restriction, ZoneKind
from permits.paper_words import Fault
from permits.place_words import PlacesRefused, fault_of
from permits.places import (
    DOMAIN_OF,
    Mapped,
    Misplaced,
    Use,
    amiss,
    in_the_way,
    misplaced,
    named_in,
)
from permits.states import Family
from permits.terms import Terms
from zone_service.store.tables import ZoneRow, table

LIFTED = frozenset({Restriction.REQ_AUTHORIZATION.value, Restriction.CONDITIONAL.value})
_IDS_AT_ONCE = 500
_NEIGHBOURS = 200
"""To either side of an id: to compare two takes ten microseconds, while the worker waits for its turn."""
_HELPED_AT_MOST = 3
"""Zones that ids like theirs are looked for: of a hundred typing errors the first few tell enough."""
_LIKE_IT = 3
_ZONES = table(ZoneRow)
_SAID = tuple(
    _ZONES.c[name]
    for name in ("zone_id", "kind", "restriction", "domains", "name", "name_zh", "until_revision")
)
_IN_FORCE = _ZONES.c.until_revision.is_(None)


def require(session: Session, family: Family, terms: Terms) -> None:
    """Refuse terms that name what is not on the map, or is not what they name it as.

    Raises:
        PlacesRefused: names each zone, what was expected and ids like it.
    """
    if found := faults(session, family, terms):
        raise PlacesRefused(*found)


def faults(session: Session, family: Family, terms: Terms) -> tuple[Fault, ...]:
    """Return what is wrong with the zones of terms, but for those that are suspended; empty if nothing is."""
    return _told(session, family, misplaced(terms, family, of_terms(session, terms)))


def faults_of_grant(session: Session, family: Family, terms: Terms) -> tuple[Fault, ...]:
    """Return the same of terms that are to be granted, but for keep-out zones that are over."""
    found = misplaced(terms, family, of_terms(session, terms))
    return _told(session, family, in_the_way(found))


def _told(session: Session, family: Family, found: tuple[Misplaced, ...]) -> tuple[Fault, ...]:
    return tuple(
        fault_of(each, family, _like(session, each, family) if at < _HELPED_AT_MOST else ())
        for at, each in enumerate(found)
    )


def of_terms(session: Session, terms: Terms) -> Mapping[str, Mapped]:
    """Return what the map says of each zone that terms name, those too that are suspended."""
    return on_map(session, {each.zone_id for each in named_in(terms)})


def on_map(session: Session, zone_ids: Iterable[str]) -> Mapping[str, Mapped]:
    """Return what the map says of zones; of one that it does not have any more, what it said last."""
    wanted, found = sorted(set(zone_ids)), dict[str, Mapped]()
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        some = wanted[start : start + _IDS_AT_ONCE]
        found |= _mapped(session, some, in_force=True)
        if gone := [each for each in some if each not in found]:
            found |= _mapped(session, gone, in_force=False)
    return found


def _mapped(session: Session, zone_ids: list[str], *, in_force: bool) -> dict[str, Mapped]:
    asked = sql.select(*_SAID).where(_ZONES.c.zone_id.in_(zone_ids))
    if in_force:
        asked = asked.where(_IN_FORCE)
    # The last of one that was there several times stays.
    rows = session.connection().execute(asked.order_by(_ZONES.c.from_revision))
    return {row.zone_id: _of(row) for row in rows}


def _of(row: Any) -> Mapped:
    return Mapped(
        in_force=row.until_revision is None,
        is_place=row.kind == ZoneKind.KEEP_IN.value,
        is_lifted=row.kind == ZoneKind.KEEP_OUT.value and row.restriction in LIFTED,
        domains=frozenset(filter(None, row.domains.split(","))),
        name=row.name,
        name_zh=row.name_zh or row.name,
    )


def _like(session: Session, found: Misplaced, family: Family) -> tuple[str, ...]:
    """Return ids like that of a zone, of zones that could be named as it is."""
    use, zone_id = found.named
    fit = [row.zone_id for row in _neighbours(session, zone_id) if _fits(use, family, row)]
    near = get_close_matches(zone_id, fit, n=_LIKE_IT)
    return tuple(near or islice(fit, _LIKE_IT))


def _neighbours(session: Session, zone_id: str) -> list[Any]:
    """Return the zones in force whose ids come next to one in their order: in a small map, all."""
    key, there = _ZONES.c.zone_id, sql.select(*_SAID).where(_IN_FORCE)
    before = there.where(key < zone_id).order_by(key.desc()).limit(_NEIGHBOURS)
    after = there.where(key >= zone_id).order_by(key).limit(_NEIGHBOURS)
    execute = session.connection().execute
    return [*execute(before), *execute(after)]


def _fits(use: Use, family: Family, row: Any) -> bool:
    return amiss(use, DOMAIN_OF[family], _of(row)) is None
