"""What the store takes and gives back: values, never rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import NAMESPACE_OID, uuid5

from geofence.zone import Zone
from permits.certificate import Certificate
from permits.daily_plan import DailyPlan
from permits.department import Department
from permits.document import Covered, Document
from permits.document_kinds import CoveredKind
from permits.entries import Particulars
from permits.opinion import Opinion, OpinionKind
from permits.permit import Permit, PermitKind, PermitState
from permits.preconditions import Finding, Law
from permits.public_notice import Notice, Subject
from permits.recognition import Bundle
from permits.recognition_trust import TrustList
from permits.report_figures import Figures
from permits.report_periods import Period, ReportKind
from permits.review import Review
from permits.subject_reports import ReportOf, SubjectReport
from telemetry.device_day import DeviceDay
from telemetry.report import Datum, Domain
from zone_service.store.roles import Handling as Handling
from zone_service.store.roles import OrganisationKind as OrganisationKind
from zone_service.store.roles import Role as Role


@dataclass(frozen=True, slots=True)
class Organisation:
    """A company, a department or an authority."""

    organisation_id: str
    name: str
    kind: OrganisationKind
    department: str | None = None
    ended_at: datetime | None = None
    """When its legal person ended."""


@dataclass(frozen=True, slots=True)
class User:
    """A person with an account."""

    user_id: str
    username: str
    role: Role
    organisation_id: str
    department: str | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks."""

    user_id: str
    username: str
    role: Role
    organisation_id: str
    department: str | None = None


def department_of(principal: Principal) -> Department | None:
    """Return for which department somebody votes; the police are one, whatever they are called."""
    return seat_of(principal.role, principal.department)


def seat_of(role: Role, department: str | None) -> Department | None:
    """Return the same of an account, by its role and the department that it says."""
    if role is Role.POLICE:
        return Department(department or Department.POLICE)
    if role is Role.REVIEWER and department:
        return Department(department)
    return None


PLATFORM = Principal(
    user_id="system", username="system", role=Role.ADMINISTRATOR, organisation_id="platform"
)
"""The platform itself: the worker, timers and the command line."""


class PlateState(StrEnum):
    """What has become of a temporary plate."""

    VALID = "valid"
    TO_RECALL = "to recall"
    """Its permit is over, and nobody has handed it back."""
    RECALLED = "recalled"
    ANNOUNCED_VOID = "announced void"
    EXPIRED = "expired"
    REPLACED = "replaced"
    """Its vehicle got another."""


@dataclass(frozen=True, slots=True)
class KeptPlate:
    """A temporary plate as the register has it."""

    number: str
    vin: str
    permit_number: str
    device_id: str
    valid_from: datetime
    valid_to: datetime
    """The first moment that is not valid."""
    cut_by: str
    state: PlateState
    ended_at: datetime | None = None
    notice: str | None = None
    """Of the announcement that it is void."""


@dataclass(frozen=True, slots=True)
class KeptCertificate:
    """An edition of a certificate, and what was drawn of it."""

    certificate: Certificate
    is_latest: bool
    key_id: str | None = None
    token: str | None = None
    sha256: str | None = None
    """Of the file that was handed out, in hexadecimal."""
    pdf: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PermitFilter:
    """Which permits are asked for; ``None`` asks for all."""

    state: PermitState | None = None
    kind: PermitKind | None = None
    holder_id: str | None = None
    device_id: str | None = None
    zone_id: str | None = None
    """One that its terms name: to be in, to pass through, or to be let into."""
    plate: str | None = None
    """One that it bears or bore."""
    vin: str | None = None
    valid_on: date | None = None
    """A day of Shanghai, some moment of which lies in its validity, whatever its state."""
    jurisdiction: str | None = None
    """Whose rules it is decided under."""
    text: str | None = None
    """Stands in its number, or in the id or name of its holder, in whatever letters."""
    overdue_at: datetime | None = None
    """Somebody owed a step before that moment."""


