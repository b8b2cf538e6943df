"""That documents outlast every term rests on this: nothing in the program removes one, or its file."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from zone_service.store import documents

STORE = Path(documents.__file__).parent
PROGRAM = sorted(
    each for each in STORE.parent.rglob("*.py") if not {"migrations", "vendor"} & set(each.parts)
)


def removals(source: str) -> Iterator[str]:
    """Yield what a module removes: rows by the name of their table's class, one object, or files."""
    tree = ast.parse(source)
    tables = {
        each.targets[0].id: ast.unparse(each.value.args[0])
        for each in ast.walk(tree)
        if isinstance(each, ast.Assign)
        and isinstance(each.targets[0], ast.Name)
        and isinstance(each.value, ast.Call)
        and ast.unparse(each.value.func) == "table"
    }
    for each in ast.walk(tree):
        match each:
            case ast.Call(func=ast.Name(id="delete"), args=[of, *_]):
                named = ast.unparse(of)
                yield tables.get(named, named)
            case ast.Call(func=ast.Attribute(attr="delete", value=ast.Name(id="session"))):
                yield "an object"
            case ast.Call(func=ast.Attribute(attr="unlink" | "rmtree" | "rmdir")):
                yield "a file"
            case ast.Constant(value=str(text)) if "delete from" in text.lower():
                yield text


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("_D = table(DocumentRow)\nconnection.execute(delete(_D).where(_D.c.number == 1))", "DocumentRow"),
        ("session.exec(delete(DocumentRow))", "DocumentRow"),
        ("session.delete(row)", "an object"),
        ("connection.execute(text('DELETE FROM document'))", "DELETE FROM document"),
        ("path.unlink()", "a file"),
    ],
)  # fmt: skip
def test_whatever_removes_something_is_seen(source: str, found: str) -> None:
    assert list(removals(source)) == [found]


@pytest.mark.requirement("D4e-11")
def test_nothing_in_the_program_removes_a_document() -> None:
    removed = {each.name: list(removals(each.read_text(encoding="utf-8"))) for each in PROGRAM}
    tables = {one for found in removed.values() for one in found}
    assert "LoginSessionRow" in tables
    assert not any("document" in each.lower() for each in tables)
    by_object = [name for name, found in removed.items() if "an object" in found]
    assert by_object == ["bringing.py"], "there it is a member's consent that is taken back"


@pytest.mark.requirement("D4e-11")
def test_of_the_files_of_documents_only_what_never_got_its_place_is_removed() -> None:
    source = (STORE / "files.py").read_text(encoding="utf-8")
    assert list(removals(source)) == ["a file", "a file"]
    coming_in = (source.split("def clear_incoming")[1], source.split("class Incoming")[1])
    for part in (coming_in[0].split("class Incoming")[0], coming_in[1]):
        assert part.count(".unlink(") == 1
    assert 'self.folder / _INCOMING).glob("*")' in coming_in[0]
