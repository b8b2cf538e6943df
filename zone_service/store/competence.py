"""Whether who acts on a permit for an authority is of a department that may, and not of its applicant."""

from sqlmodel import Session

from permits.acts import Act
from permits.competence import Unfit, unfit
from permits.issuing import Ruling
from permits.permit import Permit
from permits.states import FAMILY_OF, Family
from zone_service.store import ballots, permit_parts
from zone_service.store.records import Principal, Role, department_of
from zone_service.store.tables import RegisterRow

AUTHORITIES = frozenset({Role.REVIEWER, Role.POLICE})


def unfit_for(
    session: Session, principal: Principal, permit: Permit, act: Act, under: Ruling
) -> Unfit | None:
    """Return why somebody may not act; ``None`` where they may, and for who acts for no authority."""
    if principal.role not in AUTHORITIES:
        return None
    own, home = department_of(principal), principal.organisation_id
    return unfit(under.sheet, act, permit.kind, own, home, ballots.parties(session, permit))


def unfit_for_figures(
    session: Session, principal: Principal, vehicle: RegisterRow, under: Ruling
) -> Unfit | None:
    """Return why somebody may not attest what a vehicle has driven; ``None`` where they may.

    They may who attest what is asked of a permit that names it, by the rules of that permit; of a vehicle
    that none names yet, who attests what is asked of some permit for roads, by those of the installation.
    """
    found = [
        unfit_for(session, principal, permit, Act.ATTEST, its)
        for permit in permit_parts.naming(session, vehicle.device_id)
        if permit.family is Family.ROAD and (its := under.there(permit.jurisdiction)) is not None
    ]
    return _least(found or _for_roads(principal, vehicle, under))


def _for_roads(principal: Principal, vehicle: RegisterRow, under: Ruling) -> list[Unfit | None]:
    own, home = department_of(principal), principal.organisation_id
    kinds = [kind for kind, family in FAMILY_OF.items() if family is Family.ROAD]
    parties = frozenset({vehicle.organisation_id})
    return [unfit(under.sheet, Act.ATTEST, kind, own, home, parties) for kind in kinds]


def _least(found: list[Unfit | None]) -> Unfit | None:
    """Return nothing where somebody is fit once, unless it is their own file."""
    own = next((each for each in found if each is not None and each.organisation), None)
    return own or (None if None in found else found[0])