ANY_PERMIT: Final = PermitFilter()


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """Something of the register under a permit, and who brings it."""

    entry_id: str
    kind: CoveredKind
    organisation_id: str
    device_id: str | None
    is_holders: bool
    """Who applies needs no consent for what is its own."""
    is_named: bool
    """In the application, or by a change under the permit; else it may be."""
    consented_at: datetime | None
    consented_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FiledReport:
    """A report of an operator as it was filed."""

    number: str
    """Of the permit."""
    which: ReportOf
    edition: int
    """Counts from 1; the last one counts."""
    period: Period
    report: SubjectReport
    filed_at: datetime
    filed_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptReport:
    """A report of the authority as it was made; its files are read apart."""

    kind: ReportKind
    name: str
    edition: int
    """Counts from 1 for each kind and name."""
    period: Period
    as_of: datetime
    """What was written down by then is in it."""
    rules: str
    """The rule set and version that it was made by."""
    made_at: datetime
    made_by: str
    figures: Figures
    pdf_sha256: str
    xlsx_sha256: str

    @property
    def report_id(self) -> str:
        """Return how it is found: ``half-yearly-2026-12-1``."""
        return f"{self.kind.lower().replace('_', '-')}-{self.name}-{self.edition}"


@dataclass(frozen=True, slots=True)
class Device:
    """A registered vehicle, aircraft or vessel; ``wire_id`` is its name inside its payloads."""

    device_id: str
    organisation_id: str
    domain: Domain
    label: str
    codec: str = "canonical"
    wire_id: str | None = None
    datum: Datum = Datum.WGS84
    active: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """The zones that a device is to know, as its format has them, and what it has said that it holds."""

    device_id: str
    format: str
    version: int
    """Counts from 1 for each device, by one whenever it is to know something else."""
    body: bytes = field(repr=False)
    """Without its version."""
    digest: str
    """SHA-256 of the body, in hexadecimal."""
    left_out: tuple[tuple[str, str], ...]
    """What the unit is not told, so that the platform alone checks it: of which zone or permit, and what."""
    zone_count: int
    made_at: datetime
    sent_at: datetime | None = None
    """When this version was first given to the broker."""
    held_version: int | None = None
    """The last that the unit said it holds; 0 is one that the platform never made."""
    held_at: datetime | None = None
    refused_version: int | None = None
    refused_at: datetime | None = None
    refused_for: str = ""
    """In the unit's own words."""


@dataclass(frozen=True, slots=True)
class FenceMade:
    """What a device is to know by what there is now, which may be what it was to know before."""

    device_id: str
    format: str
    body: bytes = field(repr=False)
    left_out: tuple[tuple[str, str], ...]
    zone_count: int


@dataclass(frozen=True, slots=True)
class Credential:
    """What a broker needs to know a device: hashes of its secret, never the secret.

    ``pbkdf2`` is in Mosquitto's ``$7$`` form; ``codec`` tells which topics the device needs.
    """

    device_id: str
    bcrypt: str
    pbkdf2: str
    active: bool
    created_at: datetime
    codec: str = "canonical"


@dataclass(frozen=True, slots=True)
class Revisions:
    """Counts of the changes to each part that others hold a copy of."""

    zones: int
    registry: int
    permits: int


@dataclass(frozen=True, slots=True)
class ZoneChanges:
    """How one map differs from another."""

    revision: int
    changed: tuple[Zone, ...]
    """Those that are new or not as they were, by id."""
    withdrawn: tuple[str, ...]
    """The ids of those that are no more."""


@dataclass(frozen=True, slots=True)
class ZoneSet:
    """The zones of one revision, ordered by id."""

    revision: int
    zones: tuple[Zone, ...]


@dataclass(frozen=True, slots=True)
class ZoneInForce:
    """A zone, and the change of the map since which it is as it is."""

    zone: Zone
    since_revision: int
    since: datetime


@dataclass(frozen=True, slots=True)
class MapChange:
    """How a map differs from the one in force; zones by their ids, sorted."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    ended: tuple[str, ...]
    same: int
    """Zones that stay as they are."""


@dataclass(frozen=True, slots=True)
class ZonePut:
    """What came of putting one zone on the map."""

    revision: int
    """Of the map."""
    since_revision: int
    """Of the zone: an earlier one where it was like this before."""
    added: bool


@dataclass(frozen=True, slots=True)
class KeptDocument:
    """A document of an organisation, and who handed it in."""

    document_id: str
    organisation_id: str
    document: Document
    created_at: datetime
    created_by: str
    withdrawn_at: datetime | None = None
    """It counts for nothing since, and is still there to be read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrivenFigure:
    """What a vehicle drove in automated mode in some days; what is not stated is not known."""

    zone_id: str | None
    """The segment; ``None`` for kilometres on none in particular."""
    begins: date
    ends: date
    """Both days belong to it, in Asia/Shanghai."""
    document_id: str
    """The evidence."""
    automated_h: float | None = None
    automated_km: float | None = None
    supervised_rides: int | None = None
    loaded_rides: int | None = None
    takeovers: int | None = None
    at_fault_accidents: int | None = None
    traffic_violations: int | None = None


