"""The tables. Rows stay in this folder: they do not validate, so nothing outside may hold one."""

from datetime import date, datetime
from typing import Any, ClassVar

from sqlalchemy import CheckConstraint, Index, MetaData, Table, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import SQLModel

from geofence.zone import HeightReference, Restriction, ZoneKind
from permits.condition import Verdict as Found
from permits.governance_file import Opinion
from permits.governance_states import FileKind
from permits.opinion import OpinionKind, Verdict
from permits.plan_answers import PlanAnswer, Silence
from permits.public_notice import NoticeKind, SubjectKind
from permits.report_periods import ReportKind
from permits.review import Choice
from permits.subject_reports import SubjectReportKind
from telemetry.report import Datum, Domain
from zone_service.store.columns import (
    between,
    blob,
    counter,
    finite,
    moment,
    number,
    on_day,
    one_of,
    text,
    whole,
)
from zone_service.store.records import (
    EvidenceKind,
    EvidencePart,
    Handling,
    HistoryKind,
    OrganisationKind,
    Outcome,
    PlateState,
    ProofKind,
    Role,
    ViolationEventKind,
)

finite_number = number
"""Of tables that have a column of the other's name."""
NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
"""Every constraint has a name from the first day: SQLite cannot drop one that has none."""


class Row(SQLModel):
    """What all tables share."""

    # No row validates, and to build what would takes each process a tenth of a second.
    model_config = {"defer_build": True}

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING)


def table(row: type[Row]) -> Table:
    """Return the table of a row class, for statements that need no objects."""
    return Row.metadata.tables[str(row.__tablename__)]


def _only_one(name: str, column: str, condition: str) -> Index:
    """Allow one row a value of ``column`` among those that meet the condition."""
    where: Any = sql(condition)
    return Index(name, column, unique=True, sqlite_where=where, postgresql_where=where)


class RevisionRow(Row, table=True):
    """A count that moves in the same transaction as what it counts."""

    __tablename__ = "revision"
    name: str = text(32, primary_key=True)
    value: int = whole()


class OrganisationRow(Row, table=True):
    """A company, a department or an authority."""

    __tablename__ = "organisation"
    __table_args__ = (one_of("kind", OrganisationKind),)
    organisation_id: str = text(64, primary_key=True)
    name: str = text(200)
    kind: str = text(16)
    department: str | None = text(64, nullable=True)
    created_at: datetime = moment()
    ended_at: datetime | None = moment(nullable=True)
    """When its legal person ended, which strikes off its permits."""


class AccountRow(Row, table=True):
    """A person; not called user, which PostgreSQL keeps for itself."""

    __tablename__ = "account"
    __table_args__ = (one_of("role", Role),)
    user_id: str = text(64, primary_key=True)
    username: str = text(64, unique=True)
    role: str = text(16)
    organisation_id: str = text(64, to="organisation.organisation_id", index=True)
    department: str | None = text(64, nullable=True)
    password_hash: str = text(200)
    active: bool
    created_at: datetime = moment()


class LoginSessionRow(Row, table=True):
    """A browser that is logged in."""

    __tablename__ = "login_session"
    cookie_hash: str = text(64, primary_key=True)
    user_id: str = text(64, to="account.user_id", index=True)
    created_at: datetime = moment()
    seen_at: datetime = moment()
    expires_at: datetime = moment(index=True)


class ApiTokenRow(Row, table=True):
    """A program that acts for a person."""

    __tablename__ = "api_token"
    token_id: str = text(32, primary_key=True)
    user_id: str = text(64, to="account.user_id", index=True)
    label: str = text(100)
    secret_hash: str = text(64)
    created_at: datetime = moment()
    expires_at: datetime = moment()
    revoked_at: datetime | None = moment(nullable=True)


class SocketTicketRow(Row, table=True):
    """A one-time right to open the live feed."""

    __tablename__ = "socket_ticket"
    __table_args__ = (one_of("proof_kind", ProofKind),)
    ticket_hash: str = text(64, primary_key=True)
    user_id: str = text(64, to="account.user_id", index=True)
    proof_kind: str = text(16)
    proof_key: str = text(64)
    expires_at: datetime = moment(index=True)


class KeptAnswerRow(Row, table=True):
    """What somebody sent with a key, and what was first answered; without an answer, a claim."""

    __tablename__ = "kept_answer"
    user_id: str = text(64, to="account.user_id", primary_key=True)
    key: str = text(128, primary_key=True)
    operation: str = text(300)
    digest: str = text(64)
    claim: str = text(32)
    begun_at: datetime = moment(index=True)
    status: int | None = whole(nullable=True)
    headers: str | None = text(20_000, nullable=True)
    body: bytes | None = blob(nullable=True)


class LoginAttemptRow(Row, table=True):
    """A login that was tried lately; the text names the account and the address, or the latter."""

    __tablename__ = "login_attempt"
    __table_args__ = (Index(None, "subject", "at"),)
    attempt_id: int | None = counter()
    subject: str = text(200)
    at: datetime = moment(index=True)


class DeviceRow(Row, table=True):
    """A vehicle, an aircraft or a vessel."""

    __tablename__ = "device"
    __table_args__ = (
        one_of("domain", Domain),
        one_of("datum", Datum),
        Index(None, "organisation_id", "device_id"),
    )
    device_id: str = text(64, primary_key=True)
    organisation_id: str = text(64, to="organisation.organisation_id")
    domain: str = text(8)
    label: str = text(100)
    codec: str = text(32)
    wire_id: str | None = text(64, nullable=True)
    datum: str = text(16)
    active: bool
    created_at: datetime = moment()


class CredentialRow(Row, table=True):
    """Hashes of a device's secret, in the forms that brokers read."""

    __tablename__ = "credential"
    __table_args__ = (_only_one("uq_credential_active", "device_id", "active"),)
    credential_id: int | None = counter()
    device_id: str = text(64, to="device.device_id", index=True)
    bcrypt: str = text(100)
    pbkdf2: str = text(200)
    active: bool
    created_at: datetime = moment()
    revoked_at: datetime | None = moment(nullable=True)


