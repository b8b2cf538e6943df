"""A clip of a car that left its road at noon, as it is sealed."""

from dataclasses import replace
from typing import Any, Final

from joserfc.jwk import OKPKey

from permits.evidence_rules import Around
from telemetry.report import Unit
from tests.history.journal import NOON_S, told
from zone_service.clips.archive import sealed
from zone_service.clips.content import Clip, Placed, described, members_of
from zone_service.clips.software import software
from zone_service.clips.window import spans
from zone_service.history.reading import codecs_installed
from zone_service.issuer_key import Issuer

AROUND: Final = Around(90.0, 90.0, 1)


def a_key() -> Issuer:
    """A key as an installation makes one."""
    key = OKPKey.generate_key("Ed25519", private=True)
    return Issuer(key.thumbprint()[:12], key, str(key.as_dict(private=True)["x"]))


KEY: Final = a_key()
CLIP: Final = Clip(
    clip_id="v1-opening",
    about={"kind": "violation", "violation": {"id": "v1", "code": "KEEP_IN_EXIT"}, "events": []},
    device_ids=("car-1",),
    spans=spans([NOON_S], AROUND),
    frames=tuple(
        Placed(number, 3, told(after_s=float(number), seq=number)) for number in range(1, 5)
    ),
    units={"car-1": Unit(device_id="car-1")},
    served=None,
    revisions={"zones": 3, "registry": 2, "permits": 1},
    permit={"number": "RT-1"},
    rules={"demonstration@2026.12": "id = 'demonstration'\n"},
    rule_set="demonstration@2026.12",
    around=AROUND,
    zones={"type": "FeatureCollection", "features": []},
    software=software(),
    sealed_at="2026-05-04T12:01:31.000Z",
    kept_until="2027-05-04T12:01:31.000Z",
)


def a_file(key: Issuer = KEY, others: dict[str, bytes] | None = None, **changes: Any) -> bytes:
    """The file of the clip, as whoever has a key can make it; ``others``: with these members."""
    clip = replace(CLIP, **changes)
    members = members_of(clip, codecs_installed()) | (others or {})
    return sealed(members, described(clip), key)
