"""Commands for documents: what kinds there are, handing one in, listing, saving, withdrawing."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zone_service.commands.described import ActsAs, Command, Password, describe
from zone_service.commands.languages import InChinese, is_chinese, spoken
from zone_service.commands.root import document, example, fail, listed, out
from zone_service.commands.showing import members
from zone_service.commands.words import argument
from zone_service.interrupts import nothing_begun
from zone_service.settings import load

if TYPE_CHECKING:
    from permits.document import Covered

AsJson = Annotated[bool, typer.Option("--json", help="As the API has it.")]
DocumentId = Annotated[str, typer.Argument(metavar="DOCUMENT", help="Such as D-0000001.")]
DAYS = ["%Y-%m-%d"]
COVERS = "organisation, permit, vehicle, aircraft, vessel or person, a colon, and its id"


@document.command("kinds")
def document_kinds(*, as_json: AsJson = False, chinese: InChinese = None) -> None:
    """List the kinds of documents: what each may be about, and what it must state."""
    with nothing_begun():
        from zone_service.schemas.documents import DocumentKindShown

    found = DocumentKindShown.all()
    if as_json:
        typer.echo(_json([each.model_dump(mode="json") for each in found]))
        return
    zh = is_chinese(chinese)
    listed(
        ("种类", "名称", "适用对象", "须载明") if zh else ("kind", "name", "about", "must state"),
        (
            (
                each.kind,
                each.name_zh if zh else each.name,
                ", ".join(each.about),
                ", ".join(each.must_state) or "–",
            )
            for each in found
        ),
    )


@document.command(
    "add",
    epilog=example(
        "zone document add licence.pdf --kind TRANSPORT_LICENCE --covers organisation:acme "
        "--number T-7 --issued-by 'Transport Commission' --from 2026-01-01 --to 2027-12-31 "
        "--username olga",
    ),
)
def document_add(
    file: Annotated[
        Path,
        typer.Argument(
            exists=True, dir_okay=False, readable=True, help="PDF, PNG, JPEG, XLSX or ZIP."
        ),
    ],
    kind: Annotated[str, typer.Option(help="One of `zone document kinds`.")],
    covers: Annotated[str, typer.Option(metavar="KIND:ID", help=f"What it is about: {COVERS}.")],
    username: ActsAs,
    password: Password = "",
    number: Annotated[str | None, typer.Option(help="The number that it bears.")] = None,
    issued_by: Annotated[str | None, typer.Option(help="Who issued it.")] = None,
    valid_from: Annotated[
        datetime | None, typer.Option("--from", formats=DAYS, help="Its first day.")
    ] = None,
    valid_to: Annotated[
        datetime | None, typer.Option("--to", formats=DAYS, help="Its last day.")
    ] = None,
    amount_cny: Annotated[float | None, typer.Option("--amount", help="In CNY.")] = None,
    training_h: Annotated[float | None, typer.Option(help="Hours of training.")] = None,
    remote_h: Annotated[float | None, typer.Option(help="Hours of remote control.")] = None,
    clean_cycles: Annotated[
        float | None, typer.Option(help="Of a driving record: cycles without 12 points.")
    ] = None,
    clean_years: Annotated[
        float | None, typer.Option(help="Of a driving record: years without a grave offence.")
    ] = None,
    experience_h: Annotated[
        float | None, typer.Option(help="Of a record of training: hours with the system.")
    ] = None,
    item_experience_h: Annotated[
        float | None, typer.Option(help="Of them on the items that are applied for.")
    ] = None,
    grade: Annotated[str | None, typer.Option(help="Class of a licence, edition.")] = None,
    *,
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """Hand in a document with its file: both or neither."""
    with nothing_begun():
        from permits.document import Document
        from permits.paper_words import PapersRefused
        from zone_service.acting import Named
        from zone_service.document_keeping import hand_in
        from zone_service.store.errors import FileRefused

    given = Document(
        kind=_kind(kind),
        covers=_covers(covers),
        number=number,
        issued_by=issued_by,
        valid_from=valid_from and valid_from.date(),
        valid_to=valid_to and valid_to.date(),
        amount_cny=amount_cny,
        training_h=training_h,
        remote_h=remote_h,
        clean_cycles=clean_cycles,
        clean_years=clean_years,
        experience_h=experience_h,
        item_experience_h=item_experience_h,
        grade=grade,
    )
    try:
        made = hand_in(load(), Named(username, password), given, file)
    except PapersRefused as error:
        fail(error.said(_language(chinese)))
    except FileRefused as error:
        fail(error.fault.said(_language(chinese)))
    typer.echo(_json(made.model_dump(mode="json")) if as_json else made.document_id)


@document.command("list", epilog=example("zone document list --covers organisation:acme"))
def document_list(
    covers: Annotated[str, typer.Option(metavar="KIND:ID", help="Only about this.")] = "",
    kind: Annotated[str, typer.Option(help="Only of this kind.")] = "",
    *,
    as_json: AsJson = False,
    chinese: InChinese = None,
) -> None:
    """List documents: what each is, about what, until when, and whether it counts today."""
    with nothing_begun():
        from zone_service.document_keeping import documents_there

    found = documents_there(
        load(), _covers(covers) if covers else None, _kind(kind) if kind else None
    )
    if as_json:
        typer.echo(_json([each.model_dump(mode="json") for each in found]))
        return
    zh = is_chinese(chinese)
    columns = ("document", "name", "about", "number", "until", "counts", "file")
    listed(
        ("编号", "名称", "对象", "文件编号", "截止", "有效", "文件") if zh else columns,
        (
            (
                each.document_id,
                each.name_zh if zh else each.name,
                f"{each.covers.kind}:{each.covers.key}",
                each.number or "–",
                str(each.valid_to or "–"),
                ("是" if zh else "yes") if each.counts else ("否" if zh else "no"),
                each.file.media_type if each.file else "–",
            )
            for each in found
        ),
    )


@document.command("save", epilog=example("zone document save D-0000001"))
def document_save(
    document_id: DocumentId,
    into: Annotated[
        Path, typer.Option(exists=True, file_okay=False, writable=True, help="A folder.")
    ] = Path(),
) -> None:
    """Save the file of a document in a folder; no file that is there is written over."""
    with nothing_begun():
        from zone_service.document_keeping import saved

    out.print(str(saved(load(), document_id, into)), highlight=False)


@document.command("withdraw", epilog=example("zone document withdraw D-0000001 --username olga"))
def document_withdraw(
    document_id: DocumentId, username: ActsAs, password: Password = "", *, chinese: InChinese = None
) -> None:
    """Withdraw a document: it counts for nothing any more, and stays to be read."""
    with nothing_begun():
        from zone_service.acting import Named
        from zone_service.document_keeping import withdrawn

    withdrawn(load(), Named(username, password), document_id)
    said = "已撤回" if is_chinese(chinese) else "is withdrawn"
    out.print(f"{document_id} {said}", highlight=False)


describe(
    Command(
        document,
        "show",
        "GET /api/documents/{document_id}",
        "Show one document: what it states, whether it counts, who handed it in.",
        (argument("document_id", "Such as D-0000001.", "path:document_id", metavar="DOCUMENT"),),
        members(),
        ("zone document show D-0000001",),
    )
)


def _kind(given: str) -> Any:
    from permits.document_kinds import DocumentKind

    try:
        return DocumentKind(given.upper())
    except ValueError:
        kinds = ", ".join(DocumentKind)
        fail(
            spoken(
                f"--kind {given!r}: expected one of {kinds}", f"--kind {given!r}：应为 {kinds} 之一"
            )
        )


def _covers(given: str) -> "Covered":
    from permits.document import Covered
    from permits.document_kinds import CoveredKind

    kind, _, key = given.partition(":")
    if kind not in set(CoveredKind) or not key:
        english = f"--covers {given!r}: expected {COVERS}, such as organisation:acme"
        kinds = "、".join(CoveredKind)
        chinese = f"--covers {given!r}：应为 {kinds} 之一、冒号及其编号，如 organisation:acme"
        fail(spoken(english, chinese))
    return Covered(CoveredKind(kind), key)


def _language(chinese: bool | None) -> Any:  # noqa: FBT001 - the option's own three states
    from permits.rule_words import Language

    return Language.CHINESE if is_chinese(chinese) else Language.ENGLISH


def _json(shown: Any) -> str:
    return json.dumps(shown, ensure_ascii=False, indent=1)
