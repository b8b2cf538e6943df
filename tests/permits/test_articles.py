"""``a`` before a vowel is ``an``, whatever fills the place."""

import pytest

from permits.articles import in_english
from permits.document_kinds import KINDS, DocumentKind
from permits.paper_words import fault
from permits.rule_words import Language


@pytest.mark.parametrize(
    ("filled", "said"),
    [
        ("authorisation of who applies", "expected an authorisation of who applies"),
        ("insurance of seats", "expected an insurance of seats"),
        ("permit", "expected a permit"),
        ("unit", "expected a unit"),
        ("unmanned aircraft", "expected an unmanned aircraft"),
    ],
)
def test_the_article_goes_by_how_the_word_sounds(filled: str, said: str) -> None:
    assert in_english("expected a {kind}", kind=filled) == said


def test_a_letter_before_a_place_is_no_article() -> None:
    assert in_english("visa {kind}, data {kind}", kind="entry") == "visa entry, data entry"


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_paper_that_is_asked_for_is_asked_for_in_good_english(kind: DocumentKind) -> None:
    names = KINDS[kind].english, KINDS[kind].chinese
    said = fault("documents", None, "paper", kind=names).said(Language.ENGLISH)
    article = "an" if names[0][0].lower() in "aeiou" else "a"
    assert f"expected {article} {names[0]} that counts today" in said
