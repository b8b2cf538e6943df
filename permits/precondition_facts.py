"""What is known when preconditions are asked: frozen facts, gathered before anything is judged."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum

from permits.application import Application, DriverMode
from permits.condition import Fact
from permits.corridor import OwnCorridor
from permits.cover import lasts_to
from permits.document import Covered, Document
from permits.document_kinds import CoveredKind, DocumentKind
from permits.entries import Particulars, kind_of
from permits.issuing import legal_day
from permits.link_test import Latest
from permits.mileage import NOT_KNOWN, Driven
from permits.permit import Permit, PermitKind
from permits.precondition_codes import PreconditionCode
from permits.sheet import Sheet
from permits.terms import DailyHours

_MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Proof:
    """A document with its file, as it was handed in and not withdrawn; it may have run out."""

    document_id: str
    document: Document


class Origin(StrEnum):
    """Where a fact comes from that no document of the applicant says."""

    ACCIDENT = "accident"
    """On record here, with what the police found."""
    VIOLATION = "violation"
    """Seen by the platform."""
    RECOGNISED = "recognised"
    """Told by a jurisdiction whose word counts here (互认)."""
    LINK_TEST = "link test"
    """A test of its device's data link, on record here."""
    HEARD = "heard"
    """What its device has said over some days, as the platform heard it."""
    ATTESTED = "attested"
    """Attested here by a department, from documents."""
    MEASURED = "measured"
    """By the platform, from what its device has said."""
    BY_LINE = "by line"
    """Measured by the platform along the lines of segments."""
    BY_AREA = "by area"
    """Measured by the platform on the ground of segments that have no line."""
    VOTE = "vote"
    """Of a department, in the joint review."""


@dataclass(frozen=True, slots=True)
class Source:
    """One source of facts: what it is, and by what it is found."""

    origin: Origin
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OnRecord:
    """What the platform itself has on record against a vehicle."""

    at_fault_accidents: int = 0
    traffic_violations: int = 0
    sources: tuple[Source, ...] = ()


