"""Whether a bundle is recognised: by whom it is, for whom, when, and of which vehicle."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import isclose, isfinite

from permits.document_kinds import DocumentKind
from permits.entries import Vehicle, faults
from permits.issuing import legal_day
from permits.recognition import MOST_VEHICLES, Bundle, DrivenThere, VehicleThere, differences
from permits.recognition_trust import TrustedKey
from permits.recognition_words import Reason, Refused, refused
from permits.rule_words import Language
from permits.sheet import Sheet
from permits.states import PermitKind


@dataclass(frozen=True, slots=True)
class Agreement:
    """Who recognises whom, by a rule set."""

    own: str
    jurisdictions: tuple[str, ...]
    most_days: float
    """For how long a bundle may count."""
    papers: frozenset[DocumentKind]
    """Which of its papers count as if they had been handed in here."""
    waived: Mapping[PermitKind, frozenset[DocumentKind]]
    """What is not asked of an application all of whose vehicles are recognised."""
    simplified: frozenset[PermitKind] = frozenset()
    """The kinds that skip the third party's test and the experts then."""
    counted: frozenset[str] = frozenset()
    """What of it counts for preconditions: ``figures`` of what was driven, ``stages`` that were passed."""


@dataclass(frozen=True, slots=True)
class Here:
    """What is known here of the vehicles of a bundle, by VIN."""

    registered: Mapping[str, Vehicle]
    newest: Mapping[str, tuple[str, datetime]]
    """The newest bundle of the same issuer: its id, and when it was issued."""


NOTHING_HERE = Here({}, {})


def agreement_of(sheet: Sheet) -> Agreement | None:
    """Return what a rule set says of recognition; ``None`` where it says nothing."""
    own, some = sheet.parameters.get("recognition.own"), _texts(sheet, "recognition.jurisdictions")
    days = sheet.parameters.get("recognition.most_days")
    if own is None or days is None or not some or not isinstance(days.value, float):
        return None
    return Agreement(
        own=str(own.value),
        jurisdictions=some,
        most_days=days.value,
        papers=_kinds(sheet, "recognition.papers"),
        waived={
            PermitKind(each): _kinds(sheet, f"recognition.waived.{each}")
            for each in sheet.below("recognition.waived")
        },
        simplified=frozenset(map(PermitKind, _texts(sheet, "recognition.simplified"))),
        counted=frozenset(_texts(sheet, "recognition.counted")),
    )


def signer_refusals(bundle: Bundle, key: TrustedKey, at: datetime) -> Iterator[Refused]:
    """Yield why a key that has signed a bundle may not have."""
    day = legal_day(bundle.issued_at)
    if key.revoked_at is not None and key.revoked_at <= at:
        yield refused(Reason.KEY_REVOKED, "key", key.key_id, _minute(key.revoked_at))
    if day < key.valid_from:
        yield refused(Reason.KEY_NOT_YET_VALID, "key", day, key.valid_from)
    if key.valid_to < day:
        yield refused(Reason.KEY_EXPIRED, "key", day, key.valid_to)
    if bundle.issuer != key.jurisdiction:
        yield refused(Reason.OTHER_ISSUER, "issuer", bundle.issuer, key.jurisdiction)


def refusals(bundle: Bundle, agreement: Agreement, at: datetime, here: Here) -> Iterator[Refused]:
    """Yield why what a bundle says is not recognised, whoever has signed it."""
    yield from _parties(bundle, agreement)
    yield from _times(bundle, agreement, at)
    vins = [each.vehicle.vin or "" for each in bundle.vehicles]
    if not 1 <= len(vins) <= MOST_VEHICLES:
        yield refused(Reason.NO_VEHICLE, "vehicles", len(vins), MOST_VEHICLES)
    for vin in sorted({each for each in vins if vins.count(each) > 1}):
        yield refused(Reason.VEHICLE_TWICE, vin)
    for each in bundle.vehicles:
        yield from _of_vehicle(bundle, each, here)


