"""Whose vehicles a matter is about: of a consortium's permit they are not all its holder's.

Written with the first step and kept: who has left the permit still owes what happened to its vehicle.
"""

from collections.abc import Mapping, Sequence
from itertools import groupby

from sqlmodel import Session, col, select

from permits.matter import About, Matter, concerns_all, named_in
from permits.matter_states import MatterState
from zone_service.store.tables import DeviceRow, MatterPartyRow, MatterRow


def keep(session: Session, matter: Matter) -> None:
    """Write down the owners of the vehicles of a new matter."""
    found = owners_of(session, matter.about)
    session.add_all(
        MatterPartyRow(matter_id=matter.matter_id, organisation_id=each) for each in sorted(found)
    )
    session.flush()


def owners_of(session: Session, about: About) -> frozenset[str]:
    """Return the organisations whose vehicles a matter is about; none of what names no vehicles."""
    wanted = sorted(named_in(about).device_ids)
    if not wanted:
        return frozenset()
    asked = select(DeviceRow.organisation_id).where(col(DeviceRow.device_id).in_(wanted))
    return frozenset(session.exec(asked.distinct()))


def of(session: Session, matter: Matter) -> frozenset[str]:
    """Return the organisations whose vehicles a matter is about: as written down, whose ever they are since."""
    if matter.state is MatterState.NEW:
        return owners_of(session, matter.about)
    return frozenset(of_matters(session, (matter.matter_id,)).get(matter.matter_id, ()))


def is_of(session: Session, organisation_id: str | None, matter: Matter) -> bool:
    """Tell whether a matter is about an organisation's own vehicles, and nothing else."""
    return not concerns_all(matter.about) and of(session, matter) == {organisation_id}


def of_matters(session: Session, ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """Return by matter the organisations whose vehicles each is about."""
    asked = select(MatterPartyRow).where(col(MatterPartyRow.matter_id).in_(ids))
    rows = session.exec(
        asked.order_by(col(MatterPartyRow.matter_id), col(MatterPartyRow.organisation_id))
    )
    return {
        matter_id: tuple(each.organisation_id for each in its)
        for matter_id, its in groupby(rows, lambda row: row.matter_id)
    }


def has_open(session: Session, organisation_id: str | None, number: str) -> bool:
    """Tell whether a matter about an organisation's vehicles is open under a permit."""
    asked = (
        select(MatterRow.matter_id)
        .join(MatterPartyRow, col(MatterPartyRow.matter_id) == col(MatterRow.matter_id))
        .where(
            MatterRow.number == number,
            col(MatterRow.is_open),
            MatterPartyRow.organisation_id == organisation_id,
        )
    )
    return session.exec(asked.limit(1)).first() is not None
