"""Mutual recognition as requests and answers."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import BaseModel, Field

from permits.document_kinds import DocumentKind
from permits.entries import entry_to_json
from permits.recognition import MOST_VEHICLES, RecognisedFacts, VehicleThere
from permits.recognition_words import Refused
from permits.rule_words import Language
from permits.states import PermitKind, PermitState
from zone_service.recognition_keeping import Looked, Told
from zone_service.schemas.fields import Given, Id, Name, Reason
from zone_service.store.records import KeptTrustList, Recognition


class ExportGiven(Given):
    """Of which vehicles others are to be told; what they drove is what departments have attested here."""

    entry_ids: Annotated[list[Id], Field(min_length=1, max_length=MOST_VEHICLES)]
    addressed: Annotated[list[Name], Field(min_length=1, max_length=16)]
    days: Annotated[int, Field(ge=1, le=3660)] = 180

    def told(self) -> Told:
        """Return what is wanted."""
        return Told(tuple(self.entry_ids), tuple(dict.fromkeys(self.addressed)), self.days)


class DrivenShown(BaseModel):
    """What a vehicle has driven elsewhere; null is not known."""

    automated_km: float | None
    automated_h: float | None
    takeovers: int | None
    at_fault_accidents: int | None
    traffic_violations: int | None


class DrivenThereShown(DrivenShown):
    """The same with who says so."""

    source: str


class PermitThereShown(BaseModel):
    """A permit elsewhere."""

    number: str
    kind: PermitKind
    state: PermitState
    plate: str
    valid_from: datetime
    valid_to: datetime


class PaperThereShown(BaseModel):
    """A document that came with a bundle."""

    kind: DocumentKind
    number: str | None
    issued_by: str | None
    valid_from: date | None
    valid_to: date | None
    sha256: str
    media_type: str
    size_bytes: int


class VehicleThereShown(BaseModel):
    """A vehicle of a bundle."""

    vehicle: dict[str, Any]
    holder: str
    permits: list[PermitThereShown]
    papers: list[PaperThereShown]
    driven: DrivenThereShown

    @classmethod
    def of(cls, told: VehicleThere) -> Self:
        """Return what is shown of one."""
        return cls(
            vehicle=entry_to_json(told.vehicle),
            holder=told.holder,
            permits=[
                PermitThereShown.model_validate(each, from_attributes=True) for each in told.permits
            ],
            papers=[
                PaperThereShown(
                    kind=each.kind,
                    number=each.number,
                    issued_by=each.issued_by,
                    valid_from=each.valid_from,
                    valid_to=each.valid_to,
                    sha256=each.file.sha256,
                    media_type=each.file.media_type,
                    size_bytes=each.file.size_bytes,
                )
                for each in told.papers
            ],
            driven=DrivenThereShown.model_validate(told.driven, from_attributes=True),
        )


class RecognitionShown(BaseModel):
    """A bundle that was recognised, and by what."""

    recognition_id: int
    bundle_id: str
    issuer: str
    issuer_name: str
    addressed: list[str]
    issued_at: datetime
    valid_to: datetime
    key_id: str
    sha256: str
    trust_list: int
    imported_at: datetime
    imported_by: str
    vehicles: list[VehicleThereShown]

    @classmethod
    def of(cls, kept: Recognition) -> Self:
        """Return what is shown of one."""
        bundle = kept.bundle
        return cls(
            recognition_id=kept.recognition_id,
            bundle_id=bundle.bundle_id,
            issuer=bundle.issuer,
            issuer_name=bundle.issuer_name,
            addressed=list(bundle.addressed),
            issued_at=bundle.issued_at,
            valid_to=bundle.valid_to,
            key_id=kept.key_id,
            sha256=kept.sha256,
            trust_list=kept.trust_list,
            imported_at=kept.imported_at,
            imported_by=kept.imported_by,
            vehicles=[VehicleThereShown.of(each) for each in bundle.vehicles],
        )


class RefusedShown(BaseModel):
    """One thing for which a bundle is not recognised."""

    reason: str
    path: str
    message: str

    @classmethod
    def of(cls, each: Refused, language: Language) -> Self:
        """Return it in a language."""
        return cls(reason=each.reason, path=each.path, message=each.said(language))


class LookedShown(BaseModel):
    """What came of a file: all that speaks against it, or what was kept of it."""

    recognised: bool
    sha256: str
    bundle_id: str | None
    issuer: str | None
    vins: list[str]
    refusals: list[RefusedShown]
    kept: RecognitionShown | None

    @classmethod
    def of(cls, looked: Looked, language: Language) -> Self:
        """Return it in a language."""
        bundle = looked.found.bundle
        return cls(
            recognised=not looked.refusals,
            sha256=looked.found.sha256,
            bundle_id=None if bundle is None else bundle.bundle_id,
            issuer=None if bundle is None else bundle.issuer,
            vins=[] if bundle is None else [each.vehicle.vin or "" for each in bundle.vehicles],
            refusals=[RefusedShown.of(each, language) for each in looked.refusals],
            kept=None if looked.kept is None else RecognitionShown.of(looked.kept),
        )


class FactsShown(BaseModel):
    """What is recognised of a vehicle now, from all who told of it."""

    entry_id: str
    bundles: list[str]
    issuers: list[str]
    driven: DrivenShown
    stages: list[PermitKind]
    papers: list[DocumentKind]

    @classmethod
    def of(cls, entry_id: str, facts: RecognisedFacts) -> Self:
        """Return what is shown of one."""
        return cls(
            entry_id=entry_id,
            bundles=list(facts.bundles),
            issuers=list(facts.issuers),
            driven=DrivenShown.model_validate(facts, from_attributes=True),
            stages=sorted(facts.stages),
            papers=sorted(facts.papers),
        )


class TrustListGiven(Given):
    """The next version of the trust list."""

    text: Annotated[str, Field(max_length=200_000)]
    reason: Reason


class TrustedKeyShown(BaseModel):
    """A key of the trust list."""

    key_id: str
    public: str
    jurisdiction: str
    issuer: str
    issuer_zh: str
    valid_from: date
    valid_to: date
    revoked_at: datetime | None


class TrustListShown(BaseModel):
    """The trust list in force; number 0 is that nobody is trusted yet."""

    number: int
    text: str
    keys: list[TrustedKeyShown]
    published_at: datetime | None
    published_by: str
    reason: str

    @classmethod
    def of(cls, kept: KeptTrustList) -> Self:
        """Return what is shown of one."""
        return cls(
            number=kept.number,
            text=kept.text,
            keys=[
                TrustedKeyShown.model_validate(each, from_attributes=True)
                for each in kept.trusted.keys.values()
            ],
            published_at=kept.published_at,
            published_by=kept.published_by,
            reason=kept.reason,
        )