class FenceRow(Row, table=True):
    """The zones that a device is to know, and what it has said that it holds."""

    __tablename__ = "fence"
    device_id: str = text(64, to="device.device_id", primary_key=True)
    format: str = text(32)
    version: int = whole()
    body: bytes = blob()
    digest: str = text(64)
    left_out: str = text(2_000_000)
    zone_count: int = whole()
    made_at: datetime = moment()
    sent_at: datetime | None = moment(nullable=True)
    held_version: int | None = whole(nullable=True)
    held_at: datetime | None = moment(nullable=True)
    refused_version: int | None = whole(nullable=True)
    refused_at: datetime | None = moment(nullable=True)
    refused_for: str = text(200)


class FenceGatewayRow(Row, table=True):
    """Which gateway said last that it serves a device."""

    __tablename__ = "fence_gateway"
    device_id: str = text(64, to="device.device_id", primary_key=True)
    gateway_id: str = text(64, to="device.device_id")


class FenceLookRow(Row, table=True):
    """When it was last known that every fence is that of now; one row."""

    __tablename__ = "fence_look"
    __table_args__ = (CheckConstraint("one = 1", name="one_row"),)
    one: int = whole(primary_key=True, autoincrement=False)
    looked_at: datetime = moment()


class ZoneRevisionRow(Row, table=True):
    """A change of the map: whose and when."""

    __tablename__ = "zone_revision"
    revision: int = whole(primary_key=True, autoincrement=False)
    at: datetime = moment(index=True)
    by: str = text(64)


class ZoneRow(Row, table=True):
    """A zone from one revision until another; still in force while that is empty."""

    __tablename__ = "zone"
    __table_args__ = (
        one_of("kind", ZoneKind),
        one_of("restriction", Restriction),
        *finite("speed_limit_mps", "exit_margin_m"),
        CheckConstraint("until_revision > from_revision", name="lasts"),
        UniqueConstraint("zone_id", "from_revision"),
        _only_one("uq_zone_in_force", "zone_id", "until_revision IS NULL"),
    )
    row_id: int | None = counter()
    zone_id: str = text(100)
    from_revision: int = whole(index=True)
    until_revision: int | None = whole(nullable=True, index=True)
    digest: str = text(64)
    kind: str = text(16)
    name: str = text(200)
    name_zh: str | None = text(200, nullable=True)
    domains: str = text(100)
    category: str = text(64)
    source: str = text(500)
    accuracy: str = text(200)
    legal_effect: bool
    speed_limit_mps: float | None = number(nullable=True)
    restriction: str = text(32)
    exit_margin_m: float = number()
    around: str | None = text(20_000, nullable=True)


class VolumeRow(Row, table=True):
    """One volume of a zone: WKB in WGS 84 and the box around all that it covers."""

    __tablename__ = "volume"
    __table_args__ = (
        one_of("shape", ("area", "circle", "corridor")),
        one_of("lower_reference", HeightReference),
        one_of("upper_reference", HeightReference),
        *finite("radius_m", "half_width_m", "lower_m", "upper_m"),
        *finite("west_deg", "south_deg", "east_deg", "north_deg"),
    )
    zone_row_id: int = whole(to="zone.row_id", primary_key=True, autoincrement=False)
    position: int = whole(primary_key=True, autoincrement=False)
    shape: str = text(16)
    geometry: bytes = blob()
    west_deg: float = number()
    south_deg: float = number()
    east_deg: float = number()
    north_deg: float = number()
    radius_m: float | None = number(nullable=True)
    half_width_m: float | None = number(nullable=True)
    lower_m: float | None = number(nullable=True)
    lower_reference: str | None = text(8, nullable=True)
    upper_m: float | None = number(nullable=True)
    upper_reference: str | None = text(8, nullable=True)
    schedule: str | None = text(20_000, nullable=True)


class PermitRow(Row, table=True):
    """A permit; its terms are JSON, and the validity is repeated for searching.

    So are the moments until which somebody owes a step, and after which the law takes one, with what
    they were counted by: they follow from all that was done to it.
    """

    __tablename__ = "permit"
    __table_args__ = (
        Index(None, "holder_id", "number"),
        CheckConstraint("valid_from < valid_to", name="lasts"),
        CheckConstraint("revision >= 0", name="revision_counts"),
    )
    number: str = text(64, primary_key=True)
    kind: str = text(32)
    state: str = text(32, index=True)
    holder_id: str = text(64, to="organisation.organisation_id")
    jurisdiction: str = text(64)
    """The rule set that it is decided under, by name; empty is that of the installation."""
    terms: str = text(2_000_000)
    valid_from: datetime = moment()
    valid_to: datetime = moment(index=True)
    revision: int = whole()
    created_at: datetime = moment()
    changed_at: datetime = moment()
    due_at: datetime | None = moment(nullable=True, index=True)
    law_at: datetime | None = moment(nullable=True, index=True)
    due_under: str | None = text(200, nullable=True)


class PermitPartRow(Row, table=True):
    """A device or a zone that the terms of a permit name, so that the permit is found by it."""

    __tablename__ = "permit_part"
    kind: str = text(8, primary_key=True)
    key: str = text(100, primary_key=True)
    number: str = text(64, to="permit.number", primary_key=True, index=True)


class PermitEventRow(Row, table=True):
    """A step in the life of a permit. Never changed, never removed."""

    __tablename__ = "permit_event"
    event_id: int | None = counter()
    number: str = text(64, to="permit.number", index=True)
    action: str = text(32)
    before: str = text(32)
    after: str = text(32)
    at: datetime = moment()
    by: str = text(64)
    reason: str = text(2000)
    rules: str | None = text(400, nullable=True)
    effective_at: datetime | None = moment(nullable=True)
    details: str | None = text(4000, nullable=True)
    terms: str | None = text(2_000_000, nullable=True)