def _parties(bundle: Bundle, agreement: Agreement) -> Iterator[Refused]:
    if bundle.issuer == agreement.own:
        yield refused(Reason.OWN_BUNDLE, "issuer", bundle.issuer)
    elif bundle.issuer not in agreement.jurisdictions:
        some = ", ".join(agreement.jurisdictions)
        yield refused(Reason.OUTSIDE_AGREEMENT, "issuer", bundle.issuer, some)
    if agreement.own not in bundle.addressed:
        told = ", ".join(bundle.addressed) or "–"
        yield refused(Reason.NOT_ADDRESSED, "addressed", told, agreement.own)


def _times(bundle: Bundle, agreement: Agreement, at: datetime) -> Iterator[Refused]:
    if at < bundle.issued_at:
        yield refused(Reason.FROM_THE_FUTURE, "issued_at", _minute(bundle.issued_at), _minute(at))
    if bundle.valid_to <= at:
        yield refused(Reason.EXPIRED, "valid_to", _minute(bundle.valid_to))
    lasts = bundle.valid_to - bundle.issued_at
    if lasts > timedelta(days=agreement.most_days):
        most = f"{agreement.most_days:g}"
        yield refused(Reason.LASTS_TOO_LONG, "valid_to", lasts.days, most)


def _of_vehicle(bundle: Bundle, told: VehicleThere, here: Here) -> Iterator[Refused]:
    vin = told.vehicle.vin or told.vehicle.code or "–"
    wrong = faults(told.vehicle)
    if wrong or told.vehicle.vin is None:
        said = tuple(
            "; ".join(each.said(language) for each in wrong) or "VIN –" for language in Language
        )
        yield refused(Reason.VEHICLE_INVALID, vin, said)
    own = here.registered.get(vin)
    if own is not None and (found := differences(told.vehicle, own)):
        yield refused(Reason.VEHICLE_DIFFERS, vin, "; ".join(found))
    if vin in here.newest and bundle.issued_at <= here.newest[vin][1]:
        known, at = here.newest[vin]
        mine = f"{bundle.bundle_id} ({_minute(bundle.issued_at)})"
        yield refused(Reason.REPLAYED, vin, mine, f"{known} ({_minute(at)})")
    yield from _figures(f"{vin}.driven", told.driven)
    yield from _days(f"{vin}.driven.days", told.driven, legal_day(bundle.issued_at))


def _figures(path: str, driven: DrivenThere) -> Iterator[Refused]:
    named = {
        "automated_km": driven.automated_km,
        "automated_h": driven.automated_h,
        "takeovers": driven.takeovers,
        "at_fault_accidents": driven.at_fault_accidents,
        "traffic_violations": driven.traffic_violations,
    }
    for name, found in named.items():
        if found is not None and (not isfinite(found) or found < 0 or not driven.source.strip()):
            yield refused(Reason.FIGURE_INVALID, f"{path}.{name}", found)


def _days(path: str, driven: DrivenThere, issued_on: date) -> Iterator[Refused]:
    """Yield what of the figures by days is none, or comes to something else than the whole."""
    for at, each in enumerate(driven.days):
        if not each.begins <= each.ends <= issued_on:
            yield refused(Reason.FIGURE_INVALID, f"{path}[{at}]", f"{each.begins} – {each.ends}")
    for name, whole in (("automated_km", driven.automated_km), ("automated_h", driven.automated_h)):
        told = [each for day in driven.days if (each := getattr(day, name)) is not None]
        wrong = any(not isfinite(each) or each < 0 for each in told)
        if driven.days and (wrong or not isclose(sum(told), whole or 0.0, abs_tol=1e-6)):
            yield refused(Reason.FIGURE_INVALID, f"{path}.{name}", sum(told))


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}Z" if at.utcoffset() == timedelta() else at.isoformat()


def _texts(sheet: Sheet, key: str) -> tuple[str, ...]:
    found = sheet.parameters.get(key)
    return found.value if found is not None and isinstance(found.value, tuple) else ()


def _kinds(sheet: Sheet, key: str) -> frozenset[DocumentKind]:
    return frozenset(DocumentKind(each) for each in _texts(sheet, key))


def waived_by(agreement: Agreement, kind: PermitKind) -> frozenset[DocumentKind]:
    """Return what is not asked of an application of a kind all of whose vehicles are recognised."""
    return agreement.waived.get(kind, frozenset())