@dataclass(frozen=True, slots=True)
class KeptFigure:
    """A figure as it was declared, and who has attested it."""

    figure_id: int
    entry_id: str
    figure: DrivenFigure
    declared_by: str
    declared_at: datetime
    attested_by: str | None = None
    attested_at: datetime | None = None
    """It counts for nothing while this is empty."""


@dataclass(frozen=True, slots=True)
class RegisterEntry:
    """What an organisation has registered, and by which device it is seen to move."""

    entry_id: str
    organisation_id: str
    particulars: Particulars
    device_id: str | None = None
    active: bool = True
    revision: int = 0
    """Counts the amendments."""


@dataclass(frozen=True, slots=True)
class KeptTrustList:
    """A version of the trust list; the first, with number 0, is that nobody is trusted."""

    number: int
    text: str
    trusted: TrustList
    published_at: datetime | None = None
    published_by: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Recognition:
    """A bundle that was recognised."""

    recognition_id: int
    bundle: Bundle
    key_id: str
    sha256: str
    """Of the file that it came in."""
    trust_list: int
    """By which version of the trust list."""
    imported_at: datetime
    imported_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PreconditionFile:
    """All preconditions of a permit, and what came of each."""

    permit: Permit
    rules: str
    """The rule set that asks for them, as decisions store it."""
    findings: tuple[Finding, ...]
    law: Law
    about: frozenset[Covered]
    """What a document by which one is attested may be about."""
    matter_id: str | None = None
    """Of what is asked for, where the permit is shown as it would be then."""


class Outcome(StrEnum):
    """How a round of a joint review ended."""

    APPROVED = "APPROVED"
    RETURNED = "RETURNED"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True)
class Round:
    """A round of a joint review, and the rule set that named who votes in it."""

    review: Review
    rules: str
    opened_at: datetime
    closed_at: datetime | None
    outcome: Outcome | None


@dataclass(frozen=True, slots=True)
class Assignment:
    """A third party that is asked for its opinion on a permit."""

    number: str
    organisation_id: str
    kind: OpinionKind
    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class ReviewFile:
    """All that joint review knows of a permit."""

    permit: Permit
    rounds: tuple[Round, ...]
    """The last one is the one that goes on, if any does."""
    assignments: tuple[Assignment, ...]
    opinions: tuple[Opinion, ...]

    @property
    def is_open(self) -> bool:
        """Whether votes are waited for."""
        return bool(self.rounds) and self.rounds[-1].review.open

    @property
    def tag(self) -> str:
        """What moves with every round, vote and step: what a vote may be made to depend on."""
        votes = len(self.rounds[-1].review.votes) if self.rounds else 0
        return f"{self.permit.revision}-{len(self.rounds)}-{votes}"


@dataclass(frozen=True, slots=True)
class Awaited:
    """A permit that waits for the vote of a department."""

    permit: Permit
    round: int
    department: Department
    mandatory: bool
    opened_at: datetime
    due_at: datetime | None
    """By when it is to be decided; ``None`` where its clock stands still or nothing limits it."""


@dataclass(frozen=True, slots=True)
class AwaitedPlan:
    """The plan of a day that waits for the answer of a department."""

    number: str
    holder_id: str
    plan: DailyPlan
    department: Department
    mandatory: bool
    filed_at: datetime
    answer_until: datetime

    @property
    def place(self) -> str:
        """Where it stands among others: by day, then by permit."""
        return f"{self.plan.day}/{self.number}"


class ViolationEventKind(StrEnum):
    """What happened to a violation."""

    OPENED = "opened"
    UPDATED = "updated"
    CLOSED = "closed"
    LATE = "late"
    """A late report told of it when it was over."""
    ACKNOWLEDGED = "acknowledged"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True, kw_only=True)