class MatterRow(Row, table=True):
    """A matter under a permit; what it is about is JSON. One is open of a kind that allows one alone."""

    __tablename__ = "matter"
    __table_args__ = (
        Index(None, "holder_id", "matter_id"),
        Index(None, "number", "matter_id"),
        Index(
            "uq_matter_open",
            "number",
            "kind",
            unique=True,
            sqlite_where=sql("is_open AND only_one"),
            postgresql_where=sql("is_open AND only_one"),
        ),
    )
    matter_id: str = text(64, primary_key=True)
    number: str = text(64, to="permit.number")
    holder_id: str = text(64, to="organisation.organisation_id")
    kind: str = text(32)
    state: str = text(32)
    is_open: bool
    only_one: bool
    about: str = text(2_000_000)
    of_all: bool
    """Whether it concerns all that hold the permit, and not the owners of its vehicles alone."""
    revision: int = whole()
    created_at: datetime = moment()
    changed_at: datetime = moment()
    due_at: datetime | None = moment(nullable=True, index=True)
    due_under: str | None = text(200, nullable=True)
    raised_at: datetime | None = moment(nullable=True)


class MatterPartyRow(Row, table=True):
    """An organisation whose vehicles a matter is about, wherever they are since."""

    __tablename__ = "matter_party"
    __table_args__ = (Index(None, "organisation_id", "matter_id"),)
    matter_id: str = text(64, to="matter.matter_id", primary_key=True)
    organisation_id: str = text(64, to="organisation.organisation_id", primary_key=True)


class MatterEventRow(Row, table=True):
    """A step in a matter. Never changed, never removed."""

    __tablename__ = "matter_event"
    event_id: int | None = counter()
    matter_id: str = text(64, to="matter.matter_id", index=True)
    action: str = text(32)
    before: str = text(32)
    after: str = text(32)
    at: datetime = moment()
    by: str = text(64)
    reason: str = text(2000)
    rules: str = text(400)
    authority: str = text(64)
    department: str = text(64)
    papers: str = text(20_000)
    details: str | None = text(4000, nullable=True)
    conditions: str | None = text(400_000, nullable=True)
    """On which a department consents, as JSON."""


class RegisterRow(Row, table=True):
    """A vehicle, an aircraft, a vessel, a person or a consortium; its particulars are JSON."""

    __tablename__ = "register_entry"
    __table_args__ = (
        Index(None, "organisation_id", "entry_id"),
        _only_one("uq_register_entry_identity", "identity", "active"),
    )
    entry_id: str = text(64, primary_key=True)
    organisation_id: str = text(64, to="organisation.organisation_id")
    kind: str = text(16)
    identity: str = text(300)
    particulars: str = text(20_000)
    device_id: str | None = text(64, to="device.device_id", nullable=True, unique=True)
    active: bool
    revision: int = whole()
    created_at: datetime = moment()
    changed_at: datetime = moment()


class ApplicationRow(Row, table=True):
    """What is applied for beside the terms, as JSON."""

    __tablename__ = "application"
    number: str = text(64, to="permit.number", primary_key=True)
    body: str = text(500_000)
    changed_at: datetime = moment()


class ConsortiumMemberRow(Row, table=True):
    """An organisation that is in the consortium of a permit beside its holder, or was."""

    __tablename__ = "consortium_member"
    __table_args__ = (Index(None, "organisation_id", "number"),)
    number: str = text(64, to="permit.number", primary_key=True)
    organisation_id: str = text(64, to="organisation.organisation_id", primary_key=True)
    consortium_id: str = text(64, to="register_entry.entry_id", index=True)
    left_at: datetime | None = moment(nullable=True)


class BroughtEntryRow(Row, table=True):
    """What a member of a consortium lets be named under a permit: its consent, by itself."""

    __tablename__ = "brought_entry"
    number: str = text(64, to="permit.number", primary_key=True)
    entry_id: str = text(64, to="register_entry.entry_id", primary_key=True)
    organisation_id: str = text(64, to="organisation.organisation_id")
    at: datetime = moment()
    by: str = text(64)


class DailyPlanRow(Row, table=True):
    """The plan of a day under a standing flight."""

    __tablename__ = "daily_plan"
    __table_args__ = (one_of("silence", Silence),)
    number: str = text(64, to="permit.number", primary_key=True)
    day: date = on_day(primary_key=True)
    body: str = text(200_000)
    filed_at: datetime = moment()
    filed_by: str = text(64)
    filing: int = whole()
    """How often one was filed for the day: what was answered to the one before counts no more."""
    rules: str = text(400)
    answer_until: datetime = moment()
    silence: str = text(16)


class PlanAnswerRow(Row, table=True):
    """The one answer of a department to a plan. Once it is given, the database refuses every change."""

    __tablename__ = "plan_answer"
    __table_args__ = (
        one_of("choice", PlanAnswer),
        Index(
            "ix_plan_answer_awaited",
            "department",
            "day",
            "number",
            sqlite_where=sql("choice IS NULL"),
            postgresql_where=sql("choice IS NULL"),
        ),
    )
    number: str = text(64, to="permit.number", primary_key=True)
    day: date = on_day(primary_key=True)
    filing: int = whole(primary_key=True, autoincrement=False)
    department: str = text(32, primary_key=True)
    mandatory: bool
    choice: str | None = text(32, nullable=True)
    reason: str | None = text(2000, nullable=True)
    conditions: str | None = text(100_000, nullable=True)
    voter: str | None = text(64, nullable=True)
    organisation_id: str | None = text(64, nullable=True)
    at: datetime | None = moment(nullable=True)


class ReviewRoundRow(Row, table=True):
    """A round of the joint review of a permit; open while it has no outcome."""

    __tablename__ = "review_round"
    __table_args__ = (one_of("outcome", Outcome),)
    number: str = text(64, to="permit.number", primary_key=True)
    round: int = whole(primary_key=True, autoincrement=False)
    rules: str = text(400)
    opened_at: datetime = moment()
    opinions_due: datetime | None = moment(nullable=True)
    closed_at: datetime | None = moment(nullable=True)
    outcome: str | None = text(16, nullable=True)


