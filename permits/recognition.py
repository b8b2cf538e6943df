"""What jurisdictions that recognise each other tell of a vehicle (互认): a bundle, as plain values.

A bundle says which vehicle it is, under which permits it was tested, how far it drove and with what
result, and brings its papers. What nobody knows is ``None``, and never counts as nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType

from permits.document import StoredFile
from permits.document_kinds import DocumentKind
from permits.driven_days import Account, counted
from permits.driven_days import DaysDriven as DaysDriven
from permits.entries import Vehicle
from permits.states import PermitKind, PermitState

FORMAT = "zone-recognition/1"
OPTIONAL: Mapping[str, bool] = MappingProxyType({"optional": True})
"""Of a member that is not written where it is empty: so older bundles are read as they were signed."""
MOST_VEHICLES = 200
PASSED = frozenset({PermitState.ACTIVE, PermitState.RENEWAL_PENDING, PermitState.EXPIRED})
"""A stage counts as passed while its permit is in force, and after it ended by its time alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrivenThere:
    """What a vehicle has driven in automated mode where it was tested."""

    automated_km: float | None = None
    automated_h: float | None = None
    takeovers: int | None = None
    at_fault_accidents: int | None = None
    traffic_violations: int | None = None
    source: str = ""
    """Who says so and from what: a named person, a report, the platform's own records."""
    days: tuple[DaysDriven, ...] = field(default=(), metadata=OPTIONAL)
    """The kilometres and hours by days; empty where it does not say, as bundles of before do not."""


NOT_KNOWN_THERE = DrivenThere()


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitThere:
    """A permit that the vehicle was tested or run under."""

    number: str
    kind: PermitKind
    state: PermitState
    """When the bundle was made; of a permit that ran out while it was suspended that suspension."""
    plate: str
    valid_from: datetime
    valid_to: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperThere:
    """A document about the vehicle; its file travels with the bundle."""

    kind: DocumentKind
    number: str | None = None
    issued_by: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    file: StoredFile

    def counts_on(self, on: date) -> bool:
        """Tell whether it is valid on a day."""
        begun = self.valid_from is None or self.valid_from <= on
        return begun and (self.valid_to is None or on <= self.valid_to)


@dataclass(frozen=True, slots=True, kw_only=True)
class VehicleThere:
    """A vehicle with all that is told of it."""

    vehicle: Vehicle
    holder: str
    permits: tuple[PermitThere, ...] = ()
    papers: tuple[PaperThere, ...] = ()
    driven: DrivenThere = NOT_KNOWN_THERE


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What one authority tells others."""

    bundle_id: str
    issuer: str
    """Its jurisdiction, ``jiangsu``."""
    issuer_name: str
    addressed: tuple[str, ...]
    """The jurisdictions that it is meant for."""
    issued_at: datetime
    valid_to: datetime
    """The first moment at which it counts no more."""
    vehicles: tuple[VehicleThere, ...]

    @property
    def files(self) -> tuple[StoredFile, ...]:
        """Every file that it speaks of, once."""
        papers = (paper for each in self.vehicles for paper in each.papers)
        return tuple(dict.fromkeys(paper.file for paper in papers))


@dataclass(frozen=True, slots=True, kw_only=True)
class RecognisedFacts:
    """What is recognised of a vehicle here and now, from all who told of it."""

    bundles: tuple[str, ...]
    issuers: tuple[str, ...]
    accounts: tuple[Account, ...]
    """What each of them tells that it has driven."""
    automated_km: float | None
    """What it comes to together, nothing counted twice."""
    automated_h: float | None
    takeovers: int | None
    at_fault_accidents: int | None
    traffic_violations: int | None
    stages: frozenset[PermitKind]
    """The kinds of the permits that it had there, and that no authority has ended."""
    papers: frozenset[DocumentKind]
    """The documents that are valid on the day."""


CONFIGURED_BY = (
    "brand",
    "model",
    "configuration",
    "category",
    "automation_level",
    "software_version",
    "hardware_version",
)
"""What has to be the same for a test elsewhere to say something about the vehicle here."""


def differences(there: Vehicle, here: Vehicle) -> tuple[str, ...]:
    """Return in what a vehicle is not configured as it was told, ``name: there → here``."""
    return tuple(
        f"{name}: {getattr(there, name)} → {getattr(here, name)}"
        for name in CONFIGURED_BY
        if getattr(there, name) != getattr(here, name)
    )


def facts_of(found: Iterable[tuple[Bundle, VehicleThere]], on: date) -> RecognisedFacts | None:
    """Return what bundles tell of one vehicle together; ``None`` where there is none.

    Each issuer tells what was driven in its own jurisdiction, so figures add up; of days of which two
    speak that of the one that tells more counts.
    """
    told = tuple(found)
    if not told:
        return None
    driven = [each.driven for _, each in told]
    accounts = tuple(_account(each) for each in driven)
    counts = counted(accounts)
    return RecognisedFacts(
        bundles=tuple(bundle.bundle_id for bundle, _ in told),
        issuers=tuple(bundle.issuer for bundle, _ in told),
        accounts=accounts,
        automated_km=_sum(each.automated_km for each in counts),
        automated_h=_sum(each.automated_h for each in counts),
        takeovers=_count(each.takeovers for each in driven),
        at_fault_accidents=_count(each.at_fault_accidents for each in driven),
        traffic_violations=_count(each.traffic_violations for each in driven),
        stages=frozenset(
            permit.kind for _, each in told for permit in each.permits if permit.state in PASSED
        ),
        papers=frozenset(
            paper.kind for _, each in told for paper in each.papers if paper.counts_on(on)
        ),
    )


def _account(driven: DrivenThere) -> Account:
    return Account(
        automated_km=driven.automated_km, automated_h=driven.automated_h, days=driven.days
    )


def _sum(figures: Iterable[float | None]) -> float | None:
    """Of kilometres and hours: what is known of them was driven, whoever else says nothing."""
    known = [each for each in figures if each is not None]
    return sum(known) if known else None


def _count(figures: Iterable[int | None]) -> int | None:
    """Of what speaks against a vehicle: where one does not know, nobody does."""
    found = list(figures)
    known = [each for each in found if each is not None]
    return sum(known) if len(known) == len(found) else None
