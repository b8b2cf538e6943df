"""The two dictionaries say the same things, and name all that the platform can say."""

import json
import re
from collections.abc import Iterable

import pytest

from permits.cause import Cause
from permits.violation import Severity, ViolationCode
from tests.page.fake_service import WEB

LANGUAGES = ("zh-CN", "en")
PLACEHOLDER = re.compile(r"\{(\w+)\}")
SAID = re.compile(r"""(?:\bt|#row)\(\s*"([\w.]+)\"""")


def dictionary(language: str) -> dict[str, str]:
    words: dict[str, str] = json.loads((WEB / "i18n" / f"{language}.json").read_text())
    return words


def sources() -> Iterable[str]:
    return (path.read_text() for path in (WEB / "app").glob("*.js") if ".test." not in path.name)


def test_both_languages_have_the_same_keys() -> None:
    assert list(dictionary("zh-CN")) == list(dictionary("en"))


def test_both_languages_fill_in_the_same_values() -> None:
    chinese, english = map(dictionary, LANGUAGES)
    for key, text in chinese.items():
        assert set(PLACEHOLDER.findall(text)) == set(PLACEHOLDER.findall(english[key])), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_violation_every_severity_and_every_cause_has_its_words(language: str) -> None:
    words = dictionary(language)
    expected = {f"code.{code}" for code in ViolationCode} | {
        f"severity.{each}" for each in Severity
    }
    expected |= {f"cause.{each}" for each in Cause}
    said = {key for key in words if key.startswith(("code.", "severity.", "cause."))}
    assert said == expected


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_words_are_empty(language: str) -> None:
    assert all(text.strip() for text in dictionary(language).values())


def test_the_severities_are_in_the_order_of_the_catalogue() -> None:
    written = re.search(r"SEVERITIES = (\[.*\])", (WEB / "app" / "violations.js").read_text())
    assert written is not None
    assert json.loads(written[1]) == list(Severity)


def test_every_phrase_that_the_page_says_is_in_the_dictionaries() -> None:
    asked = {key for source in sources() for key in SAID.findall(source)}
    assert len(asked) > 40
    assert asked - dictionary("en").keys() == set()