class BallotRow(Row, table=True):
    """The one vote of a department in a round. Once it is cast, the database refuses every change."""

    __tablename__ = "ballot"
    __table_args__ = (
        one_of("choice", Choice),
        Index(
            "ix_ballot_awaited",
            "department",
            "number",
            sqlite_where=sql("choice IS NULL"),
            postgresql_where=sql("choice IS NULL"),
        ),
    )
    number: str = text(64, to="permit.number", primary_key=True)
    round: int = whole(primary_key=True, autoincrement=False)
    department: str = text(32, primary_key=True)
    mandatory: bool
    choice: str | None = text(32, nullable=True)
    reason: str | None = text(2000, nullable=True)
    conditions: str | None = text(100_000, nullable=True)
    missing: str | None = text(100_000, nullable=True)
    voter: str | None = text(64, nullable=True)
    organisation_id: str | None = text(64, nullable=True)
    at: datetime | None = moment(nullable=True)


class AssignmentRow(Row, table=True):
    """A third party that is asked for its opinion on a permit."""

    __tablename__ = "assignment"
    __table_args__ = (one_of("kind", OpinionKind), Index(None, "organisation_id", "number"))
    number: str = text(64, to="permit.number", primary_key=True)
    organisation_id: str = text(64, to="organisation.organisation_id", primary_key=True)
    kind: str = text(16)
    at: datetime = moment()
    by: str = text(64)


class OpinionRow(Row, table=True):
    """An opinion on a permit under review. Never changed, never removed."""

    __tablename__ = "opinion"
    __table_args__ = (one_of("kind", OpinionKind), one_of("verdict", Verdict))
    opinion_id: int | None = counter()
    number: str = text(64, to="permit.number", index=True)
    kind: str = text(16)
    organisation_id: str = text(64, to="organisation.organisation_id")
    author: str = text(64)
    verdict: str = text(32)
    said: str = text(20_000)
    document_id: str | None = text(32, to="document.document_id", nullable=True)
    at: datetime = moment()


class DocumentRow(Row, table=True):
    """A dated document; its file is found by the hash. Nothing of it changes but that it is there."""

    __tablename__ = "document"
    __table_args__ = (
        *finite("amount_cny", "training_h", "remote_h"),
        *finite("clean_cycles", "clean_years", "experience_h", "item_experience_h"),
        CheckConstraint("valid_from <= valid_to", name="lasts"),
        CheckConstraint("size_bytes > 0", name="has_content"),
        Index(None, "organisation_id", "document_id"),
        Index(None, "covers_kind", "covers_key"),
    )
    document_id: str = text(32, primary_key=True)
    organisation_id: str = text(64, to="organisation.organisation_id")
    kind: str = text(32)
    covers_kind: str = text(16)
    covers_key: str = text(64)
    serial: str | None = text(100, nullable=True)
    issued_by: str | None = text(200, nullable=True)
    valid_from: date | None = on_day(nullable=True)
    valid_to: date | None = on_day(nullable=True)
    amount_cny: float | None = number(nullable=True)
    training_h: float | None = number(nullable=True)
    remote_h: float | None = number(nullable=True)
    grade: str | None = text(100, nullable=True)
    clean_cycles: float | None = number(nullable=True)
    clean_years: float | None = number(nullable=True)
    experience_h: float | None = number(nullable=True)
    item_experience_h: float | None = number(nullable=True)
    sha256: str | None = text(64, nullable=True, index=True)
    media_type: str | None = text(100, nullable=True)
    size_bytes: int | None = whole(nullable=True)
    created_at: datetime = moment()
    created_by: str = text(64)
    withdrawn_at: datetime | None = moment(nullable=True)


class AttestationRow(Row, table=True):
    """That somebody has examined a document, and whether it shows what must hold. Never changed."""

    __tablename__ = "attestation"
    attestation_id: int | None = counter()
    number: str = text(64, to="permit.number", index=True)
    code: str = text(40)
    document_id: str = text(32, to="document.document_id")
    sha256: str = text(64)
    met: bool
    note: str = text(2000)
    by: str = text(64)
    organisation_id: str = text(64)
    at: datetime = moment()


class DrivenFigureRow(Row, table=True):
    """What a vehicle drove in some days on one segment, or on none in particular; declared, then attested."""

    __tablename__ = "driven_figure"
    __table_args__ = (
        CheckConstraint("begins <= ends", name="lasts"),
        *finite("automated_h", "automated_km"),
    )
    figure_id: int | None = counter()
    entry_id: str = text(64, to="register_entry.entry_id", index=True)
    device_id: str | None = text(64, nullable=True)
    """By which the vehicle was seen to move when it was declared, or else when it was attested: it may
    have another since, or be out of service."""
    zone_id: str | None = text(100, nullable=True)
    begins: date = on_day()
    ends: date = on_day()
    automated_h: float | None = number(nullable=True)
    automated_km: float | None = number(nullable=True)
    supervised_rides: int | None = whole(nullable=True)
    loaded_rides: int | None = whole(nullable=True)
    takeovers: int | None = whole(nullable=True)
    at_fault_accidents: int | None = whole(nullable=True)
    traffic_violations: int | None = whole(nullable=True)
    document_id: str = text(32, to="document.document_id")
    declared_by: str = text(64)
    declared_at: datetime = moment()
    attested_by: str | None = text(64, nullable=True)
    attested_at: datetime | None = moment(nullable=True)


class NumberSeriesRow(Row, table=True):
    """How far a series of numbers has come; it moves in the transaction that takes a number."""

    __tablename__ = "number_series"
    series: str = text(100, primary_key=True)
    value: int = whole()


class PermitNumberRow(Row, table=True):
    """The numbers that a permit got when it was granted, and how its validity was cut."""

    __tablename__ = "permit_number"
    __table_args__ = (UniqueConstraint("series", "serial"),)
    number: str = text(64, to="permit.number", primary_key=True)
    series: str = text(100)
    serial: int = whole()
    confirmation: str = text(100)
    machine: str = text(100, unique=True)
    given_at: datetime = moment()
    declared_to: datetime | None = moment(nullable=True)
    cut_to: datetime | None = moment(nullable=True)


