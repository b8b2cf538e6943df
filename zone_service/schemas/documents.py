"""Documents as requests and answers."""

from datetime import date, datetime
from typing import Annotated, Self

from pydantic import BaseModel, Field, FiniteFloat, StringConstraints

from permits.document import Covered, Document, StoredFile
from permits.document_kinds import KINDS, CoveredKind, DocumentKind, Stated
from zone_service.schemas.fields import Given, LongName, Name
from zone_service.store.records import KeptDocument

Key = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$")]
Amount = Annotated[FiniteFloat, Field(gt=0, le=1e12)]
Since = Annotated[FiniteFloat, Field(ge=0, le=1e6)]
Hours = Annotated[FiniteFloat, Field(gt=0, le=1e6)]


class CoversGiven(Given):
    """What a document is about."""

    kind: CoveredKind
    key: Key


class DocumentGiven(Given):
    """A document to be handed in; its file follows by ``PUT …/file``."""

    kind: DocumentKind
    covers: CoversGiven
    number: Name | None = None
    issued_by: LongName | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    """The last day on which it is valid, in Shanghai."""
    amount_cny: Amount | None = None
    training_h: Hours | None = None
    remote_h: Hours | None = None
    grade: Name | None = None
    """The class of a licence, the edition of a chart."""
    clean_cycles: Since | None = None
    """Of a driving record: consecutive cycles without 12 points."""
    clean_years: Since | None = None
    """Of a driving record: years without a grave traffic offence."""
    experience_h: Since | None = None
    """Of a record of training: hours with the system."""
    item_experience_h: Since | None = None
    """Of them on the items that are applied for."""

    def document(self) -> Document:
        """Return the document."""
        said = {each.value: getattr(self, each) for each in Stated}
        return Document(kind=self.kind, covers=Covered(self.covers.kind, self.covers.key), **said)


class FileShown(BaseModel):
    """The file of a document."""

    sha256: str
    media_type: str
    size_bytes: int

    @classmethod
    def of(cls, file: StoredFile) -> Self:
        """Return what a client sees."""
        return cls(sha256=file.sha256, media_type=file.media_type, size_bytes=file.size_bytes)


class CoversShown(BaseModel):
    """What a document is about."""

    kind: CoveredKind
    key: str


class DocumentShown(BaseModel):
    """A document."""

    document_id: str
    organisation_id: str
    kind: DocumentKind
    name: str
    name_zh: str
    covers: CoversShown
    number: str | None
    issued_by: str | None
    valid_from: date | None
    valid_to: date | None
    amount_cny: float | None
    training_h: float | None
    remote_h: float | None
    grade: str | None
    clean_cycles: float | None
    clean_years: float | None
    experience_h: float | None
    item_experience_h: float | None
    file: FileShown | None
    counts: bool
    """Whether it counts today: it has its file, is valid, and was not withdrawn."""
    created_at: datetime
    created_by: str
    withdrawn_at: datetime | None

    @classmethod
    def of(cls, kept: KeptDocument, on: date) -> Self:
        """Return what a client sees on a day."""
        document = kept.document
        file = document.file
        here = file is not None and kept.withdrawn_at is None
        return cls(
            document_id=kept.document_id,
            organisation_id=kept.organisation_id,
            kind=document.kind,
            name=KINDS[document.kind].english,
            name_zh=KINDS[document.kind].chinese,
            covers=CoversShown(kind=document.covers.kind, key=document.covers.key),
            **{each.value: getattr(document, each) for each in Stated},
            file=None if file is None else FileShown.of(file),
            counts=here and document.is_valid(on),
            created_at=kept.created_at,
            created_by=kept.created_by,
            withdrawn_at=kept.withdrawn_at,
        )


class DocumentKindShown(BaseModel):
    """A kind of document: what it may be about, and what it must state."""

    kind: DocumentKind
    name: str
    name_zh: str
    about: list[CoveredKind]
    must_state: list[Stated]
    may_state: list[Stated]
    """What a precondition asks of it beside that."""

    @classmethod
    def all(cls) -> list[Self]:
        """Return every kind."""
        return [
            cls(
                kind=kind,
                name=said.english,
                name_zh=said.chinese,
                about=[each for each in CoveredKind if each in said.about],
                must_state=[each for each in Stated if each in said.must],
                may_state=[each for each in Stated if each in said.may],
            )
            for kind, said in KINDS.items()
        ]
