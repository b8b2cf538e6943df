"""Sample papers for an application: everything that it lacks, made up and marked as a sample.

For whoever tries the platform out: not one of them is true, so production refuses to make any.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from hashlib import sha256

from sqlmodel import Session

from permits.application import Application, DriverMode, Subject
from permits.application_kinds import NEEDS, OFFICER_OF
from permits.applied_for import subject_of
from permits.completeness import Handed, missing
from permits.condition import Verdict
from permits.document import Covered, Document, StoredFile
from permits.document_kinds import KINDS, CoveredKind, DocumentKind, Stated
from permits.entries import (
    Aircraft,
    Consortium,
    Member,
    MemberRole,
    Particulars,
    Person,
    PersonRole,
    Vehicle,
    VehicleCategory,
    Vessel,
)
from permits.identities import vin_check
from permits.issuing import Ruling, legal_day
from permits.paper_words import Fault
from permits.permit import Permit, PermitKind
from zone_service.store import (
    applications,
    attestations,
    documents,
    permits,
    preconditions,
    register,
    registry,
)
from zone_service.store.engine import Store
from zone_service.store.files import Files
from zone_service.store.records import PLATFORM, OrganisationKind, Principal, RegisterEntry
from zone_service.store.scoping import MAX_PAGE

_VALID_FOR = timedelta(days=730)
_UPIC = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_MOST_BYTES = 10_000
_FONT = b"<</Font<</F<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"


def hand_in_samples(
    store: Store, files: Files, principal: Principal, number: str, at: datetime, under: Ruling
) -> int:
    """Complete an application with samples and return how many documents were made.

    What only a person could attest then is attested, marked as a sample as well.

    Raises:
        NotFound, NotAllowed, Conflict: as ``applications.put``.
    """
    with store.write() as session:
        permit = permits.get(session, principal, number)
        sheet = under.of(permit).sheet
        _fill_in(session, principal, permit, at, subject_of(sheet, permit.kind))
        found = list(_lacking(applications.handed(session, permit, at, sheet)))
    scans = {kind: _scan(files, kind) for kind in {kind for _, kind in found}}
    with store.write() as session:
        for covered, kind in found:
            document = sample_document(kind, covered, legal_day(at))
            kept = documents.add(session, principal, document, at)
            documents.put_file(session, principal, kept.document_id, scans[kind], at)
    return len(found) + _attest(store, files, principal, number, at, under)


def _attest(
    store: Store, files: Files, principal: Principal, number: str, at: datetime, under: Ruling
) -> int:
    """Attest what is unknown by samples, and return how many documents were made for it."""
    with store.read() as session:
        file = preconditions.get(session, PLATFORM, number, at, under)
    found = [
        (each, answer.about)
        for each in file.findings
        for answer in each.answers
        if each.attested_by and answer.result is Verdict.UNKNOWN
    ]
    scans = {each.attested_by[0]: _scan(files, each.attested_by[0]) for each, _ in found}
    with store.write() as session:
        for each, about in found:
            kind = each.attested_by[0]
            document = sample_document(kind, _covered(kind, about, file.permit), legal_day(at))
            kept = documents.add(session, principal, document, at)
            documents.put_file(session, principal, kept.document_id, scans[kind], at)
            attestations.write_sample(session, file.permit, each.code, kept, at)
    return len(found)


def _covered(kind: DocumentKind, about: Covered, permit: Permit) -> Covered:
    """Return what a sample is about: the thing itself, if documents of its kind may be."""
    if about.kind in KINDS[kind].about:
        return about
    if CoveredKind.PERMIT in KINDS[kind].about:
        return Covered(CoveredKind.PERMIT, permit.number)
    return Covered(CoveredKind.ORGANISATION, permit.holder_id)


def _lacking(handed: Handed) -> Iterator[tuple[Covered, DocumentKind]]:
    for each in missing(handed):
        about = paper_of(each)
        if about is not None:
            yield about


def paper_of(fault: Fault) -> tuple[Covered, DocumentKind] | None:
    """Read which document is missing off a path such as ``vehicle.S-1.SAFETY_INSPECTION``."""
    about, _, rest = fault.path.partition(".")
    key, _, kind = rest.rpartition(".")
    if about not in set(CoveredKind) or kind not in set(DocumentKind):
        return None
    return Covered(CoveredKind(about), key), DocumentKind(kind)


def _fill_in(
    session: Session, principal: Principal, permit: Permit, at: datetime, subject: Subject
) -> None:
    needs = NEEDS[permit.kind]
    before = applications.get(session, principal, permit.number)
    mode = before.driver_mode or (DriverMode.DRIVER_SEATED if needs.driver_mode else None)
    roles = (*needs.people, *((OFFICER_OF[mode],) if mode is not None else ()))
    there = [register.get(session, principal, each) for each in before.entry_ids]
    moved = {each.device_id for each in there}
    entries = [
        _entry_of_device(session, principal, permit, device_id, at)
        for device_id in sorted(permit.terms.device_ids - moved)
    ]
    known = {role for each in there if isinstance(each.particulars, Person) for role in each.particulars.roles}  # fmt: skip
    entries += [
        _person(session, principal, permit, role, at) for role in roles if role not in known
    ]
    content = {item: f"SAMPLE {item}" for item in needs.content}
    together = before.consortium_id
    if subject is Subject.CONSORTIUM and together is None:
        together = _consortium(session, principal, permit, at)
    filled = Application(
        mode,
        together,
        (*before.entry_ids, *entries),
        content | dict(before.content),
        before.escalators or (frozenset() if needs.escalators else None),
        before.commercial,
    )
    applications.put(session, principal, permit.number, filled, at)


def _consortium(session: Session, principal: Principal, permit: Permit, at: datetime) -> str | None:
    """Return one in which the applicant leads and operates; ``None`` where there is nobody else."""
    known = register.page(session, principal, kind=CoveredKind.CONSORTIUM, limit=MAX_PAGE)
    own = (each.entry_id for each in known if each.organisation_id == permit.holder_id)
    if (found := next(own, None)) is not None:
        return found
    firms = (
        each.organisation_id
        for each in registry.organisations(session, PLATFORM, limit=MAX_PAGE)
        if each.kind is OrganisationKind.OPERATOR and each.organisation_id != permit.holder_id
    )
    other = next(firms, None)
    if other is None:
        return None
    its = ((permit.holder_id, MemberRole.LEAD), (permit.holder_id, MemberRole.OPERATING))
    members = (*its, (other, MemberRole.TECHNOLOGY))
    sample = Consortium(name="Sample", members=tuple(Member(*each) for each in members))
    entry = RegisterEntry(f"sample-consortium-{permit.holder_id}"[:64], permit.holder_id, sample)
    return register.add(session, principal, entry, at).entry_id


def _entry_of_device(
    session: Session, principal: Principal, permit: Permit, device_id: str, at: datetime
) -> str:
    for each in register.of_devices(session, principal, [device_id]):
        return each.entry_id
    particulars = particulars_of(permit.kind, device_id)
    entry = RegisterEntry(f"sample-{device_id}"[:64], permit.holder_id, particulars, device_id)
    return register.add(session, principal, entry, at).entry_id


def particulars_of(kind: PermitKind, device_id: str) -> Particulars:
    """Return a sample of what a permit of a kind is about."""
    needs, digits = NEEDS[kind], int(sha256(device_id.encode()).hexdigest(), 16)
    match needs.moves:
        case CoveredKind.AIRCRAFT:
            upic = "SAMPLE"
            for _ in range(14):
                digits, at = divmod(digits, len(_UPIC))
                upic += _UPIC[at]
            return Aircraft(
                upic=upic,
                model="Sample",
                empty_mass_kg=1.0,
                takeoff_mass_kg=1.5,
                max_speed_kmh=60.0,
                keeps_airspace=True,
                can_be_watched=True,
                log_interval_s=1.0,
                log_h=120.0,
            )
        case CoveredKind.VESSEL:
            mmsi = f"413{digits % 1_000_000:06}"
            return Vessel(name="Sample", length_m=6.0, mmsi=mmsi, mass_degree=3)
        case _:
            low_speed = needs.low_speed
            return Vehicle(
                vin=None if low_speed else _vin(digits),
                code=f"SAMPLE-{digits % 1_000_000:06}" if low_speed else None,
                brand="Sample",
                model="Sample",
                configuration="Sample",
                category=VehicleCategory.LOW_SPEED if low_speed else VehicleCategory.PASSENGER,
                automation_level=4,
                software_version="1",
                hardware_version="1",
                mass_kg=1500.0,
                seats=0 if low_speed else 5,
            )


def _vin(digits: int) -> str:
    vin = f"LSAMP1E00{digits % 100_000_000:08}"
    return vin[:8] + str(vin_check(vin)) + vin[9:]


def _person(
    session: Session, principal: Principal, permit: Permit, role: PersonRole, at: datetime
) -> str:
    entry_id = f"sample-{role.value.replace('_', '-')}-{permit.number}"[:64]
    entry = RegisterEntry(entry_id, permit.holder_id, person(entry_id, role))
    return register.add(session, principal, entry, at).entry_id


def person(entry_id: str, role: PersonRole) -> Person:
    """Return a sample of somebody."""
    digits = int(sha256(entry_id.encode()).hexdigest(), 16) % 100_000_000
    return Person(
        name="Sample",
        id_number=f"SAMPLE{digits:08}",
        roles=(role,),
        licence_class="C1",
        licensed_since=date(2015, 1, 1),
    )


def sample_document(kind: DocumentKind, covered: Covered, on: date) -> Document:
    """Return a sample of a kind of document about something, as stated."""
    said: dict[Stated, object] = {
        Stated.NUMBER: f"SAMPLE-{kind}",
        Stated.ISSUED_BY: "SAMPLE",
        Stated.VALID_FROM: on - timedelta(days=1),
        Stated.VALID_TO: on + _VALID_FOR,
        Stated.AMOUNT_CNY: 1e7,
        Stated.TRAINING_H: 100.0,
        Stated.REMOTE_H: 200.0,
        # Of a licence one that will do for every class: what it is for is compared with the aircraft.
        Stated.GRADE: "large" if kind is DocumentKind.PILOT_LICENCE else "SAMPLE",
        Stated.CLEAN_CYCLES: 5.0,
        Stated.CLEAN_YEARS: 5.0,
        Stated.EXPERIENCE_H: 100.0,
        Stated.ITEM_EXPERIENCE_H: 80.0,
    }
    asked = KINDS[kind].must | KINDS[kind].may
    told = {each.value: said[each] for each in Stated if each in asked}
    return Document(kind=kind, covers=covered, **told)  # type: ignore[arg-type]


def _scan(files: Files, kind: DocumentKind) -> StoredFile:
    with files.incoming(_MOST_BYTES) as incoming:
        incoming.write(page(f"SAMPLE - NOT A DOCUMENT - {kind}"))
        return incoming.keep()


def page(said: str) -> bytes:
    """Return a PDF of one page with a line of ASCII on it."""
    drawn = f"BT /F 18 Tf 60 760 Td ({said}) Tj ET".encode("ascii")
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources" + _FONT + b">>",
        b"<</Length %d>>stream\n%b\nendstream" % (len(drawn), drawn),
    )
    made, places = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj%b endobj\n" % (number, body)
    table = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % place for place in places)
    made += b"trailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    return bytes(made)
