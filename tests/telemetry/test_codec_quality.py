"""Every codec says how far it has been brought, by one closed list of rules.

The files are YAML in the part of it that is JSON, so that nothing more is needed to read them.
"""

import ast
import json
import tomllib
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = ROOT / "docs" / "codecs"
CODECS = sorted(
    tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["entry-points"][
        "zone.codecs"
    ]
)
EVERY = pytest.mark.parametrize("codec", CODECS)

RULES = (
    "recorded_payload",  # a payload that was not made here is read, with values checked by hand
    "own_payload",  # one of our own making is read field by field
    "fuzzed",  # nothing raises
    "hostile_size",  # the largest payload is bounded work
    "identity_checked",  # a payload that names another device is refused
    "sentinels_unknown",  # what stands for unknown is unknown, never a number
    "datum_declared",  # by the format, or by the registration
    "time_source_declared",  # whose clock, and what holds where there is no time
    "heights_with_reference",  # above what
    "encoder",  # encoded and decoded again it is the same
    "documented",  # topic, members, units, datum, and what is lost
    "verified_with_maker",  # by who makes the units
)
EXEMPT_CHARS = 20
"""A reason is a sentence."""


@cache
def names_in(path: str) -> frozenset[str]:
    """Return the names of the tests in a file."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def exists(test: str) -> bool:
    path, _, name = test.partition("::")
    return name.startswith("test_") and (ROOT / path).is_file() and name in names_in(path)


@EVERY
def test_every_codec_answers_every_rule_and_no_other(codec: str) -> None:
    stated = json.loads((PAGES / "quality" / f"{codec}.yaml").read_text("utf-8"))
    assert stated.pop("codec") == codec
    assert tuple(stated) == RULES
    for rule, answer in stated.items():
        match answer:
            case {"done": str(test), **rest}:
                assert rest == {}, rule
                assert exists(test), f"{rule}: there is no {test}"
            case {"exempt": str(reason), **rest}:
                assert rest == {}, rule
                assert len(reason) >= EXEMPT_CHARS, rule
                assert reason.endswith("."), rule
            case _:
                pytest.fail(f"{rule}: found {answer}, expected done with a test, or exempt")


@EVERY
def test_every_codec_has_its_page(codec: str) -> None:
    page = (PAGES / f"{codec}.md").read_text("utf-8")
    assert page.startswith(f"# {codec}\n")
    for said in ("**Datum", "**Lost:**"):
        assert said in page
    assert f"| [{codec}]({codec}.md) |" in (PAGES / "README.md").read_text("utf-8")


def test_no_page_is_of_a_codec_that_is_not_installed() -> None:
    assert sorted(page.stem for page in (PAGES / "quality").glob("*.yaml")) == CODECS
    assert sorted({page.stem for page in PAGES.glob("*.md")} - {"README"}) == CODECS
