"""A number that cannot be is refused by name, with the range that was expected, before it is sent."""

import re

import msgspec
import pytest
from typer.testing import CliRunner

from zone_service.commands import app
from zone_service.commands.ranges import as_codec

SEND = ("send", "car-1", "--longitude", "121", "--latitude", "31", "--password", "x")


def refusal(*words: str) -> str:
    refused = CliRunner().invoke(app, words)
    assert refused.exit_code == 2, refused.output
    return " ".join(re.sub(r"[│╭╮╰╯─]", " ", refused.output).split())


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--speed", "5000", "5000 is out of range: expected 0 to 1 000"),
        ("--speed", "-1", "-1 is out of range: expected 0 to 1 000"),
        ("--speed", "nan", "nan is no finite number: expected 0 to 1 000"),
        ("--height-agl", "-5000", "-5000 is out of range: expected -1 000 to 100 000"),
        ("--height-agl", "inf", "inf is no finite number: expected -1 000 to 100 000"),
        ("--heading", "361", "361 is out of range: expected 0 to 360"),
        ("--longitude", "181", "181 is out of range: expected -180 to 180"),
        ("--latitude", "nan", "nan is no finite number: expected -90 to 90"),
    ],
)
def test_a_report_that_the_codec_would_refuse_is_not_sent(
    option: str, value: str, said: str
) -> None:
    assert f"Invalid value for '{option}': {said}" in refusal(*SEND, option, value)


def test_a_word_that_is_none_of_those_that_are_is_named_with_those() -> None:
    said = refusal(*SEND, "--control-mode", "FLYING")
    assert "'--control-mode': 'FLYING' is not one of 'MANUAL'" in said


def test_what_is_no_number_at_all_is_named() -> None:
    assert "'--speed': is 'fast': expected a number" in refusal(*SEND, "--speed", "fast")


@pytest.mark.parametrize("url", ["nonsense", "ftp://zone.example", "http://", "https://zone:port"])
@pytest.mark.parametrize(
    "words", [("watch", "--username", "a", "--password", "b"), ("permit", "verify", "token")]
)
def test_what_is_no_address_of_a_platform_is_named(words: tuple[str, ...], url: str) -> None:
    said = refusal(*words, "--url", url)
    assert f"'{url}': expected the address of a platform, such as https://zone.example" in said


def test_what_is_typed_wrong_is_told_in_chinese_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZONE_LANG", "zh")
    assert "5000 超出范围：应为 0 至 1 000" in refusal(*SEND, "--speed", "5000")
    assert "为 'fast'：应为数" in refusal(*SEND, "--speed", "fast")
    wrong = refusal("permit", "verify", "token", "--url", "nonsense")
    assert "应为平台地址，如 https://zone.example" in wrong


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("load", "--devices", "0"), "0 is out of range: expected 1 to 99 999"),
        (("load", "--qos", "2"), "2 is out of range: expected 0 to 1"),
        (("load", "--rate", "nan"), "nan is no finite number: expected 0.001 to 100"),
        (("demo", "--seconds", "-1"), "-1 is out of range: expected 0 to 604 800"),
    ],
)
def test_the_other_commands_speak_alike(words: tuple[str, ...], said: str) -> None:
    assert said in refusal(*words)


def test_a_bound_is_written_in_full() -> None:
    with pytest.raises(ValueError, match="expected both ends"):
        as_codec(msgspec.Meta(ge=0))
