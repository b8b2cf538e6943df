"""What the API takes and gives: strict on the way in, complete on the way out."""

from datetime import UTC, datetime, time
from typing import Annotated, Any, Generic, Self, TypeVar

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    StringConstraints,
)

from maps.geojson import Problem
from permits.permit import Permit, PermitAction, PermitChanged, PermitKind, PermitState
from permits.terms import DailyHours, Terms, terms_to_json
from telemetry.report import Datum, Domain
from zone_service.store.records import (
    ApiToken,
    Device,
    Handling,
    Organisation,
    OrganisationKind,
    Principal,
    Role,
)


def _plain(text: str) -> str:
    if any(ord(letter) < 32 and letter not in "\n\t" for letter in text):
        msg = "holds a control character: expected plain text"
        raise ValueError(msg)
    return text


def _whole_code_points(text: str) -> str:
    try:
        text.encode()
    except UnicodeEncodeError:
        msg = "holds half a surrogate pair: expected valid Unicode"
        raise ValueError(msg) from None
    return text


_Text = Annotated[str, AfterValidator(_plain), AfterValidator(_whole_code_points)]
Name = Annotated[_Text, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
LongName = Annotated[_Text, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Note = Annotated[_Text, StringConstraints(max_length=2000, strip_whitespace=True)]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{1,63}$")]
DeviceId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{2,63}$")]
ZoneId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$")]
Positive = Annotated[FiniteFloat, Field(gt=0, le=1e6)]


class Given(BaseModel):
    """What a client sends: unknown members are refused, so nobody sets what is not theirs."""

    model_config = ConfigDict(extra="forbid")


Item = TypeVar("Item")


class Page(BaseModel, Generic[Item]):
    """Part of a list; ``next`` is the ``after`` of the following part, null at the end."""

    items: list[Item]
    next: str | None = None


# -- people


class LogInGiven(Given):
    """A name and a password."""

    username: Annotated[_Text, StringConstraints(min_length=1, max_length=64)]
    password: Annotated[str, AfterValidator(_whole_code_points), StringConstraints(max_length=256)]


class PrincipalShown(BaseModel):
    """Who is signed in."""

    user_id: str
    username: str
    role: Role
    organisation_id: str
    department: str | None

    @classmethod
    def of(cls, principal: Principal) -> Self:
        """Return what a client sees."""
        return cls(
            user_id=principal.user_id,
            username=principal.username,
            role=principal.role,
            organisation_id=principal.organisation_id,
            department=principal.department,
        )


class TokenGiven(Given):
    """A token for a program that acts for its owner."""

    label: Name
    expires_in_days: Annotated[int, Field(ge=1, le=365)] = 90


class TokenMade(BaseModel):
    """A new token; it cannot be read again."""

    token: str
    label: str
    expires_at: datetime


class TokenShown(BaseModel):
    """A token without its secret."""

    token_id: str
    label: str
    created_at: datetime
    expires_at: datetime
    revoked: bool

    @classmethod
    def of(cls, token: ApiToken) -> Self:
        """Return what a client sees."""
        return cls(
            token_id=token.token_id,
            label=token.label,
            created_at=token.created_at,
            expires_at=token.expires_at,
            revoked=token.revoked,
        )


class TicketMade(BaseModel):
    """A right to open the live feed once."""

    ticket: str
    expires_in_s: int


class DemoAccount(BaseModel):
    """An account that the demonstration made and tells everybody about."""

    username: str
    password: str
    role: Role


class About(BaseModel):
    """What anybody may know of this installation."""

    name: str
    version: str
    environment: str
    default_language: str
    demo_accounts: list[DemoAccount] | None = None


# -- the registry


class OperatorGiven(Given):
    """An organisation to be added."""

    organisation_id: Id
    name: LongName
    kind: OrganisationKind = OrganisationKind.OPERATOR
    department: Name | None = None


class OperatorShown(BaseModel):
    """An organisation."""

    organisation_id: str
    name: str
    kind: OrganisationKind
    department: str | None

    @classmethod
    def of(cls, organisation: Organisation) -> Self:
        """Return what a client sees."""
        return cls(
            organisation_id=organisation.organisation_id,
            name=organisation.name,
            kind=organisation.kind,
            department=organisation.department,
        )


class DeviceGiven(Given):
    """A device to be registered; without an organisation it is the caller's own."""

    device_id: DeviceId
    organisation_id: Id | None = None
    domain: Domain
    label: Name | None = None
    codec: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]{1,32}$")] = "canonical"
    wire_id: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,64}$")] | None = None
    datum: Datum = Datum.WGS84


class DeviceShown(BaseModel):
    """A registered device."""

    device_id: str
    organisation_id: str
    domain: Domain
    label: str
    codec: str
    wire_id: str | None
    datum: Datum
    active: bool

    @classmethod
    def of(cls, device: Device) -> Self:
        """Return what a client sees."""
        return cls(
            device_id=device.device_id,
            organisation_id=device.organisation_id,
            domain=device.domain,
            label=device.label,
            codec=device.codec,
            wire_id=device.wire_id,
            datum=device.datum,
            active=device.active,
        )


