"""A refusal names what was typed: an option or an argument, and no member of a request of the API."""

import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from zone_service.commands import app
from zone_service.commands.described import DESCRIBED, Command
from zone_service.commands.typed_names import in_typed_names, typed_name

MEMBER = re.compile(r"\b(query|body|path)\.")


def typed_of(command: Command) -> set[str]:
    return {each.typed for each in command.words}


@pytest.mark.requirement("D5-9")
def test_each_word_of_each_command_is_named_as_it_is_typed() -> None:
    for command in DESCRIBED:
        for word in command.words:
            member = word.into.replace(":", ".").rstrip(".")
            given = {word.name: ["something"]}
            assert typed_name(member, command.words, given) == word.typed
            assert typed_name(f"{member}.0", command.words, given) == word.typed
            assert typed_name(f"{member}.inner", command.words, given) == f"{word.typed} inner"
            assert typed_name(member, command.words, {}) in typed_of(command)


def test_an_argument_is_named_as_the_help_text_has_it() -> None:
    for command in DESCRIBED:
        for word in command.words:
            assert word.typed.startswith("--") != word.is_argument
            assert not MEMBER.search(f"{word.typed}.")


def said(words: Any, given: dict[str, Any], *errors: tuple[str, str], detail: str = "") -> str:
    faults = [{"path": path, "message": message} for path, message in errors]
    whole = detail or "; ".join(f"{path}: {message}" for path, message in errors)
    return str(in_typed_names({"detail": whole, "errors": faults}, words, given)["detail"])


def of(operation: str, name: str) -> Command:
    return next(each for each in DESCRIBED if (each.operation, each.name) == (operation, name))


APPLY = of("POST /api/permits", "apply")
REPORT = of("POST /api/permits/{number}/accidents", "report")


def test_of_a_file_and_an_option_for_one_member_the_one_that_was_typed_is_named() -> None:
    wrong = ("body.holder_id", "is wrong")
    assert said(APPLY.words, {"file": {}}, wrong) == "FILE holder_id: is wrong"
    assert said(APPLY.words, {"file": {}, "holder": "a b"}, wrong) == "--holder: is wrong"


def test_what_is_wrong_with_all_of_it_names_nothing_and_with_a_part_all_its_words() -> None:
    assert said(REPORT.words, {}, ("body", "is no accident")) == "is no accident"
    harm = "--killed, --seriously-injured, --slightly-injured, --vehicle-destroyed: is odd"
    assert said(REPORT.words, {}, ("body.harm", "is odd")) == harm


def test_each_of_several_is_named_and_nothing_else_of_the_sentence_is_touched() -> None:
    errors = (("body.place", "is missing"), ("body.occurred_at", "is 'body.place: x'"))
    assert said(REPORT.words, {}, *errors) == "--place: is missing; --at: is 'body.place: x'"
    assert said(REPORT.words, {}, ("form.odd", "lacks a page")) == "form.odd: lacks a page"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZONE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ZONE_LANG", "en")
    assert CliRunner().invoke(app, ["db", "upgrade"]).exit_code == 0
    person = ("olga", "--role", "administrator", "--organisation", "platform")
    added = CliRunner().invoke(app, ["user", "add", *person, "--password", "a long password"])
    assert added.exit_code == 0


@pytest.mark.requirement("D5-9")
@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("quality list yesterday", "DAY: is 'yesterday': expected a day"),
        ("permit list --valid-on yesterday", "--valid-on: is 'yesterday': expected a day"),
        ("violation list --limit 0", "--limit: is '0': expected"),
        ("violation list --limit -1", "--limit: is '-1': expected"),
        (
            "driven declare car-1 --from x --to 2026-01-01 --document d --km 1 --username olga",
            "--document: is 'd': expected",
        ),
        ("operator add no/one --name One --kind operator --username olga", "ORGANISATION: is"),
    ],
)
def test_the_api_s_own_refusals_name_what_was_typed(here: None, typed: str, told: str) -> None:
    done = CliRunner().invoke(app, typed.split())
    plain = " ".join(done.output.split())
    assert (done.exit_code, told in plain) == (1, True), plain
    assert not MEMBER.search(plain), plain


def test_programs_read_the_members_of_the_request_as_before(here: None) -> None:
    done = CliRunner().invoke(app, ["quality", "list", "yesterday", "--json"])
    assert '"path": "query.day"' in done.output
