"""A violation as every interface shows it: the API, the live feed, the command line."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from permits.violation import ViolationCode
from zone_service.store.records import ViolationRecord

Names = tuple[str | None, str | None]
"""Of a zone: in English and in Chinese."""

NO_NAMES: Names = (None, None)
NO_PERMIT = "no permit"


def violation_json(
    violation: ViolationRecord, labels: Mapping[str, str], zone_names: Mapping[str, Names]
) -> dict[str, Any]:
    """Return the JSON object of a violation; times are RFC 3339, UTC, with milliseconds."""
    name, name_zh = zone_names.get(violation.zone_id or "", NO_NAMES)
    other = violation.other_device_id
    return {
        "id": violation.id,
        "code": violation.code,
        "severity": violation.severity,
        "device_id": violation.device_id,
        "device_label": labels.get(violation.device_id, violation.device_id),
        "organisation_id": violation.organisation_id,
        "other_device_id": other,
        "other_device_label": other and labels.get(other, other),
        "other_organisation_id": violation.other_organisation_id,
        "permit_number": violation.permit_number,
        "detail": _detail(violation),
        "zone_id": violation.zone_id,
        "zone_name": name,
        "zone_name_zh": name_zh,
        "opened_at": instant(violation.opened_at),
        "detected_at": instant(violation.detected_at),
        "closed_at": None if violation.closed_at is None else instant(violation.closed_at),
        "late": violation.late,
        "joins": violation.joins,
        "law_of": None if violation.law_of is None else instant(violation.law_of),
        "opening_cause": violation.opening_cause,
        "closing_cause": violation.closing_cause,
        "handling": violation.handling.value,
        "handled_by": violation.handled_by,
        "note": violation.note,
        "unfounded": violation.unfounded,
        "revision": violation.revision,
        "longitude_deg": violation.longitude_deg,
        "latitude_deg": violation.latitude_deg,
        "measured": violation.measured,
        "limit": violation.limit,
        "inside_probability": violation.inside_probability,
        "height_agl_m": violation.height_agl_m,
        "rule_version": violation.rule_version,
        "trigger_event_time": (
            None
            if violation.trigger_event_time_s is None
            else instant(datetime.fromtimestamp(violation.trigger_event_time_s, UTC))
        ),
    }


def is_seen_by(told: Mapping[str, Any], scope: str | None) -> bool:
    """Tell whether somebody may know of a violation: an operator of either device, or all (``None``)."""
    return scope is None or scope in (told["organisation_id"], told["other_organisation_id"])


def as_seen_by(told: Mapping[str, Any], scope: str | None) -> Mapping[str, Any]:
    """Return the JSON object of a violation as it is shown to an operator, or to all (``None``).

    To an operator it is a violation of their own device: of the other one they learn its id, to
    speak of it with those who supervise both, and neither what it is called nor whose it is.
    """
    mine, others = told["organisation_id"], told["other_organisation_id"]
    if scope is None or told["other_device_id"] is None or mine == others:
        return told
    seen = {**told, "other_device_label": None, "other_organisation_id": None}
    if scope == mine:
        return seen
    own = {
        "device_id": told["other_device_id"],
        "device_label": told["other_device_label"],
        "organisation_id": others,
        "permit_number": None,
    }
    return {**seen, **own, "other_device_id": told["device_id"]}


def as_exact_as(told: Mapping[str, Any], decimals: int | None) -> Mapping[str, Any]:
    """Return a JSON object with its position to so many decimals of a degree; ``None`` as it came."""
    if decimals is None:
        return told
    places = (
        ("longitude_deg", told.get("longitude_deg")),
        ("latitude_deg", told.get("latitude_deg")),
    )
    return {**told, **{name: round(at, decimals) for name, at in places if at is not None}}


def _detail(violation: ViolationRecord) -> str | None:
    # The rules have one code for a permit that is over, for one not yet valid, and for none at all.
    without = violation.code == ViolationCode.PERMIT_EXPIRED and violation.permit_number is None
    return NO_PERMIT if without else None


def instant(at: datetime) -> str:
    """Return a moment as RFC 3339 with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
