"""Commands that are described, not written: each asks one operation of the API as somebody named.

A description says which operation it is, where in the request each word goes, and how the answer is
told to people. All else is alike for every one of them: who acts, in which language, ``--json``, how a
refusal is told and with which exit status the command ends.
"""

import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, NoReturn
from urllib.parse import quote

import typer

from zone_service.commands.languages import InChinese, is_chinese
from zone_service.commands.root import EXIT_FAILED, err, example, fail
from zone_service.commands.showing import Shown
from zone_service.commands.typed_names import in_typed_names
from zone_service.commands.words import DEMANDED, Word
from zone_service.interrupts import nothing_begun
from zone_service.settings import load

if TYPE_CHECKING:
    from zone_service.asking import Api, Request

    Prepared = Callable[[Api, Request], Request]

AsJson = Annotated[bool, typer.Option("--json", help="As the API has it.")]
ActsAs = Annotated[
    str,
    typer.Option(
        "--username",
        envvar="ZONE_USERNAME",
        show_envvar=True,
        help="As whom: the account that it is on record of.",
    ),
]
LooksAs = Annotated[
    str,
    typer.Option(
        "--username",
        envvar="ZONE_USERNAME",
        show_envvar=True,
        help="As whom one looks; all there is where it is nobody.",
    ),
]
Password = Annotated[
    str,
    typer.Option(
        envvar="ZONE_PASSWORD",
        help="Theirs; needed by nobody who may open the store, and looked at where it is given.",
    ),
]


def _as_it_is(_: "Api", request: "Request") -> "Request":
    return request


@dataclass(frozen=True, slots=True)
class Command:
    """One command, and the operation that it asks."""

    group: typer.Typer
    name: str
    operation: str
    """Such as ``POST /api/permits/{number}/actions``."""
    help: str
    words: tuple[Word, ...]
    shows: Shown
    examples: tuple[str, ...]
    fixed: Mapping[str, Any] = field(default_factory=dict)
    """Words that are the same whenever it is typed, by where they go: ``body:kind``."""
    is_list: bool = False
    """Whether it comes in parts, of which all are told, or the first that ``limit`` asks for."""
    needs_somebody: bool | None = None
    """Whether somebody must be named; unless said, for what changes something."""
    picks: Callable[[Any], Any] = lambda answer: answer
    """What of the answer is told."""
    prepared: "Prepared" = _as_it_is
    """What is looked up before, such as the revision that a change depends on."""

    @property
    def method(self) -> str:
        """How it is asked."""
        return self.operation.partition(" ")[0]

    @property
    def acts(self) -> bool:
        """Whether it is on record of somebody."""
        return self.method != "GET" if self.needs_somebody is None else self.needs_somebody


DESCRIBED: list[Command] = []
"""Every one of them, for the test that no operation lacks a command."""


def describe(*commands: Command) -> None:
    """Make commands of descriptions."""
    for each in commands:
        DESCRIBED.append(each)
        each.group.command(each.name, help=each.help, epilog=example(*each.examples))(_typed(each))


def _typed(command: Command) -> Callable[..., None]:
    def typed(**given: Any) -> None:
        _run(command, given)

    parameters = [_parameter(each) for each in command.words]
    somebody = _keyword("username", ActsAs) if command.acts else _keyword("username", LooksAs, "")
    parameters += [
        somebody,
        _keyword("password", Password, ""),
        _keyword("as_json", AsJson, default=False),
        _keyword("chinese", InChinese, None),
    ]
    # Arguments first, then what must be there: as a signature has it.
    parameters.sort(key=lambda each: (each.kind, each.default is not inspect.Parameter.empty))
    typed.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    typed.__annotations__ = {each.name: each.annotation for each in parameters}
    return typed


def _parameter(word: Word) -> inspect.Parameter:
    kind: Any = word.kind
    said: Any = typer.Option(word.typed, metavar=word.metavar, help=word.help)
    if word.is_argument:
        said = typer.Argument(metavar=word.metavar, help=word.help)
    if word.default is None:
        kind = kind | None
    keyword, positional = inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD
    place = positional if word.is_argument else keyword
    default = inspect.Parameter.empty if word.default is DEMANDED else word.default
    return inspect.Parameter(word.name, place, annotation=Annotated[kind, said], default=default)


def _keyword(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> Any:
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default
    )


