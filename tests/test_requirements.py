"""The requirements page and the marks of the tests say the same."""

import ast
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from permits.precondition_codes import PreconditionCode
from permits.violation import LATER, RAISED, ViolationCode

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| ((?:[AD]\d+[a-f]?|F)-\d+) \| (.+) \| (\w+) \|$", re.MULTILINE)
ROWS = ROW.findall(PAGE)
STATUS = {row_id: status for row_id, _, status in ROWS}


@cache
def marked() -> dict[str, list[str]]:
    """Return the tests' files by the ids that they are marked with; read when the first test asks."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for requirement_id in _ids(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(requirement_id, []).append(path.relative_to(ROOT).as_posix())
    return found


def _ids(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="requirement"), args=args):
                for argument in args:
                    assert isinstance(argument, ast.Constant), ast.unparse(node)
                    yield str(argument.value)
            case _:
                pass


def test_each_id_is_given_once() -> None:
    assert [row_id for row_id, times in Counter(row[0] for row in ROWS).items() if times > 1] == []


def test_each_line_that_looks_like_a_requirement_is_read_as_one() -> None:
    lines = [line for line in PAGE.splitlines() if re.match(r"\| ([AD]\d|F-)", line)]

    assert len(lines) == len(ROWS)


def test_a_status_is_shown_or_planned() -> None:
    assert set(STATUS.values()) == {"shown", "planned"}


def test_each_mark_names_a_requirement() -> None:
    assert {each: files for each, files in marked().items() if each not in STATUS} == {}


@pytest.mark.parametrize("row_id", [row_id for row_id in STATUS if STATUS[row_id] == "shown"])
def test_a_requirement_that_is_shown_has_a_test(row_id: str) -> None:
    assert row_id in marked(), f"no test is marked {row_id}: mark one, or write `planned`"


@pytest.mark.parametrize("row_id", [row_id for row_id in STATUS if STATUS[row_id] == "planned"])
def test_a_requirement_with_a_test_is_not_called_planned(row_id: str) -> None:
    assert row_id not in marked(), f"{marked()[row_id]} show {row_id}: write `shown`"


def test_each_violation_code_is_a_requirement_that_is_shown_when_it_is_raised() -> None:
    codes = {text.strip("`"): status for _, text, status in ROWS if text.strip("`") in CODES}

    assert codes == {code: "planned" if code in LATER else "shown" for code in ViolationCode}
    assert RAISED.isdisjoint(LATER)


CODES = frozenset(ViolationCode)


def test_each_precondition_has_a_row_of_its_own_that_begins_with_its_code() -> None:
    """Several under one id could not be marked, or shown, one by one."""
    rows = [(row_id, text) for row_id, text, _ in ROWS if row_id.startswith("D4c-")]
    found = {row_id: re.match(r"`([A-Z0-9_]+)`: [^`]+\.$", text) for row_id, text in rows}
    assert [row_id for row_id, code in found.items() if code is None] == []
    assert sorted(code[1] for code in found.values() if code) == sorted(PreconditionCode)


@pytest.mark.parametrize("prefix", sorted({row_id.partition("-")[0] + "-" for row_id in STATUS}))
def test_the_ids_of_a_part_are_counted_without_a_gap(prefix: str) -> None:
    numbers = [int(row_id.split("-")[1]) for row_id in STATUS if row_id.startswith(prefix)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_articles_43_and_44_are_both_there() -> None:
    assert "电子围栏" in next(text for row_id, text, _ in ROWS if row_id == "A44-3")
    assert {row_id[:3] for row_id, *_ in ROWS if row_id.startswith("A")} == {"A43", "A44"}
