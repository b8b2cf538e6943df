"""A sample of an application as an answer: the bodies of the requests that it takes."""

from base64 import b64encode
from collections.abc import Container
from typing import Literal, Self

from pydantic import BaseModel

from permits.document import Document
from permits.entries import entry_to_json, kind_of
from permits.permit import PermitAction, PermitKind
from permits.terms import Terms, terms_to_json
from zone_service.sample_application import Entry, Sample
from zone_service.schemas.applications import ApplicationGiven
from zone_service.schemas.documents import DocumentGiven
from zone_service.schemas.permits import PermitGiven, TermsGiven
from zone_service.schemas.register import EntryGiven


class SampleFile(BaseModel):
    """A page that can stand in for the file of any document."""

    media_type: Literal["application/pdf"] = "application/pdf"
    base64: str


class SampleShown(BaseModel):
    """What is sent to apply for a permit of a kind, in this order, with data that is made up.

    ``PERMIT-NUMBER`` in ``documents`` stands for the number that POST /api/permits answers.
    """

    kind: PermitKind
    entries: list[EntryGiven]
    """Each for POST /api/register; what is registered already is not among them."""
    permit: PermitGiven
    """For POST /api/permits."""
    application: ApplicationGiven
    """For PUT /api/permits/{number}/application."""
    documents: list[DocumentGiven]
    """Each for POST /api/documents."""
    file: SampleFile
    """For PUT /api/documents/{document_id}/file of each."""
    action: PermitAction
    """For POST /api/permits/{number}/actions, at last."""

    @classmethod
    def of(cls, sample: Sample, registered: Container[str] = ()) -> Self:
        """Return what a client sees, but for the entries that are registered."""
        application = sample.application
        return cls(
            kind=sample.kind,
            entries=[_entry(each) for each in sample.entries if each.entry_id not in registered],
            permit=PermitGiven(kind=sample.kind, terms=_terms(sample.terms)),
            application=ApplicationGiven(
                driver_mode=application.driver_mode,
                entry_ids=list(application.entry_ids),
                content=dict(application.content),
            ),
            documents=[_document(each) for each in sample.documents],
            file=SampleFile(base64=b64encode(sample.file).decode()),
            action=sample.submits,
        )


def _entry(entry: Entry) -> EntryGiven:
    given = {
        "entry_id": entry.entry_id,
        "device_id": entry.device_id,
        "particulars": {"kind": kind_of(entry.particulars), **entry_to_json(entry.particulars)},
    }
    return EntryGiven.model_validate(given)


def _terms(terms: Terms) -> TermsGiven:
    known = TermsGiven.model_fields
    told = {name: said for name, said in terms_to_json(terms).items() if name in known}
    return TermsGiven.model_validate(told)


def _document(document: Document) -> DocumentGiven:
    covers = {"kind": document.covers.kind, "key": document.covers.key}
    names = set(DocumentGiven.model_fields) - {"covers"}
    stated = {name: getattr(document, name) for name in names}
    return DocumentGiven.model_validate({**stated, "covers": covers})
