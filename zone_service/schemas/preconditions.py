"""Preconditions as requests and answers: each with its figures, its source and who has answered."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat

from permits.condition import FACTS, Verdict, in_words
from permits.definition import UNITS
from permits.document_kinds import CoveredKind, DocumentKind
from permits.parameters import STATUS_ZH, Parameter
from permits.permit import PermitState
from permits.precondition_codes import Gate, PreconditionCode
from permits.precondition_facts import Attestation, Origin, Source, Told
from permits.precondition_words import precondition_name, result_name, source_said
from permits.preconditions import Answer, Figure, Finding, in_the_way_of
from permits.rule_words import Language
from permits.sheet import Sheet
from zone_service.schemas.fields import Given, Note, ZoneId
from zone_service.store.records import DrivenFigure, KeptFigure, PreconditionFile

EN, ZH = Language.ENGLISH, Language.CHINESE
DocumentId = Annotated[str, Field(pattern=r"^D-[0-9]{7,12}$", examples=["D-0000012"])]
Count = Annotated[int, Field(ge=0, le=1_000_000)]
Amount = Annotated[FiniteFloat, Field(ge=0, le=1e9)]


class FigureShown(BaseModel):
    """One fact as it was found, and what it was held against; ``found`` is null where nobody knows."""

    fact: str
    name: str
    name_zh: str
    unit: str
    unit_zh: str
    found: bool | float | None
    comparison: str
    limit: bool | float | None
    parameter: str | None
    """The key of the limit in the rule set."""

    @classmethod
    def of(cls, figure: Figure) -> Self:
        """Return what a client sees."""
        unit, english, chinese = FACTS[figure.fact]
        return cls(
            fact=figure.fact,
            name=english,
            name_zh=chinese,
            unit=unit,
            unit_zh=UNITS.get(unit, ""),
            found=figure.found,
            comparison=figure.comparison,
            limit=figure.limit,
            parameter=figure.parameter or None,
        )


class SourceShown(BaseModel):
    """The value of the rule set that asks for it, and where that is from."""

    parameter: str
    rule_set: str
    instrument: str
    title: str
    title_zh: str
    article: str
    status: str
    status_zh: str

    @classmethod
    def of(cls, source: Parameter, sheet: Sheet) -> Self:
        """Return what a client sees."""
        instrument = sheet.instruments.get(source.instrument)
        return cls(
            parameter=source.key,
            rule_set=source.rule_set,
            instrument=source.instrument,
            title=instrument.title if instrument else "",
            title_zh=instrument.title_zh if instrument else "",
            article=source.article,
            status=source.status,
            status_zh=STATUS_ZH[source.status],
        )


class AttestationShown(BaseModel):
    """Who has examined which document, and what it shows."""

    met: bool
    document_id: str
    sha256: str
    by: str
    organisation_id: str
    at: datetime
    note: str

    @classmethod
    def of(cls, attestation: Attestation) -> Self:
        """Return what a client sees."""
        return cls(
            met=attestation.met,
            document_id=attestation.document_id,
            sha256=attestation.sha256,
            by=attestation.by,
            organisation_id=attestation.organisation_id,
            at=attestation.at,
            note=attestation.note,
        )


class OriginShown(BaseModel):
    """Where a figure comes from that is in no document."""

    origin: Origin
    key: str
    said: str
    said_zh: str

    @classmethod
    def of(cls, source: Source) -> Self:
        """Return what a client sees."""
        return cls(
            origin=source.origin,
            key=source.key,
            said=source_said(source, EN),
            said_zh=source_said(source, ZH),
        )


class ToldShown(BaseModel):
    """What one side tells that a vehicle has driven in automated mode, and what of it counts.

    Of days of which several speak, what the one that tells more tells is counted once.
    """

    entry_id: str
    source: OriginShown
    automated_km: float | None
    automated_h: float | None
    counted_km: float | None
    counted_h: float | None

    @classmethod
    def of(cls, told: Told) -> Self:
        """Return what a client sees."""
        return cls(
            entry_id=told.entry_id,
            source=OriginShown.of(told.source),
            automated_km=told.automated_km,
            automated_h=told.automated_h,
            counted_km=told.counted_km,
            counted_h=told.counted_h,
        )


class AnswerShown(BaseModel):
    """What came of it for one thing that it is asked about."""

    about: CoveredKind
    key: str
    result: Verdict
    condition: str | None
    """What it takes, in words with its numbers; null where a person alone can tell."""
    condition_zh: str | None
    figures: list[FigureShown]
    documents: list[str]
    """Those that the figures were read from."""
    sources: list[OriginShown]
    """Where figures come from that are in none of them: the records of the platform, a bundle, a vote."""
    told: list[ToldShown]
    """Where it is held against kilometres or hours of which others tell as well: what each side tells."""
    attested: AttestationShown | None

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """Return what a client sees."""
        return cls(
            about=answer.about.kind,
            key=answer.about.key,
            result=answer.result,
            condition=_said(answer, EN),
            condition_zh=_said(answer, ZH),
            figures=[FigureShown.of(each) for each in answer.figures],
            documents=list(answer.documents),
            sources=[OriginShown.of(each) for each in answer.sources],
            told=[ToldShown.of(each) for each in answer.told],
            attested=AttestationShown.of(answer.attested) if answer.attested else None,
        )


class PreconditionShown(BaseModel):
    """One precondition: met, not met or unknown."""

    code: PreconditionCode
    name: str
    name_zh: str
    asked_at: Gate
    """The first step before which it is asked; later ones ask it again."""
    result: Verdict
    result_zh: str
    answers: list[AnswerShown]
    source: SourceShown | None
    attested_by: list[DocumentKind]
    """The documents by which a department may attest it while it is unknown."""

    @classmethod
    def of(cls, finding: Finding, sheet: Sheet) -> Self:
        """Return what a client sees."""
        return cls(
            code=finding.code,
            name=precondition_name(finding.code, EN),
            name_zh=precondition_name(finding.code, ZH),
            asked_at=finding.gate,
            result=finding.result,
            result_zh=result_name(finding.result, ZH),
            answers=[AnswerShown.of(each) for each in finding.answers],
            source=SourceShown.of(finding.source, sheet) if finding.source else None,
            attested_by=list(finding.attested_by),
        )


class PreconditionsShown(BaseModel):
    """All preconditions of a permit as they are now."""

    number: str
    matter: str | None
    """Of what is asked for, where the permit is shown as it would be then."""
    state: PermitState
    rules: str
    """The rule set that asks for them."""
    met: int
    not_met: int
    unknown: int
    refuses: dict[Gate, list[PreconditionCode]]
    """By step: those for which it would be refused now."""
    preconditions: list[PreconditionShown]

    @classmethod
    def of(cls, file: PreconditionFile, sheet: Sheet) -> Self:
        """Return what a client sees."""
        results = [each.result for each in file.findings]
        return cls(
            number=file.permit.number,
            matter=file.matter_id,
            state=file.permit.state,
            rules=file.rules,
            met=results.count(Verdict.MET),
            not_met=results.count(Verdict.NOT_MET),
            unknown=results.count(Verdict.UNKNOWN),
            refuses={
                gate: [each.code for each in in_the_way_of(gate, file.findings, file.law)]
                for gate in Gate
            },
            preconditions=[PreconditionShown.of(each, sheet) for each in file.findings],
        )


class AttestationGiven(Given):
    """That one has examined a document, and whether it shows that the precondition is met."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "DATA_LINK_TEST_PASSED",
                    "document_id": "D-0000012",
                    "met": True,
                    "note": "report of the laboratory, all items passed",
                }
            ]
        }
    )
    code: PreconditionCode
    document_id: DocumentId
    met: bool = True
    note: Note = ""