class ViolationChange:
    """An episode as the worker now sees it. The store finds out what is new in it.

    ``opened_at`` and ``closed_at`` are device time, ``detected_at`` and ``updated_at`` server
    time. ``organisation_id`` is ``None`` for a device that nobody registered.
    """

    id: str
    code: str
    severity: str
    device_id: str
    organisation_id: str | None
    permit_number: str | None
    zone_id: str | None
    opened_at: datetime
    detected_at: datetime
    updated_at: datetime
    closed_at: datetime | None
    longitude_deg: float | None
    latitude_deg: float | None
    measured: float | None
    limit: float | None
    rule_version: str
    zone_revision: int
    trigger_event_time_s: float | None
    trigger_received_s: float | None
    other_device_id: str | None = None
    """The second of two that came too close; the first is ``device_id``."""
    other_organisation_id: str | None = None
    """Whose the second is."""
    inside_probability: float | None = None
    """How probable it was, at the fix that opened it and by the accuracy that the fix claims, that
    the device was over the ground of the zone; where a permit's zones were left, of one of these, and
    where its corridor was, of that. Of a zone that was crossed between two fixes, at the deepest place
    of the way; of one that follows a device, by what both claim. ``None`` where no outline decided,
    or where one of those two claims nothing."""
    height_agl_m: float | None = None
    """Of the aircraft then, where it is known."""
    late: bool = False
    """Found by late reports, when it was over: the live state never knew of it."""
    joins: str | None = None
    """The violation that it is the beginning of: what late reports began was seen live behind them."""
    law_of: datetime | None = None
    """Where what held in its own time could not be had: since when that held by which it was judged."""
    opening_cause: str | None = None
    """Why it began: a ``Cause``. ``None`` where nobody knows, and of what began before it was noted."""
    closing_cause: str | None = None
    """Why it was over. ``None`` too while it goes on, and of a beginning that late reports told of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ViolationRecord(ViolationChange):
    """A violation with what people did about it.

    ``revision`` counts its changes; ``opened_seq`` is the feed sequence of its opening, which
    orders violations and serves as the key of a page.
    """

    handling: Handling = Handling.NEW
    handled_by: str | None = None
    note: str | None = None
    revision: int = 1
    opened_seq: int = 0
    unfounded: bool = False
    """Whoever resolved it found that it was none: it counts against nobody."""


@dataclass(frozen=True, slots=True)
class ViolationEvent:
    """One line of the feed: the violation as it was right after the event."""

    seq: int
    event: ViolationEventKind
    violation: ViolationRecord
    keeps_causes: bool = True
    """Whether causes were kept when it was told: if not, that there is none says nothing."""


def violation_id(
    device_id: str,
    code: str,
    zone_id: str | None,
    opened_s: float,
    other_device_id: str | None = None,
    *,
    late: bool = False,
) -> str:
    """Return the id of an episode: the same episode has the same id however often it is told."""
    told = "|".join((device_id, code, zone_id or "", str(round(opened_s * 1000))))
    if other_device_id is not None:
        told = f"{told}|{other_device_id}"
    if late:
        told = f"{told}|late"
    return uuid5(NAMESPACE_OID, told).hex


@dataclass(frozen=True, slots=True)
class ViolationFilter:
    """Which violations are asked for; ``None`` asks for all."""

    device_id: str | None = None
    organisation_id: str | None = None
    permit_number: str | None = None
    zone_id: str | None = None
    code: str | None = None
    handling: Handling | None = None
    is_open: bool | None = None
    is_resolved: bool | None = None
    is_late: bool | None = None
    opened_from: datetime | None = None
    opened_to: datetime | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """What was read from the broker in one go; ``body`` is made by ``journal.pack``."""

    batch_id: str
    first_received_s: float
    last_received_s: float
    message_count: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message to be sent once the commit holds."""

    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class PendingMessage:
    """An outgoing message that is committed and not yet known to be sent."""

    outbox_id: int
    topic: str
    payload: bytes


@dataclass(frozen=True, slots=True)
class Refusal:
    """How often something was refused within a minute, with one example of it.

    ``subject`` is the device id of the topic, or the topic where it names none; the topic too where
    somebody else spoke on it.
    """

    subject: str
    reason: str
    minute_s: int
    count: int
    sample: bytes = b""


@dataclass(frozen=True, slots=True)
class HeardDay:
    """What was heard of a device on a day."""

    device_id: str
    day: DeviceDay
    lacks: frozenset[str] | None = None
    """What its latest report lacked of what a self-check may ask for, by the names of
    ``conduct.lacking``; ``None`` is not known."""