class PlateRow(Row, table=True):
    """A temporary plate. One vehicle has one, and one plate is on one vehicle, while it is valid.

    Beside it one may wait, of the permit that takes the place of its own.
    """

    __tablename__ = "plate"
    __table_args__ = (
        one_of("state", PlateState),
        _only_one("uq_plate_in_use", "plate", "state IN ('valid', 'to recall')"),
        _only_one("uq_plate_vin", "vin", "state = 'valid' AND vin <> '' AND NOT waits"),
        _only_one("uq_plate_vin_waiting", "vin", "state = 'valid' AND vin <> '' AND waits"),
    )
    plate_id: int | None = counter()
    plate: str = text(16, index=True)
    vin: str = text(17, index=True)
    number: str = text(64, to="permit.number", index=True)
    device_id: str = text(64, to="device.device_id", index=True)
    valid_from: datetime = moment()
    valid_to: datetime = moment()
    cut_by: str = text(16)
    papers_to: datetime | None = moment(nullable=True)
    papers_end_by: str | None = text(16, nullable=True)
    state: str = text(16)
    waits: bool
    """Until its permit comes into force the vehicle bears the plate of the one whose place that takes."""
    issued_at: datetime = moment()
    issued_by: str = text(64)
    ended_at: datetime | None = moment(nullable=True)
    notice: str | None = text(2000, nullable=True)


class PublicNoticeRow(Row, table=True):
    """A notice that everybody may read. Never changed but by its withdrawal, never removed."""

    __tablename__ = "public_notice"
    __table_args__ = (one_of("kind", NoticeKind),)
    notice_id: str = text(32, primary_key=True)
    kind: str = text(32)
    title: str = text(200)
    title_zh: str = text(200)
    body: str = text(4000)
    body_zh: str = text(4000)
    about_kind: str | None = text(16, nullable=True)
    about_key: str | None = text(100, nullable=True)
    valid_from: datetime = moment()
    valid_to: datetime | None = moment(nullable=True)
    organisation_id: str | None = text(64, to="organisation.organisation_id", nullable=True)
    published_at: datetime = moment()
    published_by: str = text(64)
    withdrawn_at: datetime | None = moment(nullable=True)
    withdrawn_because: str | None = text(2000, nullable=True)


class FeedbackRow(Row, table=True):
    """What somebody of the public said, for its time. Of the sender nothing is kept but the contact, until the answer."""

    __tablename__ = "feedback"
    __table_args__ = (one_of("about_kind", SubjectKind),)
    feedback_id: str = text(32, primary_key=True)
    receipt_hash: str = text(64, unique=True)
    about_kind: str = text(16)
    about_key: str = text(100)
    said: str | None = text(2000, nullable=True)
    contact: str | None = text(200, nullable=True)
    at: datetime = moment()
    answer: str | None = text(2000, nullable=True)
    answered_at: datetime | None = moment(nullable=True)
    answered_by: str | None = text(64, nullable=True)
    organisation_id: str | None = text(64, to="organisation.organisation_id", nullable=True)
    notice_id: str | None = text(32, to="public_notice.notice_id", nullable=True)


class FeedbackTryRow(Row, table=True):
    """That somebody said something lately; the text stands for the address, or for all."""

    __tablename__ = "feedback_try"
    __table_args__ = (Index(None, "subject", "at"),)
    try_id: int | None = counter()
    subject: str = text(64)
    at: datetime = moment(index=True)


class CertificateRow(Row, table=True):
    """An edition of a permit's certificate: what stands on it, and the paper once it was drawn."""

    __tablename__ = "certificate"
    number: str = text(64, to="permit.number", primary_key=True)
    edition: int = whole(primary_key=True, autoincrement=False)
    machine: str = text(100, index=True)
    content: str = text(4_000_000)
    issued_at: datetime = moment()
    key_id: str | None = text(32, nullable=True)
    token: str | None = text(8192, nullable=True)
    sha256: str | None = text(64, nullable=True)
    pdf: bytes | None = blob(nullable=True)


class IssuerKeyRow(Row, table=True):
    """The public half of a key that signs certificates, or once did. Never removed."""

    __tablename__ = "issuer_key"
    key_id: str = text(32, primary_key=True)
    public: str = text(100)
    since: datetime = moment()


class GovernanceFileRow(Row, table=True):
    """A file of the sandbox or of a breach; what it is about is JSON, and repeated for searching."""

    __tablename__ = "governance_file"
    __table_args__ = (one_of("kind", FileKind), Index(None, "organisation_id", "file_id"))
    file_id: str = text(64, primary_key=True)
    kind: str = text(16)
    organisation_id: str = text(64, to="organisation.organisation_id")
    state: str = text(32)
    about: str = text(100_000)
    code: str | None = text(64, nullable=True, index=True)
    seen_at: datetime | None = moment(nullable=True)
    ends: date | None = on_day(nullable=True, index=True)
    due_at: datetime | None = moment(nullable=True, index=True)
    revision: int = whole()
    created_at: datetime = moment()
    changed_at: datetime = moment()


class GovernanceEventRow(Row, table=True):
    """A step in the life of such a file. Never changed, never removed."""

    __tablename__ = "governance_event"
    __table_args__ = (one_of("opinion", Opinion),)
    event_id: int | None = counter()
    file_id: str = text(64, to="governance_file.file_id", index=True)
    action: str = text(32)
    before: str = text(32)
    after: str = text(32)
    at: datetime = moment()
    by: str = text(64)
    reason: str = text(20_000)
    department: str = text(64)
    opinion: str | None = text(16, nullable=True)
    said: str | None = text(40_000, nullable=True)
    due_at: datetime | None = moment(nullable=True)
    rules: str = text(400)


