"""In which language somebody is answered."""

import pytest

from permits.rule_words import Language
from zone_service.languages import language_of


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        (None, Language.ENGLISH),
        ("", Language.ENGLISH),
        ("zh", Language.CHINESE),
        ("zh-Hans-CN, en;q=0.8", Language.CHINESE),
        ("en-GB,en;q=0.9,zh;q=0.8", Language.ENGLISH),
        ("en;q=0.3, zh;q=0.8", Language.CHINESE),
        ("fr, zh;q=0.5", Language.CHINESE),
        ("fr", Language.ENGLISH),
        ("zh;q=0, *", Language.ENGLISH),
        ("zh;q=nonsense", Language.ENGLISH),
        ("*, zh", Language.ENGLISH),
    ],
)
def test_the_language_that_is_liked_best_is_spoken(
    accepted: str | None, language: Language
) -> None:
    assert language_of(accepted) is language