NOTHING_ON_RECORD = OnRecord()


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What one side tells that a vehicle has driven, and what of it counts beside what others tell."""

    entry_id: str
    source: Source
    automated_km: float | None
    automated_h: float | None
    counted_km: float | None
    counted_h: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeardOf:
    """What the platform has heard of a device over some days."""

    device_id: str
    first: date
    last: date
    """The days on which it was heard first and last."""
    reports: int
    online_s: float
    """Between reports no further apart than it may be silent."""
    remote_id_status: int | None = None
    """The latest that it said, as are all below."""
    ais_on: bool | None = None
    fence_version: int | None = None
    holds_its_fence: bool = False
    """Whether it has acknowledged the zones that it is to know, as they are now."""

    @property
    def source(self) -> Source:
        """As what is found of it is named."""
        return Source(Origin.HEARD, f"{self.device_id} {self.first}/{self.last}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Something of the register that an application names, with its papers."""

    entry_id: str
    particulars: Particulars
    proofs: tuple[Proof, ...] = ()
    driven: Driven = NOT_KNOWN
    recognised: frozenset[DocumentKind] = frozenset()
    """The papers that another jurisdiction has told of, and that count as if they were here."""
    recognised_from: tuple[Source, ...] = ()
    """The bundles whose figures are among those that it has driven."""
    told: tuple[Told, ...] = ()
    """What they tell, and what is attested here, side by side; empty where nobody elsewhere tells anything."""
    told_of_segments: tuple[Told, ...] = ()
    """The same, with what is attested here of the segments that are applied for alone."""
    on_record: OnRecord = NOTHING_ON_RECORD
    heard: HeardOf | None = None
    """Of its device, if it has one that was heard lately."""
    link_test: Latest | None = None
    """Of the data link of its device, if there is one that still answers."""

    @property
    def heard_from(self) -> tuple[Source, ...]:
        """Where what was heard of it comes from."""
        return () if self.heard is None else (self.heard.source,)

    @property
    def tested_by(self) -> tuple[Source, ...]:
        """Which test of its data link answers."""
        test = self.link_test
        return () if test is None else (Source(Origin.LINK_TEST, str(test.test_id)),)

    @property
    def covered(self) -> Covered:
        """As documents name it."""
        return Covered(kind_of(self.particulars), self.entry_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierPermit:
    """A permit of the same holder that came into force, and was not ended by an authority."""

    number: str
    kind: PermitKind
    zone_ids: frozenset[str]
    vehicle_ids: frozenset[str]
    """The entries of its application, and of what was added to it."""
    driver_mode: DriverMode | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantedFlight:
    """Another flight that was granted for some of the same time."""

    number: str
    devices: int
    valid_from: datetime
    valid_to: datetime
    zone_ids: frozenset[str]
    hours: tuple[DailyHours, ...] = ()
    corridor: OwnCorridor | None = None
    near: bool = True
    """Whether the boxes around both meet; where they do not, neither do the flights."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """That somebody of a department has examined a document, and whether it shows what must hold."""

    attestation_id: int
    code: PreconditionCode
    covers: Covered
    """What the document is about; about the permit or its holder, it answers for all."""
    document_id: str
    sha256: str
    met: bool
    by: str
    organisation_id: str
    at: datetime
    note: str = ""


@dataclass(frozen=True, slots=True)
class Anew:
    """What somebody must have attested after a moment, for it is about other things than before."""

    since: datetime
    codes: frozenset[PreconditionCode] = frozenset()
    things: frozenset[Covered] = frozenset()
    """What was not there before, whatever is asked of it."""

    def counts(self, attested: Attestation, about: Covered) -> bool:
        """Tell whether an attestation answers for a thing."""
        if attested.code not in self.codes and about not in self.things:
            return True
        return self.since <= attested.at


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that is known of an application at a moment."""

    permit: Permit
    application: Application
    at: datetime
    subjects: tuple[Subject, ...] = ()
    own_proofs: tuple[Proof, ...] = ()
    """About the permit."""
    firm_proofs: tuple[Proof, ...] = ()
    """About the holder, and those who apply with it."""
    handed_in_at: datetime | None = None
    """When it was handed in last; ``None`` while it is with the applicant."""
    cut_off: datetime | None = None
    """Until when the flight could be applied for, where a time is set."""
    is_extreme: bool = False
    """Whether the flight is so urgent that no moment is asked of it."""
    notice_wd: int | None = None
    """Whole working days between the notice of a trial and its first day."""
    warning_id: str | None = None
    """Of the navigational warning that was published, or is being."""
    fence_revision: int | None = None
    """Of the zones as they are now."""
    rules_in_force: bool | None = None
    earlier: tuple[EarlierPermit, ...] | None = None
    recognised_stages: Mapping[PermitKind, tuple[Source, ...]] = field(default_factory=dict)
    """The stages that every one of its vehicles has passed elsewhere, as bundles tell."""
    segment_km: Mapping[str, float] = field(default_factory=dict)
    """By zone: how long the road is; absent where it is an area."""
    height_approved_m: float | None = None
    """Up to where air traffic management has approved the flight above ground; ``None`` before it has."""
    height_approved_by: tuple[Source, ...] = ()
    segment_classes: Mapping[str, str] = field(default_factory=dict)
    """By zone: what class of road, area or airspace it is; absent where the map does not say."""
    flights: tuple[GrantedFlight, ...] | None = None
    attestations: tuple[Attestation, ...] = ()
    """Those whose documents count today, the latest last."""
    anew: Anew | None = None
    """Of a permit that was granted and would become other."""

    @property
    def first_day(self) -> date:
        """The day from which papers must be valid: that on which it begins, or today if later."""
        return max(legal_day(self.permit.terms.valid_from), legal_day(self.at))

    @property
    def last_day(self) -> date:
        """The last day on which the permit would be valid."""
        return legal_day(self.permit.terms.valid_to - _MOMENT)

    def of_kind(self, kind: CoveredKind) -> tuple[Subject, ...]:
        """Return what it names of one kind."""
        return tuple(each for each in self.subjects if kind_of(each.particulars) is kind)

    def before(self, *kinds: PermitKind) -> tuple[EarlierPermit, ...] | None:
        """Return the earlier permits of some kinds; ``None`` where nobody knows them."""
        if self.earlier is None:
            return None
        return tuple(each for each in self.earlier if each.kind in kinds)


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing that a precondition is asked about, with all that is known of it."""

    about: Covered
    facts: Mapping[str, Fact]
    documents: tuple[str, ...] = ()
    """The ids of those that the facts were read from."""
    service: str = ""
    """``taxi`` and the like, where different rules hold for different services."""
    sources: tuple[Source, ...] = ()
    """Where the facts come from that are in none of the documents."""
    told: tuple[Told, ...] = ()
    """What each side tells of kilometres and hours, where there are several."""
    told_of_segments: tuple[Told, ...] = ()
    """The same, of what is attested here that of the segments that are applied for alone."""


def known_facts(**facts: Fact | None) -> dict[str, Fact]:
    """Return facts without those that nobody knows."""
    return {name: fact for name, fact in facts.items() if fact is not None}


def of_kinds(proofs: Iterable[Proof], *kinds: DocumentKind) -> tuple[Proof, ...]:
    """Return the documents of some kinds."""
    return tuple(each for each in proofs if each.document.kind in kinds)


def ids_of(proofs: Iterable[Proof]) -> tuple[str, ...]:
    """Return the ids of documents, each once."""
    return tuple(dict.fromkeys(each.document_id for each in proofs))


def is_valid_on(proofs: tuple[Proof, ...], on: date) -> bool | None:
    """Tell whether one of some documents is valid on a day; ``None`` where there is none at all."""
    return any(each.document.is_valid(on) for each in proofs) if proofs else None


def outlasts_days(groups: Iterable[Iterable[Proof]], first: date, last: date) -> float | None:
    """Return by how many days what is insured from the first day on outlasts the last one.

    Of each group of policies one is needed, one after another without a gap; less than 0 where it
    does not last. ``None`` where there is none of a group.
    """
    found = [tuple(each.document for each in group) for group in groups]
    if not all(found):
        return None
    return float((min(lasts_to(each, first) for each in found) - last).days)


def total(values: Iterable[float | None]) -> float | None:
    """Return a sum; ``None`` where one part, or every one, is not known."""
    found = list(values)
    known = [each for each in found if each is not None]
    return sum(known) if known and len(known) == len(found) else None


def number_in(sheet: Sheet, key: str) -> float | None:
    """Return a number of the rule set; ``None`` where it has none."""
    found = sheet.parameters.get(key)
    return found.value if found is not None and type(found.value) is float else None


def flag_in(sheet: Sheet, key: str) -> bool | None:
    """Return what is true or false by the rule set; ``None`` where it does not say."""
    found = sheet.parameters.get(key)
    return found.value if found is not None and isinstance(found.value, bool) else None


def texts_in(sheet: Sheet, key: str) -> tuple[str, ...] | None:
    """Return a list of the rule set; ``None`` where it has none."""
    found = sheet.parameters.get(key)
    return found.value if found is not None and isinstance(found.value, tuple) else None
