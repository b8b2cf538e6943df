"""Every benchmark is in ``make bench``, described, and tested with its oracle."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROGRAMS = sorted(
    found[1]
    for path in (ROOT / "bench").glob("*.py")
    if (found := re.search(r'prog="python -m bench\.(\w+)"', path.read_text()))
)


def test_each_is_run_by_make_bench() -> None:
    target = (ROOT / "Makefile").read_text().partition("\nbench:")[2].partition("\n\n")[0]
    # One may be run in several sizes.
    assert sorted(set(re.findall(r"-m bench\.(\w+)", target))) == PROGRAMS


def test_each_is_described_with_what_must_hold() -> None:
    told = (ROOT / "bench" / "README.md").read_text()
    rows = re.findall(r"^\| `python -m bench\.(\w+)` \| .+ \| .+ \|$", told, re.MULTILINE)
    assert PROGRAMS == sorted(rows) == sorted(re.findall(r"^## bench\.(\w+)$", told, re.MULTILINE))


def test_each_has_tests() -> None:
    assert [
        name for name in PROGRAMS if (ROOT / f"tests/bench/test_{name}.py").exists()
    ] == PROGRAMS
    assert len(PROGRAMS) == 9
