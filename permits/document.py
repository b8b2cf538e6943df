"""Dated documents: what proves that a vehicle is insured, a person licensed, a system tested."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from math import isfinite

from permits.document_kinds import COVERED_NAMES, KINDS, CoveredKind, DocumentKind, Stated
from permits.paper_words import Fault, fault


@dataclass(frozen=True, slots=True)
class Covered:
    """What a document is about."""

    kind: CoveredKind
    key: str
    """An organisation's or a permit's id, or the id that a vehicle or a person is registered by."""


@dataclass(frozen=True, slots=True)
class StoredFile:
    """The file of a document: it is found by its content."""

    sha256: str
    """In hexadecimal."""
    media_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """One document. Days are those of Asia/Shanghai, and both ends belong to the validity."""

    kind: DocumentKind
    covers: Covered
    number: str | None = None
    issued_by: str | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    """``None`` for what does not end, such as a test report."""
    amount_cny: float | None = None
    training_h: float | None = None
    remote_h: float | None = None
    grade: str | None = None
    """The class of a licence, the edition of a chart."""
    clean_cycles: float | None = None
    clean_years: float | None = None
    experience_h: float | None = None
    item_experience_h: float | None = None
    file: StoredFile | None = None

    def is_valid(self, on: date) -> bool:
        """Tell whether a day lies in its validity."""
        begun = self.valid_from is None or self.valid_from <= on
        return begun and (self.valid_to is None or on <= self.valid_to)

    def outlasts(self, last: date) -> bool:
        """Tell whether it is valid to a day, and that day too."""
        return self.valid_to is None or last <= self.valid_to


def faults(document: Document, on: date) -> tuple[Fault, ...]:
    """Return all that is wrong with a document that is handed in on a day; empty if it may be."""
    return (*_about(document), *_absent(document), *_numbers(document), *_days(document, on))


_NUMBERS = (Stated.AMOUNT_CNY, Stated.TRAINING_H, Stated.REMOTE_H)
_RECORDED = (
    Stated.CLEAN_CYCLES,
    Stated.CLEAN_YEARS,
    Stated.EXPERIENCE_H,
    Stated.ITEM_EXPERIENCE_H,
)
"""Nothing is an answer too: who has had 12 points in this cycle has no clean one."""


def _about(document: Document) -> Iterator[Fault]:
    kind = KINDS[document.kind]
    if document.covers.kind not in kind.about:
        each = sorted(kind.about)
        names = [COVERED_NAMES[one] for one in each]
        yield fault(
            "covers.kind",
            document.covers.kind,
            "applies",
            kind=(kind.english, kind.chinese),
            choice=(
                ", ".join(each),
                "、".join(f"{one}（{zh}）" for one, (_, zh) in zip(each, names, strict=True)),
            ),
        )


def _absent(document: Document) -> Iterator[Fault]:
    for each in Stated:
        if each in KINDS[document.kind].must and getattr(document, each) in (None, ""):
            yield fault(each, None, each)


def _numbers(document: Document) -> Iterator[Fault]:
    for each in _NUMBERS:
        found = getattr(document, each)
        if found is not None and not (isfinite(found) and found > 0):
            yield fault(each, found, each)
    for each in _RECORDED:
        found = getattr(document, each)
        if found is not None and not (isfinite(found) and found >= 0):
            yield fault(each, found, "not below", least=0)
    for each in _RECORDED:
        if getattr(document, each) is not None and each not in KINDS[document.kind].may:
            yield fault(each, getattr(document, each), "nothing of it")


def _days(document: Document, on: date) -> Iterator[Fault]:
    begins, ends = document.valid_from, document.valid_to
    if begins is not None and ends is not None and ends < begins:
        yield fault("valid_to", ends, "order", day=begins)
    elif ends is not None and ends < on:
        yield fault("valid_to", ends, "expired", day=on)
