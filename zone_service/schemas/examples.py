"""What may be sent to each operation, as the OpenAPI document shows it.

Together they are a story of the sample city in December 2026: a test sends each of them to a running
service, so none of them goes stale. Those of matters, attestations and figures are with their schemas.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

_VAN: Final = {
    "kind": "vehicle",
    "vin": "LSVAM4186C2184841",
    "brand": "Alpha",
    "model": "V7",
    "configuration": "L4-2026A",
    "category": "passenger",
    "automation_level": 4,
    "software_version": "3.1.0",
    "hardware_version": "B2",
    "mass_kg": 1850,
    "seats": 5,
}
_PARK: Final = {
    "type": "Feature",
    "geometry": {
        "type": "Polygon",
        "coordinates": [
            [[121.91, 30.89], [121.93, 30.89], [121.93, 30.91], [121.91, 30.91], [121.91, 30.89]]
        ],
    },
    "properties": {
        "zone_id": "park-1",
        "name": "Test park",
        "kind": "keep_in",
        "shape": "area",
        "domains": ["road"],
    },
}
_RULES: Final = """\
id = "park"
version = "2026.12"
jurisdiction = "park"
title = "The test park"
title_zh = "测试园区"
extends = "lingang@2026.12"
"""
_KEYS: Final = """\
[[keys]]
key_id = "kPrK_qmxVWaY"
public = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
jurisdiction = "jiangsu"
issuer = "Jiangsu joint working group"
issuer_zh = "江苏省联席工作组"
valid_from = 2026-01-01
valid_to = 2027-12-31
"""

EXAMPLES: Final[Mapping[tuple[str, str], Any]] = MappingProxyType(
    {
        ("POST", "/api/session"): {"username": "olga", "password": "correct horse battery"},
        ("POST", "/api/tokens"): {"label": "fleet server", "expires_in_days": 90},
        ("POST", "/api/operators"): {"organisation_id": "gamma", "name": "Gamma Logistics"},
        ("POST", "/api/devices"): {"device_id": "van-7", "domain": "road", "label": "Van seven"},
        ("PATCH", "/api/devices/{device_id}"): {"label": "Van 7"},
        ("POST", "/api/register"): {
            "entry_id": "van-7",
            "device_id": "van-7",
            "particulars": _VAN,
        },
        ("PUT", "/api/register/{entry_id}"): {
            "particulars": {**_VAN, "software_version": "3.2.0"},
        },
        ("PUT", "/api/register/{entry_id}/device"): {"device_id": "van-7"},
        ("POST", "/api/permits"): {
            "kind": "ROAD_TEST",
            "terms": {
                "device_ids": ["van-7"],
                "zone_ids": ["park-1"],
                "valid_from": "2027-01-15T00:00:00+08:00",
                "valid_to": "2027-07-15T00:00:00+08:00",
                "hours": [{"start": "08:00", "end": "18:00", "days": [0, 1, 2, 3, 4]}],
                "max_speed_mps": 11.1,
            },
        },
        ("POST", "/api/permits/{number}/actions"): {
            "action": "SUBMIT",
            "reason": "The papers are complete.",
            "revision": 0,
        },
        ("PUT", "/api/permits/{number}/application"): {
            "driver_mode": "DRIVER_SEATED",
            "entry_ids": ["van-7"],
        },
        ("POST", "/api/certificates/status"): {
            "token": "eyJhbGciOiJFZERTQSIsInR5cCI6IkpXVCJ9.eyJudW1iZXIiOiJSVC0yMDI2LTAwMDAwMSJ9.c2ln",
        },
        ("PUT", "/api/permits/{number}/daily-plans/{day}"): {
            "begins": "09:00",
            "ends": "17:00",
            "device_ids": ["drone-1"],
            "max_height_agl_m": 80,
            "note": "Deliveries to the hospital.",
        },
        ("POST", "/api/permits/{number}/daily-plans/{day}/answers"): {
            "choice": "APPROVE_WITH_CONDITIONS",
            "reason": "A helicopter lands at the hospital in the morning.",
            "conditions": {
                "hours": [{"start": "11:00", "end": "17:00"}],
                "max_height_agl_m": 60,
            },
        },
        ("POST", "/api/documents"): {
            "kind": "LIABILITY_INSURANCE",
            "covers": {"kind": "vehicle", "key": "van-7"},
            "number": "PICC-2026-0815",
            "issued_by": "PICC",
            "valid_from": "2026-05-01",
            "valid_to": "2027-04-30",
            "amount_cny": 5_000_000,
        },
        ("POST", "/api/permits/{number}/review/votes"): {
            "choice": "APPROVE_WITH_CONDITIONS",
            "reason": "The road is narrow.",
            "conditions": {"max_speed_mps": 8.3, "others": ["An officer is on board."]},
        },
        ("POST", "/api/permits/{number}/review/assessors"): {
            "organisation_id": "lab",
            "kind": "third_party",
        },
        ("POST", "/api/permits/{number}/review/opinions"): {
            "verdict": "favourable",
            "text": "We drove it for a day and saw nothing against it.",
        },
        ("POST", "/api/rule-sets/{rule_set_id}/versions"): {
            "text": _RULES,
            "reason": "The park has rules of its own.",
        },
        ("POST", "/api/violations/{violation_id}/acknowledge"): {
            "revision": 1,
            "note": "A patrol is on its way.",
        },
        ("POST", "/api/violations/{violation_id}/resolve"): {
            "revision": 2,
            "note": "The driver took over and left the road.",
        },
        ("POST", "/api/zones/import"): {
            "type": "FeatureCollection",
            "datum": "WGS84",
            "features": [_PARK],
        },
        ("PUT", "/api/zones/{zone_id}"): {
            "type": "FeatureCollection",
            "datum": "WGS84",
            "features": [_PARK],
        },
        ("POST", "/api/recognition/export"): {
            "entry_ids": ["van-7"],
            "addressed": ["jiangsu"],
            "days": 90,
        },
        ("PUT", "/api/recognition/trust-list"): {
            "text": _KEYS,
            "reason": "Jiangsu has told us its key.",
        },
        ("POST", "/api/reports"): {"kind": "HALF_YEARLY", "name": "2026-06"},
        ("POST", "/api/permits/{number}/reports"): {
            "kind": "STAGE",
            "said": {
                "activity": "Two hundred rides on one segment.",
                "safety": "No accident, one take-over.",
                "plan": "The same segment at night.",
            },
            "automated_km": 1250.5,
            "automated_h": 96,
            "takeovers": 1,
        },
        ("POST", "/api/governance/sandbox"): {
            "title": "Sweeper at night",
            "scenario": "Sweeps the park between ten and five.",
            "items": ["LOW_SPEED_GOODS"],
            "terms": "At most 10 km/h, a guard in sight.",
            "begins": "2026-12-05",
            "ends": "2027-03-05",
        },
        ("POST", "/api/governance/breaches"): {
            "organisation_id": "alpha",
            "code": "CLOCK_SKEW",
            "severity": "minor",
            "seen_at": "2026-11-30T22:15:00+08:00",
        },
        ("POST", "/api/governance/{file_id}/actions"): {
            "action": "REMIND",
            "reason": "The clock of the unit is two seconds slow.",
        },
    }
)
"""By method and path."""


def exemplified(schema: dict[str, Any]) -> dict[str, Any]:
    """Show with each operation of an OpenAPI document what may be sent to it."""
    for (method, path), example in EXAMPLES.items():
        contents = schema["paths"][path][method.lower()]["requestBody"]["content"]
        next(iter(contents.values()))["example"] = example
    return schema
