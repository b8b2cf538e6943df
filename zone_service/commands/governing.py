"""Commands for graded governance: the sandbox, and what follows breaches."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from permits.governance import Opinion
from permits.governance_states import FileAction, FileKind
from permits.rule_words import Language
from zone_service.commands.languages import InChinese, is_chinese
from zone_service.commands.reviewing import AsJson, Password, Username
from zone_service.commands.root import EXIT_USAGE, example, fail, governance, listed, out
from zone_service.interrupts import nothing_begun
from zone_service.settings import load

if TYPE_CHECKING:
    from zone_service.schemas.governance import FileShown

FileId = Annotated[str, typer.Argument(metavar="FILE", help="Such as SB-2026-000001.")]
Given = Annotated[
    Path,
    typer.Argument(exists=True, dir_okay=False, readable=True, help="JSON as the API takes it."),
]


@governance.command("list", epilog=example("zone governance list --username rita"))
def governance_list(
    username: Username,
    password: Password,
    *,
    kind: Annotated[FileKind | None, typer.Option(help="One kind of files alone.")] = None,
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """List the files of the sandbox and of breaches that one may see."""
    with nothing_begun():
        from zone_service.governance_keeping import files

    zh = is_chinese(chinese)
    found = files(load(), (username, password), kind, _language(zh=zh))
    if as_json:
        typer.echo(f"[{', '.join(each.model_dump_json() for each in found)}]")
        return
    listed(
        ("编号", "种类", "单位", "状态", "内容") if zh else ("id", "kind", "of", "state", "about"),
        (
            (
                each.file_id,
                each.kind,
                each.organisation_id,
                each.state_name,
                str(each.about.get("title") or each.about.get("code")),
            )
            for each in found
        ),
    )


@governance.command("apply", epilog=example("zone governance apply ours.json --username olga"))
def governance_apply(
    file: Given, username: Username, password: Password, *, chinese: InChinese = None
) -> None:
    """Apply for a product or scenario to be admitted to the sandbox."""
    _open(file, (username, password), FileKind.SANDBOX, zh=is_chinese(chinese))


@governance.command("breach", epilog=example("zone governance breach seen.json --username paul"))
def governance_breach(
    file: Given, username: Username, password: Password, *, chinese: InChinese = None
) -> None:
    """Open the file of a breach."""
    _open(file, (username, password), FileKind.BREACH, zh=is_chinese(chinese))


@governance.command(
    "act",
    epilog=example(
        'zone governance act BR-2026-000002 REMIND --reason "first time" --username paul'
    ),
)
def governance_act(
    file_id: FileId,
    action: Annotated[FileAction, typer.Argument(help="What is done.")],
    username: Username,
    password: Password,
    reason: Annotated[str, typer.Option(help="Why; every step says it.")],
    *,
    opinion: Annotated[Opinion | None, typer.Option(help="With GIVE_OPINION.")] = None,
    chinese: InChinese = None,
) -> None:
    """Do one step with a file; what may not be done is refused by name."""
    with nothing_begun():
        from zone_service.governance_keeping import acted

    zh = is_chinese(chinese)
    who, language = (username, password), _language(zh=zh)
    _tell(lambda: acted(load(), who, file_id, action, reason, opinion, language), language)


def _open(file: Path, who: tuple[str, str], kind: FileKind, *, zh: bool) -> None:
    with nothing_begun():
        from zone_service.governance_keeping import opened

    try:
        text = file.read_text("utf-8")
    except UnicodeDecodeError:
        fail(f"{file} 不是 UTF-8 文本" if zh else f"{file} is not a text in UTF-8", EXIT_USAGE)
    language = _language(zh=zh)
    _tell(lambda: opened(load(), who, text, kind, language), language)


def _tell(done: "Callable[[], FileShown]", language: Language) -> None:
    with nothing_begun():
        from pydantic import ValidationError

        from permits.governance import GovernanceRefused
        from permits.paper_words import PapersRefused

    try:
        found = done()
    except (GovernanceRefused, PapersRefused) as refused:
        fail(refused.said(language))
    except ValidationError as wrong:
        _fail_of(wrong.errors())
    out.print(f"{found.file_id}: {found.state_name}", highlight=False)


def _fail_of(errors: Sequence[Any]) -> NoReturn:
    fail("; ".join(f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in errors))


def _language(*, zh: bool) -> Language:
    return Language.CHINESE if zh else Language.ENGLISH