class CredentialMade(BaseModel):
    """How a device gets into the broker; the password cannot be read again."""

    device_id: str
    username: str
    password: str


# -- permits


class HoursGiven(Given):
    """A weekly window in Shanghai time, Monday is 0."""

    start: time
    end: time
    days: Annotated[list[Annotated[int, Field(ge=0, le=6)]], Field(min_length=1, max_length=7)] = [
        *range(7)
    ]


class TermsGiven(Given):
    """What is applied for."""

    device_ids: Annotated[list[DeviceId], Field(min_length=1, max_length=5000)]
    zone_ids: Annotated[list[ZoneId], Field(max_length=1000)]
    transfer_zone_ids: Annotated[list[ZoneId], Field(max_length=1000)] = []
    exempt_zone_ids: Annotated[list[ZoneId], Field(max_length=1000)] = []
    valid_from: AwareDatetime
    valid_to: AwareDatetime
    hours: Annotated[list[HoursGiven], Field(max_length=50)] = []
    max_speed_mps: Positive | None = None
    max_height_agl_m: Positive | None = None
    control_modes: Annotated[list[Name], Field(max_length=20)] = []

    def terms(self) -> Terms:
        """Return the terms.

        Raises:
            ValueError: they contradict themselves.
        """
        return Terms(
            device_ids=frozenset(self.device_ids),
            zone_ids=frozenset(self.zone_ids),
            transfer_zone_ids=frozenset(self.transfer_zone_ids),
            exempt_zone_ids=frozenset(self.exempt_zone_ids),
            valid_from=self.valid_from.astimezone(UTC),
            valid_to=self.valid_to.astimezone(UTC),
            hours=tuple(
                DailyHours(each.start, each.end, frozenset(each.days)) for each in self.hours
            ),
            max_speed_mps=self.max_speed_mps,
            max_height_agl_m=self.max_height_agl_m,
            control_modes=frozenset(self.control_modes),
        )


class PermitGiven(Given):
    """An application; without a holder it is the caller's own organisation."""

    kind: PermitKind
    holder_id: Id | None = None
    terms: TermsGiven


class ActionGiven(Given):
    """One step in the life of a permit; with a revision it is refused when somebody was first."""

    action: PermitAction
    reason: Note = ""
    revision: Annotated[int, Field(ge=0)] | None = None


class StepShown(BaseModel):
    """What was done to a permit."""

    action: PermitAction
    before: PermitState
    after: PermitState
    at: datetime
    by: str
    reason: str

    @classmethod
    def of(cls, step: PermitChanged) -> Self:
        """Return what a client sees."""
        return cls(
            action=step.action,
            before=step.before,
            after=step.after,
            at=step.at,
            by=step.by,
            reason=step.reason,
        )


class PermitShown(BaseModel):
    """A permit."""

    number: str
    kind: PermitKind
    state: PermitState
    holder_id: str
    terms: dict[str, Any]
    revision: int

    @classmethod
    def of(cls, permit: Permit) -> Self:
        """Return what a client sees."""
        return cls(**_members(permit))


class PermitWithHistory(PermitShown):
    """A permit and every step of its life."""

    history: list[StepShown]

    @classmethod
    def with_history(cls, permit: Permit, history: tuple[PermitChanged, ...]) -> Self:
        """Return what a client sees."""
        return cls(**_members(permit), history=[StepShown.of(each) for each in history])


def _members(permit: Permit) -> dict[str, Any]:
    return {
        "number": permit.number,
        "kind": permit.kind,
        "state": permit.state,
        "holder_id": permit.holder_id,
        "terms": terms_to_json(permit.terms),
        "revision": permit.revision,
    }


# -- violations


class HandlingGiven(Given):
    """What somebody does about a violation as they saw it at ``revision``."""

    revision: Annotated[int, Field(ge=1)]
    note: Note = ""


class ViolationShown(BaseModel):
    """A violation; times are RFC 3339, UTC."""

    id: str
    code: str
    severity: str
    device_id: str
    device_label: str | None
    organisation_id: str | None
    permit_number: str | None
    zone_id: str | None
    zone_name: str | None
    zone_name_zh: str | None
    opened_at: str
    detected_at: str
    closed_at: str | None
    handling: Handling
    handled_by: str | None
    note: str | None
    revision: int
    longitude_deg: float | None
    latitude_deg: float | None
    measured: float | None
    limit: float | None
    rule_version: str
    trigger_event_time: str | None


# -- zones


class ImportProblem(BaseModel):
    """One thing in a file, and where."""

    path: str
    message: str
    weight: str

    @classmethod
    def of(cls, problem: Problem) -> Self:
        """Return what a client sees."""
        return cls(path=problem.path, message=problem.message, weight=problem.weight.value)


class ImportShown(BaseModel):
    """What became of a file of zones; it is in force whole or not at all."""

    zones: int
    revision: int
    published: bool
    refused: bool
    problems: list[ImportProblem]
