"""What the store knows of an activity by its permit, as far as that tells how risky it is."""

from collections.abc import Iterable, Mapping

from sqlmodel import Session, col, select

from permits.entries import Aircraft, Vehicle
from permits.risk_items import Activity
from zone_service.store import applications, history, register
from zone_service.store.records import PLATFORM
from zone_service.store.scoping import one
from zone_service.store.tables import PermitRow, ZoneRow

_IDS_AT_ONCE = 500


def activity(session: Session, number: str) -> Activity:
    """Return what is known of the activity under a permit, with its terms as they are now.

    Raises:
        NotFound: there is no such permit.
    """
    permit = history.permit_of(one(session, PermitRow, PLATFORM, number))
    application = applications.get(session, PLATFORM, number)
    filed = (register.get(session, PLATFORM, each).particulars for each in application.entry_ids)
    zones = permit.terms.zone_ids | permit.terms.transfer_zone_ids
    return Activity(
        permit,
        application,
        tuple(each for each in filed if isinstance(each, Vehicle | Aircraft)),
        classes_of(session, zones),
    )


def classes_of(session: Session, zone_ids: Iterable[str]) -> Mapping[str, str]:
    """Return the class of each zone that has one on the map."""
    wanted = sorted(zone_ids)
    found: dict[str, str] = {}
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        asked = select(ZoneRow.zone_id, ZoneRow.category).where(
            col(ZoneRow.zone_id).in_(wanted[start : start + _IDS_AT_ONCE]),
            col(ZoneRow.until_revision).is_(None),
            ZoneRow.category != "",
        )
        found |= dict(session.exec(asked).all())
    return found
