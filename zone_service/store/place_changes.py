"""Whose place a change of the map takes: permits whose zones end with it, or are drawn anew as none for them."""

from collections.abc import Collection, Iterable, Mapping

from sqlmodel import Session

from geofence.zone import Zone, ZoneKind
from permits.places import DOMAIN_OF, Mapped, closed
from zone_service.store import permit_parts, places
from zone_service.store.history import permit_of
from zone_service.store.tables import PermitRow


def without_place(
    session: Session, ended: Collection[str], drawn: Iterable[Zone]
) -> tuple[str, ...]:
    """Return the numbers of the permits that stand and lose a place by a change, before it is made.

    They name a zone of ``ended``, or one of ``drawn`` in which they may be now and may not as it will be.
    """
    to_be = {each.zone_id: _mapped(each) for each in drawn}
    lost = _lost(places.on_map(session, to_be), to_be)
    redrawn = {zone_id for zone_ids in lost.values() for zone_id in zone_ids}
    named = permit_parts.standing_in(session, redrawn)
    those = (number for number in named if _loses(session.get_one(PermitRow, number), lost))
    return tuple(sorted({*permit_parts.standing_in(session, ended), *those}))


def _lost(now: Mapping[str, Mapped], to_be: Mapping[str, Mapped]) -> Mapping[str, frozenset[str]]:
    """Return by domain the zones that are on the map and open to it, and will not be."""
    there = {zone_id: to_be[zone_id] for zone_id in now}
    return {
        domain: closed(domain, there) - closed(domain, now) for domain in set(DOMAIN_OF.values())
    }


def _loses(row: PermitRow, lost: Mapping[str, frozenset[str]]) -> bool:
    permit = permit_of(row)
    places_of = permit.terms.zone_ids | permit.terms.transfer_zone_ids
    return not places_of.isdisjoint(lost[DOMAIN_OF[permit.family]])


def _mapped(zone: Zone) -> Mapped:
    return Mapped(
        in_force=True,
        is_place=zone.kind is ZoneKind.KEEP_IN,
        is_lifted=zone.kind is ZoneKind.KEEP_OUT and zone.restriction.value in places.LIFTED,
        domains=frozenset(zone.domains),
    )