def _run(command: Command, given: Mapping[str, Any]) -> None:
    with nothing_begun():
        from permits.rule_words import Language
        from zone_service.acting import Named
        from zone_service.asking import Refused, asking
        from zone_service.sayable import said_of
        from zone_service.store.errors import SchemaMismatch, StoreError

    zh, as_json = is_chinese(given["chinese"]), given["as_json"]
    language = Language.CHINESE if zh else Language.ENGLISH
    request = _request(command, given)
    try:
        with asking(load(), Named(given["username"], given["password"]), language) as api:
            found = command.picks(_asked(command, api, command.prepared(api, request)))
    except Refused as refused:
        problem = refused.problem
        if not as_json:
            problem = in_typed_names(problem, command.words, given)
        tell_refusal(problem, as_json=as_json)
    except SchemaMismatch:
        raise
    except StoreError as error:
        fail(said_of(error, language))
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        command.shows(found, zh=zh)


def tell_refusal(problem: Mapping[str, Any], *, as_json: bool) -> NoReturn:
    """Say why something was refused, to programs as the API has it, and end."""
    if as_json:
        typer.echo(json.dumps(problem, ensure_ascii=False, indent=1), err=True)
        raise typer.Exit(EXIT_FAILED)
    for each in problem.get("errors", ()):
        if each["message"] not in problem["detail"]:
            told = ": ".join(filter(None, (each["path"], each["message"])))
            err.print(told, highlight=False, markup=False)
    fail(problem["detail"])


def _asked(command: Command, api: "Api", request: "Request") -> Any:
    with nothing_begun():
        from zone_service.asking import answered

    if not command.is_list:
        return answered(api.ask(request))
    most = next((int(value) for name, value in request.query if name == "limit"), None)
    if most is not None and most < 1:  # refused by the API, in the words of every other refusal
        return api.get(request.address, request.query)
    query = tuple(pair for pair in request.query if pair[0] != "limit")
    return api.every(request.address, (*query, ("limit", str(min(most or 1000, 1000)))), most)


def _request(command: Command, given: Mapping[str, Any]) -> "Request":
    """Put each word where it goes."""
    with nothing_begun():
        from zone_service.asking import Request

    method, _, address = command.operation.partition(" ")
    keys: dict[str, str] = {}
    query: list[tuple[str, str]] = []
    body: dict[str, Any] = {}
    for into, value in (*command.fixed.items(), *_placed(command, given)):
        where, _, name = into.partition(":")
        match where:
            case "path":
                keys[name] = quote(str(value), safe="")
            case "query":
                several = value if isinstance(value, list) else [value]
                query += [(name, _word(each)) for each in several]
            case _:
                _put(body, name, value)
    has_body = any(word.into.startswith("body") for word in command.words) or body
    return Request(method, address.format(**keys), tuple(query), body if has_body else None)


def _placed(command: Command, given: Mapping[str, Any]) -> list[tuple[str, Any]]:
    found = []
    for word in command.words:
        value = given[word.name]
        if value is None or (not word.is_argument and value == word.default):
            continue
        value = word.read(value, word.typed) if word.read else value
        found.append((word.into, value))
    # A file is the whole body, or all of a part: what is typed beside it is laid over it.
    return sorted(found, key=lambda each: (each[0] != "body:", each[0].count(".")))


def _word(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value.value if isinstance(value, Enum) else value)


def _put(body: dict[str, Any], name: str, value: Any) -> None:
    if not name:
        body.update(value)
        return
    *outer, last = name.split(".")
    for each in outer:
        body = body.setdefault(each, {})
    body[last] = _plain(value)


def _plain(value: Any) -> Any:
    match value:
        case Enum():
            return value.value
        case list():
            return [_plain(each) for each in value]
        case dict():
            return dict(value)
        case _:
            return value


def seen(address: str, *, may_be_new: bool = False) -> "Prepared":
    """Return what makes a change depend on the thing as it is: whoever types has just looked.

    ``address`` is relative to that of the change: ``""`` the same, ``..`` what it lies in. Where it is not
    there that is what is told, and no condition that nobody has typed; ``may_be_new``: it is made then.
    """

    def prepared(api: "Api", request: "Request") -> "Request":
        looked = request.address.rpartition("/")[0] if address == ".." else request.address
        with nothing_begun():
            from zone_service.asking import Request as Asked
            from zone_service.asking import answered

        found = api.ask(Asked("GET", looked))
        if not may_be_new:
            answered(found)
        tag = found.headers.get("etag")
        condition = {"If-Match": tag} if tag else {"If-None-Match": "*"}
        return replace(request, headers={**request.headers, **condition})

    return prepared
