"""A bundle of Jiangsu about one vehicle, and who has signed it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

from joserfc.jwk import OKPKey

from permits.document import StoredFile
from permits.document_kinds import DocumentKind
from permits.entries import Vehicle, VehicleCategory
from permits.recognising import Agreement
from permits.recognition import Bundle, DrivenThere, PaperThere, PermitThere, VehicleThere
from permits.recognition_trust import TrustedKey, TrustList
from permits.states import PermitKind, PermitState
from zone_service.issuer_key import Issuer, key_id_of_public
from zone_service.recognition_opening import written

VIN = "LSVAM4186C2184841"
NOON = datetime(2026, 12, 1, 12, 0, tzinfo=UTC)
REPORT = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
MOST_BYTES = 1_000_000
AGREEMENT = Agreement(
    "shanghai",
    ("shanghai", "jiangsu", "zhejiang", "anhui"),
    365.0,
    frozenset({DocumentKind.THIRD_PARTY_REPORT}),
    {PermitKind.ROAD_TEST: frozenset({DocumentKind.TEST_EVIDENCE})},
)
CAR = Vehicle(
    vin=VIN,
    brand="Suzhou Robotics",
    model="S1",
    configuration="L4-2026A",
    category=VehicleCategory.PASSENGER,
    automation_level=4,
    software_version="3.1.0",
    hardware_version="B2",
    mass_kg=1850.0,
    seats=5,
)


def key_of() -> Issuer:
    made = OKPKey.generate_key("Ed25519", private=True)
    public = str(made.as_dict(private=False)["x"])
    return Issuer(key_id_of_public(public), made, public)


JIANGSU, STRANGER = key_of(), key_of()


def trusted(key: Issuer = JIANGSU, **said: Any) -> TrustedKey:
    known = TrustedKey(
        key_id=key.key_id,
        public=key.public,
        jurisdiction="jiangsu",
        issuer="Jiangsu joint working group",
        issuer_zh="江苏省联席工作组",
        valid_from=date(2026, 1, 1),
        valid_to=date(2027, 12, 31),
    )
    return replace(known, **said)


def trust(*keys: TrustedKey) -> TrustList:
    return TrustList({each.key_id: each for each in keys or (trusted(),)})


def paper(content: bytes = REPORT, **said: Any) -> PaperThere:
    file = StoredFile(sha256(content).hexdigest(), "application/pdf", len(content))
    known = PaperThere(
        kind=DocumentKind.THIRD_PARTY_REPORT,
        number="JS-2026-77",
        issued_by="Suzhou test centre",
        valid_from=date(2026, 6, 1),
        file=file,
    )
    return replace(known, **said)


def told(**said: Any) -> VehicleThere:
    known = VehicleThere(
        vehicle=CAR,
        holder="Suzhou Robotics",
        permits=(
            PermitThere(
                number="苏E20260077",
                kind=PermitKind.ROAD_TEST,
                state=PermitState.ACTIVE,
                plate="苏E·D0077试",
                valid_from=NOON - timedelta(days=300),
                valid_to=NOON + timedelta(days=60),
            ),
        ),
        papers=(paper(),),
        driven=DrivenThere(
            automated_km=1620.5,
            automated_h=211.0,
            takeovers=3,
            at_fault_accidents=0,
            traffic_violations=0,
            source="Wang Fang, Jiangsu data centre, report 12/2026",
        ),
    )
    return replace(known, **said)


def bundle(**said: Any) -> Bundle:
    known = Bundle(
        bundle_id="jiangsu-000012",
        issuer="jiangsu",
        issuer_name="Jiangsu joint working group",
        addressed=("shanghai", "zhejiang"),
        issued_at=NOON - timedelta(days=1),
        valid_to=NOON + timedelta(days=180),
        vehicles=(told(),),
    )
    return replace(known, **said)


FILES = {sha256(REPORT).hexdigest(): REPORT}


def file_of(made: Bundle | None = None, key: Issuer = JIANGSU) -> bytes:
    return written(made or bundle(), FILES, key)
