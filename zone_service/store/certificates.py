"""Certificates: an edition for each change of what stands on it, and the paper once it was drawn."""

from collections.abc import Iterable, Iterator

import msgspec
from sqlalchemy import func
from sqlmodel import Session, col, select, update

from permits.certificate import (
    Certificate,
    CertifiedMember,
    CertifiedPlace,
    hours_of,
    vehicles_of,
)
from permits.permit import Permit
from permits.series import Numbered
from permits.sheet import Sheet
from permits.terms import Terms
from zone_service.certificate_words import Both, both, both_names
from zone_service.store import applications
from zone_service.store.applications import members_of
from zone_service.store.errors import NotFound
from zone_service.store.numbers import numbers_of
from zone_service.store.permit_step import Step
from zone_service.store.plates import validity_at_issue
from zone_service.store.records import PLATFORM, KeptCertificate, Principal
from zone_service.store.scoping import one
from zone_service.store.tables import (
    CertificateRow,
    DeviceRow,
    OrganisationRow,
    PermitRow,
    ZoneRow,
)

_IDS_AT_ONCE = 500


def certify(step: Step, after: Permit) -> Permit:
    """Make out the next edition of a permit's certificate.

    What was granted before there were numbers, and is only renewed, has none and gets none.
    """
    numbers = numbers_of(step.session, after.number)
    if numbers is None:
        return after
    made = _made_out(step, after, numbers)
    step.session.add(
        CertificateRow(
            number=after.number,
            edition=made.edition,
            machine=made.number,
            content=msgspec.json.encode(made).decode(),
            issued_at=step.at,
        )
    )
    step.session.flush()
    return after


def latest(session: Session, principal: Principal, number: str) -> KeptCertificate:
    """Return the edition of a permit's certificate that counts.

    Raises:
        NotFound: there is no permit that the principal may see, or it has no certificate.
    """
    one(session, PermitRow, principal, number)
    return edition(session, number, _newest(session, number))


def edition(session: Session, number: str, wanted: int) -> KeptCertificate:
    """Return one edition, whoever asks.

    Raises:
        NotFound: there is none.
    """
    row = session.get(CertificateRow, (number, wanted))
    if row is None:
        raise NotFound(what="certificate", key=number)
    certificate = msgspec.json.decode(row.content, type=Certificate)
    is_latest = wanted == _newest(session, number)
    return KeptCertificate(certificate, is_latest, row.key_id, row.token, row.sha256, row.pdf)


def newest(session: Session, number: str) -> KeptCertificate | None:
    """Return the edition that counts, whoever asks; ``None`` before there is one."""
    found = _newest(session, number)
    return edition(session, number, found) if found else None


def permit_behind(session: Session, machine: str) -> str | None:
    """Return the permit that a number of a certificate belongs to; ``None`` where there is none."""
    asked = select(CertificateRow.number).where(CertificateRow.machine == machine).limit(1)
    return session.exec(asked).one_or_none()


def keep_drawn(session: Session, drawn: KeptCertificate) -> None:
    """Keep the paper of an edition; the first that was drawn is the one that is handed out."""
    certificate = drawn.certificate
    session.exec(
        update(CertificateRow)
        .where(
            col(CertificateRow.number) == certificate.application,
            col(CertificateRow.edition) == certificate.edition,
            col(CertificateRow.pdf).is_(None),
        )
        .values(key_id=drawn.key_id, token=drawn.token, sha256=drawn.sha256, pdf=drawn.pdf)
        .execution_options(synchronize_session=False)
    )


def _newest(session: Session, number: str) -> int:
    asked = select(func.max(CertificateRow.edition)).where(CertificateRow.number == number)
    return session.exec(asked).one() or 0


def _made_out(step: Step, after: Permit, numbers: Numbered) -> Certificate:
    session, sheet, terms = step.session, step.under.sheet, after.terms
    corridor = terms.corridor
    return Certificate(
        number=numbers.machine,
        edition=_newest(session, after.number) + 1,
        confirmation=numbers.confirmation,
        application=after.number,
        kind=after.kind,
        holder=_organisation(session, after.holder_id),
        vehicles=vehicles_of(terms, _labels(session, sorted(terms.device_ids))),
        places=_places(session, terms.zone_ids),
        transfers=_places(session, terms.transfer_zone_ids),
        exempt=_places(session, terms.exempt_zone_ids),
        hours=hours_of(terms),
        max_speed_mps=terms.max_speed_mps,
        max_height_agl_m=terms.max_height_agl_m,
        control_modes=tuple(sorted(terms.control_modes)),
        corridor_half_width_m=None if corridor is None else corridor.half_width_m,
        conditions=tuple(_conditions(terms)),
        valid_from=terms.valid_from,
        valid_to=terms.valid_to,
        cut_by=validity_at_issue(step, after).cut_by,
        rules=step.under.label,
        rules_title=sheet.title,
        rules_title_zh=sheet.title_zh,
        jurisdiction=sheet.jurisdiction,
        departments=tuple(_departments(sheet, after)),
        issued_by=_organisation(session, step.principal.organisation_id),
        issued_at=step.at,
        members=tuple(_members(session, after.number)),
    )


def _members(session: Session, number: str) -> Iterator[CertifiedMember]:
    """Yield the organisations of the consortium that applied, but for who has left it."""
    for each in members_of(session, number, applications.get(session, PLATFORM, number)):
        yield CertifiedMember(_organisation(session, each.organisation_id), each.role)


def _conditions(terms: Terms) -> Iterator[Both]:
    """Yield what the departments asked for that no other line of the certificate says."""
    if terms.min_visibility_m is not None:
        yield both("visibility", m=terms.min_visibility_m)
    if terms.max_wind_mps is not None:
        yield both("wind", mps=terms.max_wind_mps)
    if terms.max_vehicles is not None:
        yield both("vehicles at most", count=terms.max_vehicles)
    yield from ((each, each) for each in sorted(terms.other_conditions))


def _departments(sheet: Sheet, permit: Permit) -> Iterable[Both]:
    """Yield the names of those who decide together on such permits."""
    for key in (f"review.{permit.kind}.mandatory", f"review.{permit.family}.mandatory"):
        found = sheet.parameters.get(key)
        if found is not None and isinstance(found.value, tuple):
            return map(both_names, found.value)
    return ()


def _organisation(session: Session, organisation_id: str) -> str:
    row = session.get(OrganisationRow, organisation_id)
    return organisation_id if row is None else row.name


def _labels(session: Session, device_ids: list[str]) -> Iterable[tuple[str, str]]:
    for start in range(0, len(device_ids), _IDS_AT_ONCE):
        some = device_ids[start : start + _IDS_AT_ONCE]
        asked = select(DeviceRow.device_id, DeviceRow.label)
        yield from session.exec(asked.where(col(DeviceRow.device_id).in_(some)))


def _places(session: Session, zone_ids: frozenset[str]) -> tuple[CertifiedPlace, ...]:
    """Return zones by the names that they have now; one that is not on the map by its id."""
    names: dict[str, tuple[str, str]] = {}
    wanted = sorted(zone_ids)
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        asked = select(ZoneRow.zone_id, ZoneRow.name, ZoneRow.name_zh).where(
            col(ZoneRow.zone_id).in_(wanted[start : start + _IDS_AT_ONCE]),
            col(ZoneRow.until_revision).is_(None),
        )
        names |= {
            zone_id: (name, name_zh or name) for zone_id, name, name_zh in session.exec(asked)
        }
    return tuple(CertifiedPlace(each, *names.get(each, (each, each))) for each in wanted)