class SubjectReportRow(Row, table=True):
    """A report of an operator on a permit. Never changed, never removed: a correction is an edition."""

    __tablename__ = "subject_report"
    __table_args__ = (
        one_of("kind", SubjectReportKind),
        CheckConstraint("begins < ends", name="lasts"),
        CheckConstraint("automated_km BETWEEN 0 AND 1e12", name="automated_km_range"),
        CheckConstraint("automated_h BETWEEN 0 AND 1e9", name="automated_h_range"),
    )
    number: str = text(64, to="permit.number", primary_key=True)
    kind: str = text(16, primary_key=True)
    stage: int = whole(primary_key=True, autoincrement=False)
    edition: int = whole(primary_key=True, autoincrement=False)
    begins: date = on_day()
    ends: date = on_day()
    said: str = text(200_000)
    automated_km: float | None = finite_number(nullable=True)
    automated_h: float | None = finite_number(nullable=True)
    takeovers: int | None = whole(nullable=True)
    document_ids: str = text(4000)
    rules: str = text(400)
    filed_at: datetime = moment()
    filed_by: str = text(64)


class AuthorityReportRow(Row, table=True):
    """A report of the authority, with its files. Never changed, never removed."""

    __tablename__ = "authority_report"
    __table_args__ = (
        one_of("kind", ReportKind),
        CheckConstraint("begins < ends", name="lasts"),
    )
    kind: str = text(16, primary_key=True)
    name: str = text(16, primary_key=True)
    edition: int = whole(primary_key=True, autoincrement=False)
    begins: date = on_day()
    ends: date = on_day()
    as_of: datetime = moment()
    rules: str = text(400)
    made_at: datetime = moment()
    made_by: str = text(64)
    content: str = text(4_000_000)
    pdf: bytes = blob()
    xlsx: bytes = blob()
    pdf_sha256: str = text(64)
    xlsx_sha256: str = text(64)


class TrustListRow(Row, table=True):
    """A version of the list of those whose bundles are believed. Never changed, never removed."""

    __tablename__ = "trust_list"
    number: int = whole(primary_key=True, autoincrement=False)
    body: str = text(200_000)
    published_at: datetime = moment()
    published_by: str = text(64)
    reason: str = text(2000)


class RecognitionRow(Row, table=True):
    """A bundle that was recognised, as its issuer wrote it. Never changed, never removed."""

    __tablename__ = "recognition"
    recognition_id: int | None = counter()
    bundle_id: str = text(64)
    issuer: str = text(32)
    key_id: str = text(64)
    issued_at: datetime = moment()
    valid_to: datetime = moment()
    sha256: str = text(64, unique=True)
    body: str = text(8_000_000)
    trust_list: int = whole(to="trust_list.number")
    imported_at: datetime = moment()
    imported_by: str = text(64)


class RecognisedVehicleRow(Row, table=True):
    """A vehicle of a bundle; of an issuer the newest counts."""

    __tablename__ = "recognised_vehicle"
    __table_args__ = (Index(None, "vin", "issuer", "issued_at", unique=True),)
    recognition_id: int = whole(to="recognition.recognition_id", primary_key=True)
    vin: str = text(17, primary_key=True)
    issuer: str = text(32)
    issued_at: datetime = moment()


UNRESOLVED = "handling <> 'resolved'"
"""In these words, for SQLite finds a partial index by its condition."""


class ViolationRow(Row, table=True):
    """An episode of a breach. Devices need not be registered to be seen doing it."""

    __tablename__ = "violation"
    __table_args__ = (
        one_of("handling", Handling),
        between("longitude_deg", -180, 180),
        between("latitude_deg", -90, 90),
        between("inside_probability", 0, 1),
        *finite("measured", "allowed", "trigger_event_time_s", "trigger_received_s"),
        *finite("height_agl_m"),
        Index(None, "organisation_id", "opened_seq"),
        Index(None, "other_organisation_id", "opened_seq"),
        Index(None, "device_id", "opened_seq"),
        Index(
            "ix_violation_open",
            "opened_seq",
            sqlite_where=sql("closed_at IS NULL"),
            postgresql_where=sql("closed_at IS NULL"),
        ),
        Index(
            "ix_violation_unresolved",
            "opened_seq",
            sqlite_where=sql(UNRESOLVED),
            postgresql_where=sql(UNRESOLVED),
        ),
    )
    id: str = text(64, primary_key=True)
    opened_seq: int = whole(unique=True)
    code: str = text(64)
    severity: str = text(16)
    device_id: str = text(128)
    other_device_id: str | None = text(128, nullable=True)
    organisation_id: str | None = text(64, nullable=True)
    other_organisation_id: str | None = text(64, nullable=True)
    permit_number: str | None = text(64, nullable=True)
    zone_id: str | None = text(100, nullable=True)
    opened_at: datetime = moment(index=True)
    detected_at: datetime = moment()
    updated_at: datetime = moment()
    closed_at: datetime | None = moment(nullable=True)
    longitude_deg: float | None = number(nullable=True)
    latitude_deg: float | None = number(nullable=True)
    measured: float | None = number(nullable=True)
    allowed: float | None = number(nullable=True)
    inside_probability: float | None = number(nullable=True)
    height_agl_m: float | None = number(nullable=True)
    rule_version: str = text(64)
    zone_revision: int = whole()
    trigger_event_time_s: float | None = number(nullable=True)
    trigger_received_s: float | None = number(nullable=True)
    late: bool
    joins: str | None = text(64, nullable=True)
    law_of: datetime | None = moment(nullable=True)
    opening_cause: str | None = text(32, nullable=True)
    closing_cause: str | None = text(32, nullable=True)
    handling: str = text(16)
    handled_by: str | None = text(64, nullable=True)
    note: str | None = text(2000, nullable=True)
    revision: int = whole()
    unfounded: bool


class ViolationEventRow(Row, table=True):
    """A line of the feed. Never changed, never removed."""

    __tablename__ = "violation_event"
    __table_args__ = (
        one_of("event", ViolationEventKind),
        Index(None, "organisation_id", "seq"),
        Index(None, "other_organisation_id", "seq"),
    )
    seq: int = whole(primary_key=True, autoincrement=False)
    event: str = text(16)
    violation_id: str = text(64, to="violation.id", index=True)
    organisation_id: str | None = text(64, nullable=True)
    other_organisation_id: str | None = text(64, nullable=True)
    journal_id: int | None = whole(nullable=True, index=True)
    snapshot: str = text(20_000)