@dataclass(frozen=True, slots=True)
class RefusalFilter:
    """Which refusals are asked for; ``None`` asks for all."""

    device_id: str | None = None
    """What was refused of it, and what somebody else tried on its topics."""
    from_s: float | None = None
    """Within the minute of this time or later."""
    to_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedBy:
    """By what everything is judged from one moment on, until the next."""

    at_s: float
    """When it was taken over: the devices were judged anew as of then."""
    as_of_s: float
    """When it was read from the store: permits that had long ended by then were left out."""
    zone_revision: int
    registry_revision: int
    permit_revision: int
    rule_set: str
    """Its name, by which it is found."""
    rules: str
    rules_digest: str
    is_start: bool
    """Whether a worker began with it, and so what it had judged by before was not at hand."""
    is_cut: bool = False
    """Whether that worker had lost a part of its memory."""
    beside: tuple[tuple[str, str, str], ...] = ()
    """The rules of other jurisdictions that permits were of: name, version and digest of each."""


@dataclass(frozen=True, slots=True)
class JudgedFrom:
    """What was judged by from a batch on."""

    journal_id: int
    by: JudgedBy


@dataclass(frozen=True, slots=True, kw_only=True)
class Commit:
    """All that one batch changes, written in one transaction or not at all.

    Given again after an error it has the same result and leaves nothing double.
    ``checkpoint`` is the worker's state after this batch; where it ``is_mark``, it is
    also kept for as long as the journal.
    """

    batch: Batch
    violations: tuple[ViolationChange, ...] = ()
    outbox: tuple[Outgoing, ...] = ()
    sent_outbox_ids: tuple[int, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    checkpoint: bytes | None = None
    is_mark: bool = False
    judged_by: JudgedBy | None = None


@dataclass(frozen=True, slots=True)
class Committed:
    """What a commit made: its place in the journal, feed events and messages to send."""

    journal_id: int
    events: tuple[ViolationEvent, ...] = ()
    outbox: tuple[PendingMessage, ...] = ()


@dataclass(frozen=True, slots=True)
class Journalled:
    """A batch with its place in the journal."""

    journal_id: int
    batch: Batch


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The worker's state after the batch ``journal_id``."""

    journal_id: int
    body: bytes


class ProofKind(StrEnum):
    """By what somebody proved who they are."""

    SESSION = "session"
    """A browser in which they signed in with a password."""
    TOKEN = "token"  # noqa: S105 -- a kind, not a secret
    """A program that holds one of their API tokens."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What an open connection stands on: it may live as long as this session or token does."""

    kind: ProofKind
    key: str
    """The fingerprint of the session's cookie, or the id of the token: neither lets anybody in."""


@dataclass(frozen=True, slots=True)
class LogIn:
    """A session that has just begun; ``cookie`` is shown once."""

    principal: Principal
    cookie: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A token of a program, without its secret."""

    token_id: str
    user_id: str
    label: str
    created_at: datetime
    expires_at: datetime
    revoked: bool


class EvidenceKind(StrEnum):
    """What a clip is evidence of."""

    VIOLATION = "violation"
    ACCIDENT = "accident"


class EvidencePart(StrEnum):
    """Which time of it a clip holds."""

    OPENING = "opening"
    """Around its opening; around its closing too where that came before the clip was sealed."""
    CLOSING = "closing"
    """Around the closing of what went on for longer."""
    SUPPLEMENT = "supplement"
    """What was received after a clip was sealed and is dated within its time."""
    FURTHER = "further"
    """Another time, which an authority has asked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceClip:
    """A clip of evidence: what it is of, and once it is sealed its file."""

    kind: EvidenceKind
    key: str
    """The id of the violation, or of the matter of the accident."""
    part: EvidencePart
    organisation_id: str | None
    other_organisation_id: str | None = None
    permit_number: str | None = None
    device_ids: tuple[str, ...]
    moments_s: tuple[float, ...]
    """Unix seconds around which the clip is; of one that comes beside another its ends."""
    serial: int = 0
    """Among those of its part and thing that come beside others, from 1; 0: it is none of these."""
    first_id: str | None = None
    """The clip beside which it comes, and which it names by its hash."""
    asked_by: str | None = None
    asked_for: str | None = None
    """Who has asked for a further time, and the purpose."""
    rule_set: str
    """That which says how long before and after, and for how long it is kept."""
    before_s: float
    after_s: float
    kept_years: int
    noted_at: datetime
    sealed_at: datetime | None = None
    kept_until: datetime | None = None
    """Nobody removes it before."""
    name: str | None = None
    """Of its file, below the folder of evidence, with slashes."""
    size_bytes: int | None = None
    sha256: str | None = None
    key_id: str | None = None
    frame_count: int | None = None
    held_by: str | None = None
    """Whoever has put a legal hold on it: it is kept until that is lifted."""
    held_at: datetime | None = None
    held_for: str | None = None
    """Why."""
    removed_at: datetime | None = None
    """When its file was removed, its time being over."""

    @property
    def clip_id(self) -> str:
        """What it goes by: of the same part of the same thing there is one."""
        return clip_id(self.key, self.part, self.serial)

    @property
    def from_s(self) -> float:
        """From when on what was received is in it."""
        return min(self.moments_s) - self.before_s

    @property
    def due_s(self) -> float:
        """When the last of what belongs to it has been received."""
        return max(self.moments_s) + self.after_s


def clip_id(key: str, part: EvidencePart, serial: int = 0) -> str:
    """Return what the clip of a part of something goes by; of those that may be several with a number."""
    return f"{key}-{part}-{serial}" if serial else f"{key}-{part}"


@dataclass(frozen=True, slots=True)
class EvidenceFilter:
    """Which clips are asked for; ``None`` asks for all."""

    key: str | None = None
    is_held: bool | None = None
    is_sealed: bool | None = None


class HistoryKind(StrEnum):
    """What a file of the history holds."""

    REPORTS = "reports"
    """What devices told, decoded."""
    RAW = "raw"
    """The frames of the journal as they came."""


@dataclass(frozen=True, slots=True)
class HistoryProgress:
    """Up to which batch the journal has gone into the history."""

    segmented_to: int = 0
    sealed_to: int = 0
    """Up to here it is in files."""


@dataclass(frozen=True, slots=True)
class HistorySegment:
    """Some batches of the journal, of which the reports stand in the database for now."""

    first_journal_id: int
    last_journal_id: int
    first_received_s: float
    last_received_s: float
    from_ms: int
    """Of the earliest event; later than ``to_ms`` where there is none."""
    to_ms: int
    row_count: int


@dataclass(frozen=True, slots=True)
class HistoryFile:
    """A file of the history, as the manifest has it."""

    name: str
    """Below the folder of the history, with slashes."""
    kind: HistoryKind
    first_journal_id: int
    last_journal_id: int
    first_received_s: float
    last_received_s: float
    from_ms: int
    """Of the earliest event; of raw frames, of the earliest receipt."""
    to_ms: int
    row_count: int
    size_bytes: int
    sha256: str
    sealed_at: datetime


@dataclass(frozen=True, slots=True)
class HistoryHold:
    """A legal hold on what devices told from ``from_ms`` on and before ``until_ms``, Unix milliseconds."""

    hold_id: str
    from_ms: int
    until_ms: int
    held_by: str
    held_at: datetime
    held_for: str
    released_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act that somebody answers for."""

    audit_id: int
    at: datetime
    actor: str
    action: str
    subject: str
    reason: str


@dataclass(frozen=True, slots=True)
class BulkAdded:
    """Devices added at once and their secrets by device id, shown once."""

    count: int
    secrets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class KeptNotice:
    """A notice as it was published."""

    notice_id: str
    notice: Notice
    organisation_id: str | None
    """Who published it; ``None``: the platform, by law."""
    published_at: datetime
    published_by: str
    withdrawn_at: datetime | None = None
    withdrawn_because: str | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """What somebody of the public says; never shown to anybody but departments."""

    about: Subject
    text: str | None
    """``None`` once its time is over."""
    contact: str | None = None
    """How its sender wishes to be answered; for nothing else, and gone with the answer."""


@dataclass(frozen=True, slots=True)
class KeptFeedback:
    """What somebody said, and what a department answered."""

    feedback_id: str
    feedback: Feedback
    at: datetime
    answer: str | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None
    organisation_id: str | None = None
    """Who answered."""
    notice_id: str | None = None
    """By which the answer is published."""