class DrivenFigureGiven(Given):
    """What a vehicle drove in automated mode in some days, with the evidence; null is not known."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "zone_id": "seg-lingang-shengang",
                    "begins": "2026-03-01",
                    "ends": "2026-03-31",
                    "document_id": "D-0000013",
                    "automated_h": 120.5,
                    "automated_km": 2400,
                    "traffic_violations": 0,
                }
            ]
        }
    )
    zone_id: ZoneId | None = None
    begins: date
    ends: date
    document_id: DocumentId
    automated_h: Amount | None = None
    automated_km: Amount | None = None
    supervised_rides: Count | None = None
    loaded_rides: Count | None = None
    takeovers: Count | None = None
    at_fault_accidents: Count | None = None
    traffic_violations: Count | None = None

    def figure(self) -> DrivenFigure:
        """Return the figure."""
        return DrivenFigure(**self.model_dump())


class DrivenFigureShown(BaseModel):
    """A figure as it was declared; it counts once somebody has attested it."""

    figure_id: int
    entry_id: str
    zone_id: str | None
    begins: date
    ends: date
    document_id: str
    automated_h: float | None
    automated_km: float | None
    supervised_rides: int | None
    loaded_rides: int | None
    takeovers: int | None
    at_fault_accidents: int | None
    traffic_violations: int | None
    declared_by: str
    declared_at: datetime
    attested_by: str | None
    attested_at: datetime | None

    @classmethod
    def of(cls, kept: KeptFigure) -> Self:
        """Return what a client sees."""
        figure = kept.figure
        return cls(
            figure_id=kept.figure_id,
            entry_id=kept.entry_id,
            zone_id=figure.zone_id,
            begins=figure.begins,
            ends=figure.ends,
            document_id=figure.document_id,
            automated_h=figure.automated_h,
            automated_km=figure.automated_km,
            supervised_rides=figure.supervised_rides,
            loaded_rides=figure.loaded_rides,
            takeovers=figure.takeovers,
            at_fault_accidents=figure.at_fault_accidents,
            traffic_violations=figure.traffic_violations,
            declared_by=kept.declared_by,
            declared_at=kept.declared_at,
            attested_by=kept.attested_by,
            attested_at=kept.attested_at,
        )


def _said(answer: Answer, language: Language) -> str | None:
    if answer.condition is None:
        return None
    return in_words(answer.condition, answer.limits, language)