class JournalRow(Row, table=True):
    """A batch as it was read, whole. Numbers are never used twice, even after pruning."""

    __tablename__ = "journal"
    __table_args__ = (
        *finite("first_received_s", "last_received_s"),
        CheckConstraint("message_count >= 0", name="counts"),
        {"sqlite_autoincrement": True},
    )
    journal_id: int | None = counter()
    batch_id: str = text(64, unique=True)
    first_received_s: float = number()
    last_received_s: float = number(index=True)
    message_count: int = whole()
    body: bytes = blob()


class OutboxRow(Row, table=True):
    """A message to send; removed once it is known to be sent."""

    __tablename__ = "outbox"
    __table_args__ = ({"sqlite_autoincrement": True},)
    outbox_id: int | None = counter()
    journal_id: int = whole(index=True)
    topic: str = text(300)
    payload: bytes = blob()


class CheckpointRow(Row, table=True):
    """The worker's state after a batch; the last few are kept."""

    __tablename__ = "checkpoint"
    journal_id: int = whole(primary_key=True, autoincrement=False)
    body: bytes = blob()


class CheckpointPieceRow(Row, table=True):
    """A piece of the worker's state after a batch, before the last, which is in ``checkpoint``."""

    __tablename__ = "checkpoint_piece"
    journal_id: int = whole(primary_key=True, autoincrement=False)
    number: int = whole(primary_key=True, autoincrement=False)
    body: bytes = blob()


class MemoryMarkRow(Row, table=True):
    """The worker's state after a batch, kept now and then for as long as the journal: for a replay."""

    __tablename__ = "memory_mark"
    journal_id: int = whole(primary_key=True, autoincrement=False)
    body: bytes = blob()


class JudgedByRow(Row, table=True):
    """By what everything is judged from this batch on, until the next row."""

    __tablename__ = "judged_by"
    __table_args__ = finite("at_s", "as_of_s")
    journal_id: int = whole(primary_key=True, autoincrement=False)
    at_s: float = number()
    as_of_s: float = number()
    zone_revision: int = whole()
    registry_revision: int = whole()
    permit_revision: int = whole()
    rule_set: str = text(100)
    rules: str = text(200)
    rules_digest: str = text(64)
    is_start: bool
    is_cut: bool
    beside: str = text(20_000)
    """The rules of other jurisdictions, as JSON: by name what tells each from others."""


class DeviceHistoryRow(Row, table=True):
    """A device as it was from one revision of the registry until another."""

    __tablename__ = "device_history"
    __table_args__ = (CheckConstraint("until_revision > from_revision", name="lasts"),)
    device_id: str = text(64, primary_key=True)
    from_revision: int = whole(primary_key=True, autoincrement=False)
    until_revision: int | None = whole(nullable=True, index=True)
    organisation_id: str = text(64)
    domain: str = text(8)
    label: str = text(100)
    codec: str = text(32)
    wire_id: str | None = text(64, nullable=True)
    datum: str = text(16)
    active: bool
    let_in: bool


class PermitHistoryRow(Row, table=True):
    """A permit as it was from one revision of the permits until another."""

    __tablename__ = "permit_history"
    __table_args__ = (CheckConstraint("until_revision > from_revision", name="lasts"),)
    number: str = text(64, primary_key=True)
    from_revision: int = whole(primary_key=True, autoincrement=False)
    until_revision: int | None = whole(nullable=True, index=True)
    kind: str = text(32)
    state: str = text(32)
    holder_id: str = text(64)
    jurisdiction: str = text(64)
    terms: str = text(2_000_000)
    valid_to: datetime = moment()
    revision: int = whole()
    changed_at: datetime = moment()


class RuleSetVersionRow(Row, table=True):
    """A version of a rule set that was published. Never changed, never removed."""

    __tablename__ = "rule_set_version"
    __table_args__ = (UniqueConstraint("rule_set", "version"),)
    rule_set: str = text(64, primary_key=True)
    number: int = whole(primary_key=True, autoincrement=False)
    version: str = text(32)
    body: str = text(500_000)
    published_at: datetime = moment()
    published_by: str = text(64)
    reason: str = text(2000)


class RefusalRow(Row, table=True):
    """What was refused, by minute, with one example."""

    __tablename__ = "refusal"
    subject: str = text(128, primary_key=True)
    reason: str = text(32, primary_key=True)
    minute_s: int = whole(primary_key=True, autoincrement=False, index=True)
    count: int = whole()
    sample: bytes = blob()


class DeviceDayRow(Row, table=True):
    """What was heard of a device on a day, as the worker has counted it so far."""

    __tablename__ = "device_day"
    __table_args__ = finite("online_s", "automated_s", "automated_m", "by_hand_s", "by_hand_m")
    device_id: str = text(64, primary_key=True)
    day: date = on_day(primary_key=True, index=True)
    """In Asia/Shanghai."""
    first_heard_at: datetime = moment()
    last_heard_at: datetime = moment()
    reports: int = whole()
    late: int = whole()
    online_s: float = number()
    automated_s: float = number()
    automated_m: float = number()
    by_hand_s: float = number()
    by_hand_m: float = number()
    takeovers: int = whole()
    lacks: str | None = text(200, nullable=True)
    """What the latest report lacked of what a self-check may ask for; ``None`` is not known."""
    passed: int | None = whole(nullable=True)
    """1 or 0: whether its own self-check passed, where it said so; so is ``ais_on``."""
    remote_id_status: int | None = whole(nullable=True)
    ais_on: int | None = whole(nullable=True)
    link_percent: int | None = whole(nullable=True)
    fence_version: int | None = whole(nullable=True)
    quality: str | None = text(2000, nullable=True)
    """What was counted of the quality of its reports, as JSON; ``None`` where nothing was."""


