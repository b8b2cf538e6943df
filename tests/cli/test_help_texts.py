"""Every help text of every command is there in both languages, and says the same things in both."""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Any

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from zone_service.commands import app
from zone_service.commands.help_words import CHINESE, ROOMS, in_one_line

HAN = re.compile("[一-鿿]")
KEPT = re.compile(
    r"`+[^`]+`+|--[a-z-]+|/api/\S+?(?=[\s,.;:]|$)|\b[A-Z]{2,}[A-Z0-9_.-]*[A-Z0-9]\b|"
    r"\b[A-Z]{2}-\d{4}-\d+|\{.*\}|\d[\d .:-]*\d|\d"
)
"""What is typed, set, named or counted: names in backticks, options, variables, numbers."""
OF_THE_LIBRARY = {"Show this message and exit."}


def commands(command: Any = None, path: str = "zone") -> Iterator[tuple[str, Any]]:
    command = command or get_command(app)
    yield path, command
    for name, each in getattr(command, "commands", {}).items():
        yield from commands(each, f"{path} {name}")


def help_texts() -> Iterator[tuple[str, str]]:
    for path, command in commands():
        yield path, command.help
        if command.epilog:
            yield path, command.epilog.partition("\n\n")[0]
        for each in command.params:
            yield f"{path} {each.name}", each.help


def written() -> set[str]:
    texts = (text for _, text in help_texts())
    return {in_one_line(each) for text in texts for each in text.split("\n\n")}


def test_everything_that_can_be_typed_is_explained() -> None:
    assert [path for path, text in help_texts() if not text] == []


@pytest.mark.requirement("D5-9")
def test_every_help_text_has_a_chinese_one() -> None:
    assert sorted(written() - set(CHINESE)) == []


@pytest.mark.requirement("D5-9")
def test_no_chinese_help_text_is_left_without_its_english_one() -> None:
    assert sorted(set(CHINESE) - written() - OF_THE_LIBRARY) == []


def test_none_is_written_twice() -> None:
    assert len(list(chain.from_iterable(ROOMS))) == len(CHINESE)


@pytest.mark.requirement("D5-9")
def test_what_is_typed_set_and_counted_is_the_same_in_both() -> None:
    kept = ((english, each) for english in CHINESE for each in KEPT.findall(english))
    assert [pair for pair in kept if pair[1].strip("`") not in CHINESE[pair[0]]] == []


def test_none_is_left_in_english() -> None:
    plain = [each for each, said in CHINESE.items() if not HAN.search(said)]
    assert plain == []


def shown(*typed: str) -> str:
    done = CliRunner(env={"COLUMNS": "200", "ZONE_LANG": "en"}).invoke(app, typed)
    return " ".join(done.output.replace("│", " ").split())


def test_a_page_is_chinese_from_how_it_is_typed_to_its_examples() -> None:
    page = shown("--lang", "zh", "device", "amend", "--help")
    assert page.startswith("用法：zone device amend [OPTIONS] {DEVICE} 更改设备的名称")
    assert "--wire-id <str> 报文内编号；留空即为设备编号。" in page
    assert "[环境变量：ZONE_USERNAME]" in page
    assert "--help <bool> 显示本帮助后结束。" in page
    assert page.endswith("例如： zone device amend bus-1 --wire-id 13912345678 --username olga")


def test_a_group_lists_its_commands_in_chinese() -> None:
    assert "revoke 吊销设备的凭据：一秒内不再接受其任何报文。" in shown(
        "--lang", "zh", "device", "--help"
    )


def test_a_group_alone_shows_the_same_and_no_mistake() -> None:
    page = shown("--lang", "zh", "device")
    assert page == shown("--lang", "zh", "device", "--help")
    assert "错误" not in page


def test_the_next_page_is_english_where_that_is_asked_for() -> None:
    assert HAN.search(shown("--lang", "zh", "device", "--help"))
    page = shown("device", "--help")
    assert "Registered devices and their credentials." in page
    assert not HAN.search(page)
