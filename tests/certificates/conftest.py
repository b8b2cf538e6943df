"""A certificate, the key that signs it, and a moment at which it is valid."""

from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from permits.certificate import Certificate, CertifiedHours, CertifiedPlace, CertifiedVehicle
from permits.life_cycle import PermitKind
from permits.validity import CutBy
from zone_service.certificate_pdf import drawn
from zone_service.certificate_seal import sealed
from zone_service.certificate_token import Keys, claims_of, sign
from zone_service.issuer_key import Issuer, issuer, public_keys

BEGINS = datetime(2026, 11, 1, tzinfo=UTC)
ENDS = datetime(2027, 4, 30, 16, tzinfo=UTC)
NOW = datetime(2026, 12, 1, tzinfo=UTC)
VEHICLE = CertifiedVehicle("car-1", "一号车 Car one", "沪A0001试", "LSVNV2182E2100001", ENDS)
CERTIFICATE = Certificate(
    number="SH-RT-2026-000007",
    edition=1,
    confirmation="2026年第007号",
    application="RT-2026-000042",
    kind=PermitKind.ROAD_TEST,
    holder="上海龑驰智能科技有限公司 Yanchi Robotics",
    vehicles=(VEHICLE,),
    places=(CertifiedPlace("segment-1", "Hulan Road", "呼兰路"),),
    transfers=(CertifiedPlace("transfer-1", "Depot way", "场站联络线"),),
    exempt=(),
    hours=(CertifiedHours((0, 1, 2, 3, 4), time(8), time(20)),),
    max_speed_mps=16.7,
    max_height_agl_m=None,
    control_modes=("AUTONOMOUS",),
    corridor_half_width_m=None,
    conditions=(("not in rain", "雨天不得运行"),),
    valid_from=BEGINS,
    valid_to=ENDS,
    cut_by=CutBy.INSURANCE,
    rules="shanghai-default@2026.12",
    rules_title="Shanghai",
    rules_title_zh="上海市",
    jurisdiction="shanghai",
    departments=(("industry", "经信"), ("transport", "交通"), ("police", "公安")),
    issued_by="Traffic police",
    issued_at=datetime(2026, 10, 30, 8, tzinfo=UTC),
)


def fleet(count: int) -> Certificate:
    """The same certificate for many vehicles."""
    vehicles = tuple(
        replace(
            VEHICLE, device_id=f"car-{at:03}", plate=f"沪A{at:04}试", vin=f"LSVNV2182E21{at:05}"
        )
        for at in range(1, count + 1)
    )
    return replace(CERTIFICATE, vehicles=vehicles)


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    return issuer(tmp_path_factory.mktemp("key"))


@pytest.fixture(scope="session")
def keys(key: Issuer) -> Keys:
    return public_keys([(key.key_id, key.public)])


@pytest.fixture(scope="session")
def token(key: Issuer) -> str:
    return sign(claims_of(CERTIFICATE), key.key, key.key_id)


@pytest.fixture(scope="session")
def paper(key: Issuer, token: str) -> bytes:
    """The certificate as a file, as it is handed out."""
    return sealed(drawn(CERTIFICATE, token, key.key_id), key.key, key.key_id)


@pytest.fixture
def other_key(tmp_path: Path) -> Issuer:
    return issuer(tmp_path / "other")