class RoadDayRow(Row, table=True):
    """What a device drove on the roads of the map on a day that is over; an edition is never changed.

    What comes late makes the next one.
    """

    __tablename__ = "road_day"
    device_id: str = text(64, primary_key=True)
    day: date = on_day(primary_key=True, index=True)
    """In Asia/Shanghai, by the device's own time."""
    edition: int = whole(primary_key=True, autoincrement=False)
    matched_at: datetime = moment()
    roads: bytes | None = blob(nullable=True)
    """As JSON; ``None`` where the history of the day was gone."""


class RoadDueRow(Row, table=True):
    """A day of a device of which something came after it was over: it is to be matched again."""

    __tablename__ = "road_due"
    device_id: str = text(64, primary_key=True)
    day: date = on_day(primary_key=True)


class LinkTestRow(Row, table=True):
    """A test of a data link that was made, with all that was counted in it. Never changed."""

    __tablename__ = "link_test"
    __table_args__ = (
        one_of("result", Found),
        *finite("score"),
        Index(None, "device_id", "test_id"),
    )
    test_id: int | None = counter()
    device_id: str = text(64, to="device.device_id")
    begins_at: datetime = moment()
    ends_at: datetime = moment()
    result: str = text(16)
    faults: str = text(200)
    score: float | None = number(nullable=True)
    figures: str = text(8000)
    rule_set: str = text(100)
    made_by: str = text(64)
    organisation_id: str = text(64)


class HistoryProgressRow(Row, table=True):
    """Up to which batch the journal has gone into the history; one row."""

    __tablename__ = "history_progress"
    __table_args__ = (CheckConstraint("one = 1", name="one_row"),)
    one: int = whole(primary_key=True, autoincrement=False)
    segmented_to: int = whole()
    sealed_to: int = whole()
    """Up to here it is in files, and the journal may be shortened."""


class HistorySegmentRow(Row, table=True):
    """What some batches of the journal told, until it goes into a file."""

    __tablename__ = "history_segment"
    __table_args__ = finite("first_received_s", "last_received_s")
    last_journal_id: int = whole(primary_key=True, autoincrement=False)
    first_journal_id: int = whole()
    first_received_s: float = number()
    last_received_s: float = number()
    from_ms: int = whole()
    to_ms: int = whole()
    row_count: int = whole()
    body: bytes = blob()


class HistoryFileRow(Row, table=True):
    """A file of the history: the manifest. Its row comes after the file, and says first that it goes."""

    __tablename__ = "history_file"
    __table_args__ = (
        one_of("kind", HistoryKind),
        *finite("first_received_s", "last_received_s"),
        Index(None, "kind", "to_ms"),
    )
    name: str = text(200, primary_key=True)
    kind: str = text(16)
    first_journal_id: int = whole()
    last_journal_id: int = whole()
    first_received_s: float = number()
    last_received_s: float = number()
    from_ms: int = whole()
    to_ms: int = whole()
    row_count: int = whole()
    size_bytes: int = whole()
    sha256: str = text(64)
    sealed_at: datetime = moment()
    removed_at: datetime | None = moment(nullable=True)
    """Since when its time is over, or it has made room; the file goes after it."""


class HistoryHoldRow(Row, table=True):
    """A legal hold on a time of the history."""

    __tablename__ = "history_hold"
    hold_id: str = text(32, primary_key=True)
    from_ms: int = whole()
    until_ms: int = whole()
    held_by: str = text(64)
    held_at: datetime = moment()
    held_for: str = text(2000)
    released_at: datetime | None = moment(nullable=True)


class EvidenceClipRow(Row, table=True):
    """A clip of evidence: what it is of, and once it is sealed its file. One of each part of each thing."""

    __tablename__ = "evidence_clip"
    __table_args__ = (
        one_of("kind", EvidenceKind),
        one_of("part", EvidencePart),
        *finite("before_s", "after_s", "from_s", "due_s"),
        Index(None, "organisation_id", "clip_id"),
        Index(None, "other_organisation_id", "clip_id"),
        Index(
            "ix_evidence_clip_unsealed",
            "due_s",
            sqlite_where=sql("sealed_at IS NULL"),
            postgresql_where=sql("sealed_at IS NULL"),
        ),
        Index(None, "due_s"),
    )
    clip_id: str = text(80, primary_key=True)
    kind: str = text(16)
    key: str = text(64, index=True)
    part: str = text(16)
    organisation_id: str | None = text(64, nullable=True)
    other_organisation_id: str | None = text(64, nullable=True)
    permit_number: str | None = text(64, nullable=True)
    device_ids: str = text(2_000_000)
    moments: str = text(2_000)
    serial: int = whole()
    first_id: str | None = text(80, nullable=True, index=True)
    asked_by: str | None = text(64, nullable=True)
    asked_for: str | None = text(2000, nullable=True)
    rule_set: str = text(64)
    before_s: float = number()
    after_s: float = number()
    kept_years: int = whole()
    from_s: float = number()
    due_s: float = number()
    noted_at: datetime = moment()
    sealed_at: datetime | None = moment(nullable=True)
    kept_until: datetime | None = moment(nullable=True)
    name: str | None = text(200, nullable=True)
    size_bytes: int | None = whole(nullable=True)
    sha256: str | None = text(64, nullable=True)
    key_id: str | None = text(64, nullable=True)
    frame_count: int | None = whole(nullable=True)
    held_by: str | None = text(64, nullable=True)
    held_at: datetime | None = moment(nullable=True)
    held_for: str | None = text(2000, nullable=True)
    removed_at: datetime | None = moment(nullable=True)


class AuditRow(Row, table=True):
    """An act that somebody answers for. Never changed, never removed."""

    __tablename__ = "audit"
    __table_args__ = (Index(None, "seq", unique=True),)
    audit_id: int | None = counter()
    at: datetime = moment(index=True)
    actor: str = text(64, index=True)
    action: str = text(64)
    subject: str = text(200)
    reason: str = text(2000)
    seq: int | None = whole(nullable=True)
    """Its place in the chain, without gaps; empty of what was written before there was one."""
    previous: str | None = text(64, nullable=True)
    """The SHA-256 of the entry before it in the chain."""
